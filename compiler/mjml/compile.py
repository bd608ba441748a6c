"""MJML to HTML and text, with Jinja tags intact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from mjml import mjml2html

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, finding
from compiler.mjml import components
from compiler.mjml.check import Checker
from compiler.mjml.expand import Read, expanded
from compiler.mjml.mapped import Builder, MappedText, replaced
from compiler.mjml.text import TextPart
from compiler.mjml.tree import Attribute, Element, Text, parse
from compiler.mjml.words import Words
from compiler.render.compiled import CompiledMjml
from compiler.render.lexer import LexError, PieceKind, pieces


def compile_mjml(
    source: str, path: str, *, read: Read, params: Mapping[str, str], inline_css: bool = False
) -> CompiledMjml:
    """HTML and text as Jinja source, with every finding of the template.

    `read` gives an included file's text by its path in the workspace. Where findings stop, html and text are empty.
    """
    mapped, findings = expanded(source, path, read=read, params=params)
    words = Words.apart_from(mapped.text)
    try:
        protected = protect_tags(mapped, words)
    except LexError as error:
        findings.append(finding(codes.JINJA_SYNTAX, mapped.place(error.offset), reason=error.message))
        return _result("", "", findings, path=path)
    root, problems, comments = parse(protected)
    findings += problems
    if root is None:
        return _result("", "", findings, path=path)
    checker = Checker(protected, words)
    checker.check(root)
    findings += checker.findings
    if any(f.stops for f in findings):
        return _result("", "", findings, path=path)
    shield = Shield(protected, words)
    shield.cover(root, comments)
    html, lost = _html(shield, inline_css=inline_css)
    findings += lost
    text = TextPart(protected, words, root.get("lang")).write(root)
    if not text.strip():
        findings.append(finding(codes.TEXT_EMPTY, protected.place(root.start)))
    return _result(html, text, findings, preview=words.restore(shield.preview), path=path)


def _result(html: str, text: str, findings: list[Finding], *, preview: str = "", path: str) -> CompiledMjml:
    unique = tuple(dict.fromkeys(findings))
    if any(f.stops for f in unique):
        html = text = ""
    return CompiledMjml(html, text, unique, preview, path)


def protect_tags(mapped: MappedText, words: Words) -> MappedText:
    """Every Jinja tag as a word; comments are dropped. Raises LexError."""
    builder = Builder()
    for piece in pieces(mapped.text):
        if piece.kind is PieceKind.TEXT:
            builder.copy(mapped, piece.start, piece.end)
        elif piece.kind is not PieceKind.COMMENT:
            builder.write(words.add(piece.text, mapped.place(piece.start), piece), mapped, piece.start)
    return builder.done()


_COMMENT = re.compile(r"<!--(?!\s*(?:\[if|<!\[endif)).*?-->", re.DOTALL)
# mrml writes an attribute's value with Rust's debug format: everything else than these comes out as `\u{…}`.
_PLAIN = re.compile(r"[ !#-\[\]-~]*")


@dataclass(slots=True)
class _Covered:
    word: str
    offset: int


class Shield:
    """Covers with words what mrml would lose or break. Read `edits`, `used` and `preview` after `cover`."""

    def __init__(self, mapped: MappedText, words: Words) -> None:
        self.mapped = mapped
        self.words = words
        self.edits: list[tuple[int, int, str]] = []
        self.used: list[str] = []
        self.preview = ""

    def cover(self, root: Element, comments: list[tuple[int, int]]) -> None:
        self.edits = [(start, end, "") for start, end in comments]
        self._element(root)
        self.edits.sort()

    @property
    def covered(self) -> MappedText:
        return replaced(self.mapped, self.edits)

    def _element(self, element: Element) -> None:
        if element.tag == "mj-preview":
            self.preview = self._content(element).strip()
            self.edits.append((element.start, element.end, ""))
            return
        for attribute in element.attributes:
            if element.tag != "mj-button" or attribute.name != "title":
                self._attribute(element, attribute)
        if element.tag in components.ENDING:
            self._ending(element)
            return
        for child in element.children:
            if isinstance(child, Text):
                self._bare(child)
            else:
                self._element(child)

    def _attribute(self, element: Element, attribute: Attribute) -> None:
        value = attribute.value
        # mrml drops a button's title: it rides behind the address, in the same word.
        title = element.get("title") if element.tag == "mj-button" and attribute.name == "href" else ""
        if title or self.words.found(value) or not _PLAIN.fullmatch(value):
            # Jinja's own quotes stay: they are inside the inner words.
            content = value.replace('"', "&quot;")
            if title:
                content += '" title="' + title.replace('"', "&quot;")
            self.edits.append((attribute.start, attribute.end, f'"{self._word(content, attribute.offset)}"'))

    def _ending(self, element: Element) -> None:
        content = self._content(element)
        if element.tag == "mj-title":
            # Also copied into aria-label="…".
            content = content.strip().replace('"', "&quot;")
        elif element.tag != "mj-style":
            content = _COMMENT.sub("", content)
        if content.strip():
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


def _html(shield: Shield, *, inline_css: bool) -> tuple[str, list[Finding]]:
    covered = shield.covered
    try:
        html = mjml2html(covered.text, fonts={}, include_loader=_refuse)
    except ValueError as error:
        offset = re.search(r"position (\d+)", str(error))
        place = covered.place(int(offset[1]) if offset else 0)
        return "", [finding(codes.ENGINE, place, reason=str(error).split(" in root template")[0])]
    # mrml's own slip: an attribute that no table cell has.
    html = re.sub(r'(<td\b[^>]*?) vertical-align="(?:top|middle|bottom)"', r"\1", html)
    words = shield.words
    lost = [
        finding(codes.WORD_LOST, words.table[word].place, lost=words.restore(words.table[word].text).strip()[:60])
        for word in shield.used
        if word not in html
    ]
    if inline_css and not lost:
        return words.restore(_inlined(_outer_restored(html, shield), words)), []
    return words.restore(html), lost


def _outer_restored(html: str, shield: Shield) -> str:
    used = set(shield.used)
    table = shield.words.table
    return shield.words.pattern.sub(lambda m: table[m.group()].text if m.group() in used else m.group(), html)


def _inlined(html: str, words: Words) -> str:
    """CSS copied into style attributes. Tags between table rows become comments: an HTML parser moves text out."""
    import css_inline

    pattern = words.pattern.pattern
    commented = re.sub(rf"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)|({pattern})", lambda m: m[1] or f"<!--{m[2]}-->", html)
    inlined = css_inline.inline(commented, keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
    return re.sub(rf"<!--({pattern})-->", r"\1", inlined)


def _refuse(path: str) -> str:
    """mrml's own includes break layouts and could read files: every include is resolved before it."""
    raise ValueError(f"include of {escape(path)} refused")
