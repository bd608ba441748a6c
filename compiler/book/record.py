"""A contact and a change as canonical lines of JSON: what stands in the book's files."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from compiler.language.canonical import Json, canonical_line, instant_text, parse_instant
from compiler.language.consent import Answer, Basis, Ground, Proof, Tracking
from compiler.language.contact import Contact, Kind, Objection, Origin, SourceKind, Status

#: When a register was set: (instant as text, node, seq). Later wins; two are never equal by accident.
Stamp: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Register:
    """The latest value heard for one path of a contact."""

    stamp: Stamp
    value: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """A contact as it is stored: the base that an import wrote, and the registers that stand over it.

    `base` is None while nothing but changes has been heard. `fold.contact_of` joins the two.
    """

    id: str
    base: Contact | None
    registers: Mapping[str, Register] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Change:
    """Something learnt of a contact, named by (node, seq). `set` pairs paths (see `fold`) with JSON values."""

    at: datetime
    node: str
    seq: int
    contact: str
    set: Mapping[str, Json] = field(repr=False)
    reason: str = ""

    @property
    def stamp(self) -> Stamp:
        """Whole seconds, as the line spells them: a change weighs the same before and after it was written."""
        return instant_text(self.at), self.node, self.seq


def record_to_json(record: Record) -> bytes:
    """One line of contacts/XX.jsonl."""
    document: dict[str, Json] = contact_document(record.base) if record.base else {"id": record.id}
    if record.registers:
        document["registers"] = {path: [*r.stamp, r.value] for path, r in record.registers.items()}
    return canonical_line(document)


def record_from_json(line: bytes | str) -> Record:
    """The record that `record_to_json` wrote. Raises KeyError, TypeError or ValueError."""
    found = _parsed(_read_line, line)
    base = _contact(found) if found.status else None
    registers = _registers(bytes(found.registers)) if len(found.registers) > _EMPTY else _NO_REGISTERS
    return Record(found.id, base, registers)


def contact_to_json(contact: Contact) -> bytes:
    """A contact without stamps, as one canonical line."""
    return canonical_line(contact_document(contact))


def contact_from_json(line: bytes | str) -> Contact:
    """The contact that `contact_to_json` wrote. Raises KeyError, TypeError or ValueError."""
    return _contact(_parsed(_read_line, line))


def change_to_json(change: Change) -> bytes:
    """One line of changes/…/*.jsonl."""
    return canonical_line(
        {
            "at": instant_text(change.at),
            "node": change.node,
            "seq": change.seq,
            "contact": change.contact,
            "set": change.set,
            "reason": change.reason,
        }
    )


def change_from_json(line: bytes | str) -> Change:
    """The change that `change_to_json` wrote. Raises KeyError, TypeError or ValueError."""
    document = _parsed(_read_any, line)
    return Change(
        at=parse_instant(document["at"]),
        node=str(document["node"]),
        seq=int(document["seq"]),
        contact=str(document["contact"]),
        set=dict(document["set"]),
        reason=str(document["reason"]),
    )


def contact_document(contact: Contact) -> dict[str, Json]:
    """The clear part as JSON: what is at its default is left out."""
    document: dict[str, Json] = {
        "id": contact.id,
        "status": contact.status.value,
        "kind": contact.kind.value,
        "country": contact.country,
        "locale": contact.locale,
        "zone": contact.zone,
        "lane": contact.lane,
        "basis": [_basis_document(b) for b in contact.basis],
        "tracking": _answers(contact.tracking),
        "objections": [{"scope": o.scope, "on": o.on.isoformat(), "channel": o.channel} for o in contact.objections],
        "origin": _origin_document(contact.origin),
        "relation": contact.relation,
        "notices": {kind: on.isoformat() for kind, on in contact.notices},
        "last_contact_on": _day(contact.last_contact_on),
        "dead_on": _day(contact.dead_on),
        "minor": contact.minor,
        "fields": dict(contact.fields),
        "seal": base64.b64encode(contact.seal).decode("ascii"),
    }
    return {name: value for name, value in document.items() if value or name == "id"}


def contact_from_document(document: dict[str, Any]) -> Contact:
    """The contact that a parsed line describes. Raises KeyError, TypeError or ValueError."""
    tracking = document.get("tracking")
    return Contact(
        id=document["id"],
        status=Status(document["status"]),
        kind=Kind(document["kind"]),
        country=document.get("country", ""),
        locale=document.get("locale", ""),
        zone=document.get("zone", ""),
        lane=document.get("lane", ""),
        basis=tuple(_basis(b) for b in document.get("basis", ())),
        tracking=_tracking(tracking.get("opens", ""), tracking.get("clicks", "")) if tracking else Tracking(),
        objections=tuple(
            Objection(o["scope"], parse_day(o["on"]), o.get("channel", "")) for o in document.get("objections", ())
        ),
        origin=_origin(document["origin"]) if "origin" in document else None,
        relation=document.get("relation", ""),
        notices=tuple(sorted((kind, parse_day(on)) for kind, on in document.get("notices", {}).items())),
        last_contact_on=parse_optional_day(document.get("last_contact_on")),
        dead_on=parse_optional_day(document.get("dead_on")),
        minor=bool(document.get("minor", False)),
        fields=tuple(sorted(document.get("fields", {}).items())),
        seal=base64.b64decode(document.get("seal", ""), validate=True),
    )


class _Line(msgspec.Struct, gc=False):
    """A line of contacts/XX.jsonl, read in one go. What few contacts have alone is read by pieces, each kept."""

    id: str
    status: str = ""
    kind: str = ""
    country: str = ""
    locale: str = ""
    zone: str = ""
    lane: str = ""
    basis: msgspec.Raw = msgspec.Raw(b"[]")
    tracking: msgspec.Raw = msgspec.Raw(b"{}")
    objections: msgspec.Raw = msgspec.Raw(b"[]")
    origin: msgspec.Raw = msgspec.Raw(b"")
    relation: str = ""
    notices: msgspec.Raw = msgspec.Raw(b"{}")
    last_contact_on: str = ""
    dead_on: str = ""
    minor: bool = False
    fields: dict[str, Any] = {}
    seal: bytes = b""
    registers: msgspec.Raw = msgspec.Raw(b"{}")


_EMPTY = len(b"{}")
_NO_REGISTERS: Mapping[str, Register] = MappingProxyType({})
_read_line = msgspec.json.Decoder(_Line).decode
_read_any = msgspec.json.Decoder().decode
_STATUSES = {status.value: status for status in Status}
_KINDS = {kind.value: kind for kind in Kind}


def _parsed(read: Callable[[bytes | str], Any], text: bytes | str) -> Any:
    try:
        return read(text)
    except msgspec.MsgspecError:
        raise ValueError("not a line of the book") from None


def _contact(found: _Line) -> Contact:
    """As `contact_from_document`, five times as fast: most contacts share their pieces with others."""
    return Contact(
        found.id,
        _STATUSES[found.status],
        _KINDS[found.kind],
        found.country,
        found.locale,
        found.zone,
        found.lane,
        _bases(bytes(found.basis)),
        _answers_given(bytes(found.tracking)),
        _objections(bytes(found.objections)) if len(found.objections) > _EMPTY else (),
        _origin_read(bytes(found.origin)) if found.origin else None,
        found.relation,
        _notices(bytes(found.notices)) if len(found.notices) > _EMPTY else (),
        parse_day(found.last_contact_on) if found.last_contact_on else None,
        parse_day(found.dead_on) if found.dead_on else None,
        found.minor,
        tuple(sorted(found.fields.items())),
        found.seal,
    )


_PIECES = 65_536


@lru_cache(maxsize=_PIECES)
def _bases(text: bytes) -> tuple[Basis, ...]:
    return tuple(_basis(b) for b in _parsed(_read_any, text))


@lru_cache(maxsize=_PIECES)
def _answers_given(text: bytes) -> Tracking:
    given = _parsed(_read_any, text)
    return _tracking(given.get("opens", ""), given.get("clicks", ""))


@lru_cache(maxsize=_PIECES)
def _objections(text: bytes) -> tuple[Objection, ...]:
    return tuple(Objection(o["scope"], parse_day(o["on"]), o.get("channel", "")) for o in _parsed(_read_any, text))


@lru_cache(maxsize=_PIECES)
def _origin_read(text: bytes) -> Origin:
    return _origin(_parsed(_read_any, text))


@lru_cache(maxsize=_PIECES)
def _notices(text: bytes) -> tuple[tuple[str, date], ...]:
    return tuple(sorted((kind, parse_day(on)) for kind, on in _parsed(_read_any, text).items()))


def _registers(text: bytes) -> dict[str, Register]:
    return {
        path: Register((str(at), str(node), int(seq)), value)
        for path, (at, node, seq, value) in _parsed(_read_any, text).items()
    }


@lru_cache(maxsize=_PIECES)
def parse_day(text: str) -> date:
    """A day as YYYY-MM-DD. Raises ValueError. Cached: a book has few days and many contacts."""
    return date.fromisoformat(text)


def parse_optional_day(text: str | None) -> date | None:
    return parse_day(text) if text else None


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _basis_document(basis: Basis) -> dict[str, Json]:
    proof = basis.proof
    document: dict[str, Json] = {
        "purpose": basis.purpose,
        "ground": basis.ground.value,
        "since": basis.since.isoformat(),
        "method": proof.method,
        "form": proof.form,
        "text_sha256": proof.text_sha256,
        "reference": proof.reference,
        "confirmed": proof.confirmed,
        "collected_at_sale": basis.collected_at_sale,
        "objection_offered": basis.objection_offered,
        "product_families": list(basis.product_families),
        "withdrawn_on": _day(basis.withdrawn_on),
    }
    return {name: value for name, value in document.items() if value}


def _basis(document: dict[str, Any]) -> Basis:
    get = document.get
    return Basis(
        purpose=document["purpose"],
        ground=Ground(document["ground"]),
        since=parse_day(document["since"]),
        proof=Proof(
            get("method", ""),
            get("form", ""),
            get("text_sha256", ""),
            get("reference", ""),
            bool(get("confirmed", False)),
        ),
        collected_at_sale=bool(get("collected_at_sale", False)),
        objection_offered=bool(get("objection_offered", False)),
        product_families=tuple(get("product_families", ())),
        withdrawn_on=parse_optional_day(get("withdrawn_on")),
    )


def _answers(tracking: Tracking) -> dict[str, Json]:
    pairs = {"opens": tracking.opens, "clicks": tracking.clicks}
    return {name: answer.value for name, answer in pairs.items() if answer is not Answer.NOT_ASKED}


@lru_cache(maxsize=64)
def _tracking(opens: str, clicks: str) -> Tracking:
    return Tracking(Answer(opens or Answer.NOT_ASKED), Answer(clicks or Answer.NOT_ASKED))


def _origin_document(origin: Origin | None) -> dict[str, Json] | None:
    return {"kind": origin.kind.value, "name": origin.name, "on": origin.on.isoformat()} if origin else None


def _origin(document: dict[str, str]) -> Origin:
    return Origin(SourceKind(document["kind"]), document["name"], parse_day(document["on"]))
