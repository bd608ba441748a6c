"""The language and its phases: files in git become an immutable send plan."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  whoever runs a checkout with an old Python is told so, not shown a trace
    sys.stderr.write(
        "envoi: Python 3.11 or later is needed, this is %s: "  # noqa: UP031
        "install one, then `make demo PYTHON=python3.11`\n" % sys.version.split()[0]
    )
    sys.exit(3)
