"""JSON Lines: an object a line, its keys the columns. A column that no object has is a mistake of the declaration."""

from __future__ import annotations

import json
from collections.abc import Generator
from decimal import Decimal

from compiler.book.intake.reasons import Reason
from compiler.book.sources.csv_file import absent, codec, cut, undecodable
from compiler.book.sources.line import Line, Location, SourceUnreadable, columns_of, named
from compiler.language.campaign import Source

_LINE = 4 * 1024 * 1024


def read_jsonl(source: Source, location: Location) -> Generator[Line, None, None]:
    columns = columns_of(source)
    missing = set(columns)
    yield Line(1, columns)
    try:
        with location.path.open("r", encoding=codec(source), newline="\n") as file:
            number = 0
            while text := file.readline(_LINE):
                number += 1
                if len(text) >= _LINE:
                    raise SourceUnreadable.of(source, f"ligne {number} sans fin", f"line {number} has no end")
                if not text.strip():
                    continue
                row = _object(text)
                if row is None and not text.endswith("\n"):
                    raise cut(source)
                missing -= row.keys() if row else set()
                yield named(row, columns, number) if row else Line(number, (), Reason.MALFORMED)
    except FileNotFoundError:
        raise absent(source) from None
    except UnicodeError:
        raise undecodable(source) from None
    if missing:
        told = ", ".join(sorted(missing))
        raise SourceUnreadable.of(
            source, f"colonnes absentes du fichier : {told}", f"columns that the file lacks: {told}"
        )


def _object(text: str) -> dict[str, object] | None:
    """None for what is no object, or has a key twice. Numbers stay as they are written."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refused, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refused(text: str) -> None:
    raise ValueError(text)
