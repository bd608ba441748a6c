"""Datasets as they are declared: encoding, separator, Parquet; each bad cell told by line and column."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import duckdb
import pytest

from compiler.engines import reading_engine
from compiler.language.campaign import Dataset, DatasetColumn, FieldType
from compiler.language.finding import Finding, Place
from compiler.selection.datasets import Table, read_dataset
from compiler.selection.engine import query

P = Place("data.yaml", 2, 7)
Columns: TypeAlias = dict[str, FieldType]
ALL: Columns = {
    "ref": FieldType.TEXT,
    "rank": FieldType.INTEGER,
    "price": FieldType.DECIMAL,
    "since": FieldType.DATE,
    "new": FieldType.BOOLEAN,
}


def read(folder: Path, name: str, columns: Columns, **declared: str) -> tuple[Table | None, list[Finding]]:
    own = tuple(DatasetColumn(column, kind) for column, kind in columns.items())
    return read_dataset(Dataset("d", name, own, P, **declared), folder)


def parquet(folder: Path, select: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{folder / 'd.parquet'}' (format parquet)")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "iso-8859-15"])
def test_a_file_is_read_in_its_declared_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("ref\nété à 5 €\n", encoding)
    table, findings = read(tmp_path, "d.csv", {"ref": FieldType.TEXT}, encoding=encoding)
    assert not findings
    assert table is not None
    assert [row["ref"] for row in table.rows] == ["été à 5 €"]


def test_a_declared_separator_wins_over_the_likelier_one(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b,c|ref\nx|A\n", "utf-8")
    assert read(tmp_path, "d.csv", {"ref": FieldType.TEXT})[1]
    table, _ = read(tmp_path, "d.csv", {"ref": FieldType.TEXT}, delimiter="|")
    assert table is not None
    assert [row["ref"] for row in table.rows] == ["A"]


def test_a_parquet_file_gives_the_same_rows_as_a_csv_file(tmp_path: Path) -> None:
    parquet(
        tmp_path,
        "select 'L1' as ref, 7::smallint as rank, 1290.50::decimal(12, 2) as price, date '2027-03-02' as since, "
        "true as new, 0.1::double as ignored union all select 'L2', null, 0.000000000001, null, false, null",
    )
    lines = ["ref;rank;price;since;new", "L1;7;1290.50;2027-03-02;true", "L2;;0.000000000001;;false"]
    (tmp_path / "d.csv").write_text("\n".join(lines), "utf-8")
    kept, findings = read(tmp_path, "d.parquet", {**ALL, "price": FieldType.DECIMAL})
    assert not findings
    written, _ = read(tmp_path, "d.csv", ALL)
    assert kept is not None
    assert written is not None
    assert [{**row, "price": None} for row in kept.rows] == [{**row, "price": None} for row in written.rows]
    assert sorted(str(row["price"]) for row in kept.rows) == ["0.000000000001", "1290.500000000000"]


@pytest.mark.raises_code("DATA-TYPE-06", each=True)
@pytest.mark.parametrize(
    ("select", "column", "found"),
    [
        ("select 'A' as ref, 1.5::double as price", "price", "DOUBLE"),
        ("select 'A' as ref, 1.5::float as price", "price", "FLOAT"),
        ("select 35000 as ref, 1 as price", "ref", "INTEGER"),
        ("select ['A'] as ref, 1 as price", "ref", "VARCHAR[]"),
        ("select 'A' as ref, timestamp '2027-03-02 10:00' as price", "price", "TIMESTAMP"),
    ],
)
@pytest.mark.raises_code("DATA-TYPE-06", each=True)
def test_a_column_of_another_type_in_parquet_is_a_finding(select: str, column: str, found: str, tmp_path: Path) -> None:
    parquet(tmp_path, select)
    table, findings = read(tmp_path, "d.parquet", {"ref": FieldType.TEXT, "price": FieldType.DECIMAL})
    assert table is None
    (one,) = findings
    assert (one.code, one.place) == ("DATA-TYPE-06", P)
    assert (dict(one.arguments)["column"], dict(one.arguments)["found"]) == (column, found)


def test_texts_in_parquet_are_read_as_the_declared_type_and_a_bad_one_is_told_by_its_row(tmp_path: Path) -> None:
    parquet(tmp_path, "select * from (values ('12,50'), ('sur devis')) t(price)")
    _, findings = read(tmp_path, "d.parquet", {"price": FieldType.DECIMAL})
    assert [(one.code, one.place.path, one.place.line) for one in findings] == [("DATA-CELL-03", "d.parquet", 2)]
    assert "price" in findings[0].message("fr")


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1 nonsense PAR1", b"PAR1" + b"\xff" * 64 + b"PAR1", b"ref\nA\n"]
)
def test_what_is_no_parquet_is_a_finding_that_quotes_nothing_of_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "d.parquet").write_bytes(content)
    table, findings = read(tmp_path, "d.parquet", {"ref": FieldType.TEXT})
    assert table is None
    assert [one.code for one in findings] == ["DATA-FILE-01"]
    assert str(tmp_path) not in findings[0].advice("en")


def test_a_small_parquet_file_that_holds_too_much_is_refused(tmp_path: Path) -> None:
    parquet(tmp_path, "select 'A' as ref from range(1000001)")
    assert (tmp_path / "d.parquet").stat().st_size < 100_000
    _, findings = read(tmp_path, "d.parquet", {"ref": FieldType.TEXT})
    assert [one.code for one in findings] == ["DATA-FILE-01"]
    assert "too large" in findings[0].advice("en")


def test_the_parquet_engine_opens_the_one_file_and_no_other(tmp_path: Path) -> None:
    parquet(tmp_path, "select 1 as n")
    (tmp_path / "other.csv").write_text("secret\n")
    with reading_engine(tmp_path / "d.parquet") as engine:
        assert list(query(engine, f"select n from read_parquet('{tmp_path}/d.parquet')")) == [(1,)]
        for statement in (
            f"select * from read_csv('{tmp_path}/other.csv')",
            f"select * from glob('{tmp_path}/*')",
            f"copy (select 1) to '{tmp_path}/new.csv'",
            "set enable_external_access = true",
            "set allowed_paths = []",
            "install httpfs",
            "load httpfs",
        ):
            with pytest.raises(duckdb.Error):
                engine.execute(statement)
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("A;x;9.5;2027-01-01;oui", "rank"),
        ("A;1;9,,5;2027-01-01;oui", "price"),
        ("A;1;9;2027-02-30;oui", "since"),
        ("A;1;9;2027-01-01;peut-être", "new"),
        ("A\x00B;1;9;2027-01-01;oui", "ref"),
        ("A\u2028B;1;9;;oui", "ref"),
    ],
)
def test_a_bad_cell_is_told_by_its_line_and_column(line: str, column: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(f"ref;rank;price;since;new\nB;1;1;;non\n{line}\n", "utf-8")
    _, findings = read(tmp_path, "d.csv", ALL)
    assert [(one.code, one.place) for one in findings] == [("DATA-CELL-03", Place("d.csv", 3))]
    assert dict(findings[0].arguments)["column"] == column


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("d.csv", "ref;ref\nA;B\n", "two columns"),
        ("d.csv", "ref;rank\nA\n", "line 2"),
        ("d.csv", 'ref\n"A\n', "line 2"),
        ("d.csv", "ref\n" + "A" * 200_000 + "\n", "line 2"),
        ("d.jsonl", '{"ref": "A"}\n["B"]\n', "line 2"),
        ("d.jsonl", "[" * 100_000 + "\n", "line 1"),
        ("d.jsonl", "{'ref': 'A'}\n", "line 1"),
        ("d.txt", "ref\nA\n", "neither"),
    ],
)
def test_a_file_that_is_no_table_says_where(name: str, content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    _, findings = read(tmp_path, name, {"ref": FieldType.TEXT})
    assert [one.code for one in findings] == ["DATA-FILE-01"]
    assert why in findings[0].advice("en")


def test_a_thousand_bad_cells_are_told_by_the_first_twenty(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("rank\n" + "x\n" * 1000, "utf-8")
    assert len(read(tmp_path, "d.csv", {"rank": FieldType.INTEGER})[1]) == 20
