"""`envoi contacts import` as it is typed: which source, when it is due, from where its secrets come."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from compiler.book.commands import contacts
from compiler.book.sources.line import SourceUnreadable
from compiler.git import Repository
from compiler.language.clock import FixedClock
from compiler.language.errors import UsageProblem
from compiler.session import Session
from runner.demo.crm import write_crm
from runner.demo.scenery import example_workspace

SHOP = """kind: source
name: shop
path: ../crm/shop.csv
delimiter: ","
key: id
origin: {kind: sale, name: Boutique}
mapping: {address: email, origin.on: on}
schedule: {every: day, at: "03:00"}
"""


@dataclass
class Desk:
    """The keyed host of the example company: its CRM has no schedule, its shop a nightly one."""

    root: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(datetime(2027, 3, 2, 8, 0, tzinfo=UTC)))

    def run(self, *args: str, as_json: bool = True) -> Result:
        session = Session(self.root / "workspace", self.clock, {}, json=as_json, language="en")
        return CliRunner().invoke(contacts, ["import", *args], obj=session)

    def ask(self, *args: str) -> Any:
        result = self.run(*args)
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    def declare(self, name: str, text: str) -> None:
        (self.root / "workspace" / "sources" / f"{name}.yaml").write_text(text, "utf-8")

    def shop(self, *addresses: str) -> None:
        rows = "".join(f"{address},{address},2027-01-01\n" for address in addresses)
        (self.root / "crm" / "shop.csv").write_text("id,email,on\n" + rows, "utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(example_workspace(), tmp_path / "workspace")
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    for number, name in enumerate(("master", "suppression", "tracking"), 1):
        (keys / f"{name}.key").write_text(f"{number:064x}\n")
    Repository.init_bare(tmp_path / "book.git")
    (tmp_path / "crm").mkdir()
    found = Desk(tmp_path)
    found.declare("shop", SHOP)
    found.shop("anna@client.example", "bert@client.example")
    return found


def test_a_dry_run_before_the_first_import_makes_no_keyring(desk: Desk) -> None:
    report = desk.ask("shop", "--dry-run")
    assert (report["new"], report["dry_run"], report["commit"]) == (2, True, "")
    assert not (desk.root / "state" / "keyring.sqlite").exists()
    assert desk.ask("shop")["new"] == 2


def test_what_is_due_is_imported_once_a_turn(desk: Desk) -> None:
    assert [each["source"] for each in desk.ask("--due")["imports"]] == ["shop"]
    assert desk.ask("--due") == {"imports": []}
    desk.clock.advance(timedelta(hours=17))  # one in the morning
    assert desk.ask("--due") == {"imports": []}
    desk.clock.advance(timedelta(hours=2))
    assert [each["unchanged"] for each in desk.ask("--due")["imports"]] == [2]


def test_a_source_that_fails_keeps_no_other_waiting_and_stays_due(desk: Desk) -> None:
    desk.declare("another", SHOP.replace("name: shop", "name: another").replace("shop.csv", "gone.csv"))
    result = desk.run("--due")
    assert result.exit_code == SourceUnreadable.exit_code
    first, second = json.loads(result.stdout)["imports"]
    assert (first["source"], "no file" in first["error"], second["new"]) == ("another", True, 2)
    assert "no file" in result.stderr
    assert [each["source"] for each in json.loads(desk.run("--due").stdout)["imports"]] == ["another"]


def test_a_guard_that_stops_a_due_import_is_an_exit_code_for_a_person(desk: Desk) -> None:
    desk.ask("--due")
    desk.clock.advance(timedelta(days=1))
    desk.shop("anna@client.example")
    result = desk.run("--due")
    assert result.exit_code == 1
    assert "min_rows" in json.loads(result.stdout)["imports"][0]["error"]


def test_the_text_says_what_happened_and_what_nobody_asked_for(desk: Desk) -> None:
    assert desk.run("shop", "--dry-run", as_json=False).stdout.startswith("Dry run, nothing has changed. 2 rows: 2 new")
    assert desk.run("--due", as_json=False).stdout.startswith("shop: 2 rows: 2 new")
    assert desk.run("--due", as_json=False).stdout == "nothing is due\n"
    desk.shop("anna@client.example", "bert@client.example", "anna@client.example")
    said = desk.run("shop", as_json=False).stdout
    assert "same person as another row" in said
    assert "same key and same day" in said


def test_a_server_s_secret_that_is_missing_is_named_and_never_its_value(desk: Desk) -> None:
    erp = SHOP.replace("name: shop", "name: erp").replace("path: ../crm/shop.csv\n", "connection: env:ERP\n")
    desk.declare("erp", erp.replace('delimiter: ","', "format: postgresql\nquery: select 1"))
    problem = desk.run("erp").exception
    assert isinstance(problem, UsageProblem)
    assert "env:ERP" in problem.text.en


def test_the_example_s_own_table_says_which_rule_joined_its_duplicates(desk: Desk) -> None:
    write_crm(desk.root / "crm" / "contacts.csv", seed=2027)
    report = desk.ask("crm", "--dry-run")
    assert sum(report["rules"].values()) == report["duplicates"] > 0
