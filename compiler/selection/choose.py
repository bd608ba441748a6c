"""Who a campaign's segment chooses, with the funnel: how many are left after each of its clauses.

A segment says of each contact alone whether they are in it, so people are asked by batches: neither their order nor
the batches change anything, and no table ever holds everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TypeAlias

import duckdb
from sqlglot import exp

from compiler.engines import locked_engine
from compiler.language.campaign import Campaign, FieldType, Workspace
from compiler.language.catalogue.selection import SEGMENT_UNKNOWN
from compiler.language.consent import Answer
from compiler.language.contact import BUILT_IN_FIELDS, Contact, Person, Value
from compiler.language.finding import Finding, Place, finding
from compiler.language.history import History, HistoryDeed
from compiler.language.plan import FunnelStep
from compiler.language.segment import Deed, Engagement
from compiler.selection.clauses import Emitter, label, segment_named, steps_of
from compiler.selection.engine import BATCH, Column, cell, load_columns, query

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


@dataclass(frozen=True, slots=True)
class Engaged:
    """A clause about engagement as its column is filled: who did it, and of whom nobody can say."""

    deed: Deed
    did: frozenset[str]
    in_doubt: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """A segment on a day, ready to be asked of people in any process: the columns it needs and its two queries."""

    columns: tuple[Column, ...]
    fields: tuple[tuple[str, FieldType], ...]
    deeds: tuple[Engaged, ...]
    counting: str
    choosing: str
    parameters: Mapping[str, Value]
    steps: tuple[tuple[str, Place], ...]  # label and place of each clause

    @classmethod
    def of(cls, workspace: Workspace, campaign: Campaign, *, history: History, on: date) -> Question:
        """Raises KeyError for names that `resolve` should have refused."""
        return cls.of_segment(workspace, campaign.segment, history=history, on=on)

    @classmethod
    def of_segment(cls, workspace: Workspace, name: str, *, history: History, on: date) -> Question:
        """As `of`, whatever campaign may ask it."""
        emitter = Emitter(workspace, on)
        steps = steps_of(segment_named(workspace, name).match)
        conditions = [emitter.condition(step) for step in steps]
        columns = [Column("place", FieldType.INTEGER)]
        columns += [Column(f"c{number}", kind) for number, kind in enumerate(emitter.fields.values())]
        columns += [Column(f"d{number}", FieldType.BOOLEAN) for number in range(len(emitter.deeds))]
        return cls(
            columns=tuple(columns),
            fields=tuple(emitter.fields.items()),
            deeds=tuple(engaged(deed, history, on) for deed in emitter.deeds),
            counting=_count(conditions),
            choosing=_choice(conditions),
            parameters=emitter.parameters,
            steps=tuple((label(step), step.place) for step in steps),
        )

    def selection(self, chosen: Iterable[str], counts: Sequence[int]) -> Selection:
        """What is known once everybody was asked: `chosen` in order of ids, `counts` as `Chooser` sums them up."""
        left, unknown = counts[: len(self.steps) + 1], counts[len(self.steps) + 1 :]
        funnel = zip(["everyone", *(name for name, _ in self.steps)], left, strict=True)
        findings = tuple(
            finding(SEGMENT_UNKNOWN, place, clause=name, count=masked(count))
            for (name, place), count in zip(self.steps, unknown, strict=True)
            if count
        )
        return Selection(tuple(chosen), tuple(FunnelStep(*step) for step in funnel), findings)


class Chooser:
    """Asks a question of people, some at a time. `counts` are the sums: everyone, left and unknown at each clause."""

    def __init__(self, question: Question, engine: duckdb.DuckDBPyConnection) -> None:
        self._question = question
        self._engine = engine
        self._cells: list[Cell] = [field_cell(name, kind) for name, kind in question.fields]
        self._cells += [deed_cell(deed) for deed in question.deeds]
        self.counts = [0] * (1 + 2 * len(question.steps))

    def take(self, people: Sequence[Person]) -> list[int]:
        """The places, in order, of those whom the segment holds."""
        question = self._question
        self._engine.execute("DROP TABLE IF EXISTS people")
        columns: list[Sequence[Value]] = [range(len(people))]
        columns += [[of(person) for person in people] for of in self._cells]
        load_columns(self._engine, "people", question.columns, columns)
        counts = next(query(self._engine, question.counting, question.parameters))
        self.counts = [known + int(str(count)) for known, count in zip(self.counts, counts, strict=True)]
        return sorted(int(str(row[0])) for row in query(self._engine, question.choosing, question.parameters))


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
    question = Question.of(workspace, campaign, history=history, on=on)
    chosen: list[str] = []
    stream = iter(people)
    with locked_engine(threads=threads) as engine:
        chooser = Chooser(question, engine)
        while batch := list(islice(stream, BATCH)):
            chosen += [batch[place].contact.id for place in chooser.take(batch)]
    return question.selection(sorted(chosen), chooser.counts)


def masked(count: int) -> str:
    """A count as findings may show it: a cell below 5 could single somebody out (GDPR art. 5(1)(c))."""
    return "<5" if 0 < count < 5 else str(count)


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


def engaged(clause: Engagement, history: History, on: date) -> Engaged:
    wanted, earliest = _DEEDS[clause.deed], _earliest(clause, on)
    records = [r for r in history.records if r.campaign == clause.campaign and r.on >= earliest]
    did = frozenset(r.contact for r in records if r.deed is wanted)
    in_doubt = frozenset(r.contact for r in records if r.deed is HistoryDeed.IN_DOUBT) - did
    return Engaged(clause.deed, did, in_doubt if clause.deed is Deed.RECEIVED else frozenset())


def deed_cell(engaged: Engaged) -> Cell:
    """True, false or unknown. What may not be measured is unknown, even where an old record says it happened."""
    did, in_doubt, deed = engaged.did, engaged.in_doubt, engaged.deed
    if deed is Deed.RECEIVED:
        return lambda person: None if person.contact.id in in_doubt else person.contact.id in did
    return lambda person: person.contact.id in did if _measured(person.contact, deed) else None


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
    chosen = exp.select("place").from_("people").where(*(exp.Paren(this=c.copy()) for c in conditions))
    return chosen.order_by(exp.column("place").asc()).sql(dialect="duckdb")
