"""Plans on disk: written once and read-only, opened by name, verified byte by byte.

    plans/<digest>/                   manifest.json  files.sha256  estimate.json  …the parts that the manifest lists
    plans/history/<digest>.jsonl.gz   the history that plans were compiled from
    plans/assets/<sha256>.png         the pictures that messages show, which the tracker serves

`files.sha256` covers the stored bytes of every file (`sha256sum -c` reads it); the digest covers the content of those
that the manifest lists.
"""

from compiler.archive.layout import ASSETS
from compiler.archive.neighbours import contact_of, contacts, neighbours, planned
from compiler.archive.spool import Spool
from compiler.archive.stored import Plan, open_plan, plan_folders, read_history, readable
from compiler.archive.verification import verify
from compiler.archive.writing import remove, store_history, store_pictures, write

__all__ = [
    "ASSETS",
    "Plan",
    "Spool",
    "contact_of",
    "contacts",
    "neighbours",
    "open_plan",
    "plan_folders",
    "planned",
    "read_history",
    "readable",
    "remove",
    "store_history",
    "store_pictures",
    "verify",
    "write",
]
