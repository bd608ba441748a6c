"""`data:` of a campaign → which rows of a dataset each contact gets: conditions and order over its declared columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compiler.language.campaign import DataBlock, Dataset, Fallback, FieldDef, FieldType, Order
from compiler.language.catalogue import resolve as catalogue
from compiler.language.finding import Place, did_you_mean
from compiler.language.segment import Clause, Everyone
from compiler.resolve.clauses import ClauseReader
from compiler.resolve.fields import ContactFields
from compiler.resolve.files import Files
from compiler.resolve.node import Node, Notes
from compiler.resolve.where import where_node

_RESERVED = frozenset(
    {"contact", "campaign", "organisation", "envoi", "language", "subject", "preview", "reason", "unsubscribe_url",
     "tracking_url", "loop", "self", "true", "false", "none"}
)  # fmt: skip
_ORDER = re.compile(r"\s*([a-z][a-z0-9_]*)(\s+(?:asc|desc))?\s*", re.IGNORECASE)
_DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class _Columns:
    """A dataset's columns, as conditions ask for them. They have no closed sets of values."""

    dataset: Dataset

    def type_of(self, name: str) -> FieldType | None:
        return next((column.type for column in self.dataset.columns if column.name == name), None)

    def values_of(self, name: str) -> tuple[str, ...]:
        return ()

    def note_unknown(self, notes: Notes, name: str, place: Place) -> None:
        hint = did_you_mean(name, [column.name for column in self.dataset.columns])
        notes.add(catalogue.UNKNOWN_COLUMN, place, hint=hint, column=name, dataset=self.dataset.name)


def data_block(
    name: str, node: Node, datasets: Mapping[str, Dataset], fields: Mapping[str, FieldDef], files: Files
) -> DataBlock:
    """The block; what is wrong in it is noted."""
    if name in _RESERVED:
        node.notes.add(catalogue.RESERVED, node.key_place_of(), name=name)
    dataset = datasets.get(node.text("dataset"))
    if dataset is None:
        node.notes.unknown("dataset", node.text("dataset"), node.place("dataset"), known=list(datasets))
    limit = node.number("limit", _DEFAULT_LIMIT)
    # A fallback comes in where there are too few: without a number, where there is none.
    at_least = node.number("at_least", 1 if node.has("fallback") else 0)
    if at_least > limit:
        why_fr, why_en = f"au plus limit ({limit})", f"at most limit ({limit})"
        node.notes.add(catalogue.BAD_VALUE, node.place("at_least"), key="at_least", why_fr=why_fr, why_en=why_en)
    order = _order(node, dataset)
    return DataBlock(
        name=name,
        dataset=node.text("dataset"),
        match=_match(node, dataset, fields, files),
        order_by=order,
        limit=limit,
        at_least=at_least,
        place=node.key_place_of(),
        fallback=_fallback(node.child("fallback"), dataset, fields, files, order) if node.has("fallback") else None,
    )


def _fallback(
    node: Node, dataset: Dataset | None, fields: Mapping[str, FieldDef], files: Files, order: Order
) -> Fallback:
    """In the block's own order unless it has another."""
    return Fallback(_match(node, dataset, fields, files), _order(node, dataset) if node.has("order_by") else order)


def _match(node: Node, dataset: Dataset | None, fields: Mapping[str, FieldDef], files: Files) -> Clause:
    everything = Everyone(node.place())
    condition = where_node(node, "where", files) if node.has("where") and dataset is not None else None
    if condition is None or dataset is None:
        return everything
    return ClauseReader(_Columns(dataset), contact=ContactFields(fields)).clause(condition) or everything


def _order(node: Node, dataset: Dataset | None) -> Order:
    """The columns of `order_by`, each with whether it descends."""
    if not node.has("order_by"):
        return ()
    raw = node.value["order_by"]
    texts = node.texts("order_by") if isinstance(raw, list) else tuple(node.text("order_by").split(","))
    order = []
    for number, text in enumerate(texts):
        place = node.place("order_by", number) if isinstance(raw, list) else node.place("order_by")
        found = _ORDER.fullmatch(text)
        if found is None:
            node.notes.add(catalogue.WHERE, place, key="order_by", part=text.strip())
            continue
        if dataset and found[1] not in [column.name for column in dataset.columns]:
            _Columns(dataset).note_unknown(node.notes, found[1], place)
        order.append((found[1], (found[2] or "").strip().lower() == "desc"))
    return tuple(order)
