"""Which rows of data each recipient gets: joined once per distinct combination of values, in a total order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from compiler.language.campaign import DataBlock, Document, Workspace
from compiler.language.contact import Person, Value
from compiler.language.finding import Finding
from compiler.selection.choose import field_cell
from compiler.selection.clauses import type_of
from compiler.selection.datasets import Table, read_dataset
from compiler.selection.engine import locked_engine
from compiler.selection.joins import Join, Key, contact_fields


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
    workspace: Workspace, blocks: Sequence[DataBlock], people: Iterable[Person], *, on: date, threads: int = 1
) -> Rows:
    """The rows of each person for each block: the same whatever the order of people and rows, and the threads."""
    joins, documents, findings = _prepare(workspace, blocks, on)
    if findings:
        return Rows(documents=documents, findings=tuple(findings))
    wanted, combinations = _keys(joins, people)
    found: dict[str, dict[Key, tuple[int, ...]]] = {}
    with locked_engine(threads=threads) as engine:
        for number, join in enumerate(joins):
            keys = list(dict.fromkeys(combination[number] for combination in combinations))
            found[join.block.name] = dict(zip(keys, join.ranked(engine, keys), strict=True))
    return _gather(joins, found, wanted, documents)


def _keys(joins: Sequence[Join], people: Iterable[Person]) -> tuple[dict[str, tuple[Key, ...]], list[tuple[Key, ...]]]:
    """Each contact's combination of keys, one a block, and the distinct combinations."""
    cells = [[field_cell(name, kind) for name, kind in join.fields] for join in joins]
    shared: dict[tuple[Key, ...], tuple[Key, ...]] = {}
    wanted: dict[str, tuple[Key, ...]] = {}
    for person in people:
        combination = tuple(tuple(read(person) for read in reads) for reads in cells)
        wanted[person.contact.id] = shared.setdefault(combination, combination)
    return wanted, list(shared)


def _gather(
    joins: Sequence[Join],
    found: Mapping[str, Mapping[Key, tuple[int, ...]]],
    wanted: Mapping[str, tuple[Key, ...]],
    documents: tuple[Document, ...],
) -> Rows:
    enough = {
        combination: all(
            len(found[join.block.name][key]) >= join.block.at_least
            for join, key in zip(joins, combination, strict=True)
        )
        for combination in dict.fromkeys(wanted.values())
    }
    numbers, table = _used_rows(joins, found, [combination for combination, kept in enough.items() if kept])
    shared = {
        combination: {
            join.block.name: tuple(numbers[join.dataset.name, row] for row in found[join.block.name][key])
            for join, key in zip(joins, combination, strict=True)
        }
        for combination, kept in enough.items()
        if kept
    }
    ordered = sorted(wanted)
    return Rows(
        table=table,
        by_contact={contact: shared[wanted[contact]] for contact in ordered if enough[wanted[contact]]},
        too_few=tuple(contact for contact in ordered if not enough[wanted[contact]]),
        documents=documents,
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
