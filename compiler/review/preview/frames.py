"""A rendered message as a document for a frame: nothing in it can act, leave the page or be fetched.

The frame is sandboxed and the page's policy forbids every request: this is the second lock, and what makes
"by day", "at night" and "without pictures" look the same whatever the reader's own settings.
"""

from __future__ import annotations

import re
from enum import StrEnum
from html import escape
from html.parser import HTMLParser

from compiler.review.preview.pictures import Pictures

_GONE = frozenset({"script", "iframe", "object", "embed", "form", "base", "link", "frame", "frameset", "applet"})
_WITH_CONTENT = frozenset({"script", "iframe", "object", "applet", "frameset"})
_URL = re.compile(r"url\(\s*(\"[^\"]*\"|'[^']*'|[^)]*)\s*\)", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_FETCHED = frozenset({"src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc", "longdesc"})
#: Where a picture is not shown, its text stands in a dashed box, as mail programs do.
_BOX = "outline:1px dashed #8b8f92;outline-offset:-1px;min-width:24px;min-height:24px;"


class Light(StrEnum):
    """How a frame is lit."""

    DAY = "day"
    NIGHT = "night"
    NO_PICTURES = "off"


def frame(html: str, light: Light, pictures: Pictures, *, tracker: str) -> tuple[str, tuple[str, ...]]:
    """The document, and the addresses of the pictures that stand elsewhere, each once."""
    writer = _Writer(light, pictures, tracker.rstrip("/"))
    writer.feed(html)
    writer.close()
    scheme = "dark" if light is Light.NIGHT and writer.knows_dark else "light"
    style = f"<style>:root{{color-scheme:only {scheme}}}img{{max-width:100%}}a{{cursor:default}}</style>"
    text = "".join(writer.written)
    head = text.lower().rfind("</head>")
    placed = text[:head] + style + text[head:] if head >= 0 else style + text
    return placed, tuple(dict.fromkeys(writer.foreign))


class _Writer(HTMLParser):
    """Writes what it reads, but for what fetches, acts or leads away."""

    def __init__(self, light: Light, pictures: Pictures, tracker: str) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self.foreign: list[str] = []
        self.knows_dark = False
        self._light = light
        self._pictures = pictures
        self._tracker = tracker
        self._skipping = 0
        self._style = False

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _GONE:
            self._skipping += tag in _WITH_CONTENT
            return
        if self._skipping or (tag == "meta" and self._meta(dict(attrs))):
            return
        self._style = tag == "style"
        if tag == "img":
            self._img(dict(attrs))
        else:
            self._write(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _GONE:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _GONE:
            self._skipping -= tag in _WITH_CONTENT and self._skipping > 0
            return
        self._style = self._style and tag != "style"
        if not self._skipping:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.written.append(self._lit(data) if self._style else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def _meta(self, values: dict[str, str | None]) -> bool:
        """Whether a meta element is left out: all but the viewport are the page's own business."""
        name = (values.get("name") or "").lower()
        self.knows_dark |= name == "color-scheme" and "dark" in (values.get("content") or "")
        return name != "viewport"

    def _img(self, values: dict[str, str | None]) -> None:
        source = values.get("src") or ""
        if source.startswith(f"{self._tracker}/o/"):
            return  # the opening pixel: it would be fetched, and shows nothing
        shown = self._pictures.inlined(source)
        if shown is None:
            self.foreign.append(source)
        values.pop("src", None)
        if shown is None or self._light is Light.NO_PICTURES:
            values["style"] = f"{values.get('style') or ''};{_BOX}"
            self._write("img", list(values.items()))
        else:
            self._write("img", list(values.items()), f' src="{escape(shown)}"')

    def _write(self, tag: str, attrs: list[tuple[str, str | None]], more: str = "") -> None:
        kept = "".join(self._attribute(tag, name, value) for name, value in attrs)
        self.written.append(f"<{tag}{kept}{more}>")

    def _attribute(self, tag: str, name: str, value: str | None) -> str:
        if name.startswith("on") or name == "srcdoc":
            return ""
        if name in ("href", "xlink:href", "action", "formaction", "ping"):
            return ' href="#"' if tag in ("a", "area") and name == "href" else ""
        if name in _FETCHED:
            shown = self._found(value or "")
            return f' {name}="{escape(shown)}"' if shown and name == "background" else ""
        if name == "style":
            value = self._lit(value or "")
        return f" {name}" if value is None else f' {name}="{escape(value)}"'

    def _lit(self, css: str) -> str:
        """Styles that fetch nothing, and that answer the question about night as this frame does."""
        self.knows_dark |= "prefers-color-scheme" in css
        night = self._light is Light.NIGHT
        css = _SCHEME.sub(lambda m: "(min-width:0)" if (m[1].lower() == "dark") is night else "(max-width:0)", css)
        return _URL.sub(self._css_url, _IMPORT.sub("", css))

    def _css_url(self, match: re.Match[str]) -> str:
        shown = self._found(match[1].strip("\"' "))
        return f"url({shown})" if shown else "none"

    def _found(self, url: str) -> str | None:
        """A picture to be shown in this light; one from elsewhere is noted."""
        shown = self._pictures.inlined(url)
        if shown is None and url:
            self.foreign.append(url)
        return None if self._light is Light.NO_PICTURES else shown
