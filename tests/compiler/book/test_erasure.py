from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compiler.book.compact import compact
from compiler.book.erasure import ErasurePending, Receipt, erase, finish_erasures
from compiler.book.find import find
from compiler.book.problems import SealBroken
from compiler.book.record import change_to_json
from compiler.book.seal import open_identity, seal_slot
from compiler.book.store import BookView
from compiler.language.address import Address
from compiler.language.contact import Status
from compiler.language.suppression import address_mac
from compiler.process import run

from .conftest import SUPPRESSION_KEY, Company

ZOE = {"code_client": "C1", "email": "zoe.kermadec@client.example", "telephone": "02 99 00 00 01", "nom": "Kermadec"}
YANN = {"code_client": "C2", "email": "yann@atelier.example", "prenom": "Yann", "nom": "Trévidic"}
LEFT = {"code_client": "C3", "email": "alix@studio.example", "prenom": "Alix", "desinscrit": "01/12/2026"}


@pytest.fixture
def known(company: Company) -> Company:
    """A company whose book holds Zoé, Yann and Alix, who has objected; Zoé's row changed once."""
    company.crm({**ZOE, "ville": "Brest"}, YANN, LEFT)
    company.take_in()
    company.clock.advance(timedelta(days=1))
    company.crm(ZOE, YANN, LEFT)
    company.take_in()
    return company


def _erase(company: Company, who: str) -> Receipt:
    found = find(who, company.book.view(), company.keyring)
    return erase(
        found, company.book, company.keyring, suppression_key=SUPPRESSION_KEY, at=company.clock.now(), request="r-1"
    )


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a folder, as stored and as it unpacks, and every object of its repositories."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stored = path.read_bytes()
            yield str(path), stored
            if stored[:2] == b"\x1f\x8b":
                yield f"{path} unpacked", gzip.decompress(stored)
            elif "objects" in path.parts and re.fullmatch(r"[0-9a-f]{38}", path.name):
                yield f"{path} unpacked", zlib.decompress(stored)
        elif (path / "HEAD").is_file():
            every = ["git", "-C", str(path), "cat-file", "--batch", "--batch-all-objects"]
            yield f"{path} objects", run(every).stdout


def _traces(company: Company, *words: str) -> list[str]:
    """Where a word stands in clear outside the company's own files."""
    found = []
    for place, content in _contents(company.root):
        if "/crm/" not in place:
            found += [place for word in words if word.encode() in content or word.lower().encode() in content.lower()]
    return found


def test_nobody_stands_in_clear_in_anything_that_is_written(known: Company) -> None:
    known.keyring.close()
    words = ("zoe.kermadec", "yann@atelier", "alix@studio", "Zoé", "Kermadec", "Trévidic", "+33299000001", "0299000001")
    assert not _traces(known, *words, "C1\x00", "client.example")
    assert any("objects" in place for place, _ in _contents(known.root))  # the search itself looks there


def test_the_search_for_traces_finds_what_is_there(known: Company) -> None:
    known.book.transact(
        lambda view: {"contacts/leak.txt": b"zoe.kermadec@client.example"}, message="m", at=known.clock.now()
    )
    assert _traces(known, "zoe.kermadec")


def test_an_erased_person_cannot_be_read_with_every_key_that_is_left(known: Company) -> None:
    zoe = known.person("zoe.kermadec@client.example").contact
    key = known.keyring.keys([zoe.id])[zoe.id]
    slot = seal_slot({"address": "zoe.kermadec@client.example"}, key, zoe.id, 0)
    _erase(known, "zoe.kermadec@client.example")
    left = known.keyring.keys(contact.id for contact in known.book.contacts())
    assert zoe.id not in left
    for other in left.values():
        with pytest.raises(SealBroken):
            open_identity(zoe.seal, other, zoe.id)
    assert not any(key[n : n + 16] in content for _, content in _contents(known.root) for n in range(0, 64, 16))
    assert slot  # what a plan holds of her is sealed under the same key


def test_the_bytes_of_the_key_are_gone_from_the_keyring_and_its_log(known: Company) -> None:
    zoe = known.person("zoe.kermadec@client.example").contact
    select = "select wrapped from key where contact = ?"
    (wrapped,) = known.keyring._database.execute(select, (zoe.id,)).fetchone()
    (said,) = known.keyring._database.execute("select seal from said where contact = ?", (zoe.id,)).fetchone()
    assert any(wrapped in content for _, content in _contents(known.root / "state"))
    _erase(known, "C1")
    for piece in (wrapped[:16], wrapped[-16:], said[:16], said[-16:]):
        assert not any(piece in content for _, content in _contents(known.root / "state"))


def test_a_tombstone_is_all_that_is_left_at_the_tip(known: Company) -> None:
    zoe = known.person("zoe.kermadec@client.example").contact
    receipt = _erase(known, zoe.id)
    assert (receipt.contacts, receipt.keys_destroyed, receipt.objection_kept) == ((zoe.id,), 1, False)
    view = known.book.view()
    (tomb,) = (contact for contact in view.contacts() if contact.id == zoe.id)
    assert (tomb.status, tomb.seal, tomb.fields, tomb.basis, tomb.origin) == (Status.ERASED, b"", (), (), None)
    lines = _lines_about(view, zoe.id)
    assert lines == [b'{"id":"%b","kind":"personal","status":"erased"}' % zoe.id.encode()]
    assert len(list(view.changes())) == 0  # the change of her row is gone as well


def _lines_about(view: BookView, contact: str) -> list[bytes]:
    texts = view.read_files(view.paths).values()
    return [line for text in texts for line in text.splitlines() if contact.encode() in line]


def test_other_people_s_changes_stay(known: Company) -> None:
    known.crm({**ZOE, "ville": "Vannes"}, {**YANN, "ville": "Lorient"}, LEFT)
    known.clock.advance(timedelta(days=1))
    known.take_in()
    _erase(known, "C1")
    (left,) = known.book.view().changes()
    assert b"erased" not in change_to_json(left)
    assert known.person("yann@atelier.example").value("city") == "Lorient"


def test_only_an_objection_outlives_the_person(known: Company) -> None:
    assert _erase(known, "alix@studio.example").objection_kept
    assert not _erase(known, "zoe.kermadec@client.example").objection_kept
    listed = known.book.suppressions()
    macs = {name: address_mac(Address.parse(name), SUPPRESSION_KEY) for name in ("alix@studio.example", ZOE["email"])}
    assert listed.covers(macs["alix@studio.example"], "newsletter")
    assert {entry.mac for entry in listed} == {macs["alix@studio.example"]}


def test_the_next_export_does_not_bring_an_erased_person_back(known: Company) -> None:
    _erase(known, "zoe.kermadec@client.example")
    report = known.take_in(seed=5)
    assert (report.new, report.refused_erased, report.rejected) == (0, 1, 0)
    assert "2;erased;" in known.rejected
    assert "à effacer chez vous aussi" in known.rejected
    assert "zoe.kermadec@client.example" not in known.people()


def test_compaction_does_not_bring_an_erased_person_back(known: Company) -> None:
    _erase(known, "zoe.kermadec@client.example")
    before = list(known.book.contacts())
    compact(known.book, at=known.clock.now() + timedelta(days=9))
    assert list(known.book.contacts()) == before


def test_a_keyring_restored_from_a_backup_loses_the_erased_again(known: Company) -> None:
    zoe = known.person("zoe.kermadec@client.example").contact
    key = known.keyring.keys([zoe.id])
    _erase(known, zoe.id)
    known.keyring.add(key)
    assert known.take_in(seed=5).refused_erased == 1
    assert not known.keyring.has(zoe.id)


def test_a_remote_that_is_down_delays_the_record_not_the_erasure(known: Company) -> None:
    zoe = known.person("zoe.kermadec@client.example").contact
    remote = known.root / "book.git"
    remote.rename(remote.with_name("away"))
    with pytest.raises(ErasurePending):
        _erase(known, zoe.id)
    assert "zoe.kermadec@client.example" not in known.people()
    assert not known.keyring.has(zoe.id)
    remote.with_name("away").rename(remote)
    assert known.take_in(seed=5).refused_erased == 1  # the next command finishes it
    assert next(c for c in known.book.contacts() if c.id == zoe.id).status is Status.ERASED
    assert finish_erasures(known.book, known.keyring, at=known.clock.now()) == ""


@pytest.mark.parametrize(
    "who", ["zoe.kermadec@client.example", "ZOE.Kermadec@Client.EXAMPLE ", "C1", "02 99 00 00 01", "+33299000001"]
)
def test_a_person_is_found_by_what_they_are_known_by(known: Company, who: str) -> None:
    (found,) = find(who, known.book.view(), known.keyring)
    assert found.identity.address == "zoe.kermadec@client.example"
    assert find(found.contact.id, known.book.view(), known.keyring) == [found]


@pytest.mark.parametrize("who", ["", " ", "zoe", "Kermadec", "nobody@client.example", "f" * 32, "%"])
def test_nobody_is_found_by_a_part_or_by_nothing(known: Company, who: str) -> None:
    assert find(who, known.book.view(), known.keyring) == []
