"""How much work one message may be: counted, not timed, so that every machine stops at the same place.

Reset for each message. A turn is one node of a template carried out once; text is what is made or read in large pieces.
Small values cost nothing but their turn, so an ordinary message pays next to nothing for being counted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from markupsafe import Markup

from compiler.language.finding import Text
from compiler.render.values import RenderError, printable

#: No text that a template makes may be longer, in characters.
LONGEST = 262_144
#: No list or range may be longer.
MOST_ITEMS = 2_000
#: Nodes of a template that one message may carry out, loops and macros counted each time.
MOST_TURNS = 100_000
#: Characters in pieces above SMALL that one message may make or look through.
MOST_TEXT = 8_388_608
SMALL = 1_024

_Value = TypeVar("_Value")


class TooMuch(RenderError):
    """A message that takes more work, more text or more items than any message needs."""

    def __init__(self, limit: Text) -> None:
        super().__init__(Text(f"le gabarit fabrique trop ({limit.fr})", f"the template makes too much ({limit.en})"))
        self.limit = limit


_ITEMS = Text(f"plus de {MOST_ITEMS} éléments dans une liste", f"more than {MOST_ITEMS} items in a list")
_TURNS = Text(f"plus de {MOST_TURNS} étapes", f"more than {MOST_TURNS} steps")
_TEXT = Text(f"plus de {MOST_TEXT >> 20} Mio de texte en chemin", f"more than {MOST_TEXT >> 20} MiB of text on the way")
_LONG = Text(f"un texte de plus de {LONGEST >> 10} Kio", f"a text of more than {LONGEST >> 10} KiB")
_LARGE = Text("plus de 1 Mio de message", "more than 1 MiB of message")


class _Left(threading.local):
    turns = MOST_TURNS
    text = MOST_TEXT


_left = _Left()


def begin() -> None:
    """A new message: everything may be spent again."""
    _left.turns, _left.text = MOST_TURNS, MOST_TEXT


def spend_turns(count: int) -> None:
    """Raises TooMuch where the message has had all its turns."""
    _left.turns -= count
    if _left.turns < 0:
        raise TooMuch(_TURNS)


def read(value: _Value) -> _Value:
    """The value itself, on its way into a filter, a test or a method. Raises TooMuch."""
    kind = type(value)
    if kind is str or kind is Markup:
        if len(value) > SMALL:  # type: ignore[arg-type]
            _spend_text(len(value))  # type: ignore[arg-type]
    elif kind in (list, tuple, range, dict):
        spend_turns(len(value))  # type: ignore[arg-type]
    return value


def shown(value: object) -> object:
    """The value itself, on its way into a text. Raises TooMuch, RenderError for what cannot be printed."""
    kind = type(value)
    return read(value) if kind is str or kind is Markup else printable(value)


def made(text: _Value) -> _Value:
    """A text that the template made: never longer than LONGEST. Raises TooMuch."""
    if isinstance(text, str) and len(text) > SMALL:
        if len(text) > LONGEST:
            raise TooMuch(_LONG)
        _spend_text(len(text))
    return text


def block(text: object) -> str:
    """What a `call` or `filter` block made, which must be text. Raises TooMuch."""
    if not isinstance(text, str):
        raise TypeError("a captured block made no text")
    return made(text)


def captured(pieces: Iterable[str]) -> str:
    """What a macro, `set`, `call` or `filter` block wrote, as one text. Raises TooMuch."""
    found = list(pieces)
    if sum(map(len, found)) > LONGEST:
        raise TooMuch(_LONG)
    return made("".join(found))


def items(values: Iterable[_Value]) -> list[_Value]:
    """The values, at most MOST_ITEMS of them. Raises TooMuch."""
    found = list(islice(values, MOST_ITEMS + 1))
    if len(found) > MOST_ITEMS:
        raise too_many_items()
    return found


def too_many_items() -> TooMuch:
    return TooMuch(_ITEMS)


def too_long() -> TooMuch:
    """For a text that is refused before it is made."""
    return TooMuch(_LONG)


def too_large() -> TooMuch:
    """For a message as a whole."""
    return TooMuch(_LARGE)


def _spend_text(length: int) -> None:
    _left.text -= length
    if _left.text < 0:
        raise TooMuch(_TEXT)
