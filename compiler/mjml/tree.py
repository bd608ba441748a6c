"""An MJML document as a tree with the place of every tag and attribute. Jinja tags are opaque words by now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry, Finding
from compiler.mjml.components import ENDING
from compiler.mjml.mapped import MappedText

_NAME = re.compile(r"[A-Za-z_][\w:.-]*")

#: MJML itself needs seven levels.
DEEPEST = 32

_TAG = re.compile(
    r"<!--(?P<comment>.*?)-->|(?P<doctype><[!?][^>]*>)"
    r"|</(?P<close>[A-Za-z][\w:-]*)\s*>"
    r"|<(?P<open>[A-Za-z][\w:-]*)(?P<attributes>(?:\s+[^\s=>/\"']+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*(?P<self>/?)>",
    re.DOTALL,
)
# What mrml reads as a condition: at any other form it panics.
_CONDITION = re.compile(r"<!--\[if [^\]<>]*\]>|<!--<!\[endif\]-->")
_ATTRIBUTE = re.compile(r"(?P<name>[^\s=>/\"']+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?", re.DOTALL)


@dataclass(slots=True)
class Attribute:
    """`value` is as written between its quotes; `start` and `end` delimit the value with its quotes."""

    name: str
    value: str
    offset: int
    start: int
    end: int


@dataclass(slots=True)
class Element:
    """`start`…`end` is the whole element, `inner`…`inner_end` what stands between its tags."""

    tag: str
    attributes: list[Attribute]
    start: int
    inner: int
    inner_end: int = -1
    end: int = -1
    children: list[Element | Text] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute's value, empty where it is not given."""
        return next((a.value for a in self.attributes if a.name == name), "")

    def elements(self) -> Iterator[Element]:
        return (child for child in self.children if isinstance(child, Element))

    def walk(self) -> Iterator[Element]:
        """This element, then those below it, in document order."""
        yield self
        for child in self.elements():
            yield from child.walk()


@dataclass(slots=True)
class Text:
    """A run of text between elements."""

    start: int
    end: int


def parse(mapped: MappedText) -> tuple[Element | None, list[Finding], list[tuple[int, int]]]:
    """The mjml element, what is wrong, and the places of comments (not those for Outlook).

    None where no tree can be made of it.
    """
    return _Parser(mapped).run()


class _Parser:
    def __init__(self, mapped: MappedText) -> None:
        self.mapped = mapped
        self.text = mapped.text
        self.findings: list[Finding] = []
        self.comments: list[tuple[int, int]] = []
        self.root: Element | None = None
        self.stack: list[Element] = []

    def run(self) -> tuple[Element | None, list[Finding], list[tuple[int, int]]]:
        position = 0
        while (match := _TAG.search(self.text, position)) is not None:
            self._text(position, match.start())
            position = self._tag(match)
        self._text(position, len(self.text))
        too_deep = any(found.entry is codes.TAG_DEEP for found in self.findings)
        for element in reversed([] if too_deep else self.stack):
            self._find(codes.TAG_OPEN, element.start, tag=element.tag)
        if self.root is None or self.root.tag != "mjml":
            self._find(codes.NO_MJML, 0)
            return None, self.findings, self.comments
        broken = any(f.stops for f in self.findings)
        return None if broken else self.root, self.findings, self.comments

    def _tag(self, match: re.Match[str]) -> int:
        if match["comment"] is not None:
            if not match["comment"].lstrip().startswith(("[if", "<![endif")):
                self.comments.append(match.span())
            elif not _CONDITION.match(match[0]):
                self._find(codes.TAG_BROKEN, match.start())
        elif match["close"] is not None:
            self._close(match["close"], match)
        elif match["open"] is not None:
            return self._open(match)
        return match.end()

    def _open(self, match: re.Match[str]) -> int:
        element = Element(match["open"], self._attributes(match), match.start(), match.end())
        if self.stack:
            self.stack[-1].children.append(element)
        elif self.root is None:
            self.root = element
        else:
            self._find(codes.TAG_UNEXPECTED, match.start(), tag=element.tag)
        if match["self"]:
            element.inner_end = element.end = match.end()
            return match.end()
        if element.tag in ENDING:
            return self._ending(element, match)
        self.stack.append(element)
        if len(self.stack) > DEEPEST:
            self._find(codes.TAG_DEEP, match.start())
            return len(self.text)
        return match.end()

    def _ending(self, element: Element, match: re.Match[str]) -> int:
        """An element whose content is HTML: it goes to its closing tag, whatever stands between."""
        close = re.compile(rf"</{re.escape(element.tag)}\s*>").search(self.text, match.end())
        if close is None:
            self._find(codes.TAG_OPEN, element.start, tag=element.tag)
            element.inner_end = element.end = match.end()
            return match.end()
        element.inner_end, element.end = close.span()
        return close.end()

    def _close(self, tag: str, match: re.Match[str]) -> None:
        if not any(element.tag == tag for element in self.stack):
            self._find(codes.TAG_UNEXPECTED, match.start(), tag="/" + tag)
            return
        while (element := self.stack.pop()).tag != tag:
            self._find(codes.TAG_OPEN, element.start, tag=element.tag)
            element.inner_end = element.end = match.start()
        element.inner_end, element.end = match.span()

    def _attributes(self, match: re.Match[str]) -> list[Attribute]:
        found: list[Attribute] = []
        for a in _ATTRIBUTE.finditer(self.text, match.start("attributes"), match.end("attributes")):
            value = a["value"]
            start, end = a.span("value") if value is not None else (a.end(), a.end())
            if not _NAME.fullmatch(a["name"]):
                self._find(codes.TAG_BROKEN, a.start())
            elif value is None or value[0] not in "\"'":
                self._find(codes.ATTRIBUTE_QUOTES, a.start(), attribute=a["name"])
            if any(known.name == a["name"] for known in found):
                self._find(codes.ATTRIBUTE_TWICE, a.start(), attribute=a["name"])
            bare = value[1:-1] if value and value[0] in "\"'" else value or ""
            found.append(Attribute(a["name"], bare, a.start(), start, end))
        return found

    def _text(self, start: int, end: int) -> None:
        if self.text[start:end].strip():
            if self.stack:
                self.stack[-1].children.append(Text(start, end))
            else:
                self._find(codes.TEXT_OUTSIDE, start)
            stray = self.text.find("<", start, end)
            if stray >= 0:
                self._find(codes.TAG_BROKEN, stray)

    def _find(self, entry: Entry, offset: int, **arguments: object) -> None:
        self.findings.append(self.mapped.finding(entry, offset, arguments))
