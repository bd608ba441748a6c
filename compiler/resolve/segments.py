"""`kind: segment` → one checked tree: fields declared, operators that fit their types, no segment within itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from compiler.language.campaign import FieldDef, FieldType
from compiler.language.canonical import Json
from compiler.language.catalogue import resolve as catalogue
from compiler.language.contact import Value
from compiler.language.finding import Place, Text
from compiler.language.segment import (
    All,
    Any,
    Clause,
    Comparison,
    Deed,
    Engagement,
    Everyone,
    InSegment,
    Not,
    Operator,
    Segment,
)
from compiler.resolve import values
from compiler.resolve.fields import note_unknown, type_of, values_of
from compiler.resolve.node import Node, Notes

_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ORDER = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN})
_FITTING: Mapping[FieldType, frozenset[Operator]] = {
    FieldType.TEXT: frozenset({Operator.IS, Operator.IN, Operator.BEGINS, Operator.KNOWN}),
    FieldType.INTEGER: _ORDER | {Operator.IS, Operator.IN, Operator.KNOWN},
    FieldType.DECIMAL: _ORDER | {Operator.IS, Operator.IN, Operator.KNOWN},
    FieldType.DATE: frozenset({Operator.IS, Operator.IN, Operator.BEFORE, Operator.AFTER, Operator.KNOWN}),
    FieldType.BOOLEAN: frozenset({Operator.IS, Operator.KNOWN}),
}
#: Clauses of a segment once the segments that it names are written out in it.
MAX_UNFOLDED = 2_000
_OPERATORS = tuple(Operator)
_DEEDS = tuple(Deed)


class _Wrong(Exception):
    """The clause holds an error; its finding is noted."""


def segments_of(nodes: list[Node], fields: Mapping[str, FieldDef], campaigns: list[str]) -> dict[str, Segment]:
    """Every segment whose tree could be built, by name."""
    notes = nodes[0].notes if nodes else Notes()
    reader = _ClauseReader(fields, campaigns, [node.text("name") for node in nodes])
    segments: dict[str, Segment] = {}
    for node in nodes:
        match = reader.clause(node.child("match"))
        if match is not None:
            description = " ".join(node.text("description").split())
            segments[node.text("name")] = Segment(node.text("name"), match, node.key_place("name"), description)
    order = _refuse_cycles(segments, notes)
    _refuse_bombs(segments, order, notes)
    return segments


class _ClauseReader:
    """Builds trees. A clause that is wrong is noted and left out; its neighbours are still read."""

    def __init__(self, fields: Mapping[str, FieldDef], campaigns: list[str], segments: list[str]) -> None:
        self.fields, self.campaigns, self.segments = fields, campaigns, segments

    def clause(self, node: Node) -> Clause | None:
        keys = [key for key in node.value if key not in _OPERATORS]
        operators = [Operator(key) for key in node.value if key in _OPERATORS]
        place = node.place()
        if len(keys) != 1 or (operators and keys != ["field"]):
            _note_ambiguity(node, keys, operators)
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
            case "segment":
                return self.in_segment(node)
            case "field":
                return self.comparison(node, operators)
            case deed:
                return self.engagement(node.child(deed), Deed(deed))

    def in_segment(self, node: Node) -> Clause | None:
        name = node.text("segment")
        if name not in self.segments:
            node.notes.unknown("segment", name, node.place("segment"), known=self.segments)
            return None
        return InSegment(name, node.place())

    def engagement(self, node: Node, deed: Deed) -> Clause:
        campaign = node.text("campaign")
        if campaign not in self.campaigns:
            node.notes.add(catalogue.NO_CAMPAIGN, node.place("campaign"), name=campaign)
        return Engagement(deed, campaign, node.parse("within", values.days, None), node.place())

    def comparison(self, node: Node, operators: list[Operator]) -> Clause | None:
        name, place = node.text("field"), node.place()
        kind = type_of(name, self.fields)
        if kind is None:
            note_unknown(node.notes, name, node.place("field"), self.fields)
            return None
        if not operators:
            _note_ambiguity(node, ["field"], operators)
            return None
        try:
            compared = tuple(self.compare(node, name, kind, operator=operator) for operator in operators)
        except _Wrong:
            return None
        return compared[0] if len(compared) == 1 else All(compared, place)

    def compare(self, node: Node, name: str, kind: FieldType, *, operator: Operator) -> Comparison:
        raw = node.value[operator]
        place = node.place()
        if operator not in _FITTING[kind]:
            node.notes.add(catalogue.FIELD_TYPE, node.key_place(operator), field=name, type=kind, operator=operator)
            raise _Wrong
        if operator is Operator.KNOWN:
            return Comparison(name, operator, bool(raw), place)
        known = values_of(name, self.fields) if operator in (Operator.IS, Operator.IN) else ()
        if isinstance(raw, list):
            operand: Value | tuple[Value, ...] = tuple(
                self.operand(node, name, kind, value=value, known=known, at=node.place(operator, n))
                for n, value in enumerate(raw)
            )
        else:
            operand = self.operand(node, name, kind, value=raw, known=known, at=node.place(operator))
        return Comparison(name, operator, operand, place)

    def operand(
        self, node: Node, name: str, kind: FieldType, *, value: Json, known: tuple[str, ...], at: Place
    ) -> Value:
        typed = _typed(value, kind)
        if typed is None:
            node.notes.add(
                catalogue.FIELD_TYPE, at, hint=_operand_hint(value, kind), field=name, type=kind, operator=_shown(value)
            )
            raise _Wrong
        if known and typed not in known:
            hint = Text(f"valeurs : {', '.join(known)}", f"values: {', '.join(known)}")
            node.notes.add(catalogue.NOT_A_VALUE, at, hint=hint, field=name, value=_shown(value))
        return typed


def _typed(value: Json, kind: FieldType) -> Value:
    """The operand as the field's type has it; None where it is none."""
    match kind, value:
        case FieldType.BOOLEAN, bool():
            return value
        case _, bool():
            return None
        case FieldType.TEXT, str():
            return value
        case FieldType.INTEGER, int():
            return value
        case FieldType.DECIMAL, int():
            return str(value)
        case FieldType.DECIMAL, str() if _DECIMAL.fullmatch(value):
            return value
        case FieldType.DATE, str() if _DAY.fullmatch(value):
            try:
                return values.day(value).isoformat()
            except values.BadValue:
                return None
        case _:
            return None


def _operand_hint(value: Json, kind: FieldType) -> Text | None:
    if kind is FieldType.TEXT and not isinstance(value, str):
        spelled = _shown(value)
        return Text(f'pour un texte, mettre des guillemets : "{spelled}"', f'for a text, use quotes: "{spelled}"')
    return None


def _shown(value: Json) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _note_ambiguity(node: Node, keys: list[str], operators: list[Operator]) -> None:
    if keys == ["field"]:
        why = Text("le champ est sans opérateur", "the field has no operator")
    elif not keys:
        why = Text("l'opérateur est sans champ", "the operator has no field")
    elif operators and "field" not in keys:
        why = Text(f"{operators[0]} ne va pas avec {keys[0]}", f"{operators[0]} does not go with {keys[0]}")
    else:
        listed = ", ".join(keys)
        why = Text(f"elle dit plusieurs choses ({listed})", f"it says several things ({listed})")
    node.notes.add(catalogue.CLAUSE, node.place(), why_fr=why.fr, why_en=why.en)


def references(clause: Clause) -> list[InSegment]:
    """The segments that a clause names, in reading order."""
    match clause:
        case All(clauses) | Any(clauses):
            return [found for inner in clauses for found in references(inner)]
        case Not(inner):
            return references(inner)
        case InSegment():
            return [clause]
        case _:
            return []


def _refuse_cycles(segments: dict[str, Segment], notes: Notes) -> list[str]:
    """Notes each cycle once, at the reference that closes it, and withdraws its segments.

    Returns the others' names, each after those that it names.
    """
    named = {name: [r for r in references(s.match) if r.name in segments] for name, s in segments.items()}
    done: dict[str, None] = {}
    cyclic: set[str] = set()
    for first in sorted(segments):
        # A stack instead of recursion: a chain of segments may be longer than Python's own.
        trail: dict[str, None] = {first: None} if first not in done else {}
        waiting = [iter(named[first])] if trail else []
        while waiting:
            reference = next(waiting[-1], None)
            if reference is None:
                done[trail.popitem()[0]] = None
                waiting.pop()
            elif reference.name in trail:
                loop = list(trail)[list(trail).index(reference.name) :]
                notes.add(catalogue.CYCLE, reference.place, path=" → ".join([*loop, reference.name]))
                cyclic.update(loop)
            elif reference.name not in done:
                trail[reference.name] = None
                waiting.append(iter(named[reference.name]))
    for name in cyclic:
        del segments[name]
    return [name for name in done if name not in cyclic]


def _refuse_bombs(segments: dict[str, Segment], order: list[str], notes: Notes) -> None:
    """Withdraws segments that unfold into more clauses than anybody meant (each level may double the last)."""
    sizes: dict[str, int] = {}
    for name in order:
        inner = references(segments[name].match)
        sizes[name] = min(1 + sum(1 + sizes.get(r.name, 0) for r in inner), MAX_UNFOLDED + 1)
        if sizes[name] > MAX_UNFOLDED:
            notes.add(catalogue.UNFOLDED, segments[name].place, name=name, limit=MAX_UNFOLDED)
            del segments[name]
