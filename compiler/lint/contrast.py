"""Whether every text of a page can be read on what lies behind it, by day and by night (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, Text, finding
from compiler.lint.cascade import Piece, Scheme, pieces, rules_in
from compiler.lint.colour import Colour, contrast
from compiler.lint.places import Origin

#: Rules of a page's styles that are asked of each of its elements; ours have fewer than a hundred.
MOST_RULES = 1_000
_LEAST = 4.5
_LEAST_LARGE = 3.0
_LARGE = 24.0  # pixels: 18 points
_LARGE_BOLD = 18.66  # 14 points
_SCHEMES = {Scheme.LIGHT: Text("mode clair", "light mode"), Scheme.DARK: Text("mode sombre", "dark mode")}


@dataclass(frozen=True, slots=True)
class Faint:
    """A text that is hard to read: what is seen of its colour, what lies behind, and how much it would need."""

    text: str
    colour: Colour
    ground: Colour
    ratio: float
    least: float


# What changes nothing in how a page is drawn, as long as no selector asks for it: measured or not, whatever its title.
_UNDRAWN = re.compile(r"(?<=\shref=\")[^\"]*|<title>[^<]*</title>|<img [^>]*width=\"1\"[^>]*>", re.IGNORECASE)


def faint(html: str, scheme: Scheme) -> tuple[Faint, ...]:
    """The first text of each pair of colours that does not stand out. Over a picture nothing can be said."""
    return _faint(html if "[href" in html else _UNDRAWN.sub("", html), scheme)


@lru_cache(maxsize=64)
def _faint(html: str, scheme: Scheme) -> tuple[Faint, ...]:
    found: dict[tuple[str, str], Faint] = {}
    for piece in pieces(html, scheme):
        one = _judged(piece)
        if one is not None:
            found.setdefault((str(one.colour), str(one.ground)), one)
    return tuple(found.values())


def _judged(piece: Piece) -> Faint | None:
    look = piece.look
    if look.ground is None or not any(letter.isalnum() for letter in piece.text):
        return None
    seen = look.colour.over(look.ground, look.opacity)
    large = look.size >= _LARGE or (look.bold and look.size >= _LARGE_BOLD)
    least = _LEAST_LARGE if large else _LEAST
    ratio = contrast(seen, look.ground)
    if ratio >= least or look.opacity == 0:
        return None
    return Faint(piece.text, seen, look.ground, ratio, least)


def _spelled(ratio: float) -> str:
    """Rounded down: 4.499 is not enough, and does not read 4.50."""
    return f"{int(ratio * 100) / 100:.2f}"


def contrast_findings(html: str, origin: Origin) -> Iterator[Finding]:
    """MSG-CONTRAST-28: what is told of the light mode is not told again of the dark one; MSG-RULES-34 instead, where
    a page has more rules than can be asked.
    """
    rules = rules_in(html) if html.count("{") > MOST_RULES else 0
    if rules > MOST_RULES:
        yield finding(entries.RULES, origin.place, count=rules, most=MOST_RULES)
        return
    told: set[tuple[str, str]] = set()
    for scheme, name in _SCHEMES.items():
        for one in faint(html, scheme):
            pair = (str(one.colour), str(one.ground))
            if pair in told:
                continue
            told.add(pair)
            yield finding(
                entries.CONTRAST,
                origin.of_text(one.text) or origin.place,
                colour=pair[0],
                ground=pair[1],
                ratio_fr=_spelled(one.ratio).replace(".", ","),
                ratio_en=_spelled(one.ratio),
                least_fr=f"{one.least:g}".replace(".", ","),
                least_en=f"{one.least:g}",
                scheme_fr=name.fr,
                scheme_en=name.en,
            )
