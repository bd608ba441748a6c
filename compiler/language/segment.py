"""A segment as one tree, whatever form it was written in."""

from __future__ import annotations

from dataclasses import dataclass
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
    BEGINS = "begins"
    KNOWN = "known"  # operand true: has a value; false: has none
    BEFORE = "before"
    AFTER = "after"


class Deed(StrEnum):
    """What a contact did or had done, in a campaign."""

    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"


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
    """`field` is a declared field's name; `operand` a value, or a tuple of them for IN."""

    field: str
    operator: Operator
    operand: Value | tuple[Value, ...]
    place: Place


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
