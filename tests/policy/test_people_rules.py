from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from compiler.language.campaign import Campaign, Workspace
from compiler.language.consent import Basis, Ground, Proof
from compiler.language.contact import Contact, Kind, Objection, Origin, Person, SourceKind, Status
from compiler.language.plan import Exclusion
from compiler.language.suppression import Suppression
from compiler.policy import Audience, exclude, judge
from compiler.policy.audience import months_before
from compiler.policy.people import GROUND_RULES, PEOPLE_RULES
from compiler.policy.registry import Rule, Stage
from compiler.policy.vague import is_vague_source

ON = date(2027, 3, 1)
AT = datetime(2027, 2, 1, tzinfo=UTC)
SOLD = Basis(
    "newsletter",
    Ground.SIMILAR_PRODUCTS,
    date(2026, 5, 1),
    collected_at_sale=True,
    objection_offered=True,
    product_families=("luminaires",),
)
INTEREST = Basis("newsletter", Ground.LEGITIMATE_INTEREST, date(2026, 5, 1))
PROOF = Proof("web_form", "inscription@1", "ab" * 32)


def purchased(on: date) -> Origin:
    return Origin(SourceKind.PURCHASED, "Fichier Bâtiment Ouest, Données & Cie", on)


def spoilt(contact: Contact, changes: dict[str, Any]) -> Contact:
    """`basis` may be given as changes of the contact's consent."""
    basis = changes.get("basis")
    if isinstance(basis, dict):
        changes = {**changes, "basis": (replace(contact.basis[0], **basis),)}
    return replace(contact, **changes)


FAILING = [
    ("LAW-BASIS-01", Exclusion.NO_BASIS, {"basis": ()}),
    ("LAW-BASIS-01", Exclusion.NO_BASIS, {"basis": {"purpose": "events"}}),
    ("LAW-BASIS-01", Exclusion.NO_BASIS, {"basis": {"ground": Ground.CONTRACT}}),
    ("LAW-OPTIN-02", Exclusion.NO_BASIS, {"basis": (INTEREST,)}),
    ("LAW-SIMILAR-03", Exclusion.NO_BASIS, {"basis": (replace(SOLD, collected_at_sale=False),)}),
    ("LAW-SIMILAR-03", Exclusion.NO_BASIS, {"basis": (replace(SOLD, objection_offered=False),)}),
    ("LAW-SIMILAR-03", Exclusion.NO_BASIS, {"basis": (replace(SOLD, product_families=("meubles",)),)}),
    (
        "LAW-SIMILAR-03",
        Exclusion.NO_BASIS,
        {"basis": (SOLD,), "origin": purchased(date(2026, 1, 1)), "notices": (("art14", date(2026, 1, 20)),)},
    ),
    ("LAW-PROOF-07", Exclusion.NO_PROOF, {"basis": {"proof": Proof()}}),
    ("LAW-PROOF-07", Exclusion.NO_PROOF, {"basis": {"proof": replace(PROOF, text_sha256="")}}),
    ("LAW-DOI-11", Exclusion.UNCONFIRMED, {"status": Status.PENDING}),
    ("LAW-DOI-11", Exclusion.UNCONFIRMED, {"basis": {"proof": replace(PROOF, method="double_optin")}}),
    ("LAW-WITHDRAW-12", Exclusion.UNSUBSCRIBED, {"basis": {"withdrawn_on": date(2027, 1, 1)}}),
    ("LAW-WITHDRAW-12", Exclusion.UNSUBSCRIBED, {"objections": (Objection("newsletter", ON, "link"),)}),
    ("LAW-WITHDRAW-12", Exclusion.OBJECTED, {"objections": (Objection("all", ON),)}),
    ("LAW-RESTRICT-15", Exclusion.RESTRICTED, {"status": Status.RESTRICTED}),
    ("LAW-MINOR-16", Exclusion.MINOR, {"minor": True}),
    ("SRC-01", Exclusion.NO_SOURCE, {"origin": None}),
    ("SRC-01", Exclusion.NO_SOURCE, {"origin": Origin(SourceKind.PARTNER, "Organisme spécialisé", ON)}),
    ("SRC-03", Exclusion.NO_SOURCE, {"origin": Origin(SourceKind.RENTED, "Annuaire Pro de l'Ouest", ON)}),
    ("SRC-04", Exclusion.NO_SOURCE, {"origin": Origin(SourceKind.SCRAPED, "Annuaire Pro de l'Ouest", ON)}),
    ("INF-14", Exclusion.NO_NOTICE, {"origin": purchased(date(2027, 1, 31))}),
    (
        "RET-01",
        Exclusion.RETENTION,
        {
            "last_contact_on": date(2024, 2, 29),
            "origin": Origin(SourceKind.EVENT, "Salon Habitat 2023", date(2023, 5, 1)),
            "basis": {"since": date(2023, 5, 1)},
        },
    ),
    ("RET-01", Exclusion.RETENTION, {"status": Status.EXPIRED}),
    ("RGT-02", Exclusion.ERASED, {"status": Status.ERASED}),
    ("SND-DEAD-08", Exclusion.BOUNCED, {"status": Status.INVALID, "dead_on": date(2027, 1, 1)}),
    ("SND-DEAD-08", Exclusion.INVALID, {"status": Status.INVALID}),
    ("SND-FBL-14", Exclusion.COMPLAINED, {"status": Status.COMPLAINED}),
]


@pytest.mark.parametrize(("rule", "reason", "changes"), FAILING)
@pytest.mark.raises_code(
    "LAW-OPTIN-02",
    "LAW-SIMILAR-03",
    "LAW-DOI-11",
    "LAW-WITHDRAW-12",
    "LAW-RESTRICT-15",
    "INF-14",
    "RGT-02",
    "SND-DEAD-08",
    "SND-FBL-14",
    "LAW-SUPPR-13",
)
def test_a_rule_keeps_a_person_out(
    rule: str, reason: Exclusion, changes: dict[str, Any], audience: Audience, contact: Contact
) -> None:
    judgement = judge(audience, spoilt(contact, changes), None)
    assert judgement is not None
    assert (judgement.rule, judgement.exclusion) == (rule, reason)


#: Tested on their own, below and by country.
APART = {"LAW-SUPPR-13", "LAW-PRO-04", "LAW-COMPANY-19", "LAW-IMPLIED-20"}

PASSING = [
    pytest.param({}, id="LAW-BASIS-01 LAW-OPTIN-02 LAW-PROOF-07 consent-with-proof"),
    pytest.param({"basis": (SOLD,)}, id="LAW-SIMILAR-03 sold-similar-products"),
    pytest.param({"basis": (INTEREST,), "kind": Kind.PROFESSIONAL}, id="LAW-OPTIN-02 professional"),
    pytest.param({"basis": (INTEREST, SOLD)}, id="one-good-ground-is-enough"),
    pytest.param({"basis": {"proof": replace(PROOF, method="double_optin", confirmed=True)}}, id="LAW-DOI-11"),
    pytest.param({"objections": (Objection("events", ON),)}, id="LAW-WITHDRAW-12 another-purpose"),
    pytest.param({"origin": purchased(date(2027, 2, 2))}, id="INF-14 within-a-month"),
    pytest.param({"origin": purchased(date(2026, 5, 1)), "notices": (("art14", date(2026, 5, 9)),)}, id="INF-14 told"),
    pytest.param({"origin": Origin(SourceKind.EVENT, "Salon Habitat 2020", date(2020, 5, 1))}, id="SRC-01 named"),
    pytest.param({"last_contact_on": date(2024, 3, 1)}, id="RET-01 three-years-to-the-day"),
    pytest.param(
        {
            "relation": "customer",
            "last_contact_on": None,
            "origin": Origin(SourceKind.SALE, "Boutique de Rennes", date(2020, 1, 1)),
            "basis": {"since": date(2020, 1, 1)},
        },
        id="RET-01 a-customer-is-no-prospect",
    ),
    pytest.param({"dead_on": date(2027, 2, 1)}, id="SND-DEAD-08 refused-once"),
]


@pytest.mark.parametrize("changes", PASSING)
def test_a_person_in_order_is_written_to(changes: dict[str, Any], audience: Audience, contact: Contact) -> None:
    assert judge(audience, spoilt(contact, changes), None) is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("unsubscribed", Exclusion.UNSUBSCRIBED),
        ("objected", Exclusion.OBJECTED),
        ("erased_objected", Exclusion.OBJECTED),
        ("complained", Exclusion.COMPLAINED),
        ("invalid", Exclusion.BOUNCED),
    ],
)
def test_law_suppr_13_a_suppressed_address_is_out_whatever_the_contact_says(
    reason: str, expected: Exclusion, campaign: Campaign, workspace: Workspace, person: Person
) -> None:
    for scope in ("all", "newsletter"):
        entry = Suppression("ab" * 32, scope, AT, reason)
        assert exclude(campaign, workspace, person, on=ON, suppressed=entry) is expected


def test_law_suppr_13_a_lifted_suppression_or_another_purpose_s_does_not_count(
    campaign: Campaign, workspace: Workspace, person: Person
) -> None:
    for entry in (
        Suppression("ab" * 32, "all", AT, "objected", lifted=True),
        Suppression("ab" * 32, "events", AT, "objected"),
        None,
    ):
        assert exclude(campaign, workspace, person, on=ON, suppressed=entry) is None


def test_law_withdraw_12_no_other_ground_replaces_a_withdrawn_consent_but_a_later_consent_does(
    audience: Audience, contact: Contact, consent: Basis
) -> None:
    withdrawn = replace(consent, withdrawn_on=date(2026, 6, 1))
    sold = replace(contact, basis=(withdrawn, SOLD))
    judgement = judge(audience, sold, None)
    assert judgement is not None
    assert judgement.rule == "LAW-WITHDRAW-12"
    again = replace(contact, basis=(withdrawn, replace(consent, since=date(2026, 7, 1))))
    assert judge(audience, again, None) is None


def test_law_pro_04_professionals_without_consent_need_a_declared_object(
    workspace: Workspace, campaign: Campaign, contact: Contact
) -> None:
    professional = replace(contact, kind=Kind.PROFESSIONAL, basis=(INTEREST,))
    silent = Audience.of(workspace, replace(campaign, professional_object=""), on=ON)
    judgement = judge(silent, professional, None)
    assert judgement is not None
    assert (judgement.rule, judgement.exclusion) == ("LAW-PRO-04", Exclusion.NO_BASIS)
    assert judge(Audience.of(workspace, campaign, on=ON), professional, None) is None


def test_inf_14_the_first_message_informs_only_where_it_links_to_a_notice(
    workspace: Workspace, campaign: Campaign, contact: Contact
) -> None:
    organisation = replace(workspace.settings.organisation, privacy_url="")
    bare = replace(workspace, settings=replace(workspace.settings, organisation=organisation))
    recent = replace(contact, origin=purchased(date(2027, 2, 20)))
    judgement = judge(Audience.of(bare, campaign, on=ON), recent, None)
    assert judgement is not None
    assert judgement.rule == "INF-14"


def test_ret_01_nobody_keeps_prospects_longer_than_three_years(
    workspace: Workspace, campaign: Campaign, contact: Contact
) -> None:
    purpose = replace(workspace.settings.purposes[0], retention_months=120)
    generous = replace(workspace, settings=replace(workspace.settings, purposes=(purpose,)))
    assert Audience.of(generous, campaign, on=ON).oldest_contact == date(2024, 3, 1)


def test_every_rule_about_people_is_asked_at_compile_time_and_before_each_message() -> None:
    rules: list[Rule[Callable[..., object]]] = [*PEOPLE_RULES, *GROUND_RULES]
    assert all({Stage.COMPILED, Stage.SENT} <= rule.stages for rule in rules)
    assert {rule.id for rule in rules} - APART == {name for name, _, _ in FAILING}
    assert all(rule.reference and rule.check.__doc__ for rule in rules)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 3, 31), 1, date(2027, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 15), 1, date(2026, 12, 15)),
        (date(2028, 2, 29), 36, date(2025, 2, 28)),
        (date(2027, 12, 31), 12, date(2026, 12, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-",
        "n/a",
        "Partenaire",
        "un organisme spécialisé en données",
        "Internet",
        "Base de données",
        "Divers",
        "???",
    ],
)
def test_a_name_that_names_nobody_is_vague(name: str) -> None:
    assert is_vague_source(name)


@pytest.mark.parametrize("name", ["Salon Maison et Lumière 2026", "Boutique de Rennes", "CCI Ille-et-Vilaine"])
def test_a_name_that_names_somebody_is_not_vague(name: str) -> None:
    assert not is_vague_source(name)
