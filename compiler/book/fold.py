"""Folding: what changes make of contacts. Pure, idempotent, and the same in whatever order changes arrive.

A contact is a base (`record`, set whole by imports) under registers, one a path, each set by its latest change:

    status                        a Status; `erased` is absorbing: nothing brings an erased contact back
    objections.<scope>            {"on": day, "channel": text}, or null where it was lifted
    basis.<purpose>.withdrawn_on  a day, or null
    tracking.opens, .clicks       an Answer
    dead_on                       a day, or null
    last_contact_on               a day; the latest known day stands
    notices.<kind>                a day
    seal                          base64 of a sealed identity
    record                        the whole clear part with its seal

A later base leaves the registers in force: an import that has not seen this morning's objection cannot undo it.
The stamps kept with each register make a late change weigh what it would have weighed in time.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from compiler.book.record import Change, Record, Register, contact_from_document, parse_day, parse_optional_day
from compiler.language.canonical import Json
from compiler.language.consent import Answer
from compiler.language.contact import Contact, Kind, Objection, Status

RECORD = "record"
_LATEST_DAY = "last_contact_on"
_PLAIN = frozenset({"status", "dead_on", _LATEST_DAY, "seal", RECORD, "tracking.opens", "tracking.clicks"})


def fold(records: Iterable[Record], changes: Iterable[Change]) -> dict[str, Record]:
    """The records by contact id once every change has been heard.

    Raises ValueError for a path or a value that is not in the list above.
    """
    folded = {record.id: record for record in records}
    by_contact: dict[str, list[Change]] = {}
    for change in changes:
        by_contact.setdefault(change.contact, []).append(change)
    for contact, own in by_contact.items():
        folded[contact] = fold_contact(folded.get(contact, Record(contact, None)), own)
    return folded


def fold_contact(record: Record, changes: Sequence[Change]) -> Record:
    """One contact's record after its changes."""
    base, registers = record.base, dict(record.registers)
    erased = base is not None and base.status is Status.ERASED
    for change in changes:
        for path, value in change.set.items():
            if path != RECORD:
                check(path, value)
            erased = erased or _erases(path, value)
            joined = _join(registers.get(path), Register(change.stamp, value), path)
            if path == RECORD:
                if joined is not registers.get(path):
                    base = _whole(value, record.id)
                    registers[path] = Register(joined.stamp, None)
            else:
                registers[path] = joined
    return Record(record.id, tombstone(record.id)) if erased else Record(record.id, base, registers)


def join(one: Record, other: Record) -> Record:
    """What two copies of one contact's record know together; of two bases of one age, the first's."""
    if any(record.base and record.base.status is Status.ERASED for record in (one, other)):
        return Record(one.id, tombstone(one.id))
    registers = dict(one.registers)
    for path, register in other.registers.items():
        registers[path] = _join(registers.get(path), register, path)
    newer = registers.get(RECORD) != one.registers.get(RECORD)
    return Record(one.id, other.base if newer or one.base is None else one.base, registers)


def contact_of(record: Record) -> Contact | None:
    """The contact that a record describes: its registers over its base. None where it has no base."""
    contact = record.base
    if contact is None or not record.registers:
        return contact
    for path in sorted(record.registers):
        if path != RECORD:
            contact = _write(contact, path, record.registers[path].value)
    return contact


def _join(known: Register | None, new: Register, path: str) -> Register:
    if known is None:
        return new
    later = new if new.stamp > known.stamp else known
    if path != _LATEST_DAY:
        return later
    # A sign of life is never taken back by an older one that was heard later.
    days = [str(r.value) for r in (known, new) if r.value]
    return Register(later.stamp, max(days, default=None))


def tombstone(contact: str) -> Contact:
    """What is left of an erased person: an id that must never be used again."""
    return Contact(contact, Status.ERASED, Kind.PERSONAL, "", "", "", "", relation="")


def read(contact: Contact, path: str) -> Json:
    """What a contact says at a path, as a change would spell it."""
    family, _, name = path.partition(".")
    match family:
        case "status":
            return contact.status.value
        case "seal":
            return base64.b64encode(contact.seal).decode("ascii")
        case "dead_on":
            return _day(contact.dead_on)
        case "last_contact_on":
            return _day(contact.last_contact_on)
        case "objections":
            found = next((o for o in contact.objections if o.scope == name), None)
            return {"on": found.on.isoformat(), "channel": found.channel} if found else None
        case "tracking":
            return (contact.tracking.opens if name == "opens" else contact.tracking.clicks).value
        case "notices":
            return _day(dict(contact.notices).get(name))
        case "basis":
            purpose = name.removesuffix(".withdrawn_on")
            days = [b.withdrawn_on for b in contact.basis if b.purpose == purpose and b.withdrawn_on]
            return _day(max(days, default=None))
        case _:
            raise ValueError("a change sets a path that contacts do not have")


def _write(contact: Contact, path: str, value: Json) -> Contact:
    family, _, name = path.partition(".")
    match family:
        case "status":
            return replace(contact, status=Status(str(value)))
        case "seal":
            return replace(contact, seal=base64.b64decode(str(value), validate=True))
        case "dead_on":
            return replace(contact, dead_on=_parsed(value))
        case "last_contact_on":
            days = [day for day in (contact.last_contact_on, _parsed(value)) if day]
            return replace(contact, last_contact_on=max(days, default=None))
        case "tracking":
            return replace(contact, tracking=replace(contact.tracking, **{name: Answer(str(value))}))
        case "notices":
            notices = {**dict(contact.notices), name: parse_day(str(value))}
            return replace(contact, notices=tuple(sorted(notices.items())))
        case "objections":
            return _write_objection(contact, name, value)
        case _:
            purpose, day = name.removesuffix(".withdrawn_on"), _parsed(value)
            basis = tuple(replace(b, withdrawn_on=day) if b.purpose == purpose else b for b in contact.basis)
            return replace(contact, basis=basis)


def _write_objection(contact: Contact, scope: str, value: Json) -> Contact:
    others = [o for o in contact.objections if o.scope != scope]
    if value is not None:
        if not isinstance(value, Mapping):
            raise ValueError("an objection is a map, or null where it is lifted")
        others.append(Objection(scope, parse_day(str(value["on"])), str(value.get("channel", ""))))
    return replace(contact, objections=tuple(sorted(others, key=lambda o: o.scope)))


def _whole(value: Json, contact: str) -> Contact:
    if not isinstance(value, Mapping):
        raise ValueError("a record is a map")
    document: dict[str, Any] = {**value, "id": contact}
    return contact_from_document(document)


def _erases(path: str, value: Json) -> bool:
    if path == "status":
        return value == Status.ERASED.value
    return path == RECORD and isinstance(value, Mapping) and value.get("status") == Status.ERASED.value


def check(path: str, value: Json) -> None:
    """Raises KeyError, TypeError or ValueError for what no contact can be set to."""
    family, _, name = path.partition(".")
    if path == RECORD:
        _whole(value, "")
    elif path in _PLAIN or (name and family in ("objections", "notices")) or _is_withdrawal(family, name):
        _write(_BLANK, path, value)
    else:
        raise ValueError("a change sets a path that contacts do not have")


def _is_withdrawal(family: str, name: str) -> bool:
    return family == "basis" and len(name) > len(".withdrawn_on") and name.endswith(".withdrawn_on")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _parsed(value: Json) -> date | None:
    return parse_optional_day(None if value is None else str(value))


_BLANK = Contact("", Status.ACTIVE, Kind.PERSONAL, "", "", "", "")
