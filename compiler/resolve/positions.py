"""Where each character of a YAML text stands in its file, whatever style it was written in.

The loader keeps where a value begins. Between there and its end only white space, quotes, escapes and a block's head
differ from the value, so that one walk beside the other finds every character again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from compiler.language.finding import Place

_BLOCK_HEAD = re.compile(r"[|>][-+0-9]*[^\n]*\n?")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n[ \t]*|.)", re.DOTALL)


def positions(source: str, begin: Place, value: str) -> Callable[[int], Place]:
    """The place of a character of `value`, which begins at `begin`; that beginning where the source reads otherwise."""
    lines = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", source))]
    if not 1 <= begin.line <= len(lines):
        return lambda _: begin
    offsets = _aligned(source, lines[begin.line - 1] + begin.column - 1, value)

    def place(index: int) -> Place:
        if not 0 <= index < len(offsets):
            return begin
        return _place(lines, offsets[index], begin.path)

    return place


def _place(lines: Sequence[int], offset: int, path: str) -> Place:
    import bisect

    line = bisect.bisect_right(lines, offset)
    return Place(path, line, offset - lines[line - 1] + 1)


def _aligned(source: str, at: int, value: str) -> list[int]:
    """The offset of each character of the value; none at all where the two do not go together."""
    style = source[at : at + 1]
    if style in ("|", ">"):
        head = _BLOCK_HEAD.match(source, at)
        at = head.end() if head else at
    elif style in ("'", '"'):
        at += 1
    offsets: list[int] = []
    for character in value:
        escape = _ESCAPE.match(source, at) if style == '"' else None
        while escape and escape[1][0] in "\r\n":  # a line that goes on: nothing of the value
            at = escape.end()
            escape = _ESCAPE.match(source, at)
        if escape:
            offsets.append(at)
            at = escape.end()
        elif character.isspace():
            offsets.append(at)
            at += source[at : at + 1] == character
        else:
            while source[at : at + 1].isspace():
                at += 1
            if source[at : at + 1] != character:
                return []
            offsets.append(at)
            at += 2 if style == "'" == character else 1
    return offsets
