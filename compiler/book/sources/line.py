"""What every reader gives: lines of text cells, the header first; and the refusal of a table as a whole."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

from compiler.book.intake.reasons import Reason
from compiler.language.campaign import Source
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text


class SourceUnreadable(UsageProblem):
    """The source as a whole is not the table that was declared."""

    @classmethod
    def of(cls, source: Source, french: str, english: str) -> SourceUnreadable:
        return cls(Text(f"source {source.name} : {french}", f"source {source.name}: {english}"))


@dataclass(frozen=True, slots=True)
class Line:
    """A row as text. `numeric` are the places of cells that were numbers, `odd` of those that are no text at all."""

    number: int
    cells: tuple[str, ...] = field(repr=False)
    problem: Reason | None = None
    numeric: frozenset[int] = frozenset()
    odd: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Location:
    """Where a source's rows are now. `since`: a server may leave out rows whose watermark lies below it."""

    path: Path
    conninfo: str = field(default="", repr=False)
    since: str = ""


class Reader(Protocol):
    """Streams a source: the header, then its rows. Raises SourceUnreadable, also later."""

    def __call__(self, source: Source, location: Location) -> Generator[Line, None, None]: ...


def typed_line(number: int, values: tuple[object, ...], problem: Reason | None = None) -> Line:
    """A row of typed values as text: days as 2027-03-02, numbers as plain digits, truths as true and false."""
    cells, numeric, odd = [], [], []
    for place, value in enumerate(values):
        text = _text(value)
        if text is None:
            odd.append(place)
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            numeric.append(place)
        cells.append(text or "")
    return Line(number, tuple(cells), problem, frozenset(numeric), frozenset(odd))


def _text(value: object) -> str | None:
    """None for what is no cell: bytes, lists, spans of time."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case int() | float() | UUID():
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime() if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return None


def named(row: Mapping[str, object], columns: tuple[str, ...], number: int) -> Line:
    """An object as a row of the columns that are declared; a column that it lacks is empty."""
    return typed_line(number, tuple(row.get(column) for column in columns))


def columns_of(source: Source) -> tuple[str, ...]:
    """The columns that a declaration names, for tables that have no header of their own."""
    mark = [source.watermark.column] if source.watermark else []
    return tuple(dict.fromkeys([source.key, *(column for _, column in source.mapping), *mark]))
