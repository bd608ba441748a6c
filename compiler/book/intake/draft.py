"""A row understood: what the company's system says of one person, typed, before it meets what the book knows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TypeVar, cast

from compiler.book.intake import clean
from compiler.book.intake.geography import country_of, department_of, known_zones, locale_of, zone_of
from compiler.book.intake.packed import Packed
from compiler.book.intake.reasons import Reason, Refused
from compiler.book.intake.table import RawRow
from compiler.language.address import Address
from compiler.language.campaign import FieldDef, Source, Workspace
from compiler.language.consent import Answer, Basis, Ground, Proof, Tracking
from compiler.language.contact import Contact, Identity, Kind, Objection, Origin, SourceKind, Status, Value
from compiler.language.lane import lane_of
from compiler.language.vague import is_vague_source

_Held = TypeVar("_Held", bound=Hashable)
SOURCE_CHANNEL = "source"
_THIRD_PARTIES = frozenset({SourceKind.PARTNER, SourceKind.PURCHASED})
_FORBIDDEN = frozenset({SourceKind.RENTED, SourceKind.SCRAPED})
_DIGITS = frozenset({"siret", "siren", "phone", "postcode"})  # texts that a spreadsheet takes for numbers


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as a person. `said` is what the source says, by target: compared from one import to the next."""

    number: int
    key: str = field(repr=False)
    address: Address = field(repr=False)
    said: Mapping[str, str] = field(repr=False)
    own: tuple[str, ...] = field(repr=False)
    status: Status
    kind: Kind
    country: str
    locale: str
    zone: str
    relation: str
    basis: tuple[Basis, ...]
    tracking: Tracking
    objections: tuple[Objection, ...]
    origin: Origin
    notices: tuple[tuple[str, date], ...]
    last_contact_on: date | None
    minor: bool
    values: Mapping[str, Value] = field(repr=False)  # declared fields
    dropped: tuple[tuple[str, Reason], ...] = ()  # fields whose value was wrong, and how


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row is read against: the declarations and the day."""

    source: Source
    fields: Mapping[str, FieldDef]
    today: date
    places: Mapping[str, int]  # of each field among a draft's values

    @classmethod
    def of(cls, source: Source, workspace: Workspace, today: date) -> Reading:
        fields = {f.name: f for f in workspace.fields}
        return cls(source, fields, today, {name: place for place, name in enumerate(fields)})


def draft(row: RawRow, reading: Reading) -> Draft:
    """The person that a row describes. Raises Refused."""
    if row.problem is not None:
        raise Refused(row.problem, row.target)
    said = row.cells
    if "address" not in said:
        raise Refused(Reason.NO_ADDRESS, "address")
    address = clean.address(said["address"])
    country = country_of(said.get("country", ""), said.get("postcode", ""))
    if country is None:
        raise Refused(Reason.BAD_COUNTRY, "country")
    origin = _origin(said, reading)
    values, dropped = _values(row, reading, country)
    return Draft(
        number=row.number,
        key=row.key,
        address=address,
        said=said,
        own=row.own,
        status=_status(said),
        kind=_kind(said, address),
        country=country,
        locale=_locale(said, country),
        zone=_zone(said, country),
        relation=said.get("relation", "prospect").casefold().replace(" ", "_"),
        basis=_bases(said, reading, origin),
        tracking=_one(Tracking(_answer(said, "tracking.opens"), _answer(said, "tracking.clicks"))),
        objections=_objections(said, reading, origin),
        origin=origin,
        notices=tuple(
            (kind, clean.past_day(said[target], target, reading.today))
            for kind in ("art13", "art14")
            if (target := f"notices.{kind}") in said
        ),
        last_contact_on=_day(said, "last_contact_on", reading.today),
        minor=clean.truth(said.get("minor", "false"), "minor"),
        values=values,
        dropped=dropped,
    )


@lru_cache(maxsize=16_384)
def _same(value: Hashable) -> Hashable:
    return value


def _one(value: _Held) -> _Held:
    """One object for equal ones: most people share the day, the form and the words of others."""
    return cast(_Held, _same(value))


def fresh(found: Draft, contact: str, fields: Mapping[str, FieldDef]) -> tuple[Contact, Identity]:
    """A contact nobody knew before, and its identity, not sealed yet."""
    identity = identity_of(str(found.address), found.values, fields)
    return (
        Contact(
            id=contact,
            status=found.status,
            kind=found.kind,
            country=found.country,
            locale=found.locale,
            zone=found.zone,
            lane=lane_of(found.address.domain),
            basis=found.basis,
            tracking=found.tracking,
            objections=found.objections,
            origin=found.origin,
            relation=found.relation,
            notices=found.notices,
            last_contact_on=found.last_contact_on,
            minor=found.minor,
            fields=clear_fields(found.values, fields),
        ),
        identity,
    )


def identity_of(address: str, values: Mapping[str, Value], fields: Mapping[str, FieldDef]) -> Identity:
    """The sealed part: the address and what is declared sealed; what is not declared is sealed too."""
    sealed = sorted((n, v) for n, v in values.items() if v is not None and not (n in fields and not fields[n].sealed))
    return Identity(address, tuple(sealed))


def clear_fields(values: Mapping[str, Value], fields: Mapping[str, FieldDef]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted((n, v) for n, v in values.items() if v is not None and n in fields and not fields[n].sealed))


def _status(said: Mapping[str, str]) -> Status:
    status = clean.choice(Status, said.get("status", "active"), "status")
    if status is Status.ERASED:  # only an erasure erases: the source names nobody it has erased
        raise Refused(Reason.BAD_VALUE, "status")
    return status


def _kind(said: Mapping[str, str], address: Address) -> Kind:
    if clean.is_role(address):
        return Kind.GENERIC
    if "kind" in said:
        return clean.choice(Kind, said["kind"], "kind")
    return Kind.PROFESSIONAL if "company" in said or "siret" in said else Kind.PERSONAL


def _locale(said: Mapping[str, str], country: str) -> str:
    locale = locale_of(said.get("locale", ""), country)
    if locale is None:
        raise Refused(Reason.BAD_VALUE, "locale")
    return locale


def _zone(said: Mapping[str, str], country: str) -> str:
    zone = said.get("zone") or zone_of(country)
    if zone not in known_zones():
        raise Refused(Reason.BAD_ZONE, "zone")
    return zone


def _origin(said: Mapping[str, str], reading: Reading) -> Origin:
    """SRC-01 to SRC-04: named, dated, not rented nor scraped, and a third party's file only with its proof."""
    source = reading.source
    kind = clean.choice(SourceKind, said.get("origin.kind", source.kind.value).replace(" ", "_"), "origin.kind")
    if kind in _FORBIDDEN:
        raise Refused(Reason.FORBIDDEN_ORIGIN, "origin.kind")
    proven = source.provider and source.contract and source.form_copy and source.named_as_partner and source.audit_on
    if kind in _THIRD_PARTIES and not proven:
        raise Refused(Reason.NO_PROOF_OF_PURCHASE, "origin.kind")
    name, on = said.get("origin.name", source.origin), _day(said, "origin.on", reading.today)
    if not name or on is None:
        raise Refused(Reason.NO_ORIGIN, "origin.on" if name else "origin.name")
    if is_vague_source(name):
        raise Refused(Reason.VAGUE_ORIGIN, "origin.name")
    return _one(Origin(kind, name, on))


def _bases(said: Mapping[str, str], reading: Reading, origin: Origin) -> tuple[Basis, ...]:
    purposes = sorted({target.split(".")[1] for target in said if target.startswith("basis.")})
    found = (_basis(said, reading, purpose, origin) for purpose in purposes)
    return _one(tuple(basis for basis in found if basis is not None))


def _basis(said: Mapping[str, str], reading: Reading, purpose: str, origin: Origin) -> Basis | None:
    lead = f"basis.{purpose}."
    withdrawn_on = _day(said, lead + "withdrawn_on", reading.today)
    ground = said.get(lead + "ground", Ground.CONSENT.value if withdrawn_on else "")
    if not ground:
        return None  # kept without a ground: the compiler leaves them out, saying why (LAW-BASIS-01)
    text = said.get(lead + "text_sha256", "")
    form = said.get(lead + "form", "")
    families = said.get(lead + "product_families", "").replace(";", ",").replace("|", ",").split(",")
    return Basis(
        purpose=purpose,
        ground=clean.choice(Ground, ground.replace(" ", "_"), lead + "ground"),
        since=_day(said, lead + "since", reading.today) or origin.on,
        proof=Proof(
            method=said.get(lead + "method", ""),
            form=form,
            text_sha256=clean.text_digest(text) if text else "",
            reference=said.get(lead + "reference", ""),
            confirmed=clean.truth(said.get(lead + "confirmed", "false"), lead + "confirmed"),
        ),
        collected_at_sale=clean.truth(said.get(lead + "collected_at_sale", "false"), lead + "collected_at_sale"),
        objection_offered=clean.truth(said.get(lead + "objection_offered", "false"), lead + "objection_offered"),
        product_families=tuple(sorted({family.strip() for family in families if family.strip()})),
        withdrawn_on=withdrawn_on,
    )


def _answer(said: Mapping[str, str], target: str) -> Answer:
    return clean.choice(Answer, said.get(target, Answer.NOT_ASKED.value).replace(" ", "_"), target)


def _objections(said: Mapping[str, str], reading: Reading, origin: Origin) -> tuple[Objection, ...]:
    """`objections.SCOPE` holds the day, or a mere yes: then since we know them."""
    found = []
    for target in sorted(t for t in said if t.startswith("objections.")):
        scope, text = target.partition(".")[2], said[target]
        if clean.parsed_day(text) is not None:
            found.append(Objection(scope, clean.past_day(text, target, reading.today), SOURCE_CHANNEL))
        elif clean.truth(text, target):
            found.append(Objection(scope, origin.on, SOURCE_CHANNEL))
    return tuple(found)


def _values(row: RawRow, reading: Reading, country: str) -> tuple[Mapping[str, Value], tuple[tuple[str, Reason], ...]]:
    said = row.cells
    values: dict[str, Value] = {}
    dropped = []
    for name, definition in reading.fields.items():
        if name not in said:
            continue
        try:
            values[name] = clean.field_value(definition, said[name], country)
        except Refused as refusal:
            lost = name in row.numeric and definition.check in _DIGITS
            dropped.append((name, Reason.LOST_ZERO if lost else refusal.reason))
    if (
        "department" in reading.fields
        and "department" not in said
        and (found := department_of(said.get("postcode", "")))
    ):
        values["department"] = found
    return Packed(reading.places, tuple(values.get(name) for name in reading.fields)), tuple(dropped)


def _day(said: Mapping[str, str], target: str, today: date) -> date | None:
    return clean.past_day(said[target], target, today) if target in said else None
