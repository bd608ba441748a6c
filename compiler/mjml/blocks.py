"""Whether Jinja statements open and close together."""

from __future__ import annotations

from collections.abc import Iterable

_OPENERS = frozenset({"for", "if", "macro", "call", "filter", "with", "block", "autoescape", "trans"})
_MIDDLES = {"else": ("for", "if"), "elif": ("if",)}


def opener(inner: str) -> str:
    """The block that a statement opens, or nothing: `set` opens one where it has no `=`."""
    word = _word(inner)
    if word == "set":
        return "set" if "=" not in inner else ""
    return word if word in _OPENERS else ""


def closer(inner: str) -> str:
    """The block that a statement closes, or nothing."""
    word = _word(inner)
    return word[3:] if word.startswith("end") and len(word) > 3 else ""


def middle(inner: str) -> bool:
    """Whether a statement stands between the branches of a block."""
    return _word(inner) in _MIDDLES


def unbalanced(statements: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The statements, by offset and first word, that open or close nothing in this list."""
    stack: list[tuple[int, str]] = []
    wrong: list[tuple[int, str]] = []
    for offset, inner in statements:
        if opened := opener(inner):
            stack.append((offset, opened))
        elif closed := closer(inner):
            if stack and stack[-1][1] == closed:
                stack.pop()
            else:
                wrong.append((offset, "end" + closed))
        elif middle(inner) and not (stack and stack[-1][1] in _MIDDLES[_word(inner)]):
            wrong.append((offset, _word(inner)))
    return wrong + stack


def _word(inner: str) -> str:
    words = inner.split(None, 1)
    return words[0] if words else ""
