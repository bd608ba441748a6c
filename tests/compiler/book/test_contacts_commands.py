from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compiler.book.commands import contacts
from compiler.book.people import people
from compiler.book.problems import KeyringMissing, NobodyFound
from compiler.git import Repository
from compiler.language.clock import FixedClock
from compiler.language.errors import UsageProblem
from compiler.session import Session
from runner.demo.crm import write_crm
from runner.demo.scenery import example_workspace

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class Desk:
    """The keyed host of the example company, as a person uses it."""

    root: Path

    def run(self, *args: str, as_json: bool = True, language: str = "", said: str = "") -> Result:
        session = Session(self.root / "workspace", FixedClock(AT), {}, json=as_json, language=language)
        return CliRunner().invoke(contacts, args, obj=session, input=said)

    def ask(self, *args: str) -> Mapping[str, object]:
        result = self.run(*args)
        assert result.exit_code == 0, (result.output, result.exception)
        answer: Mapping[str, object] = json.loads(result.stdout)
        return answer


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(example_workspace(), tmp_path / "workspace")
    (tmp_path / "crm").mkdir()
    write_crm(tmp_path / "crm" / "contacts.csv", seed=2027)
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    for number, name in enumerate(("master", "suppression", "tracking"), 1):
        (keys / f"{name}.key").write_text(f"{number:064x}\n")
    Repository.init_bare(tmp_path / "book.git")
    return Desk(tmp_path)


def test_the_company_s_table_comes_in_within_its_guards_and_within_two_seconds(desk: Desk) -> None:
    began = time.process_time()
    report = desk.ask("import", "crm")
    assert time.process_time() - began < 2
    assert report["rows"] == 500
    assert isinstance(report["new"], int)
    assert report["new"] > 400
    counted = desk.ask("stats")
    assert counted["contacts"] == report["new"]
    zones = counted["zone"]
    assert isinstance(zones, dict)
    assert len(zones) >= 5
    again = desk.ask("import")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, report["new"])


def test_an_import_is_told_in_the_reader_s_language(desk: Desk) -> None:
    french = desk.run("import", as_json=False, language="fr").output
    assert "nouveaux" in french
    assert "adresse invalide" in french
    assert "unchanged" in desk.run("import", as_json=False, language="en").output
    assert "@" not in french


def test_the_book_is_counted_in_lines_for_people(desk: Desk) -> None:
    desk.ask("import")
    told = desk.run("stats", as_json=False, language="en").output
    assert "{" not in told
    assert "zone\n" in told
    assert max(map(len, told.splitlines())) <= 80


def _somebody(desk: Desk) -> tuple[str, str]:
    """An address and its customer code, of a row that came in."""
    desk.ask("import")
    for line in (desk.root / "crm" / "contacts.csv").read_text("utf-8-sig").splitlines()[1:]:
        cells = line.split(";")
        result = desk.run("show", cells[0])
        if result.exit_code == 0 and cells[0]:
            people = json.loads(result.stdout)["people"]
            return people[0]["address"], cells[0]
    raise AssertionError("nobody came in")


def test_the_book_s_closed_words_are_french_where_french_is_spoken(desk: Desk) -> None:
    address, _ = _somebody(desk)
    counted = desk.run("stats", as_json=False, language="fr").output
    shown = desk.run("show", address, as_json=False, language="fr").output
    for english in (
        "status",
        "active",
        "kind",
        "professional",
        "personal",
        "consent",
        "withdrawn",
        "country",
        "not_asked",
    ):
        assert not re.search(rf"\b{english}\b", counted + shown), english
    assert "actif" in counted
    assert "en attente" in counted


def test_whoever_is_meant_is_found_by_address_code_phone_or_id_and_not_shown(desk: Desk) -> None:
    address, code = _somebody(desk)
    (shown,) = json.loads(desk.run("show", address).stdout)["people"]
    for who in (address, address.upper(), code, shown["id"], shown["sealed"].get("phone") or code):
        result = desk.run("find", who)
        assert [one["id"] for one in json.loads(result.stdout)["found"]] == [shown["id"]]
        assert address not in result.stdout
    assert isinstance(desk.run("find", "nobody@clients.example").exception, NobodyFound)


def test_an_address_that_must_not_be_written_to_is_found_though_nobody_has_it(desk: Desk) -> None:
    desk.ask("import")
    session = Session(desk.root / "workspace", FixedClock(AT), {})
    everybody = people(session.book().view(), session.keyring())
    address = next(p.identity.address for p in everybody if any(o.scope == "all" for o in p.contact.objections))
    desk.ask("erase", address)
    found = desk.ask("find", address)
    assert found["found"] == []
    assert isinstance(found["suppressed"], list)
    assert {each["scope"] for each in found["suppressed"]} == {"all"}


def test_a_person_is_shown_then_erased_then_unknown(desk: Desk) -> None:
    address, code = _somebody(desk)
    (shown,) = json.loads(desk.run("show", address).stdout)["people"]
    assert shown["sealed"]["customer_code"] == code
    sheet = desk.run("show", address, as_json=False).output
    assert code in sheet
    assert "{" not in sheet
    receipt = desk.ask("erase", address, "--request", "r-0042")
    assert (receipt["keys_destroyed"], receipt["request"]) == (1, "r-0042")
    assert address not in json.dumps(receipt)
    for command in ("show", "erase"):
        result = desk.run(command, address)
        assert isinstance(result.exception, NobodyFound)
        assert address not in str(result.exception)
    again = desk.ask("import")
    assert again["refused_erased"] == 1
    assert isinstance(desk.ask("compact")["commit"], str)


def test_a_person_can_be_named_without_standing_among_the_arguments(desk: Desk) -> None:
    address, _ = _somebody(desk)
    (shown,) = json.loads(desk.run("show", "-", said=f"{address}\n").stdout)["people"]
    assert shown["address"] == address
    assert json.loads(desk.run("erase", "-", said=f"{address}\n").stdout)["keys_destroyed"] == 1
    assert isinstance(desk.run("show", "-", said=f"{address}\n").exception, NobodyFound)


def test_a_source_is_named_where_it_is_not_the_only_one_asked_for(desk: Desk) -> None:
    result = desk.run("import", "shop")
    assert isinstance(result.exception, UsageProblem)
    assert "crm" in str(result.exception)


def test_a_lost_keyring_is_not_replaced_beside_a_book_that_holds_people(desk: Desk) -> None:
    desk.ask("import")
    keyring = desk.root / "state" / "keyring.sqlite"
    keyring.rename(desk.root / "lost")
    result = desk.run("import")
    assert isinstance(result.exception, KeyringMissing)
    assert not keyring.exists()


@pytest.mark.parametrize("command", [("--help",), ("import", "--help"), ("erase", "--help")])
def test_every_command_explains_itself(desk: Desk, command: tuple[str, ...]) -> None:
    result = desk.run(*command)
    assert result.exit_code == 0
    assert "Usage" in result.output
