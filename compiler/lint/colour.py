"""Colours as screens show them, and how well one is read on another (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2.color4


@dataclass(frozen=True, slots=True)
class Colour:
    """sRGB, each part from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: Colour, opacity: float = 1.0) -> Colour:
        """What is seen of it on an opaque ground."""
        share = self.alpha * opacity
        return Colour(
            self.red * share + ground.red * (1 - share),
            self.green * share + ground.green * (1 - share),
            self.blue * share + ground.blue * (1 - share),
        )

    @property
    def luminance(self) -> float:
        """WCAG 2.2's relative luminance."""
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (self.red, self.green, self.blue)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def __str__(self) -> str:
        return "#" + "".join(f"{round(part * 255):02x}" for part in (self.red, self.green, self.blue))


WHITE = Colour(1, 1, 1)
BLACK = Colour(0, 0, 0)
# What browsers draw where a page that knows dark mode says nothing (Chromium's and WebKit's own style sheets).
DARK_CANVAS = Colour(18 / 255, 18 / 255, 18 / 255)
LINK = Colour(0, 0, 238 / 255)
LINK_ON_DARK = Colour(158 / 255, 158 / 255, 1)


def contrast(one: Colour, other: Colour) -> float:
    """From 1, the same, to 21, black on white."""
    lighter, darker = sorted((one.luminance, other.luminance), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def read_colour(text: str, current: Colour) -> Colour | None:
    """A CSS colour, `currentcolor` being `current`; None for what is none."""
    if text == "currentcolor":
        return current
    return _read(text) if text else None


@lru_cache(maxsize=1024)
def _read(text: str) -> Colour | None:
    found: Any = tinycss2.color4.parse_color(text)
    if found is None or isinstance(found, str):
        return None
    try:
        red, green, blue = found.to("srgb").coordinates
    except (NotImplementedError, ValueError, TypeError):
        return None
    return Colour(_part(red), _part(green), _part(blue), float(found.alpha))


def _part(number: float | None) -> float:
    return min(1.0, max(0.0, float(number or 0)))
