"""Tables of a locked DuckDB, and what is asked of them.

Values come in as JSON texts, one a column and batch, bound as parameters. Tried on 200,000 rows of four columns:
0.85 µs a row, against 1.8 µs for bound lists and 330 µs for `executemany`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import duckdb
import msgspec

from compiler.language.campaign import FieldType
from compiler.language.contact import Value

#: Exact beyond any price or quantity: 26 digits before the point, 12 after it.
DECIMAL = "DECIMAL(38, 12)"
BATCH = 32_768

_JSON_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.DECIMAL: "VARCHAR",
    FieldType.DATE: "VARCHAR",
    FieldType.BOOLEAN: "BOOLEAN",
}
_COLUMN_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.DECIMAL: DECIMAL,
    FieldType.DATE: "DATE",
    FieldType.BOOLEAN: "BOOLEAN",
}

Row: TypeAlias = Sequence[Value]
Engine: TypeAlias = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `name` is our own word, never the user's."""

    name: str
    type: FieldType

    @property
    def sql_type(self) -> str:
        return _COLUMN_TYPES[self.type]


def load_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], rows: Iterable[Row]
) -> None:
    """Create a table and fill it. Values that their column's type cannot hold become unknown (NULL)."""
    _create(connection, name, columns)
    insert = _insert_statement(name, columns)
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        connection.execute(insert, [json.dumps(values) for values in zip(*batch, strict=True)])


def load_columns(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], values: Sequence[Sequence[Value]]
) -> None:
    """As `load_table`, for a batch that stands in columns already."""
    _create(connection, name, columns)
    if values and values[0]:
        connection.execute(_insert_statement(name, columns), [_texts(column) for column in values])


def _texts(values: Sequence[Value]) -> str:
    return msgspec.json.encode(values if isinstance(values, list) else list(values)).decode()


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column]) -> None:
    connection.execute(f"CREATE TABLE {name} ({', '.join(f'{c.name} {c.sql_type}' for c in columns)})")


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Value] | None = None
) -> Iterator[tuple[Value, ...]]:
    """The rows of a query, fetched by batches."""
    result = connection.execute(sql, dict(parameters)) if parameters else connection.execute(sql)
    while batch := result.fetchmany(BATCH):
        yield from batch


def _insert_statement(name: str, columns: Sequence[Column]) -> str:
    # The table's and columns' names are ours, so nothing of the user's stands in this text.
    values = (
        f"try_cast(unnest(from_json(${n}, '[\"{_JSON_TYPES[c.type]}\"]')) AS {c.sql_type})"
        for n, c in enumerate(columns, 1)
    )
    return f"INSERT INTO {name} SELECT {', '.join(values)}"


def cell(value: Value, kind: FieldType) -> Value:
    """A value as its column takes it; None (unknown) for an empty text and for what does not fit the type."""
    if value is None or value == "":
        return None
    if kind is FieldType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind is FieldType.INTEGER:
        fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        return value if fits else None
    return value.replace("\0", "") if isinstance(value, str) else str(value)
