"""The HTML inside components: what no message may hold, and tags left open."""

from __future__ import annotations

import re
from html import unescape

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry, Finding
from compiler.mjml.mapped import MappedText
from compiler.mjml.words import Words
from compiler.render.targets import Refused, read_target

_FORBIDDEN = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "base",
        "link",
        "svg",
        "math",
        "audio",
        "video",
        "source",
        "canvas",
        "portal",
    ]
)
#: Tags that must close: left open, they would swallow the rest of the message.
_MUST_CLOSE = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "span",
        "div",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "center",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "small",
        "sup",
        "sub",
        "style",
        "blockquote",
    ]
)
# `<![if …]>` and `<![endif]>` are Outlook's; at any other `<![` HTML readers stop, or lose what follows.
_SECTION = re.compile(
    r"<!\[(?!(?:if|else|endif|temp|cdata|ignore|include|rcdata)(?![-_.a-z0-9]))", re.IGNORECASE | re.ASCII
)
_TAG = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<tag>[A-Za-z][\w:-]*)"
    r"(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
)
_OPENS = re.compile(r"<!--|</?[A-Za-z]")
_EVENT = re.compile(r"(?:^|[\s/\"'])(on[a-z]+)\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"(?:href|src|action|background)\s*=\s*[\"']?\s*(javascript|vbscript|data|file):", re.IGNORECASE)
_HREF = re.compile(r"\shref\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_REMOTE = re.compile(r"@import|@font-face", re.IGNORECASE)


def check_markup(component: str, content: str, start: int, mapped: MappedText, words: Words) -> list[Finding]:
    """Findings for the content of a component that begins at `start`."""
    found: list[Finding] = []

    def find(entry: Entry, offset: int, **arguments: object) -> None:
        found.append(mapped.finding(entry, start + offset, arguments))

    if remote := _REMOTE.search(content):
        find(codes.FONT_REMOTE, remote.start())
    if section := _SECTION.search(content):
        find(codes.TAG_BROKEN, section.start())
        return found
    if component in ("mj-style", "mj-preview", "mj-title"):
        return found
    stack: list[tuple[str, int]] = []
    matches, broken = _tags(content)
    if broken is not None:
        find(codes.TAG_BROKEN, broken)
        return found
    for match in matches:
        tag = (match["tag"] or "").lower()
        if not tag:
            continue
        if not match["close"]:
            _check_tag(match, tag, find, words)
        if tag in _MUST_CLOSE and not match["attributes"].endswith("/"):
            if not match["close"]:
                stack.append((tag, match.start()))
            elif stack and stack[-1][0] == tag:
                stack.pop()
            elif any(tag == opened for opened, _ in stack):
                while stack[-1][0] != tag:
                    opened, offset = stack.pop()
                    find(codes.TAG_OPEN, offset, tag=opened)
                stack.pop()
    # In mj-raw, and where branches open one tag or another, what is left open may be meant.
    if component != "mj-raw" and not _has_branches(content, words):
        for opened, offset in stack:
            find(codes.TAG_OPEN, offset, tag=opened)
    return found


def _tags(content: str) -> tuple[list[re.Match[str]], int | None]:
    """The tags and comments, or where one never ends: to look on for others would take the square of the length."""
    matches: list[re.Match[str]] = []
    at, last = 0, content.rfind("-->")
    while opened := _OPENS.search(content, at):
        match = None if opened[0] == "<!--" and opened.start() > last else _TAG.match(content, opened.start())
        if match is None and opened[0] != "<!--":
            return [], opened.start()
        # A comment may be closed by another component.
        at = opened.end() if match is None else match.end()
        matches += [match] if match else []
    return matches, None


def _check_tag(match: re.Match[str], tag: str, find: object, words: Words) -> None:
    assert callable(find)
    attributes = match["attributes"]
    unquoted = _QUOTED.sub('""', attributes)
    if tag in _FORBIDDEN:
        find(codes.HTML_FORBIDDEN, match.start(), what=f"<{tag}>")
    elif tag == "meta" and "http-equiv" in attributes.lower():
        find(codes.HTML_FORBIDDEN, match.start(), what="<meta http-equiv>")
    elif event := _EVENT.search(unquoted):
        find(codes.HTML_FORBIDDEN, match.start(), what=event[1].lower())
    elif scheme := _SCHEME.search(attributes):
        find(codes.HTML_FORBIDDEN, match.start(), what=scheme[1].lower() + ":")
    if tag in ("a", "area") and (href := _HREF.search(attributes)):
        match read_target(words.restore(unescape(href[1][1:-1]))):
            case Refused(text, host):
                find(codes.LINK_HOST if host else codes.LINK_SCHEME, match.start(), target=text)
    if re.search(r"=\s*" + words.pattern.pattern, unquoted):
        find(codes.ATTRIBUTE_QUOTES, match.start(), attribute=tag)


def _has_branches(content: str, words: Words) -> bool:
    return any(inner.startswith(("if ", "for ")) for _, inner in words.statements(content))
