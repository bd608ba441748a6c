"""Opaque words: what mrml must not read goes through it as a plain ASCII word, and is put back afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from compiler.language.finding import Place
from compiler.render.lexer import Piece, PieceKind

_NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Word:
    """What a word stands for, where it was, and the Jinja tag that it is, if it is one."""

    text: str
    place: Place
    tag: Piece | None = None

    @property
    def statement(self) -> str:
        """The inside of the Jinja statement that this word stands for, or nothing."""
        return self.tag.inner if self.tag is not None and self.tag.kind is PieceKind.STATEMENT else ""


@dataclass(slots=True)
class Words:
    """The words of one compilation. `text` may hold other words."""

    prefix: str
    table: dict[str, Word] = field(default_factory=dict)

    @classmethod
    def apart_from(cls, text: str) -> Words:
        """Words that do not occur in a text."""
        # Not private-use characters: mrml writes those as `\u{e000}`.
        prefix = "JZ"
        while prefix in text:
            prefix += "Z"
        return cls(prefix)

    def add(self, text: str, place: Place = _NOWHERE, tag: Piece | None = None) -> str:
        word = f"{self.prefix}{len(self.table)}Q"
        self.table[word] = Word(text, place, tag)
        return word

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{self.prefix}\d+Q")

    def found(self, text: str) -> list[str]:
        return self.pattern.findall(text)

    def found_at(self, text: str) -> list[tuple[int, Word]]:
        """What the words of a text stand for, with their offsets."""
        return [(m.start(), self.table[m.group()]) for m in self.pattern.finditer(text)]

    def statements(self, text: str, start: int = 0) -> list[tuple[int, str]]:
        """The insides of the Jinja statements of a text that begins at `start`, with their offsets."""
        return [(start + offset, word.statement) for offset, word in self.found_at(text) if word.statement]

    def restore(self, text: str) -> str:
        """The text with every word replaced by what it stands for, to the last."""
        while self.prefix in text:
            restored = self.pattern.sub(lambda m: self.table[m.group()].text, text)
            if restored == text:
                break
            text = restored
        return text

    def without(self, text: str) -> str:
        """The text without its words."""
        return self.pattern.sub("", text)
