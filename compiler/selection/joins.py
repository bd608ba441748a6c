"""One data block joined to combinations of contacts' values, inside the locked engine, in a total order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import duckdb
from sqlglot import exp

from compiler.language.campaign import DataBlock, Dataset, FieldType, Order, Workspace
from compiler.language.contact import Value
from compiler.language.segment import Clause, ContactField, Operand, comparisons
from compiler.selection.clauses import Emitter
from compiler.selection.datasets import Table
from compiler.selection.engine import Column, cell, load_table, query

#: The values of one person's fields that a block's conditions name.
Key: TypeAlias = tuple[Value, ...]


def contact_fields(block: DataBlock) -> tuple[str, ...]:
    """The contact's fields that a block's conditions name, those of its fallback included, each once."""
    clauses = [block.match, *([block.fallback.match] if block.fallback else [])]
    named = (each for clause in clauses for compared in comparisons(clause) for each in compared.operands)
    return tuple(dict.fromkeys(each.name for each in named if isinstance(each, ContactField)))


def joined_columns(block: DataBlock) -> tuple[tuple[str, str], ...]:
    """Each column that a block compares to a field of the contact, with that field."""
    return tuple(
        (compared.field, operand.name)
        for compared in comparisons(block.match)
        for operand in compared.operands
        if isinstance(operand, ContactField)
    )


@dataclass(slots=True)
class _RowEmitter(Emitter):
    """Conditions over a dataset's columns, c0, c1, …, and over the contact's values, k0, k1, …"""

    columns: Mapping[str, FieldType] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    def _column(self, name: str) -> tuple[exp.Condition, FieldType]:
        return exp.column(f"c{list(self.columns).index(name)}"), self.columns[name]

    def _operand(self, value: Operand, kind: FieldType) -> exp.Condition:
        if isinstance(value, ContactField):
            return exp.column(f"k{self.keys.index(value.name)}")
        return Emitter._operand(self, value, kind)


@dataclass(frozen=True, slots=True)
class Join:
    """A data block whose dataset was read. `fields` are the contact's that its conditions name, with their types."""

    workspace: Workspace
    block: DataBlock
    dataset: Dataset
    table: Table
    on: date
    fields: tuple[tuple[str, FieldType], ...]

    @property
    def columns(self) -> dict[str, FieldType]:
        return {column.name: column.type for column in self.dataset.columns}

    def ranked(self, engine: duckdb.DuckDBPyConnection, keys: Sequence[Key]) -> list[tuple[int, ...]]:
        """For each key the canonical numbers of its rows, best first, at most `limit`."""
        self._load(engine)
        block = self.block
        found = self._found(engine, dict(enumerate(keys)), block.match, block.order_by, most=block.limit)
        few = {n: key for n, key in enumerate(keys) if len(found[n]) < block.at_least}
        if block.fallback and few:
            # So many that, without those already there, as many remain as may be missing.
            further = self._found(
                engine, few, block.fallback.match, block.fallback.order_by, most=block.limit + block.at_least
            )
            for n in few:
                found[n] = list(dict.fromkeys([*found[n], *further[n]]))[: block.limit]
        return [tuple(found[n]) for n in range(len(keys))]

    def _load(self, engine: duckdb.DuckDBPyConnection) -> None:
        engine.execute("DROP TABLE IF EXISTS data")
        own = [Column(f"c{n}", c.type) for n, c in enumerate(self.dataset.columns)]
        rows = (
            [number, *(cell(row[c.name], c.type) for c in self.dataset.columns)]
            for number, row in enumerate(self.table.rows)
        )
        load_table(engine, "data", [Column("row", FieldType.INTEGER), *own], rows)

    def _found(
        self, engine: duckdb.DuckDBPyConnection, keys: Mapping[int, Key], clause: Clause, order: Order, *, most: int
    ) -> dict[int, list[int]]:
        engine.execute("DROP TABLE IF EXISTS keys")
        wanted = [Column(f"k{n}", kind) for n, (_, kind) in enumerate(self.fields)]
        load_table(engine, "keys", [Column("key", FieldType.INTEGER), *wanted], ([n, *key] for n, key in keys.items()))
        emitter = _RowEmitter(
            self.workspace, self.on, columns=self.columns, keys=tuple(name for name, _ in self.fields)
        )
        statement = self._statement(emitter.condition(clause), order, most)
        found: dict[int, list[int]] = {n: [] for n in keys}
        for key, row in query(engine, statement, emitter.parameters):
            found[int(str(key))].append(int(str(row)))
        return found

    def _statement(self, condition: exp.Condition, order: Order, most: int) -> str:
        key, row, place = (exp.column(name, quoted=True) for name in ("key", "row", "place"))
        # Completed by the canonical row: with ties, a query without it gave different rows from run to run.
        ordered = [
            *(exp.Ordered(this=self._ordering(name), desc=down, nulls_first=False) for name, down in order),
            exp.Ordered(this=row, desc=False, nulls_first=False),
        ]
        window = exp.Window(this=exp.RowNumber(), partition_by=[key], order=exp.Order(expressions=ordered))
        joined = exp.select(key, row, exp.alias_(window, "place", quoted=True)).from_("keys").join("data", on=condition)
        within = exp.LTE(this=place, expression=exp.Literal.number(most))
        best = exp.select(key, row).from_(joined.subquery("ranked")).where(within).order_by(key, place)
        return best.sql(dialect="duckdb")

    def _ordering(self, name: str) -> exp.Condition:
        return exp.column(f"c{list(self.columns).index(name)}")
