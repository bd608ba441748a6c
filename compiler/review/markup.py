"""HTML and SVG from values: whatever is not Markup is escaped, so that no text can become an element."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


class Markup(str):
    """Text that is already HTML or SVG."""

    __slots__ = ()


def text(value: str) -> Markup:
    return value if isinstance(value, Markup) else Markup(escape(value))


def tag(element: str, /, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element. `class_` and `for_` lose their underscore, others become hyphens; None and False are left out."""
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    if element in _VOID:
        return Markup(f"<{element}{written}>")
    return Markup(f"<{element}{written}>{''.join(text(child) for child in children)}</{element}>")


def join(*parts: str, by: str = "") -> Markup:
    return Markup(by.join(text(part) for part in parts))


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
