"""What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), less its surprises."""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
# Each of these is a number to one YAML reader and a text, or another number, to the next.
_AMBIGUOUS = re.compile(r"[-+]?0[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[-+]?[0-9]{19,}")


class AmbiguousNumber(ValueError):
    """The scalar must be quoted to say what it is."""


def plain_value(text: str) -> bool | int | str | None:
    """The value of an unquoted scalar; decimals and dates stay text. Raises AmbiguousNumber."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _AMBIGUOUS.fullmatch(text):
        raise AmbiguousNumber(text)
    return text
