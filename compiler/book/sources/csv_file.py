"""CSV as it is declared: encoding, delimiter, quote. A file that ends within a row was cut, and is no table."""

from __future__ import annotations

import csv
from collections.abc import Generator
from typing import Any, TextIO

from compiler.book.intake.reasons import Reason
from compiler.book.sources.line import Line, Location, SourceUnreadable
from compiler.language.campaign import Source

_LINE = 4 * 1024 * 1024  # characters: a larger one is an attack or another kind of file


def read_csv(source: Source, location: Location) -> Generator[Line, None, None]:
    try:
        with location.path.open("r", encoding=codec(source), newline="") as file:
            yield from _rows(_Lines(file), source)
    except FileNotFoundError:
        raise absent(source) from None
    except UnicodeError:
        raise undecodable(source) from None
    except csv.Error:
        raise SourceUnreadable.of(source, "en-tête illisible", "unreadable header") from None


def codec(source: Source) -> str:
    """A byte order mark is no part of the first column's name."""
    return "utf-8-sig" if source.encoding == "utf-8" else source.encoding


def absent(source: Source) -> SourceUnreadable:
    return SourceUnreadable.of(source, f"fichier absent ({source.path})", f"no file {source.path}")


def undecodable(source: Source) -> SourceUnreadable:
    told = source.encoding
    return SourceUnreadable.of(source, f"le fichier n'est pas en {told}", f"the file is not in {told}")


def cut(source: Source) -> SourceUnreadable:
    return SourceUnreadable.of(
        source,
        "le fichier s'arrête au milieu d'une ligne : refaire l'export",
        "the file ends in the middle of a row: export it again",
    )


def _rows(lines: _Lines, source: Source) -> Generator[Line, None, None]:
    dialect: dict[str, Any] = {"quotechar": source.quote} if source.quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(lines, delimiter=source.delimiter, strict=True, **dialect)
    number, width = 1, 0
    while True:
        problem: Reason | None = None
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error:
            if number == 1:
                raise
            cells, problem = (), Reason.MALFORMED
        else:
            width = width or len(cells)
            problem = Reason.MALFORMED if any(cells) and len(cells) != width else None
        if problem and lines.cut:
            raise cut(source)
        yield Line(number, cells, problem)
        number += 1


class _Lines:
    """A file's lines, bounded. `cut`: the last one was read and has no end."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.cut = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LINE)
        if not line:
            raise StopIteration
        if len(line) >= _LINE:
            raise csv.Error("line too long")
        self.cut = not line.endswith(("\n", "\r"))
        return line
