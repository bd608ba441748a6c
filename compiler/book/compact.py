"""Compaction: changes move into contacts/, so that the book stays quick to read and erased people leave its tip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby

from compiler.book.layout import CHANGES, CONTACTS, Files, Meta, changes_span, contacts_path, meta_file
from compiler.book.record import record_to_json
from compiler.book.store import Book, BookView

#: Days that stay as changes: a tracker publishes some events late, and takes what is folded for published.
KEPT = timedelta(days=2)


def compact(book: Book, *, at: datetime, keep: timedelta = KEPT) -> str:
    """Fold the changes of the days before `at - keep` into their contacts; the commit that stands afterwards.

    The folded book reads as before: stamps stay with the contacts, so a late change weighs what it would have
    weighed. Raises BookDamaged, RemoteUnreachable or BookContended.
    """
    before = (at.astimezone(UTC) - keep).strftime(f"{CHANGES}%Y/%m/%d")
    return book.transact(lambda view: _folded(view, before), message="Fold changes into contacts", at=at)


def _folded(view: BookView, before: str) -> Files:
    spent = [path for path in view.paths if path.startswith(CHANGES) and path < before]
    if not spent:
        return {}
    files: dict[str, bytes | None] = dict.fromkeys([*spent, *(p for p in view.paths if p.startswith(CONTACTS))])
    for path, records in groupby(view.records(spent), key=lambda record: contacts_path(record.id)):
        files[path] = b"".join(record_to_json(record) for record in records)
    return {**files, **meta_file(Meta(_reached(view, spent), view.meta.generation))}


def _reached(view: BookView, spent: list[str]) -> Mapping[str, int]:
    reached = dict(view.meta.folded)
    for path in spent:
        if span := changes_span(path):
            node, _, last = span
            reached[node] = max(last, reached.get(node, 0))
    return reached
