"""What is remembered of a source from one import to the next, beside the keys and outside git.

Which row is which contact (by a keyed hash of the row's key), and what the source last said of each contact, sealed
under the contact's own key. An erased person's rows stay, so that the next export does not bring them back.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice

from compiler.book.keyring import Keyring

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class KnownRow:
    contact: str
    retired: bool


class SourceRows:
    """The memory of one source."""

    def __init__(self, keyring: Keyring, source: str) -> None:
        self._keyring = keyring
        self._source = source

    def mac(self, key: str) -> bytes:
        return self._keyring.row_mac(self._source, key)

    def all(self) -> dict[bytes, KnownRow]:
        """Every row ever imported, by the keyed hash of its key."""
        with self._keyring.transaction() as database:
            rows = database.execute("select mac, contact, retired from row where source = ?", (self._source,))
            return {mac: KnownRow(contact, bool(retired)) for mac, contact, retired in rows}

    def adopt(self, keys: Mapping[str, bytes], rows: Mapping[bytes, str], *, on: date) -> None:
        """Make keys and rows durable together, before any commit needs them."""
        with self._keyring.transaction() as database:
            self._keyring.add_within(database, keys, created=on)
            database.executemany(
                "insert or ignore into row(source, mac, contact) values (?, ?, ?)",
                ((self._source, mac, contact) for mac, contact in rows.items()),
            )

    def said(self, contacts: Iterable[str]) -> dict[str, bytes]:
        """The seals of what this source last said of contacts."""
        found: dict[str, bytes] = {}
        wanted = iter(contacts)
        with self._keyring.transaction() as database:
            while chunk := list(islice(wanted, _CHUNK)):
                marks = ",".join("?" * len(chunk))
                question = f"select contact, seal from said where source = ? and contact in ({marks})"  # noqa: S608
                found.update(database.execute(question, (self._source, *chunk)))
        return found

    def remember(
        self, said: Mapping[str, bytes], *, present: Iterable[bytes], absent: Iterable[bytes], rows: int
    ) -> None:
        """Close an import: what was said, which rows are there and which no longer, how many rows the file had."""
        with self._keyring.transaction() as database:
            database.executemany(
                "insert or replace into said(contact, source, seal) values (?, ?, ?)",
                ((contact, self._source, seal) for contact, seal in said.items()),
            )
            mark = "update row set retired = ? where source = ? and mac = ? and retired <> ?"
            database.executemany(mark, ((0, self._source, mac, 0) for mac in present))
            database.executemany(mark, ((1, self._source, mac, 1) for mac in absent))
            database.execute("insert or replace into note values (?, ?)", (f"rows {self._source}", str(rows).encode()))

    def last_count(self) -> int:
        """How many rows the last import's file had; 0 before the first."""
        with self._keyring.transaction() as database:
            found = database.execute("select value from note where name = ?", (f"rows {self._source}",)).fetchone()
        return int(found[0]) if found else 0

    def kept_elsewhere(self, contacts: Iterable[str]) -> set[str]:
        """Those contacts that another source still has."""
        question = "select 1 from row where contact = ? and source <> ? and retired = 0"
        with self._keyring.transaction() as database:
            return {c for c in contacts if database.execute(question, (c, self._source)).fetchone()}


@contextmanager
def alone(keyring: Keyring) -> Iterator[None]:
    """One import, erasure or compaction at a time on this keyring."""
    with keyring.path.with_name(keyring.path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
