"""Which rows of data each recipient gets: joined once per distinct combination of values, in a total order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from compiler.engines import locked_engine
from compiler.language.campaign import DataBlock, Document, FieldType, Workspace
from compiler.language.contact import Person, Value
from compiler.language.finding import Finding
from compiler.selection.choose import field_cell
from compiler.selection.clauses import type_of
from compiler.selection.datasets import Table, read_dataset
from compiler.selection.engine import Engine
from compiler.selection.joins import Join, Key, contact_fields

#: A person's keys, one a block.
Combination: TypeAlias = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """`table` holds every row that somebody gets, once; `by_contact` the row numbers per data block, best first.

    `too_few` are the contacts for whom a block found fewer rows than its `at_least`, in order of their ids; they are
    not in `by_contact`. `documents` are the datasets' files: inputs of the plan. The inner maps are shared between
    contacts: they are to be read only.
    """

    table: tuple[Mapping[str, Value], ...] = ()
    by_contact: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    too_few: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()


def rows_for(
    workspace: Workspace,
    blocks: Sequence[DataBlock],
    people: Iterable[Person],
    *,
    on: date,
    threads: int = 1,
    engine: Engine | None = None,
) -> Rows:
    """The rows of each person for each block: the same whatever the order of people and rows, and the threads.

    `engine` is one that is open already: to open another costs more than a few rows do.
    """
    matching = Matching.of(workspace, blocks, on=on)
    if matching.findings:
        return Rows(documents=matching.documents, findings=matching.findings)
    reader = KeyReader(matching.fields)
    shared: dict[Combination, Combination] = {}
    wanted: dict[str, Combination] = {}
    for person in people:
        combination = reader.combination(person)
        wanted[person.contact.id] = shared.setdefault(combination, combination)
    matched = matching.match(list(shared), threads=threads, engine=engine)
    ordered = sorted(wanted)
    found = {contact: matched.blocks[wanted[contact]] for contact in ordered}
    return Rows(
        table=matched.table,
        by_contact={contact: blocks for contact, blocks in found.items() if blocks is not None},
        too_few=tuple(contact for contact, blocks in found.items() if blocks is None),
        documents=matching.documents,
    )


class KeyReader:
    """Reads off people what their rows depend on, in any process."""

    def __init__(self, fields: Sequence[Sequence[tuple[str, FieldType]]]) -> None:
        self._cells = [[field_cell(name, kind) for name, kind in block] for block in fields]

    def combination(self, person: Person) -> Combination:
        return tuple(tuple(read(person) for read in reads) for reads in self._cells)


@dataclass(frozen=True, slots=True)
class Matched:
    """`table` holds every row that somebody gets, once; `blocks` the row numbers per data block, best first, or None
    where a block found fewer rows than its `at_least`.
    """

    table: tuple[Mapping[str, Value], ...]
    blocks: Mapping[Combination, Mapping[str, tuple[int, ...]] | None]


@dataclass(frozen=True, slots=True)
class Matching:
    """The data blocks of a campaign, their datasets read. `documents` are the datasets' files: inputs of the plan."""

    joins: tuple[Join, ...]
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, workspace: Workspace, blocks: Sequence[DataBlock], *, on: date) -> Matching:
        """Raises KeyError for names that `resolve` should have refused."""
        joins, documents, findings = _prepare(workspace, blocks, on)
        return cls(tuple(joins), documents, tuple(findings))

    @property
    def fields(self) -> tuple[tuple[tuple[str, FieldType], ...], ...]:
        """The contact's fields that each block's conditions name."""
        return tuple(join.fields for join in self.joins)

    def match(self, combinations: Sequence[Combination], *, threads: int = 1, engine: Engine | None = None) -> Matched:
        """The rows of each combination of keys: the same whatever their order and the threads."""
        found: dict[str, dict[Key, tuple[int, ...]]] = {}
        if self.joins:
            with nullcontext(engine) if engine else locked_engine(threads=threads) as opened:
                for number, join in enumerate(self.joins):
                    keys = list(dict.fromkeys(combination[number] for combination in combinations))
                    found[join.block.name] = dict(zip(keys, join.ranked(opened, keys), strict=True))
        kept = [combination for combination in combinations if self._enough(found, combination)]
        numbers, table = _used_rows(self.joins, found, kept)
        blocks: dict[Combination, Mapping[str, tuple[int, ...]] | None] = dict.fromkeys(combinations)
        for combination in kept:
            blocks[combination] = {
                join.block.name: tuple(numbers[join.dataset.name, row] for row in found[join.block.name][key])
                for join, key in zip(self.joins, combination, strict=True)
            }
        return Matched(table, blocks)

    def _enough(self, found: Mapping[str, Mapping[Key, tuple[int, ...]]], combination: Combination) -> bool:
        return all(
            len(found[join.block.name][key]) >= join.block.at_least
            for join, key in zip(self.joins, combination, strict=True)
        )


def _used_rows(
    joins: Sequence[Join],
    found: Mapping[str, Mapping[Key, tuple[int, ...]]],
    combinations: Iterable[tuple[Key, ...]],
) -> tuple[dict[tuple[str, int], int], tuple[Mapping[str, Value], ...]]:
    """Where each used row of a dataset stands in the plan's table, and that table."""
    used = {
        (join.dataset.name, row)
        for combination in combinations
        for join, key in zip(joins, combination, strict=True)
        for row in found[join.block.name][key]
    }
    tables = {join.dataset.name: join.table for join in joins}
    ordered = sorted(used)
    return {name: n for n, name in enumerate(ordered)}, tuple(tables[name].rows[row] for name, row in ordered)


def _prepare(
    workspace: Workspace, blocks: Sequence[DataBlock], on: date
) -> tuple[list[Join], tuple[Document, ...], list[Finding]]:
    """Raises KeyError for names that `resolve` should have refused."""
    joins: list[Join] = []
    findings: list[Finding] = []
    tables: dict[str, Table | None] = {}
    for block in blocks:
        dataset = workspace.dataset(block.dataset)
        if dataset is None:
            raise KeyError(f"no dataset {block.dataset!r}")
        if dataset.name not in tables:
            tables[dataset.name], problems = read_dataset(dataset, Path(workspace.root))
            findings += problems
        table = tables[dataset.name]
        if table is not None:
            fields = tuple((name, type_of(workspace, name)) for name in contact_fields(block))
            joins.append(Join(workspace, block, dataset, table, on, fields))
    documents = sorted((t.document for t in tables.values() if t is not None), key=lambda d: d.path)
    return joins, tuple(documents), findings
