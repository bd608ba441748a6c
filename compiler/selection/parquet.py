"""Parquet tables, read by DuckDB from a copy that is the one file it may open.

pyarrow would read them too, at 170 MB installed. DuckDB opens files alone, and takes `*` and `[` in a path for a
pattern: a copy under our own name has neither, and holds the very bytes whose digest the plan records.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
from sqlglot import exp

from compiler.engines import reading_engine
from compiler.language.campaign import Dataset, FieldType
from compiler.language.contact import Value
from compiler.language.finding import Text
from compiler.selection.engine import query

MAX_ROWS = 1_000_000
MAX_BYTES = 256 * 1024 * 1024  # once uncompressed
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
#: What a file may hold for a declared type, beside texts, which are read as those of a CSV file.
_FITTING: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: (),
    FieldType.INTEGER: _WHOLE,
    FieldType.DECIMAL: (*_WHOLE, "DECIMAL"),
    FieldType.DATE: ("DATE",),
    FieldType.BOOLEAN: ("BOOLEAN",),
}


class ParquetError(ValueError):
    """The file cannot be read as a table. Says why in French and English."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def parquet_types(dataset: Dataset, found: Mapping[str, str]) -> dict[str, str]:
    """The declared columns whose type in the file is another, with that type."""
    wrong = {}
    for column in dataset.columns:
        kind = found.get(column.name, "VARCHAR").partition("(")[0]
        if kind != "VARCHAR" and kind not in _FITTING[column.type]:
            wrong[column.name] = kind
    return wrong


def parquet_table(dataset: Dataset, content: bytes) -> tuple[dict[str, str], Iterator[tuple[int, Mapping[str, Value]]]]:
    """The types of the file's columns, and its rows with their numbers, each cell as text. Raises ParquetError."""
    try:
        types, rows = _read(dataset, content)
    except duckdb.Error:  # its words quote the file
        raise ParquetError(Text("pas un fichier Parquet lisible", "not a Parquet file that can be read")) from None
    names = [column.name for column in dataset.columns if column.name in types]
    return types, ((number, dict(zip(names, row, strict=True))) for number, row in enumerate(rows, 1))


def _read(dataset: Dataset, content: bytes) -> tuple[dict[str, str], list[tuple[Value, ...]]]:
    with tempfile.TemporaryDirectory(prefix="envoi-") as folder:
        copy = Path(folder) / "table.parquet"
        copy.write_bytes(content)
        with reading_engine(copy) as engine:
            path: dict[str, Value] = {"path": str(copy)}
            sizes = "SELECT sum(total_uncompressed_size)::BIGINT FROM parquet_metadata($path)"
            counts = "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata($path)"
            ((size,),), ((count,),) = query(engine, sizes, path), query(engine, counts, path)
            if int(str(size or 0)) > MAX_BYTES or int(str(count or 0)) > MAX_ROWS:
                raise ParquetError(Text("trop grand une fois déplié", "too large once uncompressed"))
            described = query(engine, "DESCRIBE SELECT * FROM read_parquet($path)", path)
            types = {str(name): str(kind) for name, kind, *_ in described}
            wanted = [column.name for column in dataset.columns if column.name in types]
            if not wanted or parquet_types(dataset, types):
                return types, []
            cells = [exp.cast(exp.column(name, quoted=True), "VARCHAR") for name in wanted]
            table = exp.Anonymous(this="read_parquet", expressions=[exp.Parameter(this=exp.Var(this="path"))])
            statement = exp.select(*cells).from_(table).limit(MAX_ROWS)
            return types, list(query(engine, statement.sql(dialect="duckdb"), path))
