from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from compiler.book.intake.reasons import Reason
from compiler.book.intake.table import SourceUnreadable
from compiler.language.consent import Ground
from compiler.language.contact import Kind, Status

from .conftest import Company
from .scene import ALIX, YANN, ZOE, commits


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
    assert commits(company) == 1


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
