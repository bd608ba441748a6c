"""The book by shelves: contacts whose ids begin with the same two digits stand in one file and are read together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from compiler.book.fold import contact_of, fold_contact
from compiler.book.layout import CHANGES, CONTACTS, parse_lines
from compiler.book.problems import BookDamaged
from compiler.book.record import Change, Record, change_from_json, record_from_json
from compiler.language.contact import Contact

#: A change that is not parsed yet: its file, the number of its line, the line.
_Line: TypeAlias = tuple[str, int, bytes]
# How `change_to_json` begins a line: {"at":"2027-03-01T09:00:00Z","contact":"<32 digits>", …
_BEGINS, _NAMED, _CONTACT = b'{"at":"', b'","contact":"', slice(40, 72)


class View(Protocol):
    """What is asked of a commit: see `store.BookView`."""

    @property
    def paths(self) -> tuple[str, ...]: ...
    def stream(self, paths: Iterable[str], /) -> Iterator[tuple[str, bytes]]: ...


class Shelves:
    """Reads shelves one at a time, in any order, with the changes heard of their contacts."""

    def __init__(self, view: View, heard: Iterable[str] | None = None) -> None:
        """`heard`: the files of changes to hear, all by default. Raises BookDamaged."""
        self._files = {p[len(CONTACTS) : len(CONTACTS) + 2]: p for p in view.paths if p.startswith(CONTACTS)}
        wanted = (path for path in view.paths if path.startswith(CHANGES)) if heard is None else heard
        self._heard: dict[str, list[_Line]] = {}
        for path, content in view.stream(wanted):
            for number, line in enumerate(content.split(b"\n"), 1):
                if line:
                    self._heard.setdefault(_shelf(path, number, line), []).append((path, number, line))
        self.names: tuple[str, ...] = tuple(sorted({*self._files, *self._heard}))
        self._asked: list[str] = []
        self._contents = view.stream(self._wanted())

    def records(self, name: str) -> list[Record]:
        """A shelf's records with what was heard of them, in the order of their ids. Raises BookDamaged."""
        path = self._files.get(name)
        content = b""
        if path is not None:
            self._asked.append(path)
            content = next(self._contents)[1]
        by_id = {record.id: record for record in parse_lines(content, path or "", record_from_json)}
        if any(not contact.startswith(name) for contact in by_id):
            raise BookDamaged(path or "", 0)  # somebody would be met twice
        for contact, changes in self._changes(name).items():
            try:
                by_id[contact] = fold_contact(by_id.get(contact, Record(contact, None)), changes)
            except (KeyError, TypeError, ValueError):
                raise BookDamaged(CHANGES, 0) from None
        return [by_id[contact] for contact in sorted(by_id)]

    def contacts(self, name: str) -> list[Contact]:
        """A shelf's contacts, erased ones too. Raises BookDamaged."""
        return [contact for contact in map(contact_of, self.records(name)) if contact is not None]

    def _wanted(self) -> Iterator[str]:
        while True:
            yield self._asked.pop()

    def _changes(self, name: str) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for path, number, line in self._heard.get(name, ()):
            change = _parsed(path, number, line)
            found.setdefault(change.contact, []).append(change)
        return found


def _shelf(path: str, number: int, line: bytes) -> str:
    if line.startswith(_BEGINS) and line[27:40] == _NAMED and line[72:73] == b'"':
        return line[_CONTACT][:2].decode("ascii", "replace")
    return _parsed(path, number, line).contact[:2]


def _parsed(path: str, number: int, line: bytes) -> Change:
    try:
        return change_from_json(line)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BookDamaged(path, number) from None
