from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from compiler.book.fold import contact_of
from compiler.book.guards import GuardStopped
from compiler.book.intake.reasons import Reason
from compiler.book.intake.table import SourceUnreadable
from compiler.book.layout import changes_files
from compiler.book.record import Change
from compiler.book.seal import seal_identity
from compiler.book.store import Book
from compiler.git import RemoteUnreachable
from compiler.language.address import Address
from compiler.language.campaign import SourceGuards
from compiler.language.canonical import Json
from compiler.language.consent import Answer, Ground
from compiler.language.contact import Identity, Kind, SourceKind, Status
from compiler.language.errors import FindingsStop
from compiler.language.suppression import address_mac

from .conftest import SUPPRESSION_KEY, Company

ZOE = {"code_client": "C1", "email": "Zoe.Kermadec@Client.example", "telephone": "02 99 00 00 00"}
YANN = {"code_client": "C2", "email": "yann@atelier.example", "prenom": "Yann", "code_postal": "01000"}
ALIX = {"code_client": "C3", "email": "alix@studio.example", "prenom": "Alix"}


def _commits(company: Company) -> int:
    done = company.book.repository._git("rev-list", "--count", "main")
    return int(done.stdout)


def _tells(company: Company, contact: str, values: dict[str, Json], *, days: int = 0) -> None:
    """The tracker publishes something about a contact."""
    at = company.clock.now() + timedelta(days=days)
    seq = company.book.view().last_seq("t1") + 1
    change = Change(at, "t1", seq, contact, values, "test")
    company.book.transact(lambda view: changes_files([change]), message="Publish", at=at)


def _covered(company: Company, address: str, purpose: str = "newsletter") -> bool:
    mac = address_mac(Address.parse(address), SUPPRESSION_KEY)
    return company.book.suppressions().covers(mac, purpose) is not None


def test_a_row_becomes_a_sealed_contact(shop: Company) -> None:
    shop.crm(ZOE)
    report = shop.take_in()
    assert (report.rows, report.new, report.rejected) == (1, 1, 0)
    person = shop.person("Zoe.Kermadec@client.example")
    contact = person.contact
    assert (contact.status, contact.kind, contact.country, contact.zone) == (
        Status.ACTIVE, Kind.PERSONAL, "FR", "Europe/Paris",
    )  # fmt: skip
    assert person.value("first_name") == "Zoé"
    assert person.value("phone") == "+33299000000"
    assert person.value("postcode") == "35000"
    assert contact.origin is not None
    assert contact.origin.on == date(2026, 4, 30)
    (basis,) = contact.basis
    assert (basis.purpose, basis.ground, basis.since) == ("newsletter", Ground.CONSENT, date(2026, 4, 30))
    assert basis.proof.complete
    assert basis.proof.confirmed
    assert not {"first_name", "phone", "postcode", "city"} & set(dict(contact.fields))


def test_a_leading_zero_is_a_character_like_others(shop: Company) -> None:
    shop.crm(YANN)
    shop.take_in()
    assert shop.person("yann@atelier.example").value("postcode") == "01000"


def test_importing_twice_changes_nothing(company: Company) -> None:
    company.crm(ZOE, YANN)
    first = company.take_in()
    tree = company.book.tree_id()
    again = company.take_in(seed=2)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert again.commit == first.commit
    assert company.book.tree_id() == tree
    assert _commits(company) == 1


def test_the_order_of_rows_does_not_matter(found_company: Callable[..., Company]) -> None:
    rows = [
        {"code_client": f"C{n:03}", "email": f"p{n % 37}@client.example", "dernier_contact": f"{n % 27 + 1:02}/01/2027"}
        for n in range(60)
    ]
    trees = set()
    for shuffle in range(3):
        company = found_company(str(shuffle), remote=False)
        random.Random(shuffle).shuffle(rows)
        company.crm(*rows)
        company.take_in()
        trees.add(company.book.tree_id())
    assert len(trees) == 1


def test_a_changed_row_becomes_one_change(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.take_in()
    files = shop.book.view().paths
    shop.crm({**ZOE, "nom": "Le Goff", "telephone": "+33 6 39 98 00 01"}, YANN)
    report = shop.take_in()
    assert (report.changed, report.unchanged) == (1, 1)
    assert len(set(shop.book.view().paths) - set(files)) == 1
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Le Goff"


def test_newcomers_join_a_book_that_is_in_use(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    shop.crm(ZOE, YANN, ALIX)
    report = shop.take_in(seed=2)
    assert (report.new, report.unchanged) == (2, 1)
    assert len(shop.people()) == 3
    assert shop.take_in(seed=3).unchanged == 3


# Rows that are refused


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"code_client": ""}, Reason.NO_KEY, id="no-key"),
        pytest.param({"email": ""}, Reason.NO_ADDRESS, id="no-address"),
        pytest.param({"email": "zoe"}, Reason.BAD_ADDRESS, id="no-at"),
        pytest.param({"email": "zoe@localhost"}, Reason.BAD_ADDRESS, id="no-domain"),
        pytest.param({"email": '"zoe k"@client.example'}, Reason.BAD_ADDRESS, id="quoted"),
        pytest.param({"email": "zoe@client.example>\u2028"}, Reason.BAD_ADDRESS, id="line-separator-at-the-end"),
        pytest.param({"prenom": "Zoé\r\nBcc: x@y.example"}, Reason.CONTROL_CHARACTER, id="header-injection"),
        pytest.param({"prenom": "Zoé\u0085x"}, Reason.CONTROL_CHARACTER, id="next-line"),
        pytest.param({"prenom": "Zoé\u2029x"}, Reason.CONTROL_CHARACTER, id="paragraph-separator"),
        pytest.param({"prenom": "Zoé\x00x"}, Reason.CONTROL_CHARACTER, id="nul"),
        pytest.param({"prenom": "Zoé\u202eeoz"}, Reason.CONTROL_CHARACTER, id="turned-text"),
        pytest.param({"ville": "x" * 1001}, Reason.TOO_LONG, id="too-long"),
        pytest.param({"fuseau": "Europe/Rennes"}, Reason.BAD_ZONE, id="zone"),
        pytest.param({"pays": "Armorique"}, Reason.BAD_COUNTRY, id="country"),
        pytest.param({"dernier_contact": "31/02/2027"}, Reason.BAD_DATE, id="no-such-day"),
        pytest.param({"date_consentement": "2027-04-01"}, Reason.BAD_DATE, id="future"),
        pytest.param({"consentement_newsletter": "peut-être"}, Reason.BAD_VALUE, id="ground"),
        pytest.param({"consentement_ouverture": "bof"}, Reason.BAD_VALUE, id="answer"),
        pytest.param({"statut": "erased"}, Reason.BAD_VALUE, id="a-source-does-not-erase"),
        pytest.param({"langue": "breton vannetais"}, Reason.BAD_VALUE, id="language"),
        pytest.param({"date_origine": ""}, Reason.NO_ORIGIN, id="undated-origin"),
        pytest.param({"origine": "Divers"}, Reason.VAGUE_ORIGIN, id="vague-origin"),
        pytest.param({"canal_origine": "achat"}, Reason.NO_PROOF_OF_PURCHASE, id="purchased"),
        pytest.param({"canal_origine": "rented"}, Reason.FORBIDDEN_ORIGIN, id="rented"),
    ],
)
def test_a_row_is_refused_with_its_reason(shop: Company, row: dict[str, str], reason: Reason) -> None:
    shop.crm({**ZOE, **row}, YANN)
    report = shop.take_in()
    assert report.reasons == {reason.value: 1}
    assert (report.new, report.rejected) == (1, 1)
    assert f"2;{reason.value};" in shop.rejected
    assert len(shop.people()) == 1


def test_rejected_rows_are_given_back_as_they_were_and_forgotten_once_mended(shop: Company) -> None:
    shop.crm({**ZOE, "email": "zoé@", "nom": 'Le "Goff"; Zoé'}, YANN)
    shop.take_in()
    assert '"Le ""Goff""; Zoé"' in shop.rejected
    assert "adresse invalide" in shop.rejected
    assert (shop.root / "crm" / "contacts.rejected.csv").stat().st_mode & 0o777 == 0o600
    shop.crm(ZOE, YANN)
    shop.take_in(seed=2)
    assert shop.rejected == ""


def test_a_wrong_value_is_left_out_and_its_person_kept(shop: Company) -> None:
    shop.crm({**ZOE, "siret": "123 456 789 00012", "telephone": "12", "niveau": "platine", "effectif": "beaucoup"})
    report = shop.take_in()
    assert report.dropped == {"customer_tier": 1, "headcount": 1, "phone": 1, "siret": 1}
    assert (report.new, report.rejected) == (1, 0)
    assert "2;value_dropped;" in shop.rejected


def test_a_role_is_nobody_in_particular(shop: Company) -> None:
    shop.crm({**ZOE, "email": "contact@client.example"})
    assert shop.take_in().notices == {"LAW-GENERIC-06": 1}
    assert shop.person("contact@client.example").contact.kind is Kind.GENERIC


def test_a_professional_with_a_free_mailbox_is_pointed_out(shop: Company) -> None:
    shop.crm({**ZOE, "email": "zoe@orange.fr", "type": "pro", "consentement_newsletter": "professionnel"})
    assert shop.take_in().notices == {"LAW-PRO-05": 1}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param({"empreinte_texte": "ab" * 32}, 1, id="another-text"),
        pytest.param({"formulaire": "inscription@1"}, 1, id="a-version-not-declared"),
        pytest.param({"formulaire": "salon 2025"}, 0, id="a-form-of-their-own"),
        pytest.param({}, 0, id="the-text-that-was-shown"),
    ],
)
def test_a_consent_to_a_text_that_its_form_does_not_show_is_pointed_out(
    shop: Company, row: dict[str, str], told: int
) -> None:
    shop.crm({**ZOE, **row})
    assert shop.take_in().notices.get("LAW-PROOF-07", 0) == told


def test_overseas_france_has_its_own_clock(shop: Company) -> None:
    shop.crm({**ZOE, "code_postal": "97400", "fuseau": ""}, {**YANN, "code_postal": "98800", "fuseau": ""})
    shop.take_in()
    zones = {p.contact.zone for p in shop.people().values()}
    assert zones == {"Indian/Reunion", "Pacific/Noumea"}


# The table itself


def test_a_column_that_is_gone_is_named(shop: Company) -> None:
    shop.crm(ZOE)
    text = shop.table.read_text("utf-8-sig")
    shop.table.write_text(text.replace("prenom", "petit_nom"), "utf-8-sig")
    with pytest.raises(SourceUnreadable, match="prenom"):
        shop.take_in()


def test_another_delimiter_is_recognised(shop: Company) -> None:
    shop.crm(ZOE)
    text = shop.table.read_text("utf-8-sig")
    shop.table.write_text(text.replace(";", ","), "utf-8-sig")
    with pytest.raises(SourceUnreadable, match="delimiter: ';'; the file has ','"):
        shop.take_in()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="another-encoding"),
        pytest.param(b"PK\x03\x04" + bytes(100), id="zip"),
        pytest.param(b"x" * 5_000_000, id="one-endless-line"),
        pytest.param(b'"' + b"x\n" * 200_000, id="a-quote-that-never-closes"),
    ],
)
def test_what_is_no_such_table_is_refused(shop: Company, content: bytes) -> None:
    shop.table.parent.mkdir()
    shop.table.write_bytes(content)
    with pytest.raises(SourceUnreadable):
        shop.take_in()


def test_a_missing_file_is_told(shop: Company) -> None:
    with pytest.raises(SourceUnreadable, match="no file"):
        shop.take_in()


def test_a_column_twice_is_refused(shop: Company) -> None:
    shop.crm(ZOE)
    text = shop.table.read_text("utf-8-sig").splitlines()
    shop.table.write_text("".join(line + ";prenom\n" for line in text), "utf-8-sig")
    with pytest.raises(SourceUnreadable, match="twice"):
        shop.take_in()


def test_ragged_rows_and_broken_quotes_are_rejected_one_by_one(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    lines = shop.table.read_text("utf-8-sig").splitlines()
    lines[2:2] = ["C9;trop;court", 'C8;"mal"fermé', ""]
    shop.table.write_text("\n".join(lines) + "\n", "utf-8-sig")
    report = shop.take_in()
    assert report.reasons == {"malformed": 2}
    assert report.new == 2


def test_a_table_of_an_old_system_is_read_in_its_own_encoding(shop: Company) -> None:
    shop.source = replace(shop.source, encoding="cp1252")
    shop.crm({**ZOE, "nom": "L\u2019Hœillet\u00a0"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "L\u2019Hœillet"


def test_line_ends_of_an_old_macintosh_are_line_ends(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.table.write_bytes(shop.table.read_bytes().replace(b"\r\n", b"\r"))
    assert shop.take_in().new == 2


def test_decomposed_accents_are_composed(shop: Company) -> None:
    shop.crm({**ZOE, "prenom": "Zoe\u0301"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").value("first_name") == "Zoé"


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
    _tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}}, days=1)
    shop.clock.advance(timedelta(days=30))
    shop.crm({**ZOE, "nom": "Le Goff"})
    assert shop.take_in().changed == 1
    assert shop.person("Zoe.Kermadec@client.example").contact.objects_to("newsletter")
    assert _covered(shop, "zoe.kermadec@client.example")


def test_a_confirmed_consent_given_later_lifts_an_objection(shop: Company) -> None:
    shop.crm({**ZOE, "desinscrit": ""})
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    _tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}})
    shop.clock.advance(timedelta(days=30))
    shop.crm({**ZOE, "date_consentement": "2027-03-20"})
    shop.take_in()
    assert not shop.person("Zoe.Kermadec@client.example").contact.objections
    assert not _covered(shop, "zoe.kermadec@client.example")


@pytest.mark.parametrize(
    "missing", [{"double_optin": ""}, {"empreinte_texte": ""}, {"date_consentement": "2027-03-02"}]
)
def test_a_consent_without_its_whole_proof_lifts_nothing(shop: Company, missing: dict[str, str]) -> None:
    shop.crm(ZOE)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    _tells(shop, contact.id, {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}})
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
    _tells(shop, person.contact.id, {"seal": base64.b64encode(seal).decode()})
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
    _tells(shop, contact.id, {"tracking.opens": "withdrawn"})
    shop.clock.advance(timedelta(days=1))
    shop.crm({**ZOE, "consentement_ouverture": "oui", "nom": "Le Goff"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").contact.tracking.opens is Answer.WITHDRAWN


def test_a_dead_mailbox_is_forgotten_with_the_address(shop: Company) -> None:
    shop.crm(ZOE)
    shop.take_in()
    contact = shop.person("Zoe.Kermadec@client.example").contact
    _tells(shop, contact.id, {"status": "invalid", "dead_on": "2027-03-02"})
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
    assert _covered(shop, "zoe.kermadec@client.example", "anything")
    assert _covered(shop, "yann@atelier.example")
    assert not _covered(shop, "alix@studio.example")


def test_a_suppressed_mailbox_is_not_recorded_anew(company: Company) -> None:
    company.crm({**ZOE, "desinscrit": "01/12/2026"})
    company.take_in()
    (person,) = company.people().values()
    tomb: dict[str, Json] = {"status": "erased"}
    _tells(company, person.contact.id, tomb)
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
