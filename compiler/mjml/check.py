"""What is wrong in an MJML tree, by the table of components: mrml itself would say nothing."""

from __future__ import annotations

from html import unescape

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry, Finding, did_you_mean, finding
from compiler.mjml import components
from compiler.mjml.blocks import unbalanced
from compiler.mjml.mapped import MappedText
from compiler.mjml.markup import check_markup
from compiler.mjml.tree import Attribute, Element, Text
from compiler.mjml.words import Words
from compiler.render.targets import Refused, read_target


class Checker:
    """Checks one document. Read `findings` after `check`."""

    def __init__(self, mapped: MappedText, words: Words) -> None:
        self.mapped = mapped
        self.words = words
        self.findings: list[Finding] = []

    def check(self, element: Element, parent: Element | None = None) -> None:
        """The element and everything below it."""
        if element.tag not in components.ATTRIBUTES:
            hint = did_you_mean(element.tag, sorted(components.ATTRIBUTES))
            self.findings.append(
                finding(codes.COMPONENT_UNKNOWN, self.mapped.place(element.start), hint=hint, tag=element.tag)
            )
            return
        if element.tag in components.UNSUPPORTED:
            self._find(codes.COMPONENT_UNSUPPORTED, element.start, tag=element.tag)
            return
        if parent is not None:
            self._check_place(element, parent)
        for attribute in element.attributes:
            self._check_attribute(element, attribute, parent)
            if attribute.name == "href" and element.tag not in ("mj-font", "mj-navbar-link"):
                self._check_link(attribute)
        self._check_content(element)
        self._check_special(element)
        for child in element.elements():
            self.check(child, element)

    def _check_place(self, element: Element, parent: Element) -> None:
        allowed = components.CHILDREN.get(parent.tag, frozenset())
        if element.tag not in allowed:
            self._find(
                codes.COMPONENT_PLACE,
                element.start,
                tag=element.tag,
                parent=parent.tag,
                allowed=", ".join(sorted(allowed)) or "-",
            )

    def _check_attribute(self, element: Element, attribute: Attribute, parent: Element | None) -> None:
        known = components.ATTRIBUTES[element.tag] | components.COMMON
        if element.tag in ("mj-all", "mj-class"):
            known |= components.ANY_ATTRIBUTE
        if parent is not None and parent.tag == "mj-attributes":
            known |= components.ANY_ATTRIBUTE
        if attribute.name not in known:
            hint = did_you_mean(attribute.name, sorted(known))
            place = self.mapped.place(attribute.offset)
            self.findings.append(
                finding(codes.ATTRIBUTE_UNKNOWN, place, hint=hint, component=element.tag, attribute=attribute.name)
            )
        elif (element.tag, attribute.name) in components.IGNORED_ATTRIBUTES:
            self._find(codes.ATTRIBUTE_IGNORED, attribute.offset, component=element.tag, attribute=attribute.name)
        elif (element.tag, attribute.name, attribute.value) in components.IGNORED_VALUES:
            written = f'{attribute.name}="{attribute.value}"'
            self._find(codes.ATTRIBUTE_IGNORED, attribute.offset, component=element.tag, attribute=written)
        elif self.words.found(attribute.value):
            if components.computed(attribute.name):
                self._find(codes.ATTRIBUTE_PERSONAL, attribute.offset, attribute=attribute.name)
            self._check_balance(attribute.value, attribute.start)
        elif wanted := components.expected(element.tag, attribute.name, attribute.value):
            self._find(codes.ATTRIBUTE_VALUE, attribute.offset, attribute=attribute.name, expected=wanted)

    def _check_link(self, attribute: Attribute) -> None:
        match read_target(self.words.restore(unescape(attribute.value))):
            case Refused(text, host):
                entry = codes.LINK_HOST if host else codes.LINK_SCHEME
                self._find(entry, attribute.offset, target=text)

    def _check_content(self, element: Element) -> None:
        if element.tag in components.ENDING:
            content = self.mapped.text[element.inner : element.inner_end]
            self._check_balance(content, element.inner)
            self.findings.extend(check_markup(element.tag, content, element.inner, self.mapped, self.words))
            return
        tags: list[tuple[int, str]] = []
        for child in element.children:
            if isinstance(child, Text):
                tags += self._check_text(element, child)
        for offset, word in unbalanced(tags):
            self._find(codes.JINJA_SPLIT, offset, word=word)
        conditional = any(word for _, word in tags)
        if element.tag == "mj-section" and conditional:
            for column in element.elements():
                if column.tag == "mj-column" and not column.get("width"):
                    self._find(codes.COLUMN_WIDTH, column.start)

    def _check_text(self, element: Element, child: Text) -> list[tuple[int, str]]:
        """Bare text between components: Jinja statements alone. Gives them with their places."""
        text = self.mapped.text[child.start : child.end]
        bare = bool(self.words.without(text).strip()) or any(not w.statement for _, w in self.words.found_at(text))
        statements = self.words.statements(text, child.start)
        if bare:
            start = child.start + len(text) - len(text.lstrip())
            self._find(codes.TEXT_BARE, start, tag=element.tag)
        elif statements and element.tag not in components.WRAPPABLE:
            self._find(codes.JINJA_SOCIAL, statements[0][0], tag=element.tag)
        return statements

    def _check_balance(self, text: str, start: int) -> None:
        for offset, name in unbalanced(self.words.statements(text, start)):
            self._find(codes.JINJA_SPLIT, offset, word=name)

    def _check_special(self, element: Element) -> None:
        names = {attribute.name for attribute in element.attributes}
        if element.tag in ("mj-image", "mj-carousel-image") and "alt" not in names:
            self._find(codes.IMAGE_ALT, element.start)
        if element.tag == "mj-social-element" and "src" not in names and element.get("name"):
            self._find(codes.SOCIAL_ICON, element.start)
        if element.tag == "mj-font":
            self._find(codes.FONT_REMOTE, element.start)
        if element.tag == "mj-raw" and element.get("position"):
            self._find(codes.COMPONENT_UNSUPPORTED, element.start, tag='mj-raw position="file-start"')
        attributes = {attribute.name: attribute.value for attribute in element.attributes}
        for attribute in element.attributes:
            if components.differs(element.tag, attribute.name, attributes):
                self._find(codes.ATTRIBUTE_DIFFERS, attribute.offset, component=element.tag, attribute=attribute.name)

    def _find(self, entry: Entry, offset: int, **arguments: object) -> None:
        self.findings.append(self.mapped.finding(entry, offset, arguments))
