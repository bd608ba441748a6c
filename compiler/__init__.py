"""The language and its phases: files in git become an immutable send plan."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  whoever runs a checkout with an old Python is told so, not shown a trace
    sys.exit("envoi needs Python 3.11 or later, this is " + sys.version.split()[0])
