"""Who a campaign's segment chooses, with the funnel: how many are left after each of its clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from sqlglot import exp

from compiler.language.campaign import Campaign, FieldType, Workspace
from compiler.language.catalogue.selection import SEGMENT_UNKNOWN
from compiler.language.consent import Answer
from compiler.language.contact import BUILT_IN_FIELDS, Contact, Person, Value
from compiler.language.finding import Finding, finding
from compiler.language.history import History, HistoryDeed
from compiler.language.plan import FunnelStep
from compiler.language.segment import Deed, Engagement
from compiler.selection.clauses import Emitter, label, segment_named, steps_of
from compiler.selection.engine import Column, cell, load_table, locked_engine, query

_DEEDS = {
    Deed.RECEIVED: HistoryDeed.RECEIVED,
    Deed.OPENED: HistoryDeed.OPENED,
    Deed.CLICKED: HistoryDeed.CLICKED,
}

Cell: TypeAlias = Callable[[Person], Value]


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen contacts' ids in order, and the way there: everyone, then how many each clause leaves."""

    chosen: tuple[str, ...]
    funnel: tuple[FunnelStep, ...]
    findings: tuple[Finding, ...] = ()


def select(
    workspace: Workspace,
    campaign: Campaign,
    *,
    people: Iterable[Person],
    history: History,
    on: date,
    threads: int = 1,
) -> Selection:
    """Who the campaign's segment holds on a day: the same whatever the order of `people` and the number of threads."""
    segment = segment_named(workspace, campaign.segment)
    emitter = Emitter(workspace)
    steps = steps_of(segment.match)
    conditions = [emitter.condition(step) for step in steps]
    columns, cells = _table(emitter, history, on)
    with locked_engine(threads=threads) as engine:
        load_table(engine, "people", columns, ([of(person) for of in cells] for person in people))
        counts = [int(str(n)) for n in next(query(engine, _count(conditions), emitter.parameters))]
        chosen = tuple(str(row[0]) for row in query(engine, _choice(conditions), emitter.parameters))
    left, unknown = counts[: len(steps) + 1], counts[len(steps) + 1 :]
    labels = [label(step) for step in steps]
    funnel = tuple(FunnelStep(*step) for step in zip(["everyone", *labels], left, strict=True))
    findings = tuple(
        finding(SEGMENT_UNKNOWN, step.place, clause=name, count=masked(count))
        for step, name, count in zip(steps, labels, unknown, strict=True)
        if count
    )
    return Selection(chosen, funnel, findings)


def masked(count: int) -> str:
    """A count as findings may show it: a cell below 5 could single somebody out (GDPR art. 5(1)(c))."""
    return "<5" if 0 < count < 5 else str(count)


def _table(emitter: Emitter, history: History, on: date) -> tuple[list[Column], list[Cell]]:
    """The columns that the conditions need, each with what fills it."""
    columns = [Column("id", FieldType.TEXT)]
    cells: list[Cell] = [_contact_id]
    for number, (name, kind) in enumerate(emitter.fields.items()):
        columns.append(Column(f"c{number}", kind))
        cells.append(field_cell(name, kind))
    for number, deed in enumerate(emitter.deeds):
        columns.append(Column(f"d{number}", FieldType.BOOLEAN))
        cells.append(_deed_cell(deed, history, on))
    return columns, cells


def _contact_id(person: Person) -> Value:
    return person.contact.id


def field_cell(name: str, kind: FieldType) -> Cell:
    """What reads a contact's field as a column of its type."""
    if name in BUILT_IN_FIELDS:
        return lambda person: cell(person.value(name), kind)

    def read(person: Person) -> Value:
        # `Person.value` builds a map of the fields at each call: too slow for a million people.
        for fields in (person.contact.fields, person.identity.fields):
            for known, value in fields:
                if known == name:
                    return cell(value, kind)
        return None

    return read


def _deed_cell(clause: Engagement, history: History, on: date) -> Cell:
    """True, false or unknown. What may not be measured is unknown, even where an old record says it happened."""
    wanted, earliest = _DEEDS[clause.deed], _earliest(clause, on)
    records = [r for r in history.records if r.campaign == clause.campaign and r.on >= earliest]
    did = frozenset(r.contact for r in records if r.deed is wanted)
    if clause.deed is Deed.RECEIVED:
        in_doubt = frozenset(r.contact for r in records if r.deed is HistoryDeed.IN_DOUBT) - did
        return lambda person: None if person.contact.id in in_doubt else person.contact.id in did
    return lambda person: person.contact.id in did if _measured(person.contact, clause.deed) else None


def _earliest(clause: Engagement, on: date) -> date:
    return date.min if clause.within_days is None else on - timedelta(days=clause.within_days)


def _measured(contact: Contact, deed: Deed) -> bool:
    answer = contact.tracking.opens if deed is Deed.OPENED else contact.tracking.clicks
    return answer is Answer.GRANTED


def _count(conditions: Sequence[exp.Condition]) -> str:
    """How many there are, are left after each condition, and are lost at each since it is unknown: one row."""
    everyone = exp.Count(this=exp.Star())
    left = [_count_where(conditions[: n + 1]) for n in range(len(conditions))]
    unknown = [
        _count_where([*conditions[:n], exp.Is(this=exp.Paren(this=condition), expression=exp.Null())])
        for n, condition in enumerate(conditions)
    ]
    return exp.select(everyone, *left, *unknown).from_("people").sql(dialect="duckdb")


def _count_where(conditions: Sequence[exp.Condition]) -> exp.Filter:
    where = exp.Where(this=exp.and_(*(exp.Paren(this=c.copy()) for c in conditions)))
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=where)


def _choice(conditions: Sequence[exp.Condition]) -> str:
    chosen = exp.select("id").from_("people").where(*(exp.Paren(this=c.copy()) for c in conditions))
    return chosen.order_by(exp.column("id").asc()).sql(dialect="duckdb")
