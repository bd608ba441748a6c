from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from compiler.engines import locked_engine
from compiler.language.campaign import FieldType
from compiler.language.contact import Value
from compiler.selection.engine import BATCH, Column, cell, load_table, query


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/envoi-escape.csv'",
        "ATTACH '/tmp/envoi-escape.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET threads = 8",
        "SET temp_directory = '/tmp'",
        "SELECT * FROM 'https://www.atelier-lumen.example/x.parquet'",
        "SELECT getenv('HOME')",
        "SELECT * FROM glob('/*')",
        "EXPORT DATABASE '/tmp/envoi-escape'",
        "IMPORT DATABASE '/tmp/envoi-escape'",
        "CREATE PERSISTENT SECRET s (TYPE http)",
        "SET autoload_known_extensions = true",
        "RESET memory_limit",
        "PRAGMA memory_limit = '64GB'",
        "SELECT * FROM secret_of_python",
    ],
)
def test_the_engine_reaches_nothing_and_stays_locked(statement: str) -> None:
    secret_of_python = [1]  # noqa: F841  a replacement scan would read this variable
    with locked_engine(threads=1) as engine, pytest.raises(duckdb.Error):
        engine.execute(statement)


def test_the_engine_starts_locked() -> None:
    expected = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "lock_configuration": "true",
        "temp_directory": "",
        "threads": "1",
    }
    with locked_engine(threads=1) as engine:
        names = ", ".join(f"'{name}'" for name in expected)
        rows = query(engine, f"SELECT name, value FROM duckdb_settings() WHERE name IN ({names})")
        assert {str(name): str(value) for name, value in rows} == expected
        ((limit,),) = query(engine, "SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'")
        assert str(limit) == "488.2 MiB"


def test_nothing_is_spilled_to_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with locked_engine(threads=1, memory="50MB") as engine, pytest.raises(duckdb.OutOfMemoryException):
        engine.execute("CREATE TABLE big AS SELECT range AS n, repeat('x', 200) || range AS t FROM range(2000000)")
    assert list(tmp_path.iterdir()) == []


def test_every_value_comes_back_as_it_went_in_over_several_batches() -> None:
    columns = [Column("n", FieldType.INTEGER), Column("t", FieldType.TEXT), Column("b", FieldType.BOOLEAN)]
    rows: list[list[Value]] = [[n, f"é\u00a0{n}'\"\\\n", bool(n % 2)] for n in range(BATCH + 10)]
    rows[5] = [None, None, None]
    with locked_engine(threads=2) as engine:
        load_table(engine, "t", columns, rows)
        back = list(query(engine, "SELECT n, t, b FROM t ORDER BY rowid"))
    assert back == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (2**63, FieldType.INTEGER, None),
        (True, FieldType.INTEGER, None),
        ("12", FieldType.INTEGER, None),
        (12, FieldType.TEXT, "12"),
        ("a\0b", FieldType.TEXT, "ab"),
        ("", FieldType.TEXT, None),
        ("oui", FieldType.BOOLEAN, None),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_unknown(value: Value, kind: FieldType, expected: Value) -> None:
    assert cell(value, kind) == expected
