"""One import after another: dry runs, marks, who left, what the source has not taken yet, what is due."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from compiler.book.seal import seal_identity
from compiler.book.sources.due import is_due, last_turn
from compiler.language.campaign import Gone, MarkType, SourceSchedule, Watermark
from compiler.language.contact import Identity, Status
from compiler.language.repeat import LAST, Every, Repeat

from .conftest import PERSON, Company
from .scene import ALIX, YANN, ZOE, commits, tells

PARIS = ZoneInfo("Europe/Paris")
MARKED = Watermark("modifie", MarkType.INSTANT)


def correct(company: Company, address: str, **values: str) -> None:
    """The person says something else than the source, through a form."""
    person = company.person(address)
    key = company.keyring.keys([person.contact.id])[person.contact.id]
    fields = tuple({**dict(person.identity.fields), **values}.items())
    seal = seal_identity(Identity(person.identity.address, fields), key, person.contact.id)
    tells(company, person.contact.id, {"seal": base64.b64encode(seal).decode()})
    company.clock.advance(timedelta(days=1))


def corrections(company: Company) -> list[dict[str, str]]:
    path = company.root / "crm" / "contacts.corrections.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def marked(company: Company, *rows: Mapping[str, str]) -> None:
    """The company's table with a column more: when each row changed."""
    header = [*company.header, "modifie"]
    lines = [header, *([row.get(name, PERSON.get(name, "")) for name in header] for row in rows)]
    company.table.parent.mkdir(exist_ok=True)
    company.table.write_text("".join(";".join(line) + "\n" for line in lines), "utf-8-sig")


# Dry run


def test_a_dry_run_says_what_the_import_will_do_and_does_nothing(company: Company) -> None:
    company.crm(ZOE, YANN, {**ALIX, "email": "alix"})
    company.take_in()
    tree, keys = company.book.tree_id(), company.keyring.count()
    company.crm({**ZOE, "nom": "Le Goff"}, ALIX)
    foretold = company.take_in(seed=2, dry_run=True)
    assert (company.book.tree_id(), company.keyring.count(), commits(company)) == (tree, keys, 1)
    done = company.take_in(seed=3)
    assert (foretold.new, foretold.changed, foretold.unchanged, foretold.retired) == (1, 1, 0, 1)
    plain = [{k: v for k, v in r.to_json().items() if k not in ("commit", "dry_run")} for r in (foretold, done)]
    assert plain[0] == plain[1]
    assert (foretold.dry_run, foretold.commit) == (True, "")


def test_a_dry_run_writes_down_the_rows_to_look_at(shop: Company) -> None:
    shop.crm({**ZOE, "email": "zoe"}, YANN)
    assert shop.take_in(dry_run=True).rejects == "contacts.rejected.csv"
    assert "2;bad_address;" in shop.rejected
    assert shop.book.view().empty


# Duplicates


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        pytest.param({"relation": "client"}, {}, "customer", id="a-customer"),
        pytest.param({"dernier_contact": "02/02/2027"}, {}, "latest", id="heard-of-later"),
        pytest.param({}, {}, "key", id="the-smaller-key"),
    ],
)
def test_the_rule_that_chose_the_winner_is_told(
    shop: Company, first: dict[str, str], second: dict[str, str], rule: str
) -> None:
    shop.crm({**ZOE, **first}, {**ZOE, "code_client": "C9", **second})
    report = shop.take_in()
    assert (report.duplicates, report.rules) == (1, {rule: 1})
    assert "3;merged;même personne qu'une autre ligne : l'autre" in shop.rejected


# Marks


def test_only_rows_that_changed_since_the_mark_are_taken_in(shop: Company) -> None:
    marked(shop, {**ZOE, "modifie": "2027-03-01"}, {**YANN, "modifie": "2027-02-01"})
    assert shop.take_in(watermark=MARKED).new == 2
    marked(shop, {**ZOE, "modifie": "2027-03-01"}, {**ALIX, "modifie": "2027-03-01T10:00:00"})
    report = shop.take_in(watermark=MARKED, seed=2)
    assert (report.rows, report.new, report.unchanged, report.gone) == (2, 1, 1, 0)
    marked(shop, {**ZOE, "nom": "Unseen", "modifie": "2027-01-01"}, {**ALIX, "modifie": "2027-03-01T10:00:00"})
    report = shop.take_in(watermark=MARKED, seed=3)
    assert (report.rows, report.older, report.changed, report.whole) == (1, 1, 0, False)


def test_the_whole_of_a_marked_source_can_be_asked_for(shop: Company) -> None:
    marked(shop, {**ZOE, "modifie": "2027-03-01"}, {**YANN, "modifie": "2027-02-01"})
    shop.take_in(watermark=MARKED)
    marked(shop, {**ZOE, "modifie": "2027-03-01"})
    assert shop.take_in(watermark=MARKED).retired == 0
    report = shop.take_in(watermark=MARKED, whole=True)
    assert (report.retired, report.whole) == (1, True)


def test_a_declaration_that_changed_reads_everything_again(shop: Company) -> None:
    marked(shop, {**ZOE, "modifie": "2027-03-01"}, {**YANN, "modifie": "2027-02-01"})
    shop.take_in(watermark=MARKED)
    mapping = tuple(pair for pair in shop.source.mapping if pair[0] != "city")
    report = shop.take_in(watermark=MARKED, mapping=mapping)
    assert (report.rows, report.changed, report.whole) == (2, 2, True)


def test_a_mark_of_the_future_hides_no_later_change(shop: Company) -> None:
    marked(shop, {**ZOE, "modifie": "2099-01-01"}, {**YANN, "modifie": "2027-02-01"})
    shop.take_in(watermark=MARKED)
    marked(shop, {**ZOE, "modifie": "2099-01-01"}, {**YANN, "nom": "Le Goff", "modifie": "2027-02-02"})
    assert shop.take_in(watermark=MARKED).changed == 1


def test_integers_are_marks_too_and_in_their_own_order(shop: Company) -> None:
    counted = Watermark("modifie", MarkType.INTEGER)
    marked(shop, {**ZOE, "modifie": "9"}, {**YANN, "modifie": ""})
    shop.take_in(watermark=counted)
    marked(shop, {**ZOE, "modifie": "10", "nom": "Le Goff"}, {**YANN, "nom": "Tanguy", "modifie": ""})
    assert shop.take_in(watermark=counted).changed == 2
    marked(shop, {**ZOE, "modifie": "9", "nom": "Unseen"})
    assert shop.take_in(watermark=counted).older == 1


def test_rows_of_one_person_are_judged_together_whichever_changed(shop: Company) -> None:
    customer = {**ZOE, "code_client": "C7", "relation": "client", "nom": "Cliente", "modifie": "2027-02-01"}
    marked(shop, {**ZOE, "modifie": "2027-02-15"}, customer)
    shop.take_in(watermark=MARKED)
    marked(shop, {**ZOE, "nom": "Prospecte", "modifie": "2027-03-01"}, customer)
    assert shop.take_in(watermark=MARKED).changed == 0
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Cliente"


def test_a_marked_source_without_changes_is_no_empty_file(shop: Company) -> None:
    marked(shop, {**ZOE, "modifie": "2027-03-01"})
    shop.take_in(watermark=MARKED)
    marked(shop, {**ZOE, "modifie": "2027-01-01"})
    assert shop.take_in(watermark=MARKED).rows == 0


# Who is no longer there


def test_who_left_may_be_kept(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in(gone=Gone.KEEP)
    shop.crm(YANN)
    report = shop.take_in(gone=Gone.KEEP)
    assert (report.gone, report.retired, report.flagged) == (1, 0, ())
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.ACTIVE


def test_who_left_may_be_told_at_each_import_until_they_are_back(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in(gone=Gone.FLAG)
    zoe = shop.person("Zoe.Kermadec@client.example").contact
    shop.crm(YANN)
    assert [shop.take_in(gone=Gone.FLAG).flagged for _ in range(2)] == [(zoe.id,), (zoe.id,)]
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.ACTIVE
    shop.crm(ZOE, YANN)
    assert shop.take_in(gone=Gone.FLAG).flagged == ()


# What the source has not taken yet


def test_a_correction_is_listed_until_the_source_says_the_same(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    correct(shop, "Zoe.Kermadec@client.example", last_name="=1+1")
    report = shop.take_in()
    assert (report.write_back, report.corrections) == ({"last_name": 1}, "contacts.corrections.jsonl")
    assert corrections(shop) == [{"key": "C1", "field": "last_name", "source": "Kermadec", "book": "=1+1"}]
    assert (shop.root / "crm" / "contacts.corrections.jsonl").stat().st_mode & 0o777 == 0o600
    assert shop.take_in().write_back == {"last_name": 1}
    shop.crm({**ZOE, "nom": "Le Bihan"})
    assert shop.take_in().write_back == {}
    assert corrections(shop) == []


def test_an_objection_that_the_source_does_not_know_is_listed(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}})
    assert shop.take_in().write_back == {"basis.newsletter.withdrawn_on": 1}
    shop.crm({**ZOE, "date_retrait": "2027-03-02"}, YANN)
    assert shop.take_in().write_back == {}


# What is due


@pytest.mark.parametrize(
    ("on", "now", "turn"),
    [
        pytest.param(Repeat(Every.DAY), "2027-03-02T08:00", "2027-03-02T02:00", id="daily"),
        pytest.param(Repeat(Every.DAY), "2027-03-02T01:59", "2027-03-01T02:00", id="daily-before-its-hour"),
        pytest.param(Repeat(Every.DAY), "2027-07-02T08:00", "2027-07-02T01:00", id="daily-in-summer"),
        pytest.param(Repeat(Every.WEEK, weekday=4), "2027-03-02T08:00", "2027-02-26T02:00", id="fridays"),
        pytest.param(Repeat(Every.MONTH, day=15), "2027-03-02T08:00", "2027-02-15T02:00", id="the-fifteenth"),
        pytest.param(Repeat(Every.MONTH, weekday=0, place=LAST), "2027-03-02T08:00", "2027-02-22T02:00", id="last"),
    ],
)
def test_a_source_falls_due_on_the_organisation_s_clock(on: Repeat, now: str, turn: str) -> None:
    schedule = SourceSchedule(on, time(3))
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(turn).replace(tzinfo=UTC)
    assert last_turn(schedule, at, PARIS) == expected
    assert is_due(schedule, None, at, PARIS)
    assert is_due(schedule, expected - timedelta(seconds=1), at, PARIS)
    assert not is_due(schedule, expected, at, PARIS)
