"""The same people from every format, and every format's own ways of being no such table."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from openpyxl import Workbook

from compiler.book.guards import GuardStopped
from compiler.book.sources.line import SourceUnreadable, typed_line
from compiler.engines import reading_engine
from compiler.language.campaign import Format, SourceGuards

from .conftest import PERSON, Company
from .scene import ALIX, YANN, ZOE

QUERY = "select * from clients"


def cells(company: Company, row: Mapping[str, str]) -> list[str]:
    return [row.get(name, PERSON.get(name, "")) for name in company.header]


def xlsx(company: Company, *rows: Mapping[str, str]) -> dict[str, Any]:
    book = Workbook()
    assert book.active is not None
    book.active.append(company.header)
    for row in rows:
        book.active.append(cells(company, row))
    book.save(place(company, "contacts.xlsx"))
    return {"format": Format.XLSX, "path": "../crm/contacts.xlsx"}


def jsonl(company: Company, *rows: Mapping[str, str]) -> dict[str, Any]:
    lines = [json.dumps(dict(zip(company.header, cells(company, row), strict=True))) for row in rows]
    place(company, "contacts.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    return {"format": Format.JSONL, "path": "../crm/contacts.jsonl", "encoding": "utf-8"}


def parquet(company: Company, *rows: Mapping[str, str]) -> dict[str, Any]:
    names = ", ".join(f'"{name}" varchar' for name in company.header)
    with duckdb.connect() as engine:
        engine.execute(f"create table clients ({names})")
        for row in rows:
            engine.execute(f"insert into clients values ({', '.join('?' * len(company.header))})", cells(company, row))
        engine.execute(f"copy clients to '{place(company, 'contacts.parquet')}' (format parquet)")
    return {"format": Format.PARQUET, "path": "../crm/contacts.parquet"}


def sqlite(company: Company, *rows: Mapping[str, str]) -> dict[str, Any]:
    path = place(company, "crm.sqlite")
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute(f"create table clients ({', '.join(company.header)})")
    marks = ", ".join("?" * len(company.header))
    database.executemany(f"insert into clients values ({marks})", [cells(company, row) for row in rows])
    database.commit()
    database.close()
    return {"format": Format.SQLITE, "path": "../crm/crm.sqlite", "query": QUERY}


WRITERS = [xlsx, jsonl, parquet, sqlite]


def place(company: Company, name: str) -> Path:
    company.table.parent.mkdir(exist_ok=True)
    return company.table.with_name(name)


@pytest.mark.parametrize("write", WRITERS)
def test_a_format_brings_the_people_that_csv_brings(
    found_company: Callable[..., Company], write: Callable[..., dict[str, Any]]
) -> None:
    plain, other = found_company("plain", remote=False), found_company("other", remote=False)
    plain.crm(ZOE, YANN, {**ALIX, "email": "alix"})
    first, second = plain.take_in(), other.take_in(**write(other, ZOE, YANN, {**ALIX, "email": "alix"}))
    assert (first.new, first.reasons) == (second.new, second.reasons) == (2, {"bad_address": 1})
    assert plain.book.tree_id() == other.book.tree_id()
    assert other.take_in(**write(other, ZOE, YANN)).unchanged == 2


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_is_only_half_there_changes_nothing(shop: Company, write: Callable[..., dict[str, Any]]) -> None:
    source = write(shop, *({"code_client": f"C{n}", "email": f"p{n}@client.example"} for n in range(400)))
    path = shop.root / "workspace" / str(source["path"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceUnreadable):
        shop.take_in(**source)
    assert shop.book.view().empty


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_of_another_format_is_told(shop: Company, write: Callable[..., dict[str, Any]]) -> None:
    source = write(shop, ZOE)
    path = shop.root / "workspace" / str(source["path"])
    for content in (b"", b"\x00" * 10_000, b"code_client;email\n", b"PK\x03\x04" + bytes(200)):
        path.write_bytes(content)
        with pytest.raises(SourceUnreadable):
            shop.take_in(**source)
    path.unlink()
    with pytest.raises(SourceUnreadable, match="no file"):
        shop.take_in(**source)


@pytest.mark.parametrize("write", WRITERS)
def test_a_column_that_a_format_lacks_is_named(shop: Company, write: Callable[..., dict[str, Any]]) -> None:
    source = write(shop, ZOE)
    mapping = (*shop.source.mapping, ("city", "commune"))
    with pytest.raises(SourceUnreadable, match="commune"):
        shop.take_in(**{**source, "mapping": mapping})


def test_cells_of_any_type_are_one_text() -> None:
    values = (
        None, True, 7, 7.0, 1.5, Decimal("10.50"), date(2027, 3, 2), datetime(2027, 3, 2), datetime(2027, 3, 2, 9, 30),
        UUID(int=1), b"x", [1],
    )  # fmt: skip
    line = typed_line(2, values)
    assert line.cells == (
        "", "true", "7", "7", "1.5", "10.50", "2027-03-02", "2027-03-02", "2027-03-02T09:30:00",
        "00000000-0000-0000-0000-000000000001", "", "",
    )  # fmt: skip
    assert line.numeric == {2, 3, 4, 5}
    assert line.odd == {10, 11}


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "iso-8859-15", "utf-16"])
def test_a_csv_is_read_in_the_encoding_that_it_declares(shop: Company, encoding: str) -> None:
    shop.source = replace(shop.source, encoding=encoding)
    shop.crm({**ZOE, "nom": "Hélène-Zoë", "origine": "Formulaire du site"})
    shop.take_in()
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Hélène-Zoë"


def test_a_csv_without_its_mark_and_one_with_it_are_the_same_utf_8(shop: Company) -> None:
    shop.crm(ZOE)
    assert shop.table.read_bytes().startswith(b"\xef\xbb\xbf")
    assert shop.take_in(encoding="utf-8").new == 1


def test_a_csv_is_quoted_as_it_declares(shop: Company) -> None:
    shop.crm({**ZOE, "nom": "Le; Goff"}, YANN)
    shop.table.write_text(shop.table.read_text("utf-8-sig").replace('"', "'"), "utf-8-sig")
    assert shop.take_in(quote="'").new == 2
    shop.crm({**ZOE, "nom": 'Le "Goff'.replace('"', "''")})
    assert shop.take_in(quote="").changed == 1
    assert shop.person("Zoe.Kermadec@client.example").value("last_name") == "Le ''Goff"


def test_a_file_cut_within_a_row_is_no_table(shop: Company) -> None:
    shop.crm(ZOE, YANN, ALIX)
    shop.table.write_bytes(shop.table.read_bytes()[:-90])
    with pytest.raises(SourceUnreadable, match="middle of a row"):
        shop.take_in()


def test_a_last_row_without_a_line_end_is_a_row(shop: Company) -> None:
    shop.crm(ZOE, YANN)
    shop.table.write_bytes(shop.table.read_bytes()[:-2])
    assert shop.take_in().new == 2


@pytest.mark.parametrize("write", [None, jsonl])
def test_a_file_cut_at_a_line_end_is_stopped_by_the_guards(
    shop: Company, write: Callable[..., dict[str, Any]] | None
) -> None:
    rows = [{"code_client": f"C{n}", "email": f"p{n}@client.example"} for n in range(40)]
    shop.crm(*rows)
    source = write(shop, *rows) if write else {}
    shop.take_in(**source)
    tree = shop.book.tree_id()
    path = shop.root / "workspace" / str(source.get("path", "../crm/contacts.csv"))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:30]))
    with pytest.raises(GuardStopped, match="min_rows"):
        shop.take_in(**source, guards=SourceGuards())
    assert shop.book.tree_id() == tree


@pytest.mark.parametrize("column", ["prenom", "ville"])
def test_a_formula_is_no_value(shop: Company, column: str) -> None:
    shop.crm({**ZOE, column: "=HYPERLINK(A1)"}, YANN)
    assert shop.take_in().reasons == {"formula": 1}


# XLSX


def workbook(company: Company, *changes: tuple[str, object, str]) -> dict[str, Any]:
    """One row, some cells of which have a value of their own and a format."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(company.header)
    sheet.append(cells(company, ZOE))
    for column, value, shown in changes:
        cell = sheet.cell(2, company.header.index(column) + 1, value)  # type: ignore[call-overload]
        cell.number_format = shown
    book.save(place(company, "contacts.xlsx"))
    return {"format": Format.XLSX, "path": "../crm/contacts.xlsx"}


def test_a_workbook_s_days_and_zeros_are_read_as_they_show(shop: Company) -> None:
    days = (("date_consentement", datetime(2026, 4, 30), "dd/mm/yyyy"), ("date_origine", date(2026, 4, 30), "dd/mm/yy"))
    report = shop.take_in(**workbook(shop, *days, ("code_postal", 1000, "00000"), ("effectif", 12.0, "0")))
    assert (report.new, report.dropped) == (1, {})
    person = shop.person("Zoe.Kermadec@client.example")
    assert person.value("postcode") == "01000"
    assert person.contact.basis[0].since == date(2026, 4, 30)


def test_a_number_that_lost_its_leading_zero_is_told_and_left_out(shop: Company) -> None:
    report = shop.take_in(**workbook(shop, ("code_postal", 1000, "General"), ("telephone", 299000000, "General")))
    assert (report.new, report.rejected, report.dropped) == (1, 0, {"phone": 1, "postcode": 1})
    assert "2;lost_zero;" in shop.rejected
    assert "zéro initial" in shop.rejected
    assert shop.person("Zoe.Kermadec@client.example").value("postcode") is None


def test_a_workbook_s_formula_is_no_value(shop: Company) -> None:
    assert shop.take_in(**workbook(shop, ("prenom", "=A1", "General"))).reasons == {"formula": 1}


def test_a_sheet_is_chosen_by_name_and_never_guessed(shop: Company) -> None:
    book = Workbook()
    book.create_sheet("Clients")
    for sheet in book.worksheets:
        sheet.append(shop.header)
    book["Clients"].append(cells(shop, ZOE))
    book.save(place(shop, "contacts.xlsx"))
    source: dict[str, Any] = {"format": Format.XLSX, "path": "../crm/contacts.xlsx"}
    with pytest.raises(SourceUnreadable, match=r"which sheet\? Sheet, Clients"):
        shop.take_in(**source)
    assert shop.take_in(**source, sheet="Clients").new == 1


def test_a_bomb_of_a_workbook_is_not_unpacked(shop: Company) -> None:
    source = workbook(shop)
    with zipfile.ZipFile(place(shop, "contacts.xlsx"), "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet9.xml", bytes(40_000_000))
    with pytest.raises(SourceUnreadable, match="oversized"):
        shop.take_in(**source)


# JSONL


def test_a_line_that_is_no_object_is_rejected_alone(shop: Company) -> None:
    source = jsonl(shop, ZOE, YANN)
    path = place(shop, "contacts.jsonl")
    bad = ["[1]", "{", '{"a": NaN}', '{"email": 1, "email": 2}', "[" * 20_000, '{"code_client": "C9", "email": {}}']
    path.write_text(path.read_text("utf-8") + "".join(line + "\n" for line in bad), "utf-8")
    report = shop.take_in(**source)
    assert (report.new, report.reasons) == (2, {"bad_value": 1, "malformed": 5})


def test_numbers_truths_and_nulls_of_json_are_cells(shop: Company) -> None:
    row = {**dict(zip(shop.header, cells(shop, ZOE), strict=True)), "effectif": 12, "minor": None, "double_optin": True}
    place(shop, "contacts.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    shop.take_in(format=Format.JSONL, path="../crm/contacts.jsonl", encoding="utf-8")
    person = shop.person("Zoe.Kermadec@client.example")
    assert person.value("headcount") == 12
    assert person.contact.basis[0].proof.confirmed


# SQLite


@pytest.mark.parametrize(
    "query",
    [
        "select load_extension('x')",
        "with gone as (select 1) delete from clients",
        "select * from pragma_table_info('clients')",
        "select * from nowhere",
        "attach 'other.sqlite' as other",
    ],
)
def test_a_query_may_select_and_nothing_else(shop: Company, query: str) -> None:
    source = sqlite(shop, ZOE)
    before = place(shop, "crm.sqlite").read_bytes()
    with pytest.raises(SourceUnreadable, match="SQLite refused"):
        shop.take_in(**{**source, "query": query})
    assert place(shop, "crm.sqlite").read_bytes() == before


def test_a_database_that_is_being_written_is_refused(shop: Company) -> None:
    source = sqlite(shop, ZOE)
    writer = sqlite3.connect(place(shop, "crm.sqlite"), isolation_level=None)
    writer.execute("pragma journal_mode=wal")
    writer.execute("update clients set ville = 'Brest'")
    with pytest.raises(SourceUnreadable, match="is writing"):
        shop.take_in(**source)
    writer.close()
    assert shop.take_in(**source).new == 1


# Parquet


def test_the_engine_of_a_parquet_file_reaches_no_other_file(shop: Company, tmp_path: Path) -> None:
    parquet(shop, ZOE)
    path = place(shop, "contacts.parquet")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with reading_engine(path.resolve()) as engine:
        assert engine.execute("select count(*) from read_parquet(?)", [str(path.resolve())]).fetchone() == (1,)
        for reach in (f"from read_csv('{secret}')", f"copy (select 1) to '{tmp_path / 'out'}'", "install httpfs"):
            with pytest.raises(duckdb.Error):
                engine.execute(reach)
        with pytest.raises(duckdb.Error):
            engine.execute("set enable_external_access = true")
