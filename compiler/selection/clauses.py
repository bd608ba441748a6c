"""A segment's tree as SQL, built by sqlglot from the checked tree: no text of the user's is ever in it.

Columns are c0, c1, …; operands are bound parameters, relative days counted from the compile
date. Logic has three values: a comparison with an unknown value is unknown, so is its negation, and only what is true
is selected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from sqlglot import exp

from compiler.language.campaign import FieldType, Workspace
from compiler.language.contact import BUILT_IN_FIELDS, Value
from compiler.language.segment import (
    All,
    Any,
    Clause,
    Comparison,
    ContactField,
    Engagement,
    Everyone,
    InSegment,
    Not,
    Operand,
    Operator,
    RelativeDay,
    Segment,
)
from compiler.selection.engine import DECIMAL

_BINARY: dict[Operator, Callable[..., exp.Condition]] = {
    Operator.IS: exp.EQ,
    Operator.AT_LEAST: exp.GTE,
    Operator.AT_MOST: exp.LTE,
    Operator.MORE_THAN: exp.GT,
    Operator.LESS_THAN: exp.LT,
    Operator.BEFORE: exp.LT,
    Operator.AFTER: exp.GT,
    Operator.NOT_BEFORE: exp.GTE,
    Operator.NOT_AFTER: exp.LTE,
}


@dataclass(slots=True)
class Emitter:
    """Turns clauses into expressions, and remembers the columns and parameters that they need."""

    workspace: Workspace
    on: date  # the compile date
    fields: dict[str, FieldType] = field(default_factory=dict)  # in order of first use: c0, c1, …
    deeds: list[Engagement] = field(default_factory=list)  # d0, d1, …
    parameters: dict[str, Value] = field(default_factory=dict)

    def condition(self, clause: Clause) -> exp.Condition:
        """The condition that a clause is. Raises KeyError for names that `resolve` should have refused."""
        match clause:
            case Everyone():
                return exp.true()
            case All(clauses=clauses):
                return _joined(exp.And, [self.condition(c) for c in clauses], when_empty=exp.true())
            case Any(clauses=clauses):
                return _joined(exp.Or, [self.condition(c) for c in clauses], when_empty=exp.false())
            case Not(clause=inner):
                return exp.Not(this=exp.Paren(this=self.condition(inner)))
            case Comparison():
                return self._comparison(clause)
            case InSegment(name=name):
                return exp.Paren(this=self.condition(segment_named(self.workspace, name).match))
            case Engagement():
                return self._deed(clause)
            case _:
                assert_never(clause)

    def _comparison(self, clause: Comparison) -> exp.Condition:
        column, kind = self._column(clause.field)
        if clause.operator is Operator.KNOWN:
            unknown = exp.Is(this=column, expression=exp.Null())
            return exp.Not(this=unknown) if clause.operand else unknown
        values = [self._operand(value, kind) for value in clause.operands]
        match clause.operator:
            case Operator.IN:
                return exp.In(this=column, expressions=values) if values else exp.false()
            case Operator.BETWEEN:
                return exp.Between(this=column, low=values[0], high=values[1])
            case Operator.BEGINS:
                return exp.StartsWith(this=column, expression=values[0])
            case operator:
                return _BINARY[operator](this=column, expression=values[0])

    def _column(self, name: str) -> tuple[exp.Condition, FieldType]:
        kind = self.fields.setdefault(name, type_of(self.workspace, name))
        return exp.column(f"c{list(self.fields).index(name)}"), kind

    def _operand(self, value: Operand, kind: FieldType) -> exp.Condition:
        if isinstance(value, ContactField):
            raise KeyError(f"{value} in a segment")
        return self._parameter(value.on(self.on).isoformat() if isinstance(value, RelativeDay) else value, kind)

    def _deed(self, clause: Engagement) -> exp.Condition:
        if clause not in self.deeds:
            self.deeds.append(clause)
        return exp.column(f"d{self.deeds.index(clause)}")

    def _parameter(self, value: Value, kind: FieldType) -> exp.Condition:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value if kind in (FieldType.INTEGER, FieldType.BOOLEAN) or value is None else str(value)
        bound = exp.Parameter(this=exp.Var(this=name))
        if kind is FieldType.DECIMAL:
            return exp.cast(bound, exp.DataType.build(DECIMAL, dialect="duckdb"))
        if kind is FieldType.DATE:
            return exp.cast(bound, exp.DataType.build("DATE"))
        return bound


def type_of(workspace: Workspace, name: str) -> FieldType:
    """The type of a contact's field. Built-in ones are text. Raises KeyError for an unknown one."""
    if name in BUILT_IN_FIELDS:
        return FieldType.TEXT
    declared = workspace.field(name)
    if declared is None:
        raise KeyError(f"no field {name!r}")
    return declared.type


def segment_named(workspace: Workspace, name: str) -> Segment:
    """Raises KeyError for an unknown one."""
    segment = workspace.segment(name)
    if segment is None:
        raise KeyError(f"no segment {name!r}")
    return segment


def steps_of(clause: Clause) -> tuple[Clause, ...]:
    """The clauses that narrow a selection one after the other: those of an `all`, else the whole."""
    return clause.clauses if isinstance(clause, All) else (clause,)


def label(clause: Clause) -> str:
    """A clause on one line, as YAML writes it."""
    match clause:
        case Everyone():
            return "everyone"
        case All(clauses=clauses):
            return "{all: [" + ", ".join(map(label, clauses)) + "]}"
        case Any(clauses=clauses):
            return "{any: [" + ", ".join(map(label, clauses)) + "]}"
        case Not(clause=inner):
            return "{not: " + label(inner) + "}"
        case Comparison(field=name, operator=operator, operand=operand):
            return f"{{field: {name}, {operator.value}: {_operand_label(operand)}}}"
        case InSegment(name=name):
            return f"{{segment: {name}}}"
        case Engagement(deed=deed, campaign=campaign, within_days=days):
            within = f", within: {days} days" if days is not None else ""
            return f"{{{deed.value}: {{campaign: {campaign}{within}}}}}"
        case _:
            assert_never(clause)


def _operand_label(operand: Operand | tuple[Operand, ...]) -> str:
    if isinstance(operand, tuple):
        return "[" + ", ".join(map(_operand_label, operand)) + "]"
    if isinstance(operand, bool):
        return "true" if operand else "false"
    return "null" if operand is None else str(operand)


def _joined(
    kind: Callable[..., exp.Condition], parts: list[exp.Condition], *, when_empty: exp.Condition
) -> exp.Condition:
    if not parts:
        return when_empty
    joined = parts[0] if len(parts) == 1 else exp.Paren(this=parts[0])
    for part in parts[1:]:
        joined = kind(this=joined, expression=exp.Paren(this=part))
    return joined
