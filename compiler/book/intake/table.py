"""Rows of the company's system under the targets that they fill: bounded, cleaned of blanks, refused one by one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from compiler.book.intake.packed import Packed, Shared
from compiler.book.intake.reasons import Reason
from compiler.book.sources.line import Line, Location, SourceUnreadable
from compiler.book.sources.opening import lines
from compiler.language.campaign import Format, Source
from compiler.language.finding import Text

__all__ = ["RawRow", "SourceUnreadable", "Table", "read_table"]

_COLUMNS = 500
_VALUE = 1000
_NONE: frozenset[str] = frozenset()
# Refused, not removed: what hides in a value would come out in a header or in a report (threat S4). Also the marks
# that turn the direction of text around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as text. `cells` pairs the mapping's targets with what is not empty; `own` is the row as it was read."""

    number: int
    key: str = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)
    own: tuple[str, ...] = field(repr=False)
    problem: Reason | None = None
    target: str = ""
    numeric: frozenset[str] = frozenset()  # targets whose cells were numbers
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: Iterator[RawRow]


@contextmanager
def read_table(source: Source, location: Location) -> Iterator[Table]:
    """The source's rows, streamed, and let go of at the end. Raises SourceUnreadable where it is not as declared."""
    with closing(lines(source, location)) as read:
        header = _header(next(read, Line(1, ())).cells, source)
        shape = _Shape(header, source)
        yield Table(header, (_row(line, shape) for line in read if line.problem or any(line.cells)))


class _Shape:
    """Which column fills which target, and how its words are translated."""

    def __init__(self, header: tuple[str, ...], source: Source) -> None:
        place = {name: index for index, name in enumerate(header)}
        words = {target: {_word(cell): value for cell, value in pairs} for target, pairs in source.values}
        self.width = len(header)
        self.key = place[source.key]
        self.mark = place[source.watermark.column] if source.watermark else None
        self.targets = [(target, place[column], words.get(target)) for target, column in source.mapping]
        self.places = {target: position for position, (target, _, _) in enumerate(self.targets)}
        self.shared = Shared()


def _row(line: Line, shape: _Shape) -> RawRow:
    own = line.cells
    if line.problem or len(own) != shape.width:
        return RawRow(line.number, "", {}, own, line.problem or Reason.MALFORMED)
    own = shape.shared.row(own)
    key = _clean(own[shape.key])
    found: list[str | None] = [None] * len(shape.targets)
    for position, (target, index, words) in enumerate(shape.targets):
        text = own[index]
        if not text and index not in line.odd:
            continue
        text = _clean(text)
        if problem := _problem(text, odd=index in line.odd):
            return RawRow(line.number, key, {}, own, problem, target)
        if words is not None:
            text = words.get(_word(text), text)
        if text:
            found[position] = text
    cells = Packed(shape.places, tuple(found))
    if not key or _CONTROL.search(key):
        return RawRow(line.number, "", cells, own, Reason.NO_KEY)
    numeric = _NONE
    if line.numeric:
        numeric = frozenset(target for target, index, _ in shape.targets if index in line.numeric)
    mark = _clean(own[shape.mark]) if shape.mark is not None else ""
    return RawRow(line.number, key, cells, own, numeric=numeric, mark=mark)


def _problem(text: str, *, odd: bool) -> Reason | None:
    if odd:
        return Reason.BAD_VALUE
    if _CONTROL.search(text):
        return Reason.CONTROL_CHARACTER
    if text.startswith("="):  # what a spreadsheet would compute, here or wherever the value comes out
        return Reason.FORMULA
    return Reason.TOO_LONG if len(text) > _VALUE else None


def _clean(text: str) -> str:
    """Without blanks around it (no-break ones too), in the composed form: "é" is one character everywhere."""
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _word(text: str) -> str:
    return _clean(text).casefold()


def _other_delimiter(cells: tuple[str, ...], source: Source) -> Text:
    """A header read as one column was written with another delimiter than the one declared."""
    found = [each for each in (",", ";", "\t") if len(cells) == 1 and each in cells[0]]
    if not found or source.format is not Format.CSV:
        return Text("", "")
    declared, seen = repr(source.delimiter), repr(found[0])
    return Text(f" (delimiter: {declared} ; le fichier a {seen})", f" (delimiter: {declared}; the file has {seen})")


def _header(cells: tuple[str, ...], source: Source) -> tuple[str, ...]:
    header = tuple(_clean(cell) for cell in cells)
    wanted = {source.key, *(column for _, column in source.mapping)}
    missing = sorted((wanted | ({source.watermark.column} if source.watermark else set())) - set(header))
    if missing:
        columns, hint = ", ".join(missing), _other_delimiter(cells, source)
        raise SourceUnreadable.of(
            source,
            f"colonnes absentes du fichier : {columns}{hint.fr}",
            f"columns that the file lacks: {columns}{hint.en}",
        )
    if len(header) > _COLUMNS or len(set(header)) != len(header):
        raise SourceUnreadable.of(
            source,
            "une colonne figure deux fois, ou il y en a trop",
            "a column stands twice, or there are too many",
        )
    return header
