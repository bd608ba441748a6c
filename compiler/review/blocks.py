"""What a page for reviewers is made of: titles, tables, lists, folded parts; spelled as Markdown or as HTML elsewhere.

Whatever comes from a workspace is a `Code` or a plain text: the spellers make both harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Style(StrEnum):
    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    style: Style = Style.PLAIN


#: A line: plain texts and styled ones, one after the other.
Line: TypeAlias = "str | Span | tuple[str | Span, ...]"


@dataclass(frozen=True, slots=True)
class Title:
    line: Line


@dataclass(frozen=True, slots=True)
class Heading:
    line: Line


@dataclass(frozen=True, slots=True)
class Paragraph:
    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`right` are the columns of numbers; a table without headings has empty ones."""

    headings: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Folded:
    """A part that opens when its summary is pressed."""

    summary: str
    blocks: tuple[Block, ...]


Block: TypeAlias = "Title | Heading | Paragraph | Bullets | Table | Folded"


def code(text: str) -> Span:
    return Span(text, Style.CODE)


def strong(text: str) -> Span:
    return Span(text, Style.STRONG)


def spans(line: Line) -> tuple[Span, ...]:
    """A line as its spans."""
    parts: Iterable[str | Span] = line if isinstance(line, tuple) else (line,)
    return tuple(Span(part) if isinstance(part, str) else part for part in parts)
