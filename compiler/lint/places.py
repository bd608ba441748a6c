"""Where in an author's files something that a rendered message shows was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from compiler.language.finding import Place
from compiler.policy.page import folded

_BLANK = r"(?:\s|&nbsp;|&#160;)+"
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the workspace: `name` under which it is served, the `names` that templates give it, its bytes."""

    name: str
    path: str
    names: tuple[str, ...]
    weight: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Origin:
    """What a message is made of: its files (path and text, the template first) and the workspace's pictures."""

    place: Place
    campaign: Place
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pictures: tuple[Shown, ...] = ()

    def of_text(self, text: str) -> Place | None:
        """Where a text that readers see was written: as a whole, or the longest part of it without merged values."""
        words = folded(text).split()[:_MOST_WORDS]
        for length in dict.fromkeys((len(words), *(n for n in (8, 4, 3, 2, 1) if n < len(words)))):
            for start in range(len(words) - length + 1):
                some = words[start : start + length]
                if length <= 2 and sum(map(len, some)) < 6:
                    continue  # such words stand anywhere
                pattern = _BLANK.join(re.escape(escape(word, quote=False)) for word in some)
                if place := self.of_pattern(pattern):
                    return place
        return None

    def of_literal(self, *spellings: str) -> Place | None:
        """Where one of these stands first."""
        return next(
            (place for each in spellings if each for place in [self.of_pattern(re.escape(each))] if place), None
        )

    def of_pattern(self, pattern: str) -> Place | None:
        for path, text in self.files:
            if found := re.search(pattern, text):
                return place_in(path, text, found.start())
        return None

    def all_of(self, pattern: re.Pattern[str]) -> Iterator[tuple[Place, re.Match[str]]]:
        """Every place where the author wrote it."""
        for path, text in self.files:
            for found in pattern.finditer(text):
                yield place_in(path, text, found.start()), found


def place_in(path: str, text: str, offset: int) -> Place:
    """Line and column, from 1."""
    return Place(path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
