"""Sources: the company's tables, and which of their options mean something to the format that they declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from fractions import Fraction

from compiler.language.campaign import (
    FieldDef,
    Format,
    Gone,
    MarkType,
    Source,
    SourceGuards,
    SourceSchedule,
    Watermark,
)
from compiler.language.catalogue import resolve as catalogue
from compiler.language.contact import SourceKind
from compiler.language.repeat import Every, Repeat
from compiler.resolve import values
from compiler.resolve.fields import mapping_targets
from compiler.resolve.node import Node
from compiler.resolve.settings import choose

_NEEDS = {
    Format.CSV: ("path",),
    Format.XLSX: ("path",),
    Format.JSONL: ("path",),
    Format.PARQUET: ("path",),
    Format.SQLITE: ("path", "query"),
    Format.POSTGRESQL: ("connection", "query"),
}
_OPTIONAL = {
    Format.CSV: ("encoding", "delimiter", "quote"),
    Format.XLSX: ("sheet",),
    Format.JSONL: ("encoding",),
    Format.PARQUET: (),
    Format.SQLITE: (),
    Format.POSTGRESQL: ("timeout",),
}
_OF_FORMATS = ("path", "encoding", "delimiter", "quote", "sheet", "query", "connection", "timeout")


def source_of(node: Node, fields: Mapping[str, FieldDef], purposes: list[str]) -> Source | None:
    """None where no purpose can be told."""
    purpose = choose("purpose", node, purposes)
    _check_targets(node, mapping_targets(fields, purposes))
    form = Format(node.text("format", "csv"))
    _check_options(node, form)
    if purpose is None:
        return None
    origin = node.child("origin")
    return Source(
        name=node.text("name"),
        format=form,
        path=node.text("path"),
        encoding=node.text("encoding", "utf-8"),
        delimiter=node.text("delimiter", ";"),
        quote=node.text("quote", '"'),
        sheet=node.text("sheet"),
        query=node.text("query"),
        connection=node.parse("connection", values.secret, None),
        timeout=node.parse("timeout", values.span, timedelta(minutes=5)),
        key=node.text("key"),
        mapping=node.pairs("mapping"),
        kind=SourceKind(origin.text("kind")),
        origin=origin.text("name"),
        purpose=purpose,
        place=node.key_place("name"),
        guards=_guards(node.child("guards")),
        provider=origin.text("provider"),
        contract=origin.text("contract"),
        named_as_partner=origin.flag("named_as_partner"),
        form_copy=origin.text("form_copy"),
        audit_on=origin.parse("audit_on", values.day, None),
        values=tuple((target, node.child("values").pairs(target)) for target in sorted(node.child("values").value)),
        gone=Gone(node.text("gone", Gone.RETIRE.value)),
        watermark=_watermark(node.child("watermark")) if node.has("watermark") else None,
        schedule=_schedule(node.child("schedule")) if node.has("schedule") else None,
    )


def _check_targets(node: Node, targets: list[str]) -> None:
    for table in ("mapping", "values"):
        for target in node.child(table).value:
            if target not in targets:
                hint = node.notes.near(target, targets)
                node.notes.add(catalogue.TARGET, node.child(table).key_place(target), hint=hint, target=target)
    if "address" not in node.child("mapping").value:
        node.notes.add(catalogue.NO_ADDRESS, node.key_place("mapping"))


def _check_options(node: Node, form: Format) -> None:
    for key in _NEEDS[form]:
        if not node.has(key):
            node.notes.add(catalogue.SOURCE_LACKS, node.key_place("kind"), format=form.value, key=key)
    for key in _OF_FORMATS:
        if node.has(key) and key not in (*_NEEDS[form], *_OPTIONAL[form]):
            node.notes.add(catalogue.SOURCE_IDLE, node.key_place(key), format=form.value, key=key)


def _watermark(node: Node) -> Watermark:
    return Watermark(node.text("column"), MarkType(node.text("type", MarkType.INSTANT.value)))


def _schedule(node: Node) -> SourceSchedule:
    """A week that names no day is due on Monday, a month on its first."""
    every = Every(node.text("every"))
    default = Repeat(every)
    on = node.parse("on", lambda text: values.recurrence(every, text), default)
    return SourceSchedule(on, time.fromisoformat(node.text("at", "00:00")))


def _guards(node: Node) -> SourceGuards:
    default = SourceGuards()

    def share(key: str, otherwise: Fraction) -> Fraction:
        return node.parse(key, values.share, otherwise)

    return SourceGuards(
        share("min_rows", default.min_rows), share("retired", default.retired), share("rejected", default.rejected)
    )
