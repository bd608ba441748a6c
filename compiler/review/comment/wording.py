"""How the comment speaks: sentences with the reader's typography, plurals, bars, places, bounded texts."""

from __future__ import annotations

from datetime import datetime

from babel.dates import get_timezone_location

from compiler.language.canonical import Json, parse_instant
from compiler.language.finding import Text
from compiler.review import words
from compiler.review.blocks import Line, Span, code, spans
from compiler.review.formats import french_apostrophes, french_spaces
from compiler.schedule import zone as zone_named

CELLS = 16
_LONGEST_TEXT = 400


def tell(text: Text, language: str) -> str:
    return french_spaces(french_apostrophes(text.fr)) if language == "fr" else text.en


def several(count: int, one: Text, many: Text, language: str) -> str:
    """French says one thing for 0 and 1 alike."""
    return tell(one if count == 1 or (count == 0 and language == "fr") else many, language)


def clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def bar(count: int, whole: int) -> Span:
    """A bar on its track; the least of somebody is seen."""
    full = round(count * CELLS / whole) if whole else 0
    full = min(CELLS, max(full, 1 if count else 0))
    return code("█" * full + "░" * (CELLS - full))


def plain(line: Line) -> str:
    return "".join(span.text for span in spans(line))


def place(zone: str, language: str) -> str:
    """A zone as people call it: `Paris`."""
    return str(get_timezone_location(zone, locale=language, return_city=True))


def instant(value: Json, zone: str) -> datetime | None:
    return parse_instant(value).astimezone(zone_named(zone)) if isinstance(value, str) else None


def moment(when: datetime, language: str) -> str:
    """`mardi 2 mars 2027 09:00`."""
    return f"{words.day(when, language)} {words.hour(when, language)}"


def others(count: int, language: str) -> str:
    """What stands at the end of a list that was shortened."""
    number = words.number(count, language)
    return several(
        count,
        Text(f"… et {number} autre", f"… and {number} other"),
        Text(f"… et {number} autres", f"… and {number} others"),
        language,
    )
