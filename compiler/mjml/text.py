"""The text part, from the MJML tree itself: paragraphs, lists, `Label : URL`, Jinja tags kept in their places."""

from __future__ import annotations

from compiler.mjml.mapped import MappedText
from compiler.mjml.prose import RULE, Prose, colon
from compiler.mjml.tree import Element, Text
from compiler.mjml.words import Words


class TextPart:
    """Walks a document and writes its text."""

    def __init__(self, mapped: MappedText, words: Words, language: str) -> None:
        self.mapped = mapped
        self.words = words
        self.prose = Prose(words, colon(language))

    def write(self, root: Element) -> str:
        """The text of the document, as Jinja source that ends with one line break."""
        for part in root.elements():
            if part.tag == "mj-head":
                self._head(part)
            elif part.tag == "mj-body":
                self._children(part)
        return self.prose.done()

    def _head(self, head: Element) -> None:
        """What is set or defined in the head holds in the text too; nothing else of it is text."""
        for child in head.children:
            if isinstance(child, Text):
                self._bare(child)
            elif child.tag == "mj-raw":
                self.prose.html(self._content(child))

    def _children(self, element: Element) -> None:
        for child in element.children:
            if isinstance(child, Text):
                self._bare(child)
            else:
                self._element(child)

    def _bare(self, child: Text) -> None:
        for word in self.words.found(self.mapped.text[child.start : child.end]):
            self.prose.statement(word)

    def _element(self, element: Element) -> None:
        match element.tag:
            case "mj-text" | "mj-raw" | "mj-accordion-title" | "mj-accordion-text":
                self.prose.html(self._content(element))
            case "mj-table":
                self.prose.html(f"<table>{self._content(element)}</table>")
            case "mj-navbar":
                for link in element.elements():
                    self.prose.labelled(self._content(link), element.get("base-url") + link.get("href"))
            case "mj-button" | "mj-social-element":
                label = self._content(element) or element.get("alt") or element.get("name")
                self.prose.labelled(label, element.get("href"))
            case "mj-image" | "mj-carousel-image":
                self.prose.picture(element.get("alt"), element.get("href"))
            case "mj-divider":
                self.prose.rule(RULE)
            case _:
                self._children(element)

    def _content(self, element: Element) -> str:
        return self.mapped.text[element.inner : element.inner_end]
