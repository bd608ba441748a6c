"""`kind: fields` → the attributes of a contact, with those that every workspace has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.language.campaign import FieldDef, FieldType, Precedence
from compiler.language.catalogue import resolve as catalogue
from compiler.language.consent import Ground
from compiler.language.contact import BUILT_IN_FIELDS, Kind, Status
from compiler.language.finding import Place
from compiler.language.lane import BUILT_IN as LANES
from compiler.resolve.node import Node, Notes

_SEALED = ("first_name", "last_name", "salutation", "phone", "job", "company", "customer_code", "postcode", "city")
_CLEAR = ("department", "sector", "customer_tier")
_CHECKS = {"phone": "phone", "postcode": "postcode"}

#: The closed sets among the attributes that every contact has.
_BUILT_IN_VALUES: Mapping[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "status": tuple(Status),
    "lane": tuple(lane.name for lane in LANES),
}
_BASIS = (
    "ground", "since", "method", "form", "text_sha256", "reference", "confirmed", "collected_at_sale",
    "objection_offered", "product_families", "withdrawn_on",
)  # fmt: skip
#: A lane follows from the address: no source tells it.
_TOLD = tuple(name for name in BUILT_IN_FIELDS if name != "lane")
_FIXED_TARGETS = (
    *_TOLD, "last_contact_on", "minor", "tracking.opens", "tracking.clicks", "objections.all",
    "origin.kind", "origin.name", "origin.on", "notices.art13", "notices.art14",
)  # fmt: skip
GROUNDS = tuple(Ground)


def default_fields(place: Place) -> dict[str, FieldDef]:
    """The fields that need no declaration."""
    sealed = {name: FieldDef(name, FieldType.TEXT, True, place, _CHECKS.get(name, "")) for name in _SEALED}
    clear = {name: FieldDef(name, FieldType.TEXT, False, place) for name in _CLEAR}
    return {**sealed, **clear}


def fields_of(nodes: list[Node], place: Place) -> dict[str, FieldDef]:
    """Every field by name: the declared ones replace those of the same name that need no declaration."""
    declared: dict[str, FieldDef] = {}
    for node in nodes:
        for name, each in node.table("fields"):
            where = each.key_place_of()
            if name in BUILT_IN_FIELDS:
                node.notes.add(catalogue.RESERVED, where, name=name)
            elif name in declared:
                node.notes.add(catalogue.FIELD_TWICE, where, field=name, first=declared[name].place)
            else:
                declared[name] = _field(name, each, where)
    return {**default_fields(place), **declared}


def _field(name: str, node: Node, place: Place) -> FieldDef:
    return FieldDef(
        name=name,
        type=FieldType(node.text("type", "text")),
        sealed=node.flag("sealed", True),
        place=place,
        check=node.text("check"),
        values=node.texts("values"),
        precedence=Precedence(node.text("from", "source")),
    )


def type_of(name: str, fields: Mapping[str, FieldDef]) -> FieldType | None:
    """The type of a declared field or of an attribute that every contact has; None for neither."""
    if name in fields:
        return fields[name].type
    return FieldType.TEXT if name in BUILT_IN_FIELDS else None


def values_of(name: str, fields: Mapping[str, FieldDef]) -> tuple[str, ...]:
    """The only values that a field can have, where they are known."""
    return fields[name].values if name in fields else _BUILT_IN_VALUES.get(name, ())


@dataclass(frozen=True, slots=True)
class ContactFields:
    """A contact's fields, as conditions ask for them."""

    fields: Mapping[str, FieldDef]

    def type_of(self, name: str) -> FieldType | None:
        return type_of(name, self.fields)

    def values_of(self, name: str) -> tuple[str, ...]:
        return values_of(name, self.fields)

    def note_unknown(self, notes: Notes, name: str, place: Place) -> None:
        note_unknown(notes, name, place, self.fields)


def note_unknown(notes: Notes, name: str, place: Place, fields: Mapping[str, FieldDef]) -> None:
    """A field that nothing declares; silent where a document of fields is itself wrong."""
    if ("fields", "") in notes.broken:
        return
    hint = notes.near(name, [*fields, *BUILT_IN_FIELDS])
    notes.add(catalogue.UNKNOWN_FIELD, place, hint=hint, field=name)


def mapping_targets(fields: Mapping[str, FieldDef], purposes: list[str]) -> list[str]:
    """What a column of a source may fill."""
    by_purpose = [f"basis.{purpose}.{part}" for purpose in purposes for part in _BASIS]
    return [*fields, *_FIXED_TARGETS, *by_purpose, *(f"objections.{purpose}" for purpose in purposes)]
