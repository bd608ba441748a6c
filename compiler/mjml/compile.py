"""MJML to HTML and text, with Jinja tags intact; plain HTML too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mjml import mjml2html

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding
from compiler.mjml.blocks import unbalanced
from compiler.mjml.check import Checker
from compiler.mjml.expand import Read, expanded
from compiler.mjml.mapped import Builder, MappedText
from compiler.mjml.markup import check_markup
from compiler.mjml.pictures import Album, NoPictures, with_pictures
from compiler.mjml.prose import Prose, colon
from compiler.mjml.shield import Shield
from compiler.mjml.text import TextPart
from compiler.mjml.tree import parse
from compiler.mjml.words import Words
from compiler.render.checks import check_tag
from compiler.render.compiled import CompiledMjml
from compiler.render.lexer import LexError, PieceKind, pieces

_NO_PICTURES = NoPictures()


def compile_mjml(
    source: str,
    path: str,
    *,
    read: Read,
    params: Mapping[str, str],
    album: Album = _NO_PICTURES,
    inline_css: bool = False,
) -> CompiledMjml:
    """HTML and text as Jinja source, with every finding of the template.

    `read` gives an included file's text by its path in the workspace, `album` the pictures that it may name. Where
    findings stop, html and text are empty.
    """
    draft = _draft(source, path, read=read, params=params, album=album)
    protected = draft.protected
    if protected is None:
        return draft.result("", "")
    root, problems, comments = parse(protected)
    draft.findings += problems
    if root is not None:
        checker = Checker(protected, draft.words)
        checker.check(root)
        draft.findings += checker.findings
    if root is None or draft.stopped:
        return draft.result("", "")
    shield = Shield(protected, draft.words)
    shield.cover(root, comments)
    html, problems = _html(shield, inline_css=inline_css)
    draft.findings += problems
    text = TextPart(protected, draft.words, root.get("lang")).write(root)
    if not text.strip():
        draft.findings.append(protected.finding(codes.TEXT_EMPTY, root.start, {}))
    return draft.result(html, text, preview=draft.words.restore(shield.preview))


def compile_html(
    source: str,
    path: str,
    *,
    read: Read,
    params: Mapping[str, str],
    album: Album = _NO_PICTURES,
    inline_css: bool = False,
) -> CompiledMjml:
    """The same for a template written in HTML: includes, params, checks, text part."""
    draft = _draft(source, path, read=read, params=params, album=album)
    protected, words = draft.protected, draft.words
    if protected is None:
        return draft.result("", "")
    draft.findings += check_markup("html", protected.text, 0, protected, words)
    for offset, word in unbalanced(words.statements(protected.text)):
        draft.findings.append(protected.finding(codes.JINJA_SPLIT, offset, {"word": word}))
    if draft.stopped:
        return draft.result("", "")
    language = re.search(r"<html\b[^>]*\blang\s*=\s*[\"']?([\w-]+)", protected.text, re.IGNORECASE)
    prose = Prose(words, colon(language[1] if language else ""))
    prose.html(protected.text)
    text = prose.done()
    if not text.strip():
        draft.findings.append(protected.finding(codes.TEXT_EMPTY, 0, {}))
    html, problems = _inlined(protected, protected.text, words) if inline_css else (protected.text, [])
    draft.findings += problems
    return draft.result(words.restore(html), text)


def compile_text(
    source: str, path: str, *, read: Read, params: Mapping[str, str], album: Album = _NO_PICTURES
) -> CompiledMjml:
    """A text part written by hand: includes, params and checks. Its `html` is empty."""
    draft = _draft(source, path, read=read, params=params, album=album)
    text = draft.words.restore(draft.protected.text) if draft.protected is not None else ""
    return draft.result("", text.strip("\n") + "\n")


@dataclass
class _Draft:
    """A source expanded, its Jinja tags as words, None where Jinja cannot read it; and what was found so far."""

    path: str
    protected: MappedText | None
    words: Words
    findings: list[Finding]

    @property
    def stopped(self) -> bool:
        return any(found.stops for found in self.findings)

    def result(self, html: str, text: str, *, preview: str = "") -> CompiledMjml:
        """The answer: empty parts where a finding stops. Findings speak of what was written, never of our words."""
        spoken = tuple(dict.fromkeys(self._spoken(found) for found in self.findings))
        if self.stopped:
            html = text = ""
        return CompiledMjml(html, text, spoken, preview, self.path)

    def _spoken(self, found: Finding) -> Finding:
        return replace(found, arguments=tuple((name, self.words.restore(value)) for name, value in found.arguments))


def _draft(source: str, path: str, *, read: Read, params: Mapping[str, str], album: Album) -> _Draft:
    mapped, findings = expanded(source, path, read=read, params=params)
    words = Words.apart_from(mapped.text)
    for match in _CHARACTER.finditer(mapped.text):
        name = {"character": f"U+{ord(match.group()):04X}"}
        findings.append(mapped.finding(codes.CHARACTER, match.start(), name))
    try:
        mapped, problems = with_pictures(mapped, album)
        protected = protect_tags(mapped, words)
    except LexError as error:
        findings.append(mapped.finding(codes.JINJA_SYNTAX, error.offset, {"reason": error.message}))
        return _Draft(path, None, words, findings)
    findings += problems
    for word in words.table.values():
        if word.tag is not None:
            findings += check_tag(word.tag, word.place)
    return _Draft(path, protected, words, findings)


# Control characters, and those that turn the direction of text: what a reviewer reads must be what is sent.
_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def protect_tags(mapped: MappedText, words: Words) -> MappedText:
    """Every Jinja tag as a word; comments are dropped. Raises LexError."""
    builder = Builder(mapped)
    for piece in pieces(mapped.text):
        if piece.kind is PieceKind.TEXT:
            builder.copy(mapped, piece.start, piece.end)
        elif piece.kind is not PieceKind.COMMENT:
            builder.write(words.add(piece.text, mapped.place(piece.start), piece), mapped, piece.start)
    return builder.done()


def _html(shield: Shield, *, inline_css: bool) -> tuple[str, list[Finding]]:
    covered = shield.covered
    try:
        # No fonts: by default mrml makes every reading call Google. No icons of www.mailjet.com either.
        html = mjml2html(covered.text, fonts={}, social_icon_origin="", include_loader=_refuse)
    except ValueError as error:
        offset = re.search(r"position (\d+)", str(error))
        reason = str(error).split(" in root template")[0]
        return "", [covered.finding(codes.ENGINE, int(offset[1]) if offset else 0, {"reason": reason})]
    except BaseException as error:
        # A panic of the engine is no Exception to Python, and has no name that could be imported.
        if type(error).__name__ != "PanicException":
            raise
        return "", [covered.finding(codes.ENGINE, 0, {"reason": str(error)})]
    # mrml's own slip: an attribute that no table cell has.
    html = re.sub(r'(<td\b[^>]*?) vertical-align="(?:top|middle|bottom)"', r"\1", html)
    lost = shield.lost(html)
    html = shield.with_suffixes(html)
    if inline_css and not lost:
        html, lost = _inlined(covered, shield.uncovered(html), shield.words)
    return shield.words.restore(html), lost


def _inlined(mapped: MappedText, html: str, words: Words) -> tuple[str, list[Finding]]:
    """CSS copied into style attributes. Tags between table rows become comments: an HTML parser moves text out.

    Those inside Outlook's comments stay: one comment inside another would end it.
    """
    import css_inline

    pattern = words.pattern.pattern
    kept = r"<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
    commented = re.sub(rf"({kept})|({pattern})", lambda m: m[1] or f"<!--{m[2]}-->", html, flags=re.DOTALL)
    inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
    try:
        inlined = inliner.inline(commented)
    except css_inline.InlineError as error:
        return "", [mapped.finding(codes.ENGINE, 0, {"reason": f"CSS: {error}"})]
    return re.sub(rf"<!--({pattern})-->", r"\1", inlined), []


def _refuse(path: str) -> str:
    """mrml's own includes break layouts and could read files: every include is resolved before it."""
    raise ValueError(f"include of {path} refused")
