"""What a message's pictures weigh, and what is left of it where nobody loads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, Place, finding
from compiler.lint.places import Origin, Shown
from compiler.policy.page import Page, PagePicture

HEAVY = 300_000  # bytes: three seconds of a poor mobile network
HEAVY_TOGETHER = 800_000
MOSTLY_PICTURES = 80  # percent of the area
_LETTER = 190  # pixels that a letter of 16 pixels takes, its share of the line's height included
_IMAGE = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_ALT = re.compile(r"\salt\s*=", re.IGNORECASE)
_SOURCE = re.compile(r"\ssrc\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_SMALL = 40_000  # pixels: icons and logos do not count


def picture_findings(page: Page, origin: Origin) -> Iterator[Finding]:
    yield from _without_alt(origin)
    shown = [each for each in origin.pictures if any(source.endswith(each.name) for source in page.sources)]
    for each in shown:
        if each.weight > HEAVY:
            yield _heavy(each.path, each.weight, HEAVY, _place(each, origin))
    if (together := sum(each.weight for each in shown)) > HEAVY_TOGETHER:
        yield _heavy(f"{len(shown)} images", together, HEAVY_TOGETHER, origin.place)
    share = _share(page, shown)
    if share > MOSTLY_PICTURES:
        yield finding(entries.PICTURE_RATIO, origin.place, percent=share)


def _without_alt(origin: Origin) -> Iterator[Finding]:
    """MSG-ALT-24: not even an empty one, which would say that there is nothing to say. Of components TPL-IMAGE-26."""
    for place, tag in origin.all_of(_IMAGE):
        if not _ALT.search(tag[0]):
            source = _SOURCE.search(tag[0])
            yield finding(entries.ALT, place, picture=source[1][1:-1] if source else "-")


def _heavy(what: str, weight: int, most: int, place: Place) -> Finding:
    return finding(entries.PICTURE_WEIGHT, place, picture=what, size=weight // 1000, most=most // 1000)


def _place(shown: Shown, origin: Origin) -> Place:
    names = "|".join(re.escape(name) for name in shown.names)
    return origin.of_pattern(rf"asset\(\s*[\"'](?:{names})[\"']") or origin.place


def _share(page: Page, shown: list[Shown]) -> int:
    """The pictures' percent of what is seen, as wide as they are written."""
    pixels = sum(area for each in page.pictures if (area := _area(each, shown)) >= _SMALL)
    letters = len(page.text) - sum(len(each.alt) for each in page.pictures)
    return 100 * pixels // (pixels + max(1, letters) * _LETTER)


def _area(picture: PagePicture, shown: list[Shown]) -> int:
    known = next((each for each in shown if picture.source.endswith(each.name)), None)
    width = picture.width or (known.width if known else 0)
    height = picture.height or (width * known.height // known.width if known else 0)
    return width * height
