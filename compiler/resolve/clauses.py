"""A condition → one checked tree: names declared, operators that fit their types, values of those types.

Both forms are read here. YAML comes as the document's own tables, SQL as the tables that YAML would have held.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from compiler.language.campaign import FieldType
from compiler.language.canonical import Json
from compiler.language.catalogue import resolve as catalogue
from compiler.language.catalogue.segment import RANGE
from compiler.language.finding import Place, Text
from compiler.language.segment import (
    All,
    Any,
    Clause,
    Comparison,
    ContactField,
    Deed,
    Engagement,
    Everyone,
    InSegment,
    Not,
    Operand,
    Operator,
    RelativeDay,
)
from compiler.resolve import values
from compiler.resolve.node import Node, Notes

_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,12})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RELATIVE = re.compile(r"today(?:\s*([-+])\s*([0-9]{1,5})\s+(day|week|month|year)s?)?")
_WITHIN = re.compile(r"([0-9]{1,5})[ \u00a0\u202f]?(day|d|week|w|month|year)s?")
_LARGEST = 2**63
_COMMON = frozenset({Operator.IS, Operator.IN, Operator.KNOWN})
_ORDER = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN})
_DATES = frozenset({Operator.BEFORE, Operator.AFTER, Operator.NOT_BEFORE, Operator.NOT_AFTER, Operator.BETWEEN})
_FITTING: Mapping[FieldType, frozenset[Operator]] = {
    FieldType.TEXT: _COMMON | {Operator.BEGINS},
    FieldType.INTEGER: _COMMON | _ORDER,
    FieldType.DECIMAL: _COMMON | _ORDER,
    FieldType.DATE: _COMMON | _DATES,
    FieldType.BOOLEAN: frozenset({Operator.IS, Operator.KNOWN}),
}
#: A date is said to be before or after; SQL knows one set of signs for everything.
_OF_DATES: Mapping[Operator, Operator] = {
    Operator.AT_LEAST: Operator.NOT_BEFORE,
    Operator.AT_MOST: Operator.NOT_AFTER,
    Operator.MORE_THAN: Operator.AFTER,
    Operator.LESS_THAN: Operator.BEFORE,
}
_IS_NOT, _NOT_IN, _WITHIN_SPAN = "is_not", "not_in", "within"
_WORDS = (*Operator, _IS_NOT, _NOT_IN, _WITHIN_SPAN)
_NEGATED = {_IS_NOT: Operator.IS, _NOT_IN: Operator.IN}


class Fields(Protocol):
    """What a condition may compare: a contact's fields, or the columns of a dataset."""

    def type_of(self, name: str) -> FieldType | None: ...

    def values_of(self, name: str) -> tuple[str, ...]: ...

    def note_unknown(self, notes: Notes, name: str, place: Place) -> None: ...


@dataclass(frozen=True, slots=True)
class ClauseReader:
    """Builds trees. A clause that is wrong is noted and left out; its neighbours are still read.

    `contact` are the fields to which columns may be compared: none in a segment, whose own fields they are.
    """

    fields: Fields
    campaigns: Sequence[str] = ()
    segments: Sequence[str] = ()
    contact: Fields | None = None

    def clause(self, node: Node) -> Clause | None:
        keys = [key for key in node.value if key not in _WORDS]
        operators = [key for key in node.value if key in _WORDS]
        place = node.place()
        if len(keys) != 1 or (operators and keys != ["field"]):
            note_ambiguity(node, keys, operators)
            return None
        match keys[0]:
            case "all" | "any" as word:
                clauses = [self.clause(each) for each in node.items(word)]
                kept = tuple(c for c in clauses if c is not None)
                if len(kept) < len(clauses):
                    return None
                return All(kept, place) if word == "all" else Any(kept, place)
            case "not":
                inner = self.clause(node.child("not"))
                return None if inner is None else Not(inner, place)
            case "everyone":
                return Everyone(place)
            case "field":
                return self.comparison(node, operators)
            case "segment" if self.contact is None:
                return self.in_segment(node)
            case deed if self.contact is None:
                return self.engagement(node.child(deed), Deed(deed))
            case other:
                node.notes.add(catalogue.WHERE, place, key="where", part=other)
                return None

    def in_segment(self, node: Node) -> Clause | None:
        name = node.text("segment")
        if name not in self.segments:
            node.notes.unknown("segment", name, node.place("segment"), known=list(self.segments))
            return None
        return InSegment(name, node.place())

    def engagement(self, node: Node, deed: Deed) -> Clause:
        campaign = node.text("campaign")
        if campaign not in self.campaigns:
            hint = node.notes.near(campaign, self.campaigns)
            node.notes.add(catalogue.NO_CAMPAIGN, node.place("campaign"), hint=hint, name=campaign)
        return Engagement(deed, campaign, node.parse("within", values.days, None), node.place())

    def comparison(self, node: Node, operators: list[str]) -> Clause | None:
        name, place = node.text("field"), node.place()
        kind = self.fields.type_of(name)
        if kind is None:
            self.fields.note_unknown(node.notes, name, node.place("field"))
            return None
        if not operators:
            note_ambiguity(node, ["field"], operators)
            return None
        compared = [_Comparing(self, node, name, kind).compare(operator) for operator in operators]
        kept = tuple(each for each in compared if each is not None)
        if len(kept) < len(compared):
            return None
        return kept[0] if len(kept) == 1 else All(kept, place)


@dataclass(frozen=True, slots=True)
class _Comparing:
    """One field and what it is compared to."""

    reader: ClauseReader
    node: Node
    name: str
    kind: FieldType

    def compare(self, word: str) -> Clause | None:
        """None where the operator or an operand does not fit, which is noted."""
        place = self.node.place()
        if word == _WITHIN_SPAN:
            return self.within(place)
        operator = _NEGATED.get(word) or Operator(word)
        if self.kind is FieldType.DATE:
            operator = _OF_DATES.get(operator, operator)
        if operator not in _FITTING[self.kind]:
            self.misfit(word)
            return None
        raw = self.node.value[word]
        if operator is Operator.KNOWN:
            return Comparison(self.name, operator, bool(raw), place)
        operands = (
            [self.operand(value, self.node.place(word, n), operator) for n, value in enumerate(raw)]
            if isinstance(raw, list)
            else [self.operand(raw, self.node.place(word), operator)]
        )
        kept = tuple(each for each in operands if each is not None)
        if len(kept) < len(operands):
            return None
        if operator is Operator.BETWEEN and _falls(*kept):
            self.node.notes.add(RANGE, self.node.place(word), first=kept[0], last=kept[1])
        compared = Comparison(self.name, operator, kept if isinstance(raw, list) else kept[0], place)
        return Not(compared, place) if word in _NEGATED else compared

    def within(self, place: Place) -> Clause | None:
        """The days from so long ago until today."""
        found = _WITHIN.fullmatch(self.node.text(_WITHIN_SPAN))
        if self.kind is not FieldType.DATE or found is None:
            self.misfit(_WITHIN_SPAN)
            return None
        unit = {"d": "day", "w": "week"}.get(found[2], found[2])
        since = _shifted(-int(found[1]), unit)
        return Comparison(self.name, Operator.BETWEEN, (since, RelativeDay()), place)

    def misfit(self, word: str) -> None:
        listed = ", ".join(_fitting(self.kind))
        self.node.notes.add(
            catalogue.FIELD_TYPE,
            self.node.key_place(word),
            hint=Text(f"opérateurs : {listed}", f"operators: {listed}"),
            field=self.name,
            type=self.kind,
            operator=word,
        )

    def operand(self, value: Json, at: Place, operator: Operator) -> Operand:
        """The operand as the field's type has it; None where it is none, which is noted."""
        notes, fields = self.node.notes, self.reader.fields
        if isinstance(value, Mapping) and "column" in value:
            return self.column(str(value["column"]), at)
        typed = _typed(value, self.kind)
        if typed is None or (operator is Operator.BEGINS and typed == ""):
            hint = _operand_hint(value, self.kind)
            shown = _shown(value)
            notes.add(catalogue.FIELD_TYPE, at, hint=hint, field=self.name, type=self.kind, operator=shown)
            return None
        known = fields.values_of(self.name) if operator in (Operator.IS, Operator.IN) else ()
        if known and typed not in known:
            listed = Text(f"valeurs : {', '.join(known)}", f"values: {', '.join(known)}")
            hint = notes.near(str(typed), known) or listed
            notes.add(catalogue.NOT_A_VALUE, at, hint=hint, field=self.name, value=_shown(value))
        return typed

    def column(self, name: str, at: Place) -> Operand:
        """Another field on the right: in a data block the contact's, in a segment none can stand there."""
        notes, contact = self.node.notes, self.reader.contact
        lead, _, field = name.partition(".")
        if contact is None or lead != "contact":
            hint = (
                Text("un texte s'écrit entre apostrophes", "a text stands in single quotes")
                if contact is None
                else Text(f"pour le champ du contact : contact.{name}", f"for the contact's field: contact.{name}")
            )
            notes.add(catalogue.FIELD_TYPE, at, hint=hint, field=self.name, type=self.kind, operator=_shown(name))
            return None
        kind = contact.type_of(field)
        if kind is None:
            contact.note_unknown(notes, field, at)
            return None
        if kind is not self.kind:
            notes.add(catalogue.FIELD_TYPE, at, field=name, type=kind, operator=f"{self.name} ({self.kind})")
            return None
        return ContactField(field)


def _typed(value: Json, kind: FieldType) -> Operand:
    """The operand as the field's type has it; None where it is none."""
    if isinstance(value, Mapping):  # from SQL, where a number or a day is no text
        wanted = {FieldType.DECIMAL: "number", FieldType.DATE: "day"}.get(kind, "")
        return _typed(value[wanted], kind) if wanted in value else None
    match kind, value:
        case FieldType.BOOLEAN, bool():
            return value
        case _, bool():
            return None
        case FieldType.TEXT, str():
            return value
        case FieldType.INTEGER, int() if -_LARGEST <= value < _LARGEST:
            return value
        case FieldType.DECIMAL, int() if abs(value) < 10**18:
            return str(value)
        case FieldType.DECIMAL, str() if _DECIMAL.fullmatch(value):
            return value
        case FieldType.DATE, str():
            return _day(value)
        case _:
            return None


def _day(text: str) -> Operand:
    if found := _RELATIVE.fullmatch(text):
        return _shifted(int(f"{found[1]}{found[2]}"), found[3]) if found[1] else RelativeDay()
    try:
        return values.day(text).isoformat() if _DAY.fullmatch(text) else None
    except values.BadValue:
        return None


def _shifted(amount: int, unit: str) -> RelativeDay:
    if unit in ("day", "week"):
        return RelativeDay(days=amount * (7 if unit == "week" else 1))
    return RelativeDay(months=amount * (12 if unit == "year" else 1))


def _falls(low: Operand, high: Operand) -> bool:
    """Whether a range ends before it begins, as far as can be told without knowing the compile date."""
    match low, high:
        case RelativeDay(), RelativeDay():
            day = date(2027, 1, 1)
            return low.on(day) > high.on(day)
        case int(), int():
            return low > high
        case str(), str() if _DAY.fullmatch(low) or _DAY.fullmatch(high):
            return low > high
        case str(), str():
            return Decimal(low) > Decimal(high)
        case _:
            return False


def _fitting(kind: FieldType) -> list[str]:
    """The words that go with a type, in the order of the language."""
    fitting = [word for word in Operator if word in _FITTING[kind]]
    negated = [word for word, operator in _NEGATED.items() if operator in fitting]
    return [*fitting, *negated, *([_WITHIN_SPAN] if kind is FieldType.DATE else [])]


def _operand_hint(value: Json, kind: FieldType) -> Text | None:
    spelled = _shown(value)
    if kind is FieldType.TEXT and not isinstance(value, str):
        return Text(f'pour un texte, mettre des guillemets : "{spelled}"', f'for a text, use quotes: "{spelled}"')
    if kind is FieldType.DATE:
        return Text("un jour : 2027-03-02, today, today - 90 days", "a day: 2027-03-02, today, today - 90 days")
    if kind in (FieldType.INTEGER, FieldType.DECIMAL) and isinstance(value, str):
        return Text("un nombre, sans guillemets", "a number, without quotes")
    return None


def _shown(value: Json) -> str:
    if isinstance(value, Mapping):
        value = next(iter(value.values()), "")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def note_ambiguity(node: Node, keys: Sequence[str], operators: Sequence[str]) -> None:
    """Why a table is no single condition."""
    if list(keys) == ["field"]:
        why = Text("le champ est sans opérateur", "the field has no operator")
    elif not keys:
        why = Text("l'opérateur est sans champ", "the operator has no field")
    elif operators and "field" not in keys:
        why = Text(f"{operators[0]} ne va pas avec {keys[0]}", f"{operators[0]} does not go with {keys[0]}")
    else:
        listed = ", ".join(keys)
        why = Text(f"elle dit plusieurs choses ({listed})", f"it says several things ({listed})")
    node.notes.add(catalogue.CLAUSE, node.place(), why_fr=why.fr, why_en=why.en)
