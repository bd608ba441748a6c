from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from compiler.book.fold import contact_of
from compiler.book.guards import GuardStopped
from compiler.book.layout import changes_files
from compiler.book.record import Change
from compiler.book.store import Book
from compiler.git import RemoteUnreachable
from compiler.language.campaign import SourceGuards
from compiler.language.canonical import Json
from compiler.language.contact import SourceKind
from compiler.language.errors import FindingsStop

from .conftest import Company
from .scene import ALIX, YANN, ZOE

# Guards and law


@pytest.mark.parametrize(
    ("guard", "rows"),
    [
        pytest.param("min_rows", [ZOE], id="too-few-rows"),
        pytest.param("rejected", [ZOE, YANN, {**ALIX, "email": "alix"}], id="too-many-faults"),
        pytest.param("retired", [ZOE, YANN, {**ALIX, "code_client": "X1"}], id="too-many-gone"),
        pytest.param("min_rows", [], id="no-row-at-all"),
    ],
)
def test_a_guard_leaves_everything_untouched(company: Company, guard: str, rows: list[dict[str, str]]) -> None:
    company.crm(ZOE, YANN, ALIX)
    company.take_in()
    tree, keys = company.book.tree_id(), company.keyring.count()
    company.crm(*rows)
    guards = SourceGuards(min_rows=Fraction(90, 100), retired=Fraction(5, 100), rejected=Fraction(2, 100))
    with pytest.raises(GuardStopped) as caught:
        company.take_in(seed=2, guards=guards)
    assert caught.value.guard == guard
    assert caught.value.exit_code == 1
    assert guard in caught.value.text.fr
    assert (guard == "rejected") == ("contacts.rejected.csv" in caught.value.text.fr)
    assert (company.book.tree_id(), company.keyring.count()) == (tree, keys)


def test_a_person_may_overrule_a_guard(shop: Company) -> None:
    shop.crm(ZOE, YANN, ALIX)
    shop.take_in()
    shop.crm(ZOE)
    guards = SourceGuards(min_rows=Fraction(90, 100))
    assert shop.take_in(guards=guards, despite_guards=True).retired == 2


def test_the_first_import_has_no_past_to_compare_with(shop: Company) -> None:
    shop.crm(ZOE)
    assert shop.take_in(guards=SourceGuards()).new == 1


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param({"kind": SourceKind.PURCHASED}, "SRC-02", id="purchased-without-proof"),
        pytest.param({"kind": SourceKind.PARTNER, "contract": "2026-118"}, "SRC-02", id="partner-with-half-a-proof"),
        pytest.param({"kind": SourceKind.RENTED}, "SRC-03", id="rented"),
        pytest.param({"kind": SourceKind.SCRAPED}, "SRC-04", id="scraped"),
    ],
)
def test_a_source_that_the_law_closes_is_not_opened(shop: Company, source: dict[str, Any], code: str) -> None:
    with pytest.raises(FindingsStop) as caught:
        shop.take_in(**source)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_a_purchased_file_comes_in_with_its_whole_proof(shop: Company) -> None:
    shop.crm({**ZOE, "canal_origine": "achat", "origine": "Annuaires de l’Ouest SA"})
    report = shop.take_in(
        kind=SourceKind.PURCHASED,
        provider="Annuaires de l’Ouest",
        contract="2026-118",
        form_copy="formulaires/2026.pdf",
        named_as_partner=True,
        audit_on=date(2026, 9, 1),
    )
    assert report.new == 1


# Faults around an import


def test_an_import_cut_short_is_taken_up_with_the_same_contacts(company: Company) -> None:
    company.crm(ZOE, YANN)
    remote = company.root / "book.git"
    company.book.refresh()
    original = company.book.transact

    def cut(*args: object, **options: object) -> str:
        remote.rename(remote.with_name("away"))
        return original(*args, **options)  # type: ignore[arg-type]

    company.book.transact = cut  # type: ignore[method-assign]
    with pytest.raises(RemoteUnreachable):
        company.take_in()
    drawn = company.keyring.count()
    company.book.transact = original  # type: ignore[method-assign]
    remote.with_name("away").rename(remote)
    assert company.take_in(seed=99).new == 2
    assert company.keyring.count() == drawn == 2
    assert len(company.people()) == 2


def test_another_writer_during_an_import_is_no_obstacle(company: Company) -> None:
    company.crm(ZOE, YANN)
    company.take_in()
    contact = company.person("yann@atelier.example").contact
    original = company.book.repository.push
    raced: list[int] = []

    def racing(remote: str, refspec: str, *, lease: str | None = None) -> object:
        if not raced:
            raced.append(1)
            other = Book.open(company.root / "elsewhere", str(company.root / "book.git"))
            said: dict[str, Json] = {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}}
            change = Change(company.clock.now(), "t1", 1, contact.id, said, "unsubscribed")
            other.transact(lambda view: changes_files([change]), message="Publish", at=company.clock.now())
        return original(remote, refspec, lease=lease)

    company.book.repository.push = racing  # type: ignore[method-assign, assignment]
    company.crm({**ZOE, "nom": "Le Goff"}, {**YANN, "nom": "Le Goff"})
    assert company.take_in().changed == 2
    people = company.people()
    assert people["yann@atelier.example"].contact.objects_to("newsletter")
    assert all(person.value("last_name") == "Le Goff" for person in people.values())


def test_every_record_is_readable_after_many_imports(shop: Company) -> None:
    rng = random.Random(7)
    for day in range(4):
        rows = [
            {"code_client": f"C{n}", "email": f"p{n}@client.example", "nom": rng.choice(["Un", "Deux", "Trois"])}
            for n in range(20)
            if rng.random() < 0.8
        ]
        shop.crm(*rows)
        shop.take_in(seed=day)
        shop.clock.advance(timedelta(days=1))
    records = list(shop.book.view().records())
    assert all(contact_of(record) is not None for record in records)
    assert len(shop.people()) == len(records)
