"""Where the Jinja tags of a source are, by Jinja's own lexer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError
from jinja2.lexer import Lexer


class PieceKind(StrEnum):
    TEXT = "text"
    EXPRESSION = "expression"  # {{ … }}
    STATEMENT = "statement"  # {% … %}
    COMMENT = "comment"  # {# … #}
    RAW = "raw"  # {% raw %} … {% endraw %}, as one


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a source. `inner` is what stands between a tag's delimiters, without blanks and trim signs."""

    kind: PieceKind
    start: int
    end: int
    text: str
    inner: str = ""

    @property
    def word(self) -> str:
        """A statement's first word: `for`, `endif`…"""
        return self.inner.split(None, 1)[0] if self.inner else ""


class LexError(ValueError):
    """A tag that Jinja cannot read. `offset` is where its reading stopped."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


_OPENS = {
    "variable_begin": PieceKind.EXPRESSION,
    "block_begin": PieceKind.STATEMENT,
    "comment_begin": PieceKind.COMMENT,
    "raw_begin": PieceKind.RAW,
}
_CLOSES = frozenset({"variable_end", "block_end", "comment_end", "raw_end"})
_SIGNS = "+-"


@lru_cache(maxsize=1)
def _lexer() -> Lexer:
    return Lexer(Environment(keep_trailing_newline=True, autoescape=True))


def pieces(source: str) -> Iterator[Piece]:
    """The runs of a source in order: joined, their texts are the source. Newlines must be LF. Raises LexError."""
    text_start = tag_start = position = 0
    kind: PieceKind | None = None
    try:
        for _, token, value in _lexer().tokeniter(source, None):
            # Jinja drops the blanks that a trim sign removes, so a token begins at `position` or after blanks.
            start = source.index(value, position)
            position = start + len(value)
            if token in _OPENS and kind is None:
                if text_start < start:
                    yield Piece(PieceKind.TEXT, text_start, start, source[text_start:start])
                tag_start, kind = start, _OPENS[token]
            elif token in _CLOSES and kind is not None:
                # With a `-` sign the lexer swallows the blanks after the tag: they stay text.
                end = position - len(value) + len(value.rstrip())
                yield _tag(kind, tag_start, end, source)
                text_start, kind = end, None
    except TemplateSyntaxError as error:
        raise LexError(error.message or "", _error_offset(source, error.lineno, position)) from error
    if kind is not None:
        raise LexError("this tag is never closed", tag_start)
    if text_start < len(source):
        yield Piece(PieceKind.TEXT, text_start, len(source), source[text_start:])


def tags(source: str) -> list[Piece]:
    """The tags alone. Raises LexError."""
    return [piece for piece in pieces(source) if piece.kind is not PieceKind.TEXT]


def untrimmed(piece: Piece) -> str:
    """A tag without its trim signs: it then leaves the blanks around it alone."""
    if piece.kind in (PieceKind.TEXT, PieceKind.RAW, PieceKind.COMMENT):
        return piece.text
    opens, closes = ("{{", "}}") if piece.kind is PieceKind.EXPRESSION else ("{%", "%}")
    return f"{opens} {piece.inner} {closes}"


def _tag(kind: PieceKind, start: int, end: int, source: str) -> Piece:
    text = source[start:end]
    inner = "" if kind is PieceKind.RAW else text[2:-2].strip(_SIGNS).strip()
    return Piece(kind, start, end, text, inner)


def _error_offset(source: str, line: int, position: int) -> int:
    starts = [0, *(index + 1 for index, letter in enumerate(source) if letter == "\n")]
    line_start = starts[min(line, len(starts)) - 1]
    line_end = source.find("\n", line_start)
    return max(line_start, min(position, line_end if line_end >= 0 else len(source)))
