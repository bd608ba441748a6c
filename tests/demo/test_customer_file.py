"""The invented customer file: the same for everybody, and flawed in every usual way."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from compiler.language.address import Address, AddressError
from compiler.language.canonical import sha256_hex
from compiler.load import load
from compiler.resolve import resolve
from runner.demo.crm import CONSENT_TEXTS, write_crm

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, str]]:
    write_crm(tmp_path / "crm" / "contacts.csv", seed=2027)
    with (tmp_path / "crm" / "contacts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_crm(tmp_path / name, seed=seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()
    assert (tmp_path / "a").read_bytes().startswith(b"\xef\xbb\xbf")


def test_it_has_500_people_and_every_usual_flaw(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 500
    spelled = [row["email"].strip().casefold() for row in rows]
    assert sum(count > 1 for count in Counter(spelled).values()) >= 10
    assert any(row["email"].isupper() for row in rows)
    assert any(count > 1 for count in Counter(row["code_client"] for row in rows).values())
    assert sum(not _is_address(text) for text in spelled) >= 12
    for column in ("email", "prenom", "nom", "societe", "ville", "code_client"):
        assert any(not row[column] for row in rows), column
    assert sum(row["code_postal"].startswith("0") for row in rows) >= 5
    assert any("\u00a0" in row["societe"] for row in rows)
    assert any("\u00a0" in row["telephone"] for row in rows)
    assert any("\u202f" in row["telephone"] for row in rows)
    assert any(";" in row["societe"] for row in rows)
    assert any(not row["prenom"].isascii() for row in rows)


def test_it_has_five_time_zones_and_consents_of_every_sort(rows: list[dict[str, str]]) -> None:
    zones = {row["fuseau"] for row in rows if row["fuseau"]}
    assert zones == {"Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "Pacific/Noumea", "Europe/London"}
    assert {row["consentement_newsletter"] for row in rows} == {"oui", "non", "client", "professionnel", ""}
    for column in ("consentement_ouverture", "consentement_clic"):
        assert {row[column] for row in rows} == {"oui", "non", "retiré", ""}
    agreed = [row for row in rows if row["consentement_newsletter"] == "oui"]
    assert any(not row["empreinte_texte"] for row in agreed)
    assert any(row["date_retrait"] for row in agreed)
    assert any(row["double_optin"] == "non" for row in agreed)
    assert any(row["desinscrit"] for row in rows)
    assert {row["type"] for row in rows} >= {"pro", "particulier", "générique"}


def test_nobody_in_it_is_real(rows: list[dict[str, str]]) -> None:
    for row in rows:
        domain = row["email"].strip().rpartition("@")[2]
        if _is_address(row["email"].strip()):
            assert domain.casefold().endswith(".example")
        digits = "".join(c for c in row["telephone"] if c.isdigit())
        assert not digits or digits.removeprefix("33").removeprefix("0")[:5] in ("63998", "26191")
        assert not row["siret"] or row["siret"].startswith("000")


def test_most_of_them_are_in_the_spring_segment(rows: list[dict[str, str]]) -> None:
    west = {"14", "22", "29", "35", "44", "49", "50", "53", "56", "61", "72", "85"}
    jobs = {"architecte", "architecte d'intérieur", "designer", "éclairagiste"}
    chosen = {
        row["email"].strip().casefold()
        for row in rows
        if row["metier"] in jobs
        and (row["code_postal"][:2] in west or row["fuseau"] not in ("", "Europe/Paris"))
        and _is_address(row["email"].strip())
    }
    assert len(chosen) >= 250


def test_proofs_name_the_text_that_the_form_shows() -> None:
    workspace, _ = resolve(CAMPAIGNS, load(CAMPAIGNS).documents)
    assert workspace is not None
    form = workspace.forms[0]
    assert (form.name, form.version) == ("inscription", 2)
    shown = dict(form.consents[0].text)
    assert {language: sha256_hex(text.encode()) for language, text in shown.items()} == CONSENT_TEXTS


def test_the_source_maps_columns_that_exist(rows: list[dict[str, str]]) -> None:
    workspace, _ = resolve(CAMPAIGNS, load(CAMPAIGNS).documents)
    assert workspace is not None
    source = workspace.sources[0]
    assert {column for _, column in source.mapping} | {source.key} <= set(rows[0])
    columns = dict(source.mapping)
    for target, pairs in source.values:
        cells = {row[columns[target]] for row in rows} - {""}
        assert cells <= {cell for cell, _ in pairs}, target


def _is_address(text: str) -> bool:
    try:
        Address.parse(text)
    except AddressError:
        return False
    return True
