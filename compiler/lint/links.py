"""What is wrong with a page's links beyond where they lead: nothing to click on, nowhere to go, said twice."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, finding
from compiler.lint.places import Origin
from compiler.policy.page import Page, PageLink

_UTM = re.compile(r"[?&]utm_.*$")


def written_target(url: str, tracker: str) -> str:
    """Where a link leads in the end: a measured one carries its target."""
    base = f"{tracker.rstrip('/')}/c/"
    if not tracker or not url.startswith(base):
        return url
    spelled = url.rpartition("/")[2]
    try:
        return base64.urlsafe_b64decode(spelled + "=" * (-len(spelled) % 4)).decode("utf-8")
    except ValueError:
        return url


def link_findings(page: Page, origin: Origin, tracker: str) -> Iterator[Finding]:
    yield from _dead(page, origin)
    targets = [(link, _UTM.sub("", written_target(link.href, tracker))) for link in page.links]
    yield from _empty(targets, origin)
    yield from _twice(targets, origin, tracker)


def _dead(page: Page, origin: Origin) -> Iterator[Finding]:
    """MSG-ANCHOR-21."""
    for href in dict.fromkeys(link.href for link in page.links if link.href.startswith("#")):
        if href[1:] not in page.anchors:
            place = origin.of_pattern(rf"(?<=[\"']){re.escape(href)}(?=[\"'])")
            yield finding(entries.ANCHOR, place or origin.place, anchor=href)


def _empty(targets: list[tuple[PageLink, str]], origin: Origin) -> Iterator[Finding]:
    """MSG-LINKTEXT-22. An icon without a text beside the same link with one says enough."""
    labelled = {target for link, target in targets if link.label}
    for link, target in targets:
        if not link.label and not link.hidden and target not in labelled:
            place = origin.of_literal(target, escape(target))
            yield finding(entries.LINK_TEXT, place or origin.place, target=target if place else _host(target))


def _twice(targets: list[tuple[PageLink, str]], origin: Origin, tracker: str) -> Iterator[Finding]:
    """MSG-LINKTWICE-23. What the tracker answers itself (leave, stop measuring) is not counted."""
    labels: dict[str, dict[str, None]] = {}
    for link, target in targets:
        if link.words and target.startswith(("http://", "https://")) and not (tracker and target.startswith(tracker)):
            labels.setdefault(target, {})[link.words.casefold()] = None
    for target, known in labels.items():
        if len(known) > 1:
            place = origin.of_literal(target, escape(target))
            yield finding(
                entries.LINK_TWICE,
                place or origin.place,
                target=target if place else _host(target),
                count=len(known),
            )


def _host(target: str) -> str:
    """What may be said of a target that values made."""
    try:
        return urlsplit(target).hostname or "-"
    except ValueError:
        return "-"
