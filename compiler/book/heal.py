"""What a rewrite of the book's history lost: an acknowledged objection survives a forced push.

Somebody may rewrite the history on purpose (to erase more than keys): they raise `generation`, and are believed.
"""

from __future__ import annotations

from typing import Protocol

from compiler.book import suppressions
from compiler.book.fold import join
from compiler.book.layout import CHANGES, CONTACTS, META, Meta, changes_span, contacts_files, meta_file, parse_lines
from compiler.book.record import Record, record_from_json


class View(Protocol):
    """What is asked of a commit: see `store.BookView`."""

    @property
    def paths(self) -> tuple[str, ...]: ...
    @property
    def meta(self) -> Meta: ...
    def read_files(self, paths: list[str], /) -> dict[str, bytes]: ...


def lost(known: View, tip: View) -> dict[str, bytes]:
    """The files to write on the tip so that it knows what we knew; empty where nothing is missing.

    Raises BookDamaged.
    """
    if META in tip.paths and tip.meta.generation > known.meta.generation:
        return {}
    return {**_lost_changes(known, tip), **_lost_suppressions(known, tip), **_lost_contacts(known, tip)}


def _lost_changes(known: View, tip: View) -> dict[str, bytes]:
    """A change's line is never edited: two files of one name hold the union of their lines."""
    mine = known.read_files([p for p in known.paths if p.startswith(CHANGES) and not _is_folded(p, tip.meta)])
    theirs = tip.read_files(list(mine))
    joined = {path: _union(content, theirs.get(path, b"")) for path, content in mine.items()}
    return {path: content for path, content in joined.items() if content != theirs.get(path)}


def _is_folded(path: str, meta: Meta) -> bool:
    span = changes_span(path)
    return span is not None and span[2] <= meta.folded.get(span[0], 0)


def _union(mine: bytes, theirs: bytes) -> bytes:
    lines = dict.fromkeys([*theirs.splitlines(keepends=True), *mine.splitlines(keepends=True)])
    return b"".join(lines)


def _lost_suppressions(known: View, tip: View) -> dict[str, bytes]:
    mine = known.read_files([p for p in known.paths if p.startswith(suppressions.FOLDER)])
    theirs = tip.read_files(list(mine))
    entries = (entry for content in mine.values() for entry in suppressions.from_text(content))
    return suppressions.added(theirs, entries)


def _lost_contacts(known: View, tip: View) -> dict[str, bytes]:
    mine = known.read_files([p for p in known.paths if p.startswith(CONTACTS)])
    theirs = tip.read_files(list(mine))
    files: dict[str, bytes] = {}
    for path, content in mine.items():
        if content == theirs.get(path):
            continue
        records = _by_id(theirs.get(path, b""), path)
        for contact, record in _by_id(content, path).items():
            records[contact] = join(records[contact], record) if contact in records else record
        files.update(contacts_files(records.values()))
    changed = {path: content for path, content in files.items() if content != theirs.get(path)}
    return {**changed, **_meta(known.meta, tip)} if changed else {}


def _meta(known: Meta, tip: View) -> dict[str, bytes]:
    folded = dict(tip.meta.folded)
    for node, seq in known.folded.items():
        folded[node] = max(seq, folded.get(node, 0))
    return meta_file(Meta(folded, max(known.generation, tip.meta.generation)))


def _by_id(content: bytes, path: str) -> dict[str, Record]:
    return {record.id: record for record in parse_lines(content, path, record_from_json)}
