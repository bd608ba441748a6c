"""Covers with opaque words what mrml would lose, break or misread."""

from __future__ import annotations

import re

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, finding
from compiler.mjml import components
from compiler.mjml.mapped import MappedText, replaced
from compiler.mjml.tree import Attribute, Element, Text
from compiler.mjml.words import Words

# Those for Outlook are kept: `<!--[if !mso]><!-->` and `<!--<![endif]-->` each hold `<!--` and `-->` of their own.
_COMMENT = re.compile(r"(<!--\s*\[if[^>]*>(?:<!-->|-->)?|<!--\s*<!\[endif\]\s*-->)|<!--.*?-->", re.DOTALL)
# mrml writes an attribute's value with Rust's debug format: everything else than these comes out as `\u{…}`.
_PLAIN = re.compile(r"[ !#-\[\]-~]*")


class Shield:
    """Covers one document. Read `covered` and `preview` after `cover`."""

    def __init__(self, mapped: MappedText, words: Words) -> None:
        self.mapped = mapped
        self.words = words
        self.edits: list[tuple[int, int, str]] = []
        self.used: list[str] = []
        self.classes: dict[str, list[str]] = {}
        self.preview = ""

    def cover(self, root: Element, comments: list[tuple[int, int]]) -> None:
        """Covers a document. Comments, being private notes, are dropped, and so is mj-preview, which is kept apart."""
        self.edits = [(start, end, "") for start, end in comments]
        self._element(root)
        self.edits.sort()

    @property
    def covered(self) -> MappedText:
        """The document as mrml may read it."""
        return replaced(self.mapped, self.edits)

    def lost(self, html: str) -> list[Finding]:
        """Findings for the words that are not in the HTML."""
        present = set(self.words.found(html))
        known = self.words.table
        return [
            finding(codes.WORD_LOST, known[word].place, lost=self.words.restore(known[word].text).strip()[:60])
            for word in self.used
            if word not in present
        ]

    def with_suffixes(self, html: str) -> str:
        """The HTML with `one-outlook two-outlook` where mrml gave the suffix to the last of several classes alone."""

        def suffixed(match: re.Match[str]) -> str:
            classes = self.classes.get(match[1])
            return " ".join(name + match[2] for name in classes) if classes else match[0]

        return re.sub(rf"({self.words.pattern.pattern})(-[a-z]+)", suffixed, html)

    def uncovered(self, html: str) -> str:
        """The HTML with its contents back, Jinja tags still covered."""
        used, known = set(self.used), self.words.table
        return self.words.pattern.sub(lambda m: known[m.group()].text if m.group() in used else m.group(), html)

    def _element(self, element: Element, parent: Element | None = None) -> None:
        if element.tag == "mj-preview":
            self.preview = self._content(element).strip()
            self.edits.append((element.start, element.end, ""))
            return
        for attribute in element.attributes:
            if element.tag != "mj-button" or attribute.name != "title":
                self._attribute(element, attribute)
        if element.tag in components.ENDING:
            self._ending(element, inside_wrapper=parent is not None and parent.tag == "mj-wrapper")
            return
        for child in element.children:
            if isinstance(child, Text):
                self._bare(child)
            else:
                self._element(child, element)

    def _attribute(self, element: Element, attribute: Attribute) -> None:
        value = components.with_units(attribute.name, attribute.value)
        # mrml drops the title of a link: it rides behind the address, in the same word.
        titled = element.tag in ("mj-button", "mj-image") and attribute.name == "href"
        title = element.get("title") if titled else ""
        classes = value.split() if attribute.name == "css-class" else []
        if attribute.name == "full-width" and value != "full-width":  # mrml takes any value for a yes
            self.edits.append((attribute.offset, attribute.end, ""))
        elif title or len(classes) > 1 or self.words.found(value) or not _PLAIN.fullmatch(value):
            # Jinja's own quotes stay: they are inside the inner words.
            content = value.replace('"', "&quot;")
            if title:
                content += '" title="' + title.replace('"', "&quot;")
            word = self._word(content, attribute.offset)
            self.classes[word] = classes
            self.edits.append((attribute.start, attribute.end, f'"{word}"'))
        elif value != attribute.value:
            self.edits.append((attribute.start, attribute.end, f'"{value}"'))

    def _ending(self, element: Element, *, inside_wrapper: bool) -> None:
        content = self._content(element)
        if element.tag == "mj-title":
            # Also copied into aria-label="…".
            content = content.strip().replace('"', "&quot;")
        elif element.tag != "mj-style":
            content = _COMMENT.sub(lambda match: match[1] or "", content)
        if content.strip():
            if inside_wrapper and element.tag == "mj-raw" and self.words.without(content).strip():
                # mrml writes what stands between a wrapper's sections into a comment that Outlook alone reads.
                content = f"<![endif]-->{content}<!--[if mso | IE]>"
            self.edits.append((element.inner, element.inner_end, self._word(content, element.inner)))

    def _bare(self, child: Text) -> None:
        text = self.mapped.text[child.start : child.end]
        if self.words.found(text):
            self.edits.append((child.start, child.end, f"<mj-raw>{self._word(text.strip(), child.start)}</mj-raw>"))

    def _word(self, content: str, offset: int) -> str:
        word = self.words.add(content, self.mapped.place(offset))
        self.used.append(word)
        return word

    def _content(self, element: Element) -> str:
        return self.mapped.text[element.inner : element.inner_end]
