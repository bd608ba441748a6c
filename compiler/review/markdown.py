"""Blocks as Markdown that GitHub, GitLab and Forgejo render alike.

What a workspace says can neither format the page, mention somebody, link somewhere nor hide text: Markdown's signs are
escaped, HTML is spelled out, and what cannot be printed (directions of text included) is shown as U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import assert_never

from compiler.review.blocks import Block, Bullets, Folded, Heading, Line, Paragraph, Span, Style, Table, Title, spans

_SIGNS = re.compile(r"([\\`*_\[\]|~$])")
#: What the forges turn into links of their own: mentions, issues, merge requests, addresses.
_REFERENCE = re.compile(r"([@#!%])(?=[\w\"])|(?<=\w)(:)(?=//)|(?<=\b[wW]{3})(\.)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LEADING = re.compile(r"^(\s*)([-+>]|\d+(?=[.)]))")
_TICKS = re.compile(r"`+")
_APART = "<!-- -->"


def markdown(blocks: Iterable[Block]) -> str:
    """The page, ended by one line break."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def printable(text: str) -> str:
    """One line of text in which everything can be seen."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"[\t\r\n]+", " ", text))


def _block(block: Block) -> str:
    match block:
        case Title(line):
            return f"## {_line(line)}"
        case Heading(line):
            return f"### {_line(line)}"
        case Paragraph(line):
            return _LEADING.sub(r"\1\\\2", _line(line))
        case Bullets(items):
            return "\n".join(f"- {_line(item)}" for item in items)
        case Table():
            return _table(block)
        case Folded(summary, blocks):
            return f"<details><summary>{_plain(summary)}</summary>\n\n{markdown(blocks)}\n</details>"
        case _:
            assert_never(block)


def _table(table: Table) -> str:
    rules = ("--:" if column in table.right else ":--" for column in range(len(table.headings)))
    rows = [_row(_line(cell) for cell in table.headings), _row(rules)]
    return "\n".join([*rows, *(_row(_cell(cell) for cell in row) for row in table.rows)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(line: Line) -> str:
    # A pipe ends a cell even within code (GFM 4.10); plain texts have theirs escaped already.
    return "".join(_span(span).replace("|", r"\|") if span.style is Style.CODE else _span(span) for span in spans(line))


def _line(line: Line) -> str:
    return "".join(_span(span) for span in spans(line))


def _span(span: Span) -> str:
    match span.style:
        case Style.PLAIN:
            return _plain(span.text)
        case Style.STRONG:
            return f"**{_plain(span.text)}**"
        case Style.CODE:
            return _code(span.text)
        case _:
            assert_never(span.style)


def _code(text: str) -> str:
    """A code span, fenced by more backticks than the text has in a row."""
    shown = printable(text)
    if not shown.strip():
        return ""
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _plain(text: str) -> str:
    shown = _SIGNS.sub(r"\\\1", printable(text))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _REFERENCE.sub(lambda found: found[0] + _APART, shown)
