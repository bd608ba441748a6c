"""Reading a table of the company's system: streamed, bounded, never sniffed."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from compiler.book.intake.reasons import Reason
from compiler.language.campaign import Source
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text

_LINE = 4 * 1024 * 1024  # characters: a larger one is an attack or another kind of file
_COLUMNS = 500
_VALUE = 1000
# Refused, not removed: what hides in a value would come out in a header or in a report (threat S4). Also the marks
# that turn the direction of text around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class SourceUnreadable(UsageProblem):
    """The file as a whole is not the table that was declared."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as text. `cells` pairs the mapping's targets with what is not empty; `own` is the row as it was read."""

    number: int
    key: str = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)
    own: tuple[str, ...] = field(repr=False)
    problem: Reason | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: Iterator[RawRow]


def read_table(path: Path, source: Source) -> Table:
    """The source's rows, streamed. Raises SourceUnreadable, also later, where the file is not as declared."""
    rows = _rows(path, source)
    header = next(rows).own
    return Table(header, rows)


def _rows(path: Path, source: Source) -> Iterator[RawRow]:
    """The header as the first row, then the others."""
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    try:
        with path.open("r", encoding=encoding, newline="") as file:
            reader = csv.reader(_lines(file), delimiter=source.delimiter, strict=True)
            header = _header(next(reader, []), source)
            yield RawRow(1, "", {}, header)
            yield from _body(reader, _Shape(header, source))
    except FileNotFoundError:
        raise SourceUnreadable(
            Text(
                f"source {source.name} : fichier absent ({source.path})", f"source {source.name}: no file {source.path}"
            )
        ) from None
    except UnicodeError:
        raise SourceUnreadable(
            Text(
                f"source {source.name} : le fichier n'est pas en {source.encoding}",
                f"source {source.name}: the file is not in {source.encoding}",
            )
        ) from None
    except csv.Error:
        raise SourceUnreadable(
            Text(f"source {source.name} : en-tête illisible", f"source {source.name}: unreadable header")
        ) from None


class _Shape:
    """Which column fills which target, and how its words are translated."""

    def __init__(self, header: tuple[str, ...], source: Source) -> None:
        place = {name: index for index, name in enumerate(header)}
        words = {target: {_word(cell): value for cell, value in pairs} for target, pairs in source.values}
        self.width = len(header)
        self.key = place[source.key]
        self.targets = [(target, place[column], words.get(target)) for target, column in source.mapping]


def _body(reader: Iterator[list[str]], shape: _Shape) -> Iterator[RawRow]:
    number = 1
    while True:
        number += 1
        try:
            own = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error:
            yield RawRow(number, "", {}, (), Reason.MALFORMED)
            continue
        if any(own):
            yield _row(number, own, shape)


def _row(number: int, own: tuple[str, ...], shape: _Shape) -> RawRow:
    if len(own) != shape.width:
        return RawRow(number, "", {}, own, Reason.MALFORMED)
    key = _clean(own[shape.key])
    cells: dict[str, str] = {}
    for target, index, words in shape.targets:
        text = own[index]
        if not text:
            continue
        text = _clean(text)
        if _CONTROL.search(text):
            return RawRow(number, key, {}, own, Reason.CONTROL_CHARACTER, target)
        if len(text) > _VALUE:
            return RawRow(number, key, {}, own, Reason.TOO_LONG, target)
        if words is not None:
            text = words.get(_word(text), text)
        if text:
            cells[target] = text
    if not key or _CONTROL.search(key):
        return RawRow(number, "", cells, own, Reason.NO_KEY)
    return RawRow(number, key, cells, own)


def _clean(text: str) -> str:
    """Without blanks around it (no-break ones too), in the composed form: "é" is one character everywhere."""
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _word(text: str) -> str:
    return _clean(text).casefold()


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(_LINE):
        if len(line) >= _LINE:
            raise csv.Error("line too long")
        yield line


def _other_delimiter(cells: list[str], source: Source) -> Text:
    """A header read as one column was written with another delimiter than the one declared."""
    found = [each for each in (",", ";", "\t") if len(cells) == 1 and each in cells[0]]
    if not found:
        return Text("", "")
    declared, seen = repr(source.delimiter), repr(found[0])
    return Text(f" (delimiter: {declared} ; le fichier a {seen})", f" (delimiter: {declared}; the file has {seen})")


def _header(cells: list[str], source: Source) -> tuple[str, ...]:
    header = tuple(_clean(cell) for cell in cells)
    missing = sorted({source.key, *(column for _, column in source.mapping)} - set(header))
    if missing:
        columns, hint = ", ".join(missing), _other_delimiter(cells, source)
        raise SourceUnreadable(
            Text(
                f"source {source.name} : colonnes absentes du fichier : {columns}{hint.fr}",
                f"source {source.name}: columns that the file lacks: {columns}{hint.en}",
            )
        )
    if len(header) > _COLUMNS or len(set(header)) != len(header):
        raise SourceUnreadable(
            Text(
                f"source {source.name} : une colonne figure deux fois, ou il y en a trop",
                f"source {source.name}: a column stands twice, or there are too many",
            )
        )
    return header
