"""What many rows have in common, held once: a million people must fit into the memory of a small server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")
_MOST = 2_000  # distinct values of one column: beyond, they hardly repeat


class Packed(Mapping[str, V]):
    """A mapping whose names all rows share; None stands for an absent value."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: tuple[V | None, ...]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> V:
        value = self._values[self._places[name]]
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        place = self._places.get(name)  # type: ignore[call-overload]
        return place is not None and self._values[place] is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name, place in self._places.items() if self._values[place] is not None)

    def __len__(self) -> int:
        return sum(value is not None for value in self._values)


class Shared:
    """One object for equal texts of a column, as long as few differ."""

    def __init__(self) -> None:
        self._columns: list[dict[str, str]] = []

    def row(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        while len(self._columns) < len(cells):
            self._columns.append({})
        return tuple(
            known.setdefault(cell, cell) if len(known) < _MOST else known.get(cell, cell)
            for known, cell in zip(self._columns, cells, strict=False)
        )
