"""What an inbox and a careful reader find in a rendered message: the line under the subject, links, pictures."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = frozenset({"head", "script", "style", "title", "template"})
_BREAKS = frozenset({"p", "div", "td", "tr", "table", "li", "h1", "h2", "h3", "br", "ul", "ol"})
_FILLING = re.compile("[\u034f\u200b-\u200f\u2060\ufeff\u00ad]")
_INBOX = 140  # no inbox shows more
_TOKEN = re.compile(r"/([cuo])/x{56}(?:/([A-Za-z0-9_-]+))?")
_TAIL = r"/([cu])/x{56}/([A-Za-z0-9_-]+)"


@dataclass(frozen=True, slots=True)
class Link:
    """A link: what it says and where it leads, measuring apart. `own` links are envoi's own pages."""

    label: str
    target: str
    measured: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """`alt` is None where the message gives no text at all, empty for a picture that only decorates."""

    source: str
    alt: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    inbox: str
    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    pixel: bool
    dark: bool  # whether it says how it looks at night


def read(html: str, tracker: str) -> Seen:
    """Never raises: what cannot be parsed is not seen."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    words = " ".join(_FILLING.sub("", "".join(reader.words)).split())
    base = tracker.rstrip("/")
    links = tuple(_link(label, href, base) for label, href in reader.links)
    pixel = any(p.source.startswith(f"{base}/o/") for p in reader.pictures)
    pictures = tuple(p for p in reader.pictures if not p.source.startswith(f"{base}/o/"))
    return Seen(words[:_INBOX], links, pictures, pixel, "prefers-color-scheme" in html)


def shortened(text: str, tracker: str) -> str:
    """A part as it is sent, but with measured links spelled as their targets and personal tokens left out."""

    def plain(match: re.Match[str]) -> str:
        return (_decoded(match[2]) if match[1] == "c" else "") or f"{tracker.rstrip('/')}/{match[1]}/…"

    text = re.sub(re.escape(tracker.rstrip("/")) + _TAIL, plain, text)
    return text.replace("x" * 56, "…")


def _link(label: str, href: str, base: str) -> Link:
    match = _TOKEN.match(href.removeprefix(base)) if href.startswith(f"{base}/") else None
    if match is None:
        return Link(label, href, measured=False, own=False)
    if match[1] == "c":
        return Link(label, _decoded(match[2] or ""), measured=True, own=False)
    return Link(label, f"{base}/{match[1]}/…", measured=False, own=True)


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


@dataclass(slots=True)
class _Anchor:
    href: str
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.pictures: list[Picture] = []
        self._silent = 0
        self._anchor: _Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.words.append(" ")
        if tag == "a" and values.get("href"):
            self._end()
            self._anchor = _Anchor(values["href"] or "")
        if tag == "img":
            self.pictures.append(Picture(values.get("src") or "", values["alt"] or "" if "alt" in values else None))
            self._say(values.get("alt") or "", inbox=False)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag == "a":
            self._end()
        if tag in _BREAKS:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._say(data, inbox=True)

    def close(self) -> None:
        super().close()
        self._end()

    def _say(self, words: str, *, inbox: bool) -> None:
        if inbox:
            self.words.append(words)
        if self._anchor is not None:
            self._anchor.words.append(words)

    def _end(self) -> None:
        if self._anchor is not None:
            label = " ".join(_FILLING.sub("", "".join(self._anchor.words)).split())
            self.links.append((label, self._anchor.href))
            self._anchor = None
