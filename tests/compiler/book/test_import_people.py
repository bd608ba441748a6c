from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from compiler.book.seal import seal_identity
from compiler.language.canonical import Json
from compiler.language.consent import Answer
from compiler.language.contact import Identity, Status

from .conftest import Company
from .scene import ALIX, YANN, ZOE, covered, tells

# Duplicates


def test_rows_of_one_mailbox_are_one_person(shop: Company) -> None:
    shop.crm(
        {**ZOE, "code_client": "C1", "ville": ""},
        {**ZOE, "code_client": "C7", "email": "ZOE.KERMADEC@client.example", "relation": "client", "ville": "Brest"},
    )
    report = shop.take_in()
    assert (report.new, report.duplicates) == (1, 1)
    (person,) = shop.people().values()
    assert person.contact.relation == "customer"
    assert person.value("customer_code") == "C7"
    assert "2;merged;" in shop.rejected


def test_rows_of_one_key_are_one_person_and_the_latest_speaks(shop: Company) -> None:
    shop.crm({**ZOE, "nom": "Avant", "dernier_contact": "01/01/2026"}, {**ZOE, "nom": "Après"}, {**ZOE, "nom": "Après"})
    report = shop.take_in()
    assert (report.new, report.duplicates) == (1, 2)
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Après"


def test_an_objection_in_any_row_of_a_person_holds(shop: Company) -> None:
    shop.crm(
        {**ZOE, "relation": "client"},
        {**ZOE, "code_client": "C7", "desinscrit": "2026-12-01"},
        {**ZOE, "code_client": "C8", "date_retrait": "2026-11-01"},
    )
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    assert contact.relation == "customer"
    assert contact.objects_to("newsletter")
    assert not contact.basis_for("newsletter")


def test_a_person_known_by_another_key_is_recognised_by_the_mailbox(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    shop.crm({**ZOE, "code_client": "NEW-1"})
    report = shop.take_in(seed=2)
    assert (report.new, report.retired) == (0, 0)
    assert len(shop.people()) == 1


# What people said themselves


def test_an_objection_survives_every_later_import(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}}, days=1)
    shop.clock.advance(timedelta(days=30))
    shop.crm({**ZOE, "nom": "Le Goff"})
    assert shop.take_in().changed == 1
    assert shop.person("Zoe.Kermadec@client.example").contact.objects_to("newsletter")
    assert covered(shop, "zoe.kermadec@client.example")


def test_a_confirmed_consent_given_later_lifts_an_objection(shop: Company) -> None:
    shop.crm({**ZOE, "desinscrit": ""})
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}})
    shop.clock.advance(timedelta(days=30))
    shop.crm({**ZOE, "date_consentement": "2027-03-20"})
    shop.take_in()
    assert not shop.person("Zoe.Kermadec@client.example").contact.objections
    assert not covered(shop, "zoe.kermadec@client.example")


@pytest.mark.parametrize(
    "missing", [{"double_optin": ""}, {"empreinte_texte": ""}, {"date_consentement": "2027-03-02"}]
)
def test_a_consent_without_its_whole_proof_lifts_nothing(shop: Company, missing: dict[str, str]) -> None:
    shop.crm(ZOE)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}})
    shop.clock.advance(timedelta(days=30))
    shop.crm({**ZOE, "date_consentement": "2027-03-20", **missing})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").contact.objects_to("newsletter")


def test_a_correction_by_the_person_holds_until_the_source_changes_its_own_value(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    person = shop.person("Zoe.Kermadec@client.example")
    key = shop.keyring.keys([person.contact.id])[person.contact.id]
    corrected = Identity(
        person.identity.address, tuple({**dict(person.identity.fields), "last_name": "Le Bihan"}.items())
    )
    seal = seal_identity(corrected, key, person.contact.id)
    tells(shop, person.contact.id, {"seal": base64.b64encode(seal).decode()})
    shop.clock.advance(timedelta(days=1))
    shop.crm({**ZOE, "ville": "Brest"})
    shop.take_in()
    now = shop.person("Zoe.Kermadec@client.example")
    assert (now.value("last_name"), now.value("city")) == ("Le Bihan", "Brest")
    shop.clock.advance(timedelta(days=1))
    shop.crm({**ZOE, "ville": "Brest", "nom": "Kermadec-Le Bihan"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Kermadec-Le Bihan"


def test_a_withdrawn_answer_is_not_given_back_by_silence(shop: Company) -> None:
    shop.crm({**ZOE, "consentement_ouverture": "oui"})
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    assert contact.tracking.opens is Answer.GRANTED
    tells(shop, contact.id, {"tracking.opens": "withdrawn"})
    shop.clock.advance(timedelta(days=1))
    shop.crm({**ZOE, "consentement_ouverture": "oui", "nom": "Le Goff"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").contact.tracking.opens is Answer.WITHDRAWN


def test_a_dead_mailbox_is_forgotten_with_the_address(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    tells(shop, contact.id, {"status": "invalid", "dead_on": "2027-03-02"})
    shop.clock.advance(timedelta(days=1))
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.INVALID
    shop.crm({**ZOE, "email": "zoe@nouveau.example"})
    shop.take_in()
    moved = shop.person("zoe@nouveau.example").contact
    assert (moved.id, moved.status, moved.dead_on) == (contact.id, Status.ACTIVE, None)


# Suppressed and gone


def test_an_objector_stands_on_the_suppression_list(shop: Company) -> None:
    shop.crm({**ZOE, "desinscrit": "01/12/2026"}, {**YANN, "date_retrait": "01/12/2026"}, ALIX)
    shop.take_in()
    assert covered(shop, "zoe.kermadec@client.example", "anything")
    assert covered(shop, "yann@atelier.example")
    assert not covered(shop, "alix@studio.example")


def test_a_suppressed_mailbox_is_not_recorded_anew(company: Company) -> None:
    company.crm({**ZOE, "desinscrit": "01/12/2026"})
    company.take_in()
    (person,) = company.people().values()
    tomb: dict[str, Json] = {"status": "erased"}
    tells(company, person.contact.id, tomb)
    company.crm({**ZOE, "code_client": "C9", "email": "ZOE.kermadec@client.example"}, YANN)
    report = company.take_in(seed=2, name="shop")
    assert (report.new, report.refused_suppressed, report.rejected) == (1, 1, 0)
    assert "2;suppressed;" in company.rejected
    assert "zoe" not in " ".join(company.people()).lower()


def test_people_who_leave_the_source_are_not_written_to_until_they_are_back(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in()
    shop.clock.advance(timedelta(days=1))
    shop.crm(YANN)
    assert shop.take_in().retired == 1
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.EXPIRED
    assert shop.take_in().retired == 0
    shop.clock.advance(timedelta(days=1))
    shop.crm(ZOE, YANN)
    assert shop.take_in().changed == 1
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.ACTIVE


def test_a_row_that_became_wrong_retires_nobody(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in()
    shop.crm({**ZOE, "email": "zoe"}, YANN)
    report = shop.take_in()
    assert (report.retired, report.rejected) == (0, 1)
    assert shop.person("Zoe.Kermadec@client.example").contact.status is Status.ACTIVE
