"""A segment as one tree, whatever form it was written in. Data blocks choose their rows by the same tree."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from compiler.language.contact import Value
from compiler.language.finding import Place


class Operator(StrEnum):
    IS = "is"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"  # two operands, both included
    BEGINS = "begins"
    KNOWN = "known"  # operand true: has a value; false: has none
    BEFORE = "before"
    AFTER = "after"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"


class Deed(StrEnum):
    """What a contact did or had done, in a campaign."""

    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A day counted from the compile date: `today - 2 years` is −24 months."""

    months: int = 0
    days: int = 0

    def on(self, today: date) -> date:
        """The day meant. The 31st of a shorter month is its last; beyond the calendar, its first or last day."""
        year, month = divmod(today.year * 12 + today.month - 1 + self.months, 12)
        if not date.min.year <= year <= date.max.year:
            return date.min if year < date.min.year else date.max
        day = date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
        try:
            return day + timedelta(days=self.days)
        except OverflowError:
            return date.min if self.days < 0 else date.max

    def __str__(self) -> str:
        amount, unit = (self.months, "month") if self.months else (self.days, "day")
        if unit == "month" and amount % 12 == 0:
            amount, unit = amount // 12, "year"
        if not amount:
            return "today"
        return f"today {'-' if amount < 0 else '+'} {abs(amount)} {unit}{'s' if abs(amount) > 1 else ''}"


@dataclass(frozen=True, slots=True)
class ContactField:
    """In a data block: the value that the contact has, to which a row's column is compared."""

    name: str

    def __str__(self) -> str:
        return f"contact.{self.name}"


Operand: TypeAlias = Value | RelativeDay | ContactField


@dataclass(frozen=True, slots=True)
class Everyone:
    """The empty condition: the whole book."""

    place: Place


@dataclass(frozen=True, slots=True)
class All:
    clauses: tuple[Clause, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Any:
    clauses: tuple[Clause, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    clause: Clause
    place: Place


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field` is a declared field's name; `operand` a value, or a tuple of them for IN and BETWEEN."""

    field: str
    operator: Operator
    operand: Operand | tuple[Operand, ...]
    place: Place

    @property
    def operands(self) -> tuple[Operand, ...]:
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)


@dataclass(frozen=True, slots=True)
class InSegment:
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Engagement:
    """People who may not be measured are unknown, never "did not"."""

    deed: Deed
    campaign: str
    within_days: int | None
    place: Place


Clause: TypeAlias = Everyone | All | Any | Not | Comparison | InSegment | Engagement


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    match: Clause
    place: Place
    description: str = ""


def comparisons(clause: Clause) -> Iterator[Comparison]:
    """Every comparison of a tree, in reading order; those of the segments that it names are left aside."""
    match clause:
        case All(clauses=clauses) | Any(clauses=clauses):
            for inner in clauses:
                yield from comparisons(inner)
        case Not(clause=inner):
            yield from comparisons(inner)
        case Comparison():
            yield clause
        case _:
            return
