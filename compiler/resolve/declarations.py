"""Templates, datasets, assets and forms: what campaigns draw on."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.campaign import (
    Asset,
    Dataset,
    DatasetColumn,
    FieldDef,
    FieldType,
    Form,
    FormConsent,
    Localised,
    Need,
    Template,
)
from compiler.language.catalogue import resolve as catalogue
from compiler.resolve import values
from compiler.resolve.fields import note_unknown, type_of
from compiler.resolve.files import HEAVIEST, Files
from compiler.resolve.node import Node

_TRACKING = ("tracking.opens", "tracking.clicks")


def template_of(node: Node, fields: Mapping[str, FieldDef], files: Files) -> Template:
    return Template(
        name=node.text("name"),
        source=_files_of(node, "source", files),
        text=_files_of(node, "text", files),
        needs=_needs(node, fields),
        params=node.pairs("params"),
        place=node.key_place("name"),
        inline_css=node.flag("inline_css"),
    )


def _files_of(node: Node, key: str, files: Files) -> Localised:
    declared = node.localised(key)
    for language, path in declared:
        files.declared(node, path, key, *([language] if language else []))
    return declared


def _needs(node: Node, fields: Mapping[str, FieldDef]) -> tuple[Need, ...]:
    needs = []
    for name, each in sorted(node.table("needs")):
        known = type_of(name, fields)
        if known is None:
            note_unknown(node.notes, name, each.key_place_of(), fields)
            continue
        asked = FieldType(each.text("type", known))
        if asked is not known:
            node.notes.add(catalogue.FIELD_TYPE, each.place("type"), field=name, type=known, operator=f"type: {asked}")
        fallback = each.localised("fallback") if each.has("fallback") else None
        needs.append(Need(name, known, fallback, each.key_place_of()))
    return tuple(needs)


def dataset_of(node: Node, files: Files) -> Dataset:
    path = files.declared(node, node.text("path"), "path")
    declared = node.child("columns")
    columns = tuple(DatasetColumn(name, FieldType(str(text))) for name, text in declared.value.items())
    header = files.header(path, node.text("encoding", "utf-8"), node.text("delimiter"))
    for column in columns:
        if header and column.name not in header:
            hint = node.notes.near(column.name, header)
            where = declared.key_place(column.name)
            node.notes.add(catalogue.UNKNOWN_COLUMN, where, hint=hint, column=column.name, dataset=path)
    key = node.text("key")
    if key and key not in [column.name for column in columns]:
        node.notes.add(catalogue.UNKNOWN_COLUMN, node.place("key"), column=key, dataset=node.text("name"))
    return Dataset(
        name=node.text("name"),
        path=path,
        columns=columns,
        place=node.key_place("name"),
        key=key,
        encoding=node.text("encoding", "utf-8"),
        delimiter=node.text("delimiter"),
    )


def asset_of(node: Node, files: Files) -> Asset:
    limit = node.parse("limit", values.size, HEAVIEST)
    path = files.picture(node, node.text("path"), "path", limit=limit)
    return Asset(node.text("name"), path, node.key_place("name"))


def form_of(node: Node, purposes: list[str]) -> Form:
    consents = []
    for each in node.items("consents"):
        purpose = each.text("purpose")
        if purpose not in purposes and purpose not in _TRACKING:
            node.notes.unknown("purpose", purpose, each.place("purpose"), known=[*purposes, *_TRACKING])
        consents.append(FormConsent(purpose, each.localised("text"), each.flag("preticked")))
    return Form(
        name=node.text("name"),
        version=node.number("version", 1),
        consents=tuple(consents),
        place=node.key_place("name"),
    )
