"""Charts as SVG of our own: sizes in percent and pixels, so that bars follow the page and words stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.review.markup import Markup, join, tag

_HEIGHT = 132
_BASE = 108  # pixels from the top to the axis
_TOP = 14


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of columns: `name` is a class of the style sheet."""

    name: str
    values: tuple[int, ...]


def bar(part: int, whole: int, *, name: str = "main") -> Markup:
    """A horizontal bar: decoration beside the number, hidden from screen readers."""
    width = percent(part, whole)
    track = tag("rect", class_="track", width="100%", height="100%", rx=3)
    filled = tag("rect", class_=f"fill {name}", width=width, height="100%", rx=3) if part else ""
    return tag("svg", track, filled, class_="bar", height=8, aria_hidden="true", focusable="false")


def columns(series: Sequence[Series], labels: Sequence[tuple[int, str]], *, title: str, top: str) -> Markup:
    """Columns side by side over one axis; `labels` name some of them by position, `top` the greatest value."""
    count = len(series[0].values)
    greatest = max((value for one in series for value in one.values), default=0)
    slot = 100 / count
    width = min(slot * 0.78, 7.0) / len(series)
    shapes = [_grid(top)]
    for place, one in enumerate(series):
        for number, value in enumerate(one.values):
            if value:
                left = slot * (number + 0.5) + width * (place - len(series) / 2)
                shapes.append(_column(one.name, left, width, value, greatest))
    shapes.extend(_label(slot * (number + 0.5), text, count=count, number=number) for number, text in labels)
    return tag(
        "svg",
        tag("title", title),
        *shapes,
        class_="columns",
        width="100%",
        height=_HEIGHT,
        role="img",
        aria_label=title,
    )


def percent(part: int, whole: int) -> str:
    """A width that is never nothing for something."""
    return f"{max(100 * part / whole, 0.6):.2f}%" if whole and part else "0%"


def _grid(top: str) -> Markup:
    line = tag("line", class_="grid", x1="0", x2="100%", y1=_TOP, y2=_TOP)
    axis = tag("line", class_="axis", x1="0", x2="100%", y1=_BASE, y2=_BASE)
    return join(line, axis, tag("text", top, x="100%", y=_TOP - 4, text_anchor="end"))


def _column(name: str, left: float, width: float, value: int, greatest: int) -> Markup:
    height = max((_BASE - _TOP) * value / greatest, 2)
    return tag(
        "rect",
        class_=f"fill {name}",
        x=f"{left:.3f}%",
        y=f"{_BASE - height:.1f}",
        width=f"{width:.3f}%",
        height=f"{height:.1f}",
        rx=2,
    )


def _label(left: float, text: str, *, count: int, number: int) -> Markup:
    anchor = "middle" if 0 < number < count - 1 or count < 4 else ("start" if number == 0 else "end")
    x = {"start": 0.0, "end": 100.0}.get(anchor, left)
    return tag("text", text, x=f"{x:.3f}%", y=_HEIGHT - 6, text_anchor=anchor)
