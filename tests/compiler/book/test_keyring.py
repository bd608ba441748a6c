from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from compiler.book import keyring as module
from compiler.book.keyring import Keyring
from compiler.book.problems import KeyringBusy, KeyringMissing, SealBroken, WrongMasterKey

MASTER = b"m" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keyring.sqlite"


@pytest.fixture
def keyring(path: Path) -> Iterator[Keyring]:
    keyring = Keyring.create(path, MASTER)
    yield keyring
    keyring.close()


def _drawn(count: int) -> dict[str, bytes]:
    return {os.urandom(16).hex(): os.urandom(64) for _ in range(count)}


def _wrapped(path: Path) -> dict[str, bytes]:
    with sqlite3.connect(path) as database:
        found: dict[str, bytes] = dict(database.execute("select contact, wrapped from key"))
    database.close()
    return found


def _bytes_of(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(path.parent.glob(path.name + "*")))


def test_keys_come_back_unwrapped(keyring: Keyring, path: Path) -> None:
    keys = _drawn(1201)
    keyring.add(keys, created=date(2027, 3, 2))
    assert keyring.keys([*keys, "f" * 32]) == keys
    assert keyring.count() == 1201
    with closing(Keyring.open(path, MASTER)) as again:
        assert again.keys(keys) == keys
    assert not any(key in _bytes_of(path) for key in keys.values())


def test_a_key_is_never_replaced(keyring: Keyring) -> None:
    keyring.add({"a" * 32: b"1" * 64})
    keyring.add({"a" * 32: b"2" * 64})
    assert keyring.keys(["a" * 32]) == {"a" * 32: b"1" * 64}


def test_bytes_of_a_destroyed_key_are_gone_from_every_file(keyring: Keyring, path: Path) -> None:
    keys = _drawn(400)
    keyring.add(keys)
    wrapped = _wrapped(path)
    gone = sorted(keys)[::7]
    assert all(wrapped[contact] in _bytes_of(path) for contact in gone)
    assert keyring.destroy([*gone, "f" * 32]) == len(gone)
    left = _bytes_of(path)
    for contact in gone:
        assert not keyring.has(contact)
        # No part of it either: pages are compared by pieces as long as a cache line.
        assert not any(wrapped[contact][n : n + 16] in left for n in range(0, 64, 16))
        assert contact.encode() not in left
    assert keyring.keys(keys).keys() == keys.keys() - set(gone)


def test_bytes_are_gone_while_others_have_the_file_open(keyring: Keyring, path: Path) -> None:
    keys = _drawn(50)
    keyring.add(keys)
    wrapped = _wrapped(path)
    with closing(Keyring.open(path, MASTER)) as other:
        assert other.keys(keys) == keys
        victim = sorted(keys)[3]
        keyring.destroy([victim])
        assert not other.has(victim)
        assert wrapped[victim] not in _bytes_of(path)


def test_a_reader_that_holds_old_pages_is_waited_for_then_told(
    keyring: Keyring, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.2)
    keys = _drawn(2)
    keyring.add(keys)
    keyring._database.execute("pragma busy_timeout = 100")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from key").fetchone()
    victim = sorted(keys)[0]
    with pytest.raises(KeyringBusy):
        keyring.destroy([victim])
    assert not keyring.has(victim)  # deleted all the same
    reader.close()
    keyring.purge()
    assert victim.encode() not in _bytes_of(path)


def test_the_runner_sees_a_deletion_in_its_next_transaction(keyring: Keyring, path: Path, tmp_path: Path) -> None:
    contact = "b" * 32
    keyring.add({contact: b"k" * 64})
    ledger = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    ledger.execute("attach database ? as keyring", (str(path),))
    question = "select 1 from keyring.key where contact = ?"
    assert ledger.execute(question, (contact,)).fetchone() == (1,)
    keyring.destroy([contact])
    assert ledger.execute(question, (contact,)).fetchone() is None
    ledger.close()


def test_another_master_key_is_refused(keyring: Keyring, path: Path) -> None:
    with pytest.raises(WrongMasterKey):
        Keyring.open(path, b"n" * 32)


def test_a_missing_keyring_is_not_made_up(path: Path) -> None:
    with pytest.raises(KeyringMissing):
        Keyring.open(path, MASTER)
    assert not path.exists()


def test_a_key_does_not_open_under_another_contact(keyring: Keyring, path: Path) -> None:
    keyring.add({"a" * 32: b"1" * 64, "b" * 32: b"2" * 64})
    with sqlite3.connect(path) as database:
        database.execute("update key set wrapped = (select wrapped from key where contact = ?)", ("a" * 32,))
    database.close()
    with pytest.raises(SealBroken):
        keyring.keys(["b" * 32])


def test_only_the_owner_reads_the_file(keyring: Keyring, path: Path) -> None:
    keyring.add(_drawn(1))
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.glob(path.name + "*")} == {0o600}


def test_several_writers_lose_no_key(path: Path) -> None:
    Keyring.create(path, MASTER).close()
    drawn = [_drawn(20) for _ in range(4)]

    def write(keys: dict[str, bytes]) -> None:
        own = Keyring.open(path, MASTER)
        for contact, key in keys.items():
            own.add({contact: key})
        own.close()

    threads = [threading.Thread(target=write, args=(keys,)) for keys in drawn]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everybody = {contact: key for keys in drawn for contact, key in keys.items()}
    with closing(Keyring.open(path, MASTER)) as keyring:
        assert keyring.keys(everybody) == everybody


def test_a_failed_transaction_leaves_nothing(keyring: Keyring) -> None:
    with pytest.raises(ZeroDivisionError):
        _add_and_fail(keyring)
    assert not keyring.has("a" * 32)


def _add_and_fail(keyring: Keyring) -> None:
    with keyring.transaction() as database:
        keyring.add_within(database, {"a" * 32: b"1" * 64}, created=None)
        raise ZeroDivisionError


def test_row_names_depend_on_source_key_and_master(keyring: Keyring, tmp_path: Path) -> None:
    names = {keyring.row_mac("crm", "C1"), keyring.row_mac("crm", "C2"), keyring.row_mac("shop", "C1")}
    with closing(Keyring.create(tmp_path / "other.sqlite", b"o" * 32)) as other:
        assert len({*names, other.row_mac("crm", "C1")}) == 4
