"""The keyring: each contact's key, wrapped by the master key, in one SQLite file that never enters git.

Deleting a key erases the person from the book, its history and every plan at once. The runner attaches this file
and asks, in the transaction that permits a message, whether the contact still has a key:
`select 1 from key where contact = ?`.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from compiler.book.problems import KeyringBusy, KeyringMissing, SealBroken, WrongMasterKey

_SCHEMA = """
create table if not exists key(contact text primary key, wrapped blob not null, created text not null) without rowid;
create table if not exists row(source text, mac blob, contact text not null, retired integer not null default 0,
    primary key(source, mac)) without rowid;
create index if not exists row_contact on row(contact);
create table if not exists said(contact text, source text, seal blob not null, primary key(contact, source))
    without rowid;
create table if not exists erasure(contact text primary key, suppressions text not null) without rowid;
create table if not exists note(name text primary key, value blob not null) without rowid;
"""
_CHUNK = 500  # SQLite's oldest limit on parameters is 999
_BUSY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class KeyringAccess:
    """What another process needs to read keys, and to do nothing else. Its repr hides the key."""

    path: Path
    wrap: bytes = field(repr=False)

    def open(self) -> KeyReader:
        return KeyReader(self)


class KeyReader:
    """Keys, read in ranges over a connection of its own that cannot write."""

    def __init__(self, access: KeyringAccess) -> None:
        self._database = sqlite3.connect(f"{access.path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        self._wrap = AESSIV(access.wrap)

    def close(self) -> None:
        self._database.close()

    def between(self, first: str, last: str) -> dict[str, bytes]:
        """The wrapped keys of every contact from `first` to `last`, in the order of the file: one range, read once."""
        question = "select contact, wrapped from key where contact between ? and ?"
        return dict(self._database.execute(question, (first, last)).fetchall())

    def unwrap(self, contact: str, wrapped: bytes) -> bytes:
        """A key that `between` gave. Raises SealBroken for a damaged one."""
        try:
            return self._wrap.decrypt(wrapped, _bound(contact))
        except (InvalidTag, ValueError):
            raise SealBroken from None


class Keyring:
    """The open file. Safe to use from several processes; one object belongs to one thread."""

    def __init__(self, database: sqlite3.Connection, master_key: bytes, path: Path) -> None:
        self._database = database
        self.path = path
        self._wrap_key = hmac.digest(master_key, b"envoi keyring v1", "sha512")
        self._wrap = AESSIV(self._wrap_key)
        self._index_key = hmac.digest(master_key, b"envoi row index v1", "sha256")
        self._version = self._read_version()

    @classmethod
    def create(cls, path: Path, master_key: bytes) -> Keyring:
        """A new empty keyring, readable by its owner alone; an existing one is opened."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
        return cls._connect(path, master_key)

    @classmethod
    def open(cls, path: Path, master_key: bytes) -> Keyring:
        """The keyring at `path`. Raises KeyringMissing, or WrongMasterKey where another key wrapped it."""
        if not path.is_file():
            raise KeyringMissing
        return cls._connect(path, master_key)

    @classmethod
    def _connect(cls, path: Path, master_key: bytes) -> Keyring:
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        # What is deleted is overwritten; nothing spills to a temporary file; a power cut loses no key.
        for pragma in ("journal_mode=wal", "synchronous=full", "secure_delete=on", "temp_store=memory"):
            database.execute(f"pragma {pragma}").fetchall()
        database.executescript(_SCHEMA)
        keyring = cls(database, master_key, path)
        keyring._check_master_key()
        return keyring

    def close(self) -> None:
        self._database.close()

    def _check_master_key(self) -> None:
        sealed = self._wrap.encrypt(b"envoi", [b"check"])
        self._database.execute("insert or ignore into note values ('check', ?)", (sealed,))
        (stored,) = self._database.execute("select value from note where name = 'check'").fetchone()
        if not hmac.compare_digest(stored, sealed):
            self._database.close()
            raise WrongMasterKey

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction for this package's own tables."""
        self._database.execute("begin immediate")
        try:
            yield self._database
        except BaseException:
            self._database.execute("rollback")
            raise
        self._database.execute("commit")

    # Keys

    def has(self, contact: str) -> bool:
        return self._database.execute("select 1 from key where contact = ?", (contact,)).fetchone() is not None

    def count(self) -> int:
        (count,) = self._database.execute("select count(*) from key").fetchone()
        return int(count)

    def keys(self, contacts: Iterable[str]) -> dict[str, bytes]:
        """The keys of those contacts that still have one. Raises SealBroken for a damaged key."""
        found: dict[str, bytes] = {}
        wanted = iter(contacts)
        while chunk := list(islice(wanted, _CHUNK)):
            marks = ",".join("?" * len(chunk))
            rows = self._database.execute(f"select contact, wrapped from key where contact in ({marks})", chunk)  # noqa: S608
            found.update((contact, self._unwrap(contact, wrapped)) for contact, wrapped in rows)
        return found

    def between(self, first: str, last: str) -> dict[str, bytes]:
        """The wrapped keys of every contact from `first` to `last`."""
        question = "select contact, wrapped from key where contact between ? and ?"
        return dict(self._database.execute(question, (first, last)).fetchall())

    def unwrap(self, contact: str, wrapped: bytes) -> bytes:
        """A key that `between` gave. Raises SealBroken for a damaged one."""
        return self._unwrap(contact, wrapped)

    def access(self) -> KeyringAccess:
        """Leave to read keys, for processes that work for this one."""
        return KeyringAccess(self.path, self._wrap_key)

    def changed(self) -> bool:
        """Whether another process has changed the file since it was opened here or last asked about."""
        before, self._version = self._version, self._read_version()
        return before != self._version

    def _read_version(self) -> int:
        (version,) = self._database.execute("pragma data_version").fetchone()
        return int(version)

    def add(self, keys: Mapping[str, bytes], *, created: date | None = None) -> None:
        """Store keys durably. A contact that has one keeps it: a key is never replaced."""
        with self.transaction() as database:
            self.add_within(database, keys, created=created)

    def add_within(self, database: sqlite3.Connection, keys: Mapping[str, bytes], *, created: date | None) -> None:
        """As `add`, inside a transaction of the caller's."""
        day = created.isoformat() if created else ""
        rows = ((contact, self._wrap.encrypt(key, _bound(contact)), day) for contact, key in keys.items())
        database.executemany("insert or ignore into key values (?, ?, ?)", rows)

    def destroy(self, contacts: Iterable[str]) -> int:
        """Delete keys, then their bytes from the file and its log; how many there were.

        Raises KeyringBusy where a reader prevented the purge of the bytes: the keys are deleted all the same.
        """
        with self.transaction() as database:
            count = self.destroy_within(database, contacts)
        self.purge()
        return count

    def destroy_within(self, database: sqlite3.Connection, contacts: Iterable[str]) -> int:
        """Delete keys and what a source said under them, inside a transaction of the caller's; `purge` follows."""
        count = 0
        for contact in contacts:
            count += database.execute("delete from key where contact = ?", (contact,)).rowcount
            database.execute("delete from said where contact = ?", (contact,))
        return count

    def purge(self) -> None:
        """Leave no byte of a deleted key in the file or its write-ahead log. Raises KeyringBusy."""
        deadline = time.monotonic() + _BUSY_SECONDS
        self._truncate_log(deadline)
        try:
            self._database.execute("vacuum")  # pages keep shreds of what rows left behind when a tree was rebalanced
        except sqlite3.OperationalError:
            raise KeyringBusy from None
        self._truncate_log(deadline)

    def _truncate_log(self, deadline: float) -> None:
        while self._database.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise KeyringBusy
            time.sleep(0.02)

    def _unwrap(self, contact: str, wrapped: bytes) -> bytes:
        try:
            return self._wrap.decrypt(wrapped, _bound(contact))
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def row_mac(self, source: str, key: str) -> bytes:
        """The name under which a source's row is remembered: its key cannot be read from it."""
        return hmac.digest(self._index_key, f"{source}\0{key}".encode(), "sha256")


def _bound(contact: str) -> list[bytes]:
    return [b"envoi key 1", contact.encode("ascii")]
