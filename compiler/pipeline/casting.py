"""Fictional contacts for a campaign's preview: chosen so that what can go wrong with a message shows.

They are made of the campaign's own demands: fields that its segment compares, values that its data blocks join on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, product
from pathlib import Path

from compiler.language.campaign import Campaign, DataBlock, FieldDef, FieldType, Workspace
from compiler.language.contact import BUILT_IN_FIELDS, Contact, Identity, Kind, Person, Status, Value
from compiler.language.finding import Finding
from compiler.language.lane import OTHER
from compiler.language.segment import (
    All,
    Any,
    Clause,
    Comparison,
    ContactField,
    InSegment,
    Operator,
    RelativeDay,
)
from compiler.review.preview import Case
from compiler.selection import Engine, Rows, rows_for
from compiler.selection.datasets import read_dataset
from compiler.selection.joins import contact_fields, joined_columns

_MOST_CANDIDATES = 300
_DEEPEST = 20  # segments within segments
_PLAIN: Mapping[str, Value] = {
    "first_name": "Camille",
    "last_name": "Exemple",
    "salutation": "Bonjour Camille",
    "company": "Studio Exemple",
    "phone": "+33 1 99 00 00 00",  # a number that Arcep keeps for fiction
    "customer_code": "EX-0042",
    "city": "Rennes",
    "postcode": "35000",
    "department": "35",
    "siret": "00000000000000",
    "naf": "71.11Z",
}
_LONG: Mapping[str, Value] = {
    "first_name": "Marie-Charlotte-Élisabeth",
    "last_name": "de La Rochebrune-Montmorillon d’Exemple",
    "salutation": "Bonjour Madame la Directrice générale adjointe",
    "company": "Société coopérative d’architecture, d’urbanisme et de paysage du Grand Ouest",
    "phone": "+33 1 99 00 00 00 poste 1234",
    "customer_code": "EX-2027-000000042-GRAND-OUEST",
    "city": "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",  # the longest name of a French commune
    "postcode": "51290",
    "department": "2A",
    "siret": "00000000000000",
    "naf": "71.11Z",
}
_TYPED: Mapping[FieldType, tuple[Value, Value]] = {  # plain, long
    FieldType.TEXT: ("exemple", "Exemple d’une valeur particulièrement longue, comme il s’en trouve toujours une"),
    FieldType.INTEGER: (12, 1_234_567),
    FieldType.DECIMAL: ("12.50", "1234567.89"),
    FieldType.DATE: ("2026-09-01", "2026-09-30"),
    FieldType.BOOLEAN: (True, True),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A fictional contact, the rows that they get, and whether they let themselves be measured."""

    case: Case
    person: Person
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    measured: bool


@dataclass(frozen=True, slots=True)
class Cast:
    roles: tuple[Role, ...]
    rows: Rows  # their table
    findings: tuple[Finding, ...]


def cast_for(workspace: Workspace, campaign: Campaign, *, on: date, engine: Engine | None = None) -> Cast:
    """Typical, longest values, emptiest, most and fewest rows of data, without consent to be measured."""
    segment = workspace.segment(campaign.segment)
    wishes = list(_wished(workspace, segment.match, firm=True)) if segment else []
    wished = {wish.field: wish.values for wish in wishes}
    firm = {wish.field for wish in wishes if wish.firm}
    candidates = [
        _person(workspace, f"{n:032x}", values) for n, values in enumerate(_joined(workspace, campaign, wished, firm))
    ]
    rows = rows_for(workspace, campaign.data, candidates, on=on, engine=engine)
    if not rows.findings and not rows.by_contact:  # nobody gets enough: show what there is
        least = [replace(block, at_least=0) for block in campaign.data]
        rows = rows_for(workspace, least, candidates, on=on, engine=engine)
    if rows.findings:
        return Cast((), rows, rows.findings)
    return Cast(tuple(_roles(workspace, campaign, rows, candidates, wished)), rows, ())


def _roles(
    workspace: Workspace,
    campaign: Campaign,
    rows: Rows,
    candidates: list[Person],
    wished: Mapping[str, tuple[Value, ...]],
) -> Iterator[Role]:
    served = [person for person in candidates if person.contact.id in rows.by_contact]
    weights = {p.contact.id: _weight(rows, p.contact.id) for p in served}
    most = max(served, key=lambda p: weights[p.contact.id])
    fewest = min(served, key=lambda p: weights[p.contact.id])
    usual = next(p for p in served if weights[p.contact.id][0] == weights[most.contact.id][0])
    joined = {name for block in campaign.data for name in contact_fields(block)}
    barest = next((p for p in served if not any(p.value(name) for name in joined)), usual)

    def role(case: Case, base: Person, *, measured: bool = True) -> Role:
        blocks = tuple(sorted(rows.by_contact[base.contact.id].items()))
        own = {name: base.value(name) for name in joined}
        return Role(case, _dressed(workspace, base, case, own, wished), blocks, measured)

    yield role(Case.TYPICAL, usual)
    yield role(Case.LONGEST, usual)
    yield role(Case.EMPTIEST, barest)
    if campaign.data:
        yield role(Case.MOST, most)
        yield role(Case.FEWEST, fewest)
    yield role(Case.UNTRACKED, usual, measured=False)


def _weight(rows: Rows, contact: str) -> tuple[int, int]:
    """How many rows somebody gets, and how long they are: between equal numbers the longer texts are the fuller."""
    numbers = [number for found in rows.by_contact[contact].values() for number in found]
    return len(numbers), sum(len(str(value)) for number in numbers for value in rows.table[number].values())


def _dressed(
    workspace: Workspace, base: Person, case: Case, own: Mapping[str, Value], wished: Mapping[str, tuple[Value, ...]]
) -> Person:
    """The same contact with the values of a case; what data blocks join on stays."""
    values: dict[str, Value] = {}
    for each in workspace.fields:
        if each.name in own:
            values[each.name] = own[each.name]
        elif case is Case.EMPTIEST:
            values[each.name] = None
        else:
            values[each.name] = _value(each, wished.get(each.name, ()), long=case is Case.LONGEST)
    if case is Case.EMPTIEST:
        address = "x@clients.example"
    elif case is Case.LONGEST:
        address = "marie-charlotte-elisabeth.de-la-rochebrune-montmorillon@grand-ouest.clients.example"
    else:
        address = "camille@clients.example"
    return Person(replace(base.contact, fields=()), Identity(address, tuple(values.items())))


def _value(each: FieldDef, wished: tuple[Value, ...], *, long: bool) -> Value:
    if wished or each.values:
        known = wished or each.values
        return max(known, key=lambda value: len(str(value))) if long else known[0]
    if each.type is FieldType.TEXT:
        return (_LONG if long else _PLAIN).get(each.name, _TYPED[each.type][long])
    return _TYPED[each.type][long]


def _joined(
    workspace: Workspace, campaign: Campaign, wished: Mapping[str, tuple[Value, ...]], firm: set[str]
) -> Iterator[dict[str, Value]]:
    """Every combination of values that data blocks join on: those that the segment names, else those of the data.

    Nothing at all is one of them where the segment does without.
    """
    choices: dict[str, list[Value]] = {}
    for block in campaign.data:
        for column, name in joined_columns(block):
            found = wished.get(name) or _column(workspace, block, column)
            choices[name] = [*dict.fromkeys([*choices.get(name, ()), *found])]
    for name, values in choices.items():
        if name not in firm:
            values.append(None)
    names = sorted(choices)
    combinations = product(*(choices[name] for name in names))
    yield from (dict(zip(names, values, strict=True)) for values in islice(combinations, _MOST_CANDIDATES))


def _column(workspace: Workspace, block: DataBlock, column: str) -> Iterable[Value]:
    """A column's values, the commonest first."""
    dataset = workspace.dataset(block.dataset)
    table = read_dataset(dataset, Path(workspace.root))[0] if dataset else None
    values = [row.get(column) for row in table.rows] if table else []
    return sorted(dict.fromkeys(v for v in values if v is not None), key=lambda v: (-values.count(v), str(v)))


@dataclass(frozen=True, slots=True)
class _Wish:
    """Values with which a contact would satisfy a clause. `firm`: without them nobody is chosen."""

    field: str
    values: tuple[Value, ...]
    firm: bool


def _wished(workspace: Workspace, clause: Clause, *, firm: bool, depth: int = 0) -> Iterator[_Wish]:
    """What can be read off a segment; the first way of those that it leaves open."""
    match clause:
        case All(clauses=clauses):
            for each in clauses:
                yield from _wished(workspace, each, firm=firm, depth=depth + 1)
        case Any(clauses=clauses) if clauses:
            yield from _wished(workspace, clauses[0], firm=firm and len(clauses) == 1, depth=depth + 1)
        case InSegment(name=name) if depth < _DEEPEST and (segment := workspace.segment(name)):
            yield from _wished(workspace, segment.match, firm=firm, depth=depth + 1)
        case Comparison(field=name, operator=Operator.IS | Operator.AT_LEAST | Operator.AT_MOST, operand=operand):
            if not isinstance(operand, tuple | RelativeDay | ContactField):
                yield _Wish(name, (operand,), firm)
        case Comparison(field=name, operator=Operator.IN | Operator.BETWEEN):
            yield _Wish(name, tuple(v for v in clause.operands if not isinstance(v, RelativeDay | ContactField)), firm)
        case _:
            return


def _person(workspace: Workspace, contact: str, values: Mapping[str, Value]) -> Person:
    """Somebody with these values and no others."""
    clear = Contact(
        id=contact,
        status=Status.ACTIVE,
        kind=Kind.PROFESSIONAL,
        country=_text(values, "country", "FR"),
        locale=_text(values, "locale", workspace.settings.language.value),
        zone=_text(values, "zone", workspace.settings.organisation.timezone),
        lane=_text(values, "lane", OTHER),
        relation=_text(values, "relation", "prospect"),
    )
    declared = tuple((name, value) for name, value in values.items() if name not in BUILT_IN_FIELDS)
    return Person(clear, Identity("x@clients.example", declared))


def _text(values: Mapping[str, Value], name: str, otherwise: str) -> str:
    return str(values.get(name) or otherwise)
