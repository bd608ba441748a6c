"""What a reader sees of an HTML part: its visible text and links, without a browser."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_INLINE = frozenset({"a", "b", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u"})
_SILENT = frozenset({"head", "script", "style", "template", "title"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(\.0+)?\s*(;|!|$)")
_FONT_SIZE = re.compile(r"(?:^|;)\s*font-size\s*:\s*([0-9.]+)")
_PIXELS = re.compile(r"[0-9]{1,5}(px)?")
_SIDES = ("width", "height")
_URL = re.compile(r"url\(\s*[\"']?([^\"')\s]+)", re.IGNORECASE)
_OUTLOOK = re.compile(r"\ssrc\s*=\s*[\"']([^\"']+)", re.IGNORECASE)  # VML stands in conditional comments
_ACTIVE = frozenset({"form", "script", "iframe", "object", "embed", "button", "input", "select", "textarea"})
_NOT_SEEN = re.compile("[\u00ad\u034f\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class PageLink:
    """`label` is what can be clicked on, pictures' texts included, `words` without them."""

    href: str
    label: str
    visible: bool
    words: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PagePicture:
    """An image that is shown; its sizes in pixels, 0 where they are not written."""

    source: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Page:
    """`text` is the visible text in reading order, blanks folded.

    `sources` are what pictures are fetched from: images, backgrounds, style sheets, Outlook's own markup.
    """

    text: str
    links: tuple[PageLink, ...]
    sources: tuple[str, ...]
    active: tuple[str, ...]  # elements that do something: forms, scripts, frames
    anchors: frozenset[str] = frozenset()  # where a link within the page can lead
    pictures: tuple[PagePicture, ...] = ()

    def shows_link(self, href: str) -> bool:
        return any(link.visible and link.href == href for link in self.links)


def read_page(html: str) -> Page:
    """What `html` shows. Never raises: what cannot be parsed is not seen."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(
        folded("".join(reader.seen)),
        tuple(reader.links),
        tuple(reader.sources),
        tuple(reader.active),
        frozenset(reader.anchors),
        tuple(reader.pictures),
    )


def folded(text: str) -> str:
    """Blanks of every sort as one space, nothing invisible, composed: two texts that read alike are equal."""
    return " ".join(_NOT_SEEN.sub("", unicodedata.normalize("NFC", text)).split())


@dataclass(frozen=True, slots=True)
class _Style:
    """What a `style` attribute says. `tiny` is None where it is silent about the size of text."""

    hidden: bool
    tiny: bool | None
    sources: tuple[str, ...]


@lru_cache(maxsize=1024)  # MJML writes the same few on every cell
def _styled(style: str) -> _Style:
    lower = style.lower()
    size = _FONT_SIZE.search(lower)
    return _Style(bool(_HIDDEN.search(lower)), not size[1].strip("0.") if size else None, tuple(_URL.findall(style)))


@dataclass(slots=True)
class _Open:
    """An open element. `tiny` text has no size: MJML's cells are, and what stands in them is not."""

    tag: str
    hidden: bool
    tiny: bool


@dataclass(slots=True)
class _Anchor:
    href: str
    hidden: bool
    label: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.links: list[PageLink] = []
        self.sources: list[str] = []
        self.active: list[str] = []
        self.anchors: set[str] = set()
        self.pictures: list[PagePicture] = []
        self._stack: list[_Open] = []
        self._anchor: _Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        opened = self._opened(tag, values)
        if tag in _ACTIVE:
            self.active.append(tag)
        self.sources += [values[name] for name in ("src", "background", "poster") if values.get(name)]
        self.sources += [each.split()[0] for each in values.get("srcset", "").split(",") if each.split()]
        self.sources += _styled(values.get("style", "")).sources
        if tag == "a" and values.get("href"):
            self._end_anchor()
            self._anchor = _Anchor(values["href"], opened.hidden)
        self.anchors.update(values[name] for name in ("id", "name") if values.get(name))
        if tag == "img" and not opened.hidden:
            self._picture(values)
        if tag in _VOID:
            self.seen.append(" " if tag in ("br", "hr") else "")
        else:
            self._stack.append(opened)
            self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_anchor()
        self._break(tag)
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place].tag == tag:
                del self._stack[place:]
                break

    def handle_comment(self, data: str) -> None:
        self.sources += [*_OUTLOOK.findall(data), *_URL.findall(data)]

    def handle_data(self, data: str) -> None:
        if self._stack and self._stack[-1].tag == "style":
            self.sources += _URL.findall(data)
        if not (self._stack and (self._stack[-1].hidden or self._stack[-1].tiny)):
            self._show(data)
            if self._anchor is not None:
                self._anchor.words.append(data)

    def close(self) -> None:
        super().close()
        self._end_anchor()

    def _opened(self, tag: str, values: dict[str, str]) -> _Open:
        outer = self._stack[-1] if self._stack else _Open("", hidden=False, tiny=False)
        style = _styled(values.get("style", ""))
        hidden = outer.hidden or tag in _SILENT or "hidden" in values or style.hidden
        return _Open(tag, hidden, outer.tiny if style.tiny is None else style.tiny)

    def _picture(self, values: dict[str, str]) -> None:
        self._show(f" {values.get('alt', '')} ")
        sizes = [int(values[name].rstrip("px")) if _PIXELS.fullmatch(values.get(name, "")) else 0 for name in _SIDES]
        self.pictures.append(PagePicture(values.get("src", ""), values.get("alt", ""), *sizes))

    def _break(self, tag: str) -> None:
        if tag not in _INLINE:
            self.seen.append(" ")

    def _show(self, text: str) -> None:
        self.seen.append(text)
        if self._anchor is not None:
            self._anchor.label.append(text)

    def _end_anchor(self) -> None:
        if self._anchor is None:
            return
        label, words = folded("".join(self._anchor.label)), folded("".join(self._anchor.words))
        self.links.append(PageLink(self._anchor.href, label, bool(label), words, self._anchor.hidden))
        self._anchor = None
