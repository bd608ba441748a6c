"""The country of a recipient chooses the rules: one lawful and one unlawful message for each pack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue import message_rules
from compiler.language.consent import Basis, Ground, Proof
from compiler.language.contact import Contact, Identity, Kind, Person
from compiler.language.finding import Place, Severity, finding
from compiler.language.history import History
from compiler.policy import RULES, Admission, Audience, Noted, admit, check_abroad, judge
from compiler.policy.jurisdictions import PACKS, holds_in, is_adequate, pack_of
from compiler.policy.together import POSTAL

ON = date(2027, 3, 1)
PROOF = Proof("web_form", "salon 2026@1", "ab" * 32, confirmed=True)
AGREED = Basis("newsletter", Ground.CONSENT, date(2026, 5, 1), PROOF)
UNCONFIRMED = replace(AGREED, proof=replace(PROOF, confirmed=False))
SIGNED = replace(AGREED, proof=replace(PROOF, method="paper_form", confirmed=False))
INTEREST = Basis("newsletter", Ground.LEGITIMATE_INTEREST, date(2026, 5, 1))
SOLD = Basis(
    "newsletter",
    Ground.SIMILAR_PRODUCTS,
    date(2025, 3, 1),
    collected_at_sale=True,
    objection_offered=True,
    product_families=("luminaires",),
)
SOLD_LONG_AGO = replace(SOLD, since=date(2025, 2, 28))
OPT_IN, COMPANY = "LAW-OPTIN-02", "LAW-COMPANY-19"

#: Country, whose mailbox, on what ground, and the rule that keeps them out, empty where they may be written to.
CASES = [
    ("FR", Kind.PERSONAL, INTEREST, OPT_IN),
    ("FR", Kind.PROFESSIONAL, INTEREST, ""),
    ("FR", Kind.GENERIC, INTEREST, ""),
    ("FR", Kind.PERSONAL, UNCONFIRMED, ""),
    ("RE", Kind.PERSONAL, INTEREST, OPT_IN),
    ("DE", Kind.PERSONAL, INTEREST, OPT_IN),
    ("DE", Kind.PROFESSIONAL, INTEREST, COMPANY),
    ("DE", Kind.GENERIC, INTEREST, COMPANY),
    ("DE", Kind.PROFESSIONAL, SOLD, ""),
    ("DE", Kind.PERSONAL, UNCONFIRMED, "LAW-DOI-11"),
    ("DE", Kind.PERSONAL, SIGNED, ""),
    ("DE", Kind.PERSONAL, AGREED, ""),
    ("AT", Kind.PROFESSIONAL, INTEREST, COMPANY),
    ("AT", Kind.GENERIC, INTEREST, COMPANY),
    ("AT", Kind.PERSONAL, UNCONFIRMED, ""),
    ("BE", Kind.PROFESSIONAL, INTEREST, COMPANY),
    ("BE", Kind.GENERIC, INTEREST, ""),
    ("CH", Kind.PROFESSIONAL, INTEREST, COMPANY),
    ("CH", Kind.GENERIC, INTEREST, COMPANY),
    ("CH", Kind.PROFESSIONAL, SOLD, ""),
    ("CA", Kind.PERSONAL, INTEREST, OPT_IN),
    ("CA", Kind.PROFESSIONAL, INTEREST, COMPANY),
    ("CA", Kind.GENERIC, INTEREST, COMPANY),
    ("CA", Kind.PERSONAL, SOLD, ""),
    ("CA", Kind.PERSONAL, SOLD_LONG_AGO, "LAW-IMPLIED-20"),
    ("CA", Kind.PERSONAL, AGREED, ""),
    ("FR", Kind.PERSONAL, SOLD_LONG_AGO, ""),
    ("GB", Kind.PERSONAL, INTEREST, OPT_IN),
    ("GB", Kind.PROFESSIONAL, INTEREST, ""),
    ("US", Kind.PERSONAL, INTEREST, ""),
    ("US", Kind.PROFESSIONAL, INTEREST, ""),
    ("ES", Kind.PERSONAL, INTEREST, OPT_IN),
    ("ES", Kind.PROFESSIONAL, INTEREST, ""),
    ("JP", Kind.PERSONAL, INTEREST, OPT_IN),
    ("JP", Kind.PROFESSIONAL, INTEREST, ""),
]


def ruled(audience: Audience, contact: Contact) -> str:
    judgement = judge(audience, contact, None)
    return judgement.rule if judgement else ""


@pytest.mark.parametrize(("country", "kind", "basis", "rule"), CASES)
@pytest.mark.raises_code("LAW-COMPANY-19", "LAW-IMPLIED-20")
def test_a_recipient_s_country_chooses_what_a_ground_must_pass(
    country: str, kind: Kind, basis: Basis, rule: str, audience: Audience, contact: Contact
) -> None:
    person = replace(contact, country=country, kind=kind, basis=(basis,))
    assert ruled(audience, person) == rule


@pytest.mark.parametrize(
    ("country", "needed"), [("FR", True), ("ES", True), ("JP", True), ("GB", False), ("US", False)]
)
def test_law_pro_04_a_declared_object_is_asked_for_in_france_and_by_default(
    country: str, needed: bool, workspace: Workspace, campaign: Campaign, contact: Contact
) -> None:
    silent = Audience.of(workspace, replace(campaign, professional_object=""), on=ON)
    person = replace(contact, country=country, kind=Kind.PROFESSIONAL, basis=(INTEREST,))
    assert ruled(silent, person) == ("LAW-PRO-04" if needed else "")


def test_the_gdpr_follows_the_controller_into_every_country(audience: Audience, contact: Contact) -> None:
    bare = replace(contact, basis=(replace(AGREED, proof=Proof()),))
    for country in (*PACKS, "ES", "JP"):
        assert ruled(audience, replace(bare, country=country)) in ("LAW-PROOF-07", "LAW-DOI-11"), country
        assert ruled(audience, replace(contact, country=country, origin=None)) == "SRC-01", country


def test_every_jurisdiction_that_a_rule_names_is_a_pack_and_each_pack_says_its_law() -> None:
    named = {name for rule in RULES for name in rule.jurisdictions}
    assert named <= {"*", "EU", *PACKS}
    assert all(pack.law and pack.says for pack in PACKS.values())
    assert pack_of("EEA") is None
    assert pack_of("GP") is PACKS["FR"]
    assert pack_of("ZZ") is None
    assert holds_in(("FR",), "ZZ")
    assert not holds_in(("FR",), "US")


def test_adequate_countries_need_no_other_safeguard() -> None:
    assert all(is_adequate(country) for country in ("FR", "RE", "DE", "IS", "CH", "GB"))
    assert not any(is_adequate(country) for country in ("US", "CN", "ZZ"))


def admitted(audience: Audience, *people: Person) -> Admission:
    named = [
        Person(replace(p.contact, id=f"{n:032x}"), replace(p.identity, address=f"p{n}@clients.example"))
        for n, p in enumerate(people, 1)
    ]
    ids = [p.contact.id for p in named]
    return admit(audience, named, chosen=ids, history=History(), suppressed=lambda address: None, key=b"k")


def told(audience: Audience, *people: Person) -> dict[str, str]:
    return {f.code: dict(f.arguments)["count"] for f in admitted(audience, *people).findings}


@pytest.mark.raises_code("LAW-MULTI-18")
def test_law_multi_18_countries_that_no_pack_holds_are_told_by_count_alone(audience: Audience, person: Person) -> None:
    abroad = replace(person, contact=replace(person.contact, country="JP"))
    assert told(audience, abroad, person) == {"LAW-MULTI-18": "<5"}
    assert told(audience, *[abroad] * 6) == {"LAW-MULTI-18": "6"}
    assert told(audience, person) == {}
    left_out = replace(abroad, contact=replace(abroad.contact, minor=True))
    assert told(audience, left_out, person) == {}


@pytest.mark.raises_code("LAW-GENERIC-06")
def test_law_generic_06_a_mailbox_of_nobody_in_particular_bears_no_name(audience: Audience, person: Person) -> None:
    generic = replace(person.contact, kind=Kind.GENERIC)
    assert told(audience, Person(generic, person.identity)) == {"LAW-GENERIC-06": "<5"}
    company = Identity("contact@clients.example", (("company", "Atelier Quéméneur"), ("first_name", None)))
    assert told(audience, Person(generic, company)) == {}


@pytest.mark.raises_code("LAW-PROOF-08")
def test_law_proof_08_the_version_that_a_proof_cites_stays_declared_word_for_word(
    audience: Audience, person: Person, consent: Basis
) -> None:
    def agreed(**changes: Any) -> Person:
        basis = replace(consent, proof=replace(consent.proof, **changes))
        return Person(replace(person.contact, basis=(basis,)), person.identity)

    assert told(audience, agreed()) == {}
    assert told(audience, agreed(form="inscription@7")) == {"LAW-PROOF-08": "<5"}
    assert told(audience, agreed(text_sha256="cd" * 32)) == {"LAW-PROOF-08": "<5"}
    assert told(audience, agreed(form="salon 2025", text_sha256="cd" * 32)) == {}  # a form of their own


@pytest.mark.raises_code("MSG-ADDR-21")
def test_msg_addr_21_a_message_to_the_united_states_or_canada_has_a_postal_address() -> None:
    missing = finding(message_rules.ADDRESS, Place("templates/news.fr.mjml"), part="html")
    (found,) = check_abroad(Noted(((POSTAL, 7),)), [missing, missing])
    assert (found.code, found.severity, found.place) == ("MSG-ADDR-21", Severity.ERROR, missing.place)
    assert "7" in found.message("fr")
    assert "7" in found.message("en")
    assert check_abroad(Noted(), [missing]) == []
    assert check_abroad(Noted(((POSTAL, 7),)), []) == []


@pytest.mark.parametrize(("country", "counted"), [("US", 1), ("CA", 1), ("FR", 0), ("JP", 0)])
def test_only_american_and_canadian_recipients_ask_for_it(
    country: str, counted: int, audience: Audience, contact: Contact
) -> None:
    from compiler.policy.together import notes_of

    person = Person(replace(contact, country=country), Identity("ana@clients.example"))
    assert bool(notes_of(audience, person, "clients.example") & POSTAL) == bool(counted)
