"""One data block joined to combinations of contacts' values, inside the locked engine, in a total order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import duckdb
from sqlglot import exp

from compiler.language.campaign import DataBlock, Dataset, FieldType
from compiler.language.contact import Value
from compiler.selection.datasets import Table
from compiler.selection.engine import Column, cell, load_table, query

_CLAUSE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*contact\.([A-Za-z_][A-Za-z0-9_.]*)\s*")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)

#: The values of one person's fields that a block's `where` names.
Key: TypeAlias = tuple[Value, ...]


def where_clauses(where: str) -> tuple[tuple[str, str], ...]:
    """The (column, field) pairs of `column = contact.field and …`. Raises ValueError with the clause that is none."""
    pairs: list[tuple[str, str]] = []
    for clause in _AND.split(where.strip()) if where.strip() else ():
        found = _CLAUSE.fullmatch(clause)
        if found is None:
            raise ValueError(clause)
        pairs.append((found[1], found[2]))
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class Join:
    """A data block whose dataset was read, and whose clauses and order name columns and fields that exist."""

    block: DataBlock
    dataset: Dataset
    table: Table
    clauses: tuple[tuple[str, FieldType, str], ...]  # (column, its type, contact's field)

    def ranked(self, engine: duckdb.DuckDBPyConnection, keys: Sequence[Key]) -> list[tuple[int, ...]]:
        """For each key the canonical numbers of its rows, best first, at most `limit`."""
        engine.execute("DROP TABLE IF EXISTS keys")
        engine.execute("DROP TABLE IF EXISTS data")
        self._load(engine, keys)
        found: list[list[int]] = [[] for _ in keys]
        for key, row in query(engine, self._statement()):
            found[int(str(key))].append(int(str(row)))
        return [tuple(rows) for rows in found]

    def _load(self, engine: duckdb.DuckDBPyConnection, keys: Sequence[Key]) -> None:
        own = [Column(f"c{n}", c.type) for n, c in enumerate(self.dataset.columns)]
        rows = (
            [number, *(cell(row[c.name], c.type) for c in self.dataset.columns)]
            for number, row in enumerate(self.table.rows)
        )
        load_table(engine, "data", [Column("row", FieldType.INTEGER), *own], rows)
        wanted = [Column(f"k{n}", kind) for n, (_, kind, _) in enumerate(self.clauses)]
        load_table(
            engine, "keys", [Column("key", FieldType.INTEGER), *wanted], ([n, *key] for n, key in enumerate(keys))
        )

    def _statement(self) -> str:
        key, row, place = (exp.column(name, quoted=True) for name in ("key", "row", "place"))
        same = [
            exp.EQ(this=exp.column(f"k{n}"), expression=self._column(name))
            for n, (name, _, _) in enumerate(self.clauses)
        ]
        # Completed by the canonical row: with ties, a query without it gave different rows from run to run.
        order = [
            *(exp.Ordered(this=self._column(name), desc=down, nulls_first=False) for name, down in self.block.order_by),
            exp.Ordered(this=row, desc=False, nulls_first=False),
        ]
        window = exp.Window(this=exp.RowNumber(), partition_by=[key], order=exp.Order(expressions=order))
        joined = exp.select(key, row, exp.alias_(window, "place", quoted=True)).from_("keys")
        joined = joined.join("data", on=exp.and_(*same) if same else exp.true())
        within = exp.LTE(this=place, expression=exp.Literal.number(self.block.limit))
        best = exp.select(key, row).from_(joined.subquery("ranked")).where(within).order_by(key, place)
        return best.sql(dialect="duckdb")

    def _column(self, name: str) -> exp.Condition:
        return exp.column(f"c{[c.name for c in self.dataset.columns].index(name)}")
