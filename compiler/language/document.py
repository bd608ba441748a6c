"""A document of the workspace as it was read: plain values, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.language.canonical import Json
from compiler.language.finding import Place

#: From a document's root to a value: keys and positions.
ValuePath: TypeAlias = tuple[str | int, ...]

KINDS = ("workspace", "campaign", "segment", "template", "fields", "dataset", "source", "asset", "form")


@dataclass(frozen=True, slots=True)
class RawDocument:
    """`data` holds plain JSON values, decimals and dates as text. `sha256` is that of the whole file's bytes.

    `places` knows where values stand and `keys` where their keys do; an alias's inside has the alias's place.
    """

    kind: str
    name: str  # empty for the kinds that need none: workspace, fields
    data: Mapping[str, Json]
    path: str  # relative to the root, with slashes
    sha256: str
    places: Mapping[ValuePath, Place] = field(repr=False)
    keys: Mapping[ValuePath, Place] = field(repr=False)

    def place(self, *path: str | int) -> Place:
        """Where a value stands, or the nearest that holds it."""
        return _nearest(self.places, path) or Place(self.path)

    def key_place(self, *path: str | int) -> Place:
        """Where a value's key stands, or the nearest value that holds it."""
        return self.keys.get(path) or self.place(*path)


def _nearest(places: Mapping[ValuePath, Place], path: ValuePath) -> Place | None:
    return next((places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in places), None)
