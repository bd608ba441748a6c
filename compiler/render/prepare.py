"""A compiled template becomes a message template: links numbered, preview text and pixel in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, finding
from compiler.language.plan import Link, MessageTemplate
from compiler.render.checks import check_source
from compiler.render.compiled import LINK_CLOSES, LINK_OPENS, CompiledMjml
from compiler.render.lexer import PieceKind, pieces
from compiler.render.targets import Refused, Target, Untracked, read_target

# NUL stands around an expression's number, SOH around any other tag's: no template holds these characters.
_MARK = re.compile(r"([\0\1])(\d+)\1")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_HREF = re.compile(
    r"(<(?:a|area|v:\w+)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE
)
_BODY = re.compile(r"<body\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
# Whatever a mail client fetches by itself: the attribute's value, or what stands between the brackets.
_FETCHED = re.compile(
    r"[\s\"'](?:src|srcset|background|poster)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)"
    r"|\burl\(\s*(\"[^\"]*\"|'[^']*'|[^()\"']*)\s*\)",  # no parenthesis in between: "url(url(…" must stay linear
    re.IGNORECASE,
)
_BARE_URL = r"https?://(?:[^\s<>\"\0\1]|\0\d+\0)+"
_HIDDEN = (
    "display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;"
)
# After a short preview text an inbox would go on with the message's first words: these fill the line instead.
_FILLER = "&#847;&zwnj;&nbsp;" * 40


def prepare(template: CompiledMjml, *, subject: str, preview: str) -> tuple[MessageTemplate, list[Finding]]:
    """The message template, and what is wrong with it. `preview` empty: the template's own mj-preview."""
    place = Place(template.path)
    # A character may have been written as `&#13;`: only here is it seen.
    preview = preview or unescape_text(template.preview)
    sources = (template.html, template.text, subject, preview)
    findings = [problem for source in sources for problem in check_source(source, place)]
    for source in sources:
        if control := _CONTROL.search(source):
            findings.append(finding(codes.CHARACTER, place, character=f"U+{ord(control.group()):04X}"))
    if any(f.stops for f in findings):
        return MessageTemplate(subject, preview, "", ""), list(dict.fromkeys(findings))
    links = _Links(place)
    html = _framed(links.in_html(template.html), preview)
    text = links.in_text(template.text)
    made = tuple(Link(number, target) for target, number in links.numbers.items())
    return MessageTemplate(subject, preview, html, text, made), list(dict.fromkeys(findings + links.findings))


def addresses_of(message: MessageTemplate) -> Iterator[str]:
    """Every address, Jinja and all, that a reader's click or their mail client by itself asks for."""
    yield from (link.target for link in message.links)
    marked = _Marked.of(message.html)
    for match in _FETCHED.finditer(marked.text):
        yield marked.restore(match[1] or match[2])


def unescape_text(source: str) -> str:
    """HTML text as plain text, Jinja tags as they are."""
    return "".join(p.text if p.kind is not PieceKind.TEXT else unescape(p.text) for p in pieces(source))


@dataclass
class _Marked:
    """A source whose tags are marks."""

    text: str
    tags: list[str]

    @classmethod
    def of(cls, source: str) -> _Marked:
        tags: list[str] = []
        parts = []
        for piece in pieces(source):
            if piece.kind is PieceKind.TEXT:
                parts.append(piece.text)
            else:
                mark = "\0" if piece.kind is PieceKind.EXPRESSION else "\1"
                parts.append(f"{mark}{len(tags)}{mark}")
                tags.append(piece.text)
        return cls("".join(parts), tags)

    def restore(self, text: str) -> str:
        return _MARK.sub(lambda m: self.tags[int(m[2])], text)


@dataclass
class _Links:
    """Numbers targets in the order in which they first appear; equal targets share a number."""

    place: Place
    numbers: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def in_html(self, source: str) -> str:
        marked = _Marked.of(source)

        def replace(match: re.Match[str]) -> str:
            written = self._written(marked.restore(_unescaped(match[2][1:-1])))
            return match[0] if written is None else f'{match[1]}"{written}"'

        return marked.restore(_HREF.sub(replace, marked.text))

    def in_text(self, source: str) -> str:
        marked = _Marked.of(source)
        opens = "|".join(f"\1{n}\1" for n, tag in enumerate(marked.tags) if tag == LINK_OPENS)
        closes = "|".join(f"\1{n}\1" for n, tag in enumerate(marked.tags) if tag == LINK_CLOSES)
        derived = f"(?:{opens})(?P<derived>.*?)(?:{closes})|" if opens and closes else "(?P<derived>(?!))|"

        def replace(match: re.Match[str]) -> str:
            bare = match["bare"] or ""
            end = len(bare.rstrip(".,;:!?)'»”")) if bare else 0
            written = self._written(marked.restore(match["derived"] if not bare else bare[:end]))
            if written is None:
                return match["derived"] or bare
            return written + bare[end:]

        return marked.restore(re.sub(f"{derived}(?P<bare>{_BARE_URL})", replace, marked.text, flags=re.DOTALL))

    def _written(self, source: str) -> str | None:
        """The tag that writes a link, or None where the address stays as it is."""
        match read_target(source):
            case Untracked():
                return None
            case Refused(text, host):
                self.findings.append(finding(codes.LINK_HOST if host else codes.LINK_SCHEME, self.place, target=text))
                return None
            case Target(text, expression):
                number = self.numbers.setdefault(text, len(self.numbers))
                return f"{{{{ envoi.link({number}{', ' + expression if expression else ''}) }}}}"


def _unescaped(marked: str) -> str:
    return "".join(
        part if index % 2 else unescape(part) for index, part in enumerate(re.split("(\0\\d+\0|\1\\d+\1)", marked))
    )


def _framed(html: str, preview: str) -> str:
    """The preview text hidden at the beginning of the body, the pixel at its end."""
    marked = _Marked.of(html)
    hidden = f'<div style="{_HIDDEN}">{_escaped(preview)}{_FILLER}</div>' if preview.strip() else ""
    text = marked.text
    start = _BODY.search(text)
    at = start.end() if start else 0
    ends = list(_BODY_END.finditer(text, at))
    end = ends[-1].start() if ends else len(text)
    before, inside, after = (marked.restore(part) for part in (text[:at], text[at:end], text[end:]))
    return f"{before}{hidden}{inside}{{{{ envoi.pixel() }}}}{after}"


def _escaped(source: str) -> str:
    return "".join(p.text if p.kind is not PieceKind.TEXT else escape(p.text, quote=False) for p in pieces(source))
