"""What a line of the book says, read fast, is what it says read plainly."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from compiler.book.layout import changes_files
from compiler.book.problems import BookDamaged
from compiler.book.record import Change, Record, contact_from_document, record_from_json, record_to_json
from compiler.book.shelves import Shelves
from compiler.language.contact import Contact, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conftest import Example


class Files:
    """A view of files in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def stream(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        return ((path, self._files[path]) for path in paths)


def test_every_line_of_the_example_reads_as_its_document(shared_example: Example) -> None:
    view = shared_example.session().book().view()
    lines = [line for p, c in view.stream(view.paths) if p.startswith("contacts/") for line in c.splitlines()]
    assert len(lines) > 400
    for line in lines:
        assert record_from_json(line).base == contact_from_document(json.loads(line))


def someone(contact: str) -> Contact:
    return Contact(contact, Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other")


def test_shelves_may_be_read_in_any_order_and_changes_find_theirs() -> None:
    lots = random.Random(4)
    ids = sorted(lots.randbytes(16).hex() for _ in range(60))
    files: dict[str, bytes] = {}
    for contact in ids:
        path = f"contacts/{contact[:2]}.jsonl"
        files[path] = files.get(path, b"") + record_to_json(Record(contact, someone(contact)))
    born = "ff" * 16
    changes = [
        Change(datetime(2027, 3, 1, tzinfo=UTC), "node", 1, ids[7], {"status": "complained"}),
        Change(datetime(2027, 3, 1, tzinfo=UTC), "node", 2, born, {"dead_on": "2027-03-01"}),
    ]
    files |= changes_files(changes)
    shelves = Shelves(Files(files))
    met = {
        record.id: record for name in lots.sample(shelves.names, len(shelves.names)) for record in shelves.records(name)
    }
    assert sorted(met) == sorted([*ids, born])
    assert {i for i, record in met.items() if record.registers} == {ids[7], born}
    assert met[ids[7]].registers["status"].value == "complained"
    assert met[born].registers["dead_on"].value == date(2027, 3, 1).isoformat()


def test_a_contact_on_a_strange_shelf_is_damage() -> None:
    files = {"contacts/00.jsonl": record_to_json(Record("11" * 16, someone("11" * 16)))}
    with pytest.raises(BookDamaged):
        Shelves(Files(files)).records("00")
