"""HTML as wrapped plain text, with opaque words for the Jinja tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from compiler.mjml.blocks import closer, middle, opener
from compiler.mjml.words import Words
from compiler.render.compiled import LINK_CLOSES, LINK_OPENS
from compiler.render.lexer import untrimmed

WIDTH = 72
RULE = "-" * 24
#: How wide a merged value is taken to be where lines are wrapped.
_VALUE_WIDTH = 12

_PARAGRAPH = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "section",
        "article",
        "header",
        "footer",
        "center",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "pre",
    ]
)
_SILENT = frozenset({"style", "script", "head", "title"})
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SEPARATOR = re.compile(r"^[\u00a0\u202f]*[·|•—–-]?[\u00a0\u202f]*")
#: A `<br>`, until lines are made: no HTML text holds it.
_BREAK = "\0"


def colon(language: str) -> str:
    """What stands between a label and its address: French wants a no-break space before the colon."""
    return "\u00a0: " if language.lower().startswith("fr") else ": "


@dataclass(slots=True)
class _List:
    ordered: bool
    count: int = 0


class Prose:
    """Collects blocks of text. Each carries its own blank line, so that a loop repeats it and an `if` takes it away."""

    def __init__(self, words: Words, colon: str) -> None:
        self.words = words
        self.colon = colon
        self.blocks: list[str] = []

    def html(self, content: str) -> None:
        """The blocks of a piece of HTML."""
        reader = _Reader(self)
        reader.feed(content)
        reader.close()
        reader.flush()

    def paragraph(self, text: str, *, first: str = "", rest: str = "", close: str = "\n\n") -> None:
        """A block, wrapped. `first` and `rest` begin its lines. Jinja blocks that hold all of it stay around it."""
        for part, is_tag in self._split(_collapsed(text)):
            if is_tag:
                self.blocks.append(part)
            else:
                lines = [line for piece in part.split(_BREAK) for line in self._wrapped(piece.strip(), len(rest))]
                self.blocks.append(
                    "\n".join((rest if index else first) + line for index, line in enumerate(lines)) + close
                )

    def statement(self, word: str) -> None:
        """A Jinja statement between blocks: it leaves no line of its own."""
        self.blocks.append(word)

    def labelled(self, label: str, href: str) -> None:
        """`Label : URL` on its own."""
        text = self._inline(label)
        target = self.target(href)
        self.paragraph(f"{text}{self.colon}{target}" if text and target else text or target)

    def picture(self, alt: str, href: str) -> None:
        """A picture's alternative text, with its link."""
        text = unescape(alt).strip()
        if text and self.blocks and self.blocks[-1].strip() == text:
            return
        target = self.target(href) if text else ""
        self.paragraph(f"{text}{self.colon}{target}" if target else text)

    def rule(self, line: str) -> None:
        if self.blocks and self.blocks[-1].strip() != line:
            self.blocks.append(line + "\n\n")

    def gap(self) -> None:
        """A blank line after a list or a table."""
        self.blocks.append("\n")

    def target(self, href: str) -> str:
        """A link's address as one word that is never cut; empty for an anchor of the page."""
        address = unescape(href).strip()
        if not address or address.startswith("#"):
            return ""
        for scheme in ("mailto:", "tel:"):
            if address.lower().startswith(scheme):
                return address[len(scheme) :].split("?")[0]
        return self.words.add(f"{LINK_OPENS}{address}{LINK_CLOSES}")

    def done(self) -> str:
        """All blocks as Jinja source, words restored; one line break at its end."""
        text = "".join(self.blocks)
        # A brace of the text itself must not become a tag.
        text = re.sub(rf"\{{(?=[{{%#]|{self.words.pattern.pattern})", '{{ "{" }}', text)
        return re.sub(r"\n{3,}", "\n\n", self._restored(text)).strip("\n") + "\n"

    def _restored(self, text: str) -> str:
        """Tags lose their trim signs: here they would eat the blank lines between blocks."""
        return self.words.pattern.sub(lambda m: self._tag(m.group()), text)

    def _tag(self, word: str) -> str:
        known = self.words.table[word]
        return untrimmed(known.tag) if known.tag is not None else self._restored(known.text)

    def _inline(self, content: str) -> str:
        reader = _Reader(self)
        reader.feed(content)
        reader.close()
        return _collapsed(reader.buffer).replace(_BREAK, " ")

    def _statement(self, word: str) -> str:
        return self.words.table[word].statement

    def _split(self, text: str) -> list[tuple[str, bool]]:
        """A paragraph cut at the Jinja blocks that hold the whole of it: (part, whether it is a tag)."""
        text = text.strip()
        if not text:
            return []
        first = self.words.pattern.match(text)
        if first is not None and (inner := self._statement(first.group())):
            rest = text[first.end() :]
            close = self._closing(rest) if opener(inner) else None
            if close is None:
                return [(first.group(), True), *self._split(rest)]
            if not rest[close[1] :].strip():
                if opener(inner) in ("macro", "set", "filter", "call"):
                    return [(text, True)]
                return [(first.group(), True), *self._branches(rest[: close[0]]), (rest[close[0] : close[1]], True)]
        last = re.search(rf"({self.words.pattern.pattern})$", text)
        if last is not None and closer(self._statement(last.group())) and self._closing(text) == last.span():
            return [*self._split(text[: last.start()]), (last.group(), True)]
        return [(text, False)]

    def _closing(self, text: str) -> tuple[int, int] | None:
        """Where a block that was opened just before a text is closed in it."""
        depth = 1
        for match in self.words.pattern.finditer(text):
            inner = self._statement(match.group())
            depth += bool(opener(inner)) - bool(closer(inner))
            if depth == 0:
                return match.span()
        return None

    def _branches(self, text: str) -> list[tuple[str, bool]]:
        depth, position = 0, 0
        parts: list[tuple[str, bool]] = []
        for match in self.words.pattern.finditer(text):
            inner = self._statement(match.group())
            depth += bool(opener(inner)) - bool(closer(inner))
            if depth == 0 and middle(inner):
                parts += [*self._split(text[position : match.start()]), (match.group(), True)]
                position = match.end()
        return [*parts, *self._split(text[position:])]

    def _wrapped(self, text: str, indent: int) -> list[str]:
        """Lines of at most WIDTH, cut at ordinary blanks alone; an address is always the last of its line."""
        lines, width = [""], indent
        for token in text.split(" "):
            size = self._width(token)
            if lines[-1] and width + 1 + size > WIDTH:
                # A separator between two links has nothing to separate at the beginning of a line.
                begun = _SEPARATOR.sub("", token) if self._width(lines[-1]) >= WIDTH else token
                lines.append(begun)
                width = indent + self._width(begun)
            else:
                lines[-1] += (" " if lines[-1] else "") + token
                width += size + (1 if width > indent else 0)
        return [line for line in lines if line]

    def _width(self, token: str) -> int:
        return len(self.words.without(token)) + sum(map(self._word_width, self.words.found(token)))

    def _word_width(self, word: str) -> int:
        known = self.words.table[word]
        if known.tag is None:
            return WIDTH  # a tracked address is long: it has a line of its own
        return 0 if known.statement else _VALUE_WIDTH


class _Reader(HTMLParser):
    """Reads HTML into paragraphs."""

    def __init__(self, prose: Prose) -> None:
        super().__init__(convert_charrefs=True)
        self.prose = prose
        self.buffer = ""
        self.silent = 0
        self.lists: list[_List] = []
        self.items: list[str] = []  # what begins the list item that is open
        self.links: list[tuple[str, int]] = []
        self.in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.buffer += _BREAK
        elif tag == "a":
            self.links.append((given.get("href", ""), len(self.buffer)))
        elif tag == "img":
            self.buffer += given.get("alt", "")
        elif tag == "hr":
            self.flush()
            self.prose.rule(RULE)
        elif tag in ("td", "th"):
            self.buffer += " · " if self.buffer.strip() else ""
        else:
            self._start_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "a" and self.links:
            self._end_link(*self.links.pop())
        elif tag == "li":
            self.flush()
        elif tag in ("ul", "ol"):
            self.flush()
            self.lists = self.lists[:-1]
            if not self.lists:
                self.prose.gap()
        elif tag == "tr":
            self.flush(close="\n")
        elif tag in _PARAGRAPH:
            self.flush()
            if tag == "table":
                self.prose.gap()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.buffer += data.replace(_BREAK, "")

    def flush(self, close: str = "\n\n") -> None:
        """What was read so far is a paragraph."""
        text, self.buffer = self.buffer, ""
        self.links = [(href, 0) for href, _ in self.links]
        if self.lists and text.strip():
            first, self.items = (self.items[-1], self.items[:-1]) if self.items else ("  ", [])
            self.prose.paragraph(text, first=first, rest=" " * len(first), close="\n")
        else:
            self.prose.paragraph(text, close=close)

    def _start_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self.flush(close="\n" if self.lists else "\n\n")
            self.lists.append(_List(tag == "ol"))
        elif tag == "li":
            self.flush()
            if self.lists:
                self.lists[-1].count += 1
            ordered = bool(self.lists) and self.lists[-1].ordered
            self.items = [f"{self.lists[-1].count}. " if ordered else "- "]
        elif tag == "tr":
            self.flush(close="\n")
        elif tag in _PARAGRAPH:
            self.flush()

    def _end_link(self, href: str, start: int) -> None:
        label = _collapsed(self.buffer[start:]).strip()
        target = self.prose.target(href)
        if not target or target in label:
            return
        self.buffer += f" <{target}>" if label and label != href else target if not label else ""
        if label and label == href:
            self.buffer = self.buffer[:start] + target


def _collapsed(text: str) -> str:
    """Runs of blanks as one; no-break spaces stay."""
    return _BLANKS.sub(" ", text)
