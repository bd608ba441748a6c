"""A segment explained: how many each clause leaves, and what each clause says of one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice

from sqlglot import exp

from compiler.engines import locked_engine
from compiler.language.campaign import FieldType, Workspace
from compiler.language.contact import Person
from compiler.language.history import History
from compiler.language.segment import All, Any, Clause, Comparison, Deed, Engagement, InSegment, Not
from compiler.selection.choose import Chooser, Question, deed_cell, engaged, field_cell
from compiler.selection.clauses import Emitter, segment_named, type_of
from compiler.selection.engine import BATCH, Column, load_columns, query


@dataclass(frozen=True, slots=True)
class Step:
    """A clause that narrows: how many it leaves of those before it, and for how many it cannot be told."""

    clause: str
    left: int
    unknown: int


class Seen(StrEnum):
    """What a clause had to go by. Never the value itself."""

    VALUE = "value"
    NOTHING = "nothing"
    UNMEASURED = "unmeasured"  # without consent nobody can say
    IN_DOUBT = "in_doubt"  # nobody knows whether the message arrived
    RECORD = "record"
    NO_RECORD = "no_record"
    CLAUSES = "clauses"  # what stands beneath it


@dataclass(frozen=True, slots=True)
class Line:
    """A clause in its place in the tree. Those of a segment that is named stand beneath its name."""

    clause: Clause
    depth: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line says of a person: true, false or, where something is not known, neither."""

    truth: bool | None
    seen: Seen
    kind: FieldType | None = None


def lines_of(workspace: Workspace, name: str) -> tuple[Line, ...]:
    """Every clause of a segment, in reading order."""
    return tuple(_lines(workspace, segment_named(workspace, name).match, 0))


def _lines(workspace: Workspace, clause: Clause, depth: int) -> Iterator[Line]:
    yield Line(clause, depth)
    match clause:
        case All(clauses=clauses) | Any(clauses=clauses):
            inner: tuple[Clause, ...] = clauses
        case Not(clause=one):
            inner = (one,)
        case InSegment(name=name):
            inner = (segment_named(workspace, name).match,)
        case _:
            inner = ()
    for each in inner:
        yield from _lines(workspace, each, depth + 1)


def funnel_of(
    workspace: Workspace, name: str, people: Iterable[Person], *, history: History, on: date
) -> tuple[Step, ...]:
    """How many there are, and how many each clause leaves."""
    question = Question.of_segment(workspace, name, history=history, on=on)
    stream = iter(people)
    with locked_engine(threads=1) as engine:
        chooser = Chooser(question, engine)
        while batch := list(islice(stream, BATCH)):
            chooser.take(batch)
    labels = ["everyone", *(label for label, _ in question.steps)]
    left, unknown = chooser.counts[: len(labels)], [0, *chooser.counts[len(labels) :]]
    return tuple(Step(*step) for step in zip(labels, left, unknown, strict=True))


def verdicts_of(workspace: Workspace, name: str, person: Person, *, history: History, on: date) -> tuple[Verdict, ...]:
    """What each of the segment's lines says of a person, asked of the same engine as a selection."""
    lines = lines_of(workspace, name)
    emitter = Emitter(workspace, on)
    conditions = [emitter.condition(line.clause) for line in lines]
    columns = [Column("id", FieldType.TEXT)]
    values = [person.contact.id, *(field_cell(each, kind)(person) for each, kind in emitter.fields.items())]
    columns += [Column(f"c{n}", kind) for n, kind in enumerate(emitter.fields.values())]
    values += [deed_cell(engaged(deed, history, on))(person) for deed in emitter.deeds]
    columns += [Column(f"d{n}", FieldType.BOOLEAN) for n in range(len(emitter.deeds))]
    with locked_engine(threads=1) as engine:
        load_columns(engine, "people", columns, [[value] for value in values])
        statement = exp.select(*(exp.Paren(this=each) for each in conditions)).from_("people").sql(dialect="duckdb")
        truths = next(query(engine, statement, emitter.parameters))
    return tuple(
        _verdict(workspace, line.clause, person, truth if isinstance(truth, bool) else None)
        for line, truth in zip(lines, truths, strict=True)
    )


def _verdict(workspace: Workspace, clause: Clause, person: Person, truth: bool | None) -> Verdict:
    match clause:
        case Comparison(field=name):
            kind = type_of(workspace, name)
            known = field_cell(name, kind)(person) is not None
            return Verdict(truth, Seen.VALUE if known else Seen.NOTHING, kind)
        case Engagement(deed=deed) if truth is None:
            return Verdict(truth, Seen.IN_DOUBT if deed is Deed.RECEIVED else Seen.UNMEASURED)
        case Engagement():
            return Verdict(truth, Seen.RECORD if truth else Seen.NO_RECORD)
        case _:
            return Verdict(truth, Seen.CLAUSES)
