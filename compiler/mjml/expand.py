"""What is known before any contact: `[[ params ]]`, `[% include %]`, `[% if %]` and mj-include, expanded.

A small language on purpose: no loop and no arithmetic, so expansion always ends. Contact data never comes here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry, Finding, Place, did_you_mean, finding
from compiler.mjml.mapped import Builder, MappedText, Source

#: `path` relative to the workspace's root → the file's text, or None.
Read = Callable[[str], str | None]

DEEPEST = 10
LONGEST = 1_048_576

# Jinja's tags and comments are stepped over: what they hold is for later.
_TOKEN = re.compile(
    r"(?P<skip><!--.*?-->|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})"
    r"|(?P<param>\[\[(?P<param_inner>[^\[\]]*)\]\])"
    r"|(?P<block>\[%(?P<block_inner>.*?)%\])"
    r"|(?P<include><mj-include\b(?P<attributes>[^>]*?)/?>(?:\s*</mj-include>)?)",
    re.DOTALL,
)
_PAIRS = (("<!--", "-->"), ("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("[%", "%]"), ("[[", "]]"), ("<mj-include", ">"))
_MOST_OPEN = 20
_PARAM = re.compile(
    r"\s*(?P<name>[a-z][\w.]*)\s*(?:\|\s*(?P<filter>raw|default\(\s*(?P<text>\"[^\"]*\"|'[^']*')\s*\)))?\s*"
)
_INCLUDE = re.compile(r"\s*include\s+(?P<path>\"[^\"]*\"|'[^']*')\s*(?:with\s+(?P<with>.*))?", re.DOTALL)
_WITH = re.compile(r"\s*,?\s*(?P<name>[a-z]\w*)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')", re.DOTALL)
_OUTER = re.compile(r"\[\[\s*([a-z][\w.]*)\s*\]\]")
_IF = re.compile(
    r"\s*if\s+(?P<not>not\s+)?(?P<name>[a-z][\w.]*)\s*(?:(?P<op>==|!=)\s*(?P<value>\"[^\"]*\"|'[^']*'))?\s*"
)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_BODY = re.compile(r"<mj-body\b[^>]*>(.*)</mj-body\s*>", re.DOTALL)
_HEAD = re.compile(r"<mj-head\b[^>]*>(.*)</mj-head\s*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scope:
    """What holds in one file: its params, and the chain of files that led to it, itself last."""

    params: Mapping[str, str]
    trail: tuple[str, ...]

    def with_params(self, more: Mapping[str, str]) -> Scope:
        return Scope({**self.params, **more}, self.trail)


@dataclass
class Expansion:
    """One template's expansion. `head` gathers what included documents add to mj-head."""

    read: Read
    findings: list[Finding] = field(default_factory=list)
    head: list[MappedText] = field(default_factory=list)
    size: int = 0

    def expand(self, mapped: MappedText, scope: Scope) -> MappedText:
        """The text with every include and param resolved."""
        if (offset := _dangling(mapped.text)) is not None:
            self._find(codes.TAG_BROKEN, mapped, offset)
            return mapped
        builder = Builder(mapped)
        states: list[_Branch] = []
        position = 0
        for match in _TOKEN.finditer(mapped.text):
            if match["skip"] is not None:
                continue
            if _open(states):
                builder.copy(mapped, position, match.start())
            position = match.end()
            if match["block"] is not None and self._branch(mapped, match, states, scope.params):
                continue
            if _open(states):
                self._write(builder, mapped, match, scope)
        if states:
            self._find(codes.BLOCK_OPEN, mapped, states[-1].offset)
        builder.copy(mapped, position, len(mapped.text))
        return builder.done()

    def _write(self, builder: Builder, mapped: MappedText, match: re.Match[str], scope: Scope) -> None:
        if match["param"] is not None:
            value = self._value(mapped, match, scope.params)
            if self._fits(len(value), mapped, match.start()):
                builder.write(value, mapped, match.start())
        elif match["include"] is not None:
            self._include_tag(builder, mapped, match, scope)
        elif found := _INCLUDE.fullmatch(match["block_inner"]):
            # `with title="[[ name ]], bonjour"`: the value is the includer's, unescaped until it is written.
            local = self._local(mapped, match, found["with"] or "", scope.params)
            inner = None
            if local is not None:
                inner = self._included(mapped, match.start(), found["path"][1:-1], scope.with_params(local))
            if inner is not None:
                builder.append(inner)
        else:
            self._find(codes.BLOCK_UNKNOWN, mapped, match.start(), block=match["block_inner"].strip())

    def _local(
        self, mapped: MappedText, match: re.Match[str], written: str, params: Mapping[str, str]
    ) -> dict[str, str] | None:
        """What an include is given; None where that is too long: values made of values grow by their power."""
        local = {}
        for given in _WITH.finditer(written):
            value = given["value"][1:-1]
            length = sum(len(params.get(outer[1], "")) for outer in _OUTER.finditer(value))
            if not self._fits(length, mapped, match.start()):
                return None
            local[given["name"]] = _OUTER.sub(lambda outer: self._param(mapped, match, outer[1], params), value)
        return local

    def _fits(self, length: int, mapped: MappedText, offset: int) -> bool:
        """Whether so much more may be written; the finding comes once."""
        before, self.size = self.size, self.size + length
        if self.size > LONGEST >= before:
            self._find(codes.TOO_LONG, mapped, offset)
        return self.size <= LONGEST

    def _value(self, mapped: MappedText, match: re.Match[str], params: Mapping[str, str]) -> str:
        found = _PARAM.fullmatch(match["param_inner"])
        if found is None:
            self._find(codes.BLOCK_UNKNOWN, mapped, match.start(), block=match["param_inner"].strip())
            return ""
        value = params.get(found["name"])
        if value is None and found["text"] is not None:
            value = found["text"][1:-1]
        if value is None:
            return self._param(mapped, match, found["name"], params)
        return value if found["filter"] == "raw" else escape(value)

    def _param(self, mapped: MappedText, match: re.Match[str], name: str, params: Mapping[str, str]) -> str:
        if name not in params:
            known = sorted(params)
            arguments = {"name": name, "known": ", ".join(known)}
            hint = did_you_mean(name, known)
            self.findings.append(mapped.finding(codes.PARAM_UNKNOWN, match.start(), arguments, hint))
        return params.get(name, "")

    def _branch(
        self, mapped: MappedText, match: re.Match[str], states: list[_Branch], params: Mapping[str, str]
    ) -> bool:
        """Whether the block was an `if`, `else` or `endif`, which are done here."""
        inner = match["block_inner"].strip()
        if found := _IF.fullmatch(inner):
            value = params.get(found["name"], "")
            truth = value == found["value"][1:-1] if found["op"] else bool(value)
            states.append(_Branch(match.start(), truth is not bool(found["not"] or found["op"] == "!=")))
        elif inner == "else" and states:
            states[-1].taken = not states[-1].taken
        elif inner == "endif" and states:
            states.pop()
        else:
            return False
        return True

    def _include_tag(self, builder: Builder, mapped: MappedText, match: re.Match[str], scope: Scope) -> None:
        attributes = {name: value[1:-1] for name, value in _ATTRIBUTE.findall(match["attributes"])}
        kind = attributes.get("type", "mjml")
        if "css-inline" in attributes:
            self._find(codes.ATTRIBUTE_IGNORED, mapped, match.start(), attribute="css-inline", component="mj-include")
        inner = self._included(mapped, match.start(), attributes.get("path", ""), scope)
        if inner is None:
            return
        wrapper = {"css": "mj-style", "html": "mj-raw"}.get(kind)
        if wrapper is not None:
            builder.write(f"<{wrapper}>", mapped, match.start())
            builder.append(inner)
            builder.write(f"</{wrapper}>", mapped, match.start())
            return
        if head := _HEAD.search(inner.text):
            part = Builder(inner)
            part.copy(inner, head.start(1), head.end(1))
            self.head.append(part.done())
        body = _BODY.search(inner.text)
        start, end = (body.start(1), body.end(1)) if body else (0, len(inner.text))
        builder.copy(inner, start, end)

    def _included(self, mapped: MappedText, offset: int, path: str, scope: Scope) -> MappedText | None:
        full = posixpath.normpath(posixpath.join(posixpath.dirname(scope.trail[-1]), path)) if path else ""
        if not path or full.startswith(("../", "/")) or full == "..":
            self._find(codes.INCLUDE_OUTSIDE, mapped, offset, path=path)
            return None
        if full in scope.trail or len(scope.trail) > DEEPEST:
            self._find(codes.INCLUDE_CYCLE, mapped, offset, path=full)
            return None
        text = self.read(full)
        if text is None:
            self._find(codes.INCLUDE_MISSING, mapped, offset, path=full)
            return None
        if not self._fits(len(text), mapped, offset):
            return None
        return self.expand(MappedText.of(Source(full, normalised(text))), Scope(scope.params, (*scope.trail, full)))

    def _find(self, entry: Entry, mapped: MappedText, offset: int, **arguments: object) -> None:
        self.findings.append(mapped.finding(entry, offset, arguments))


def _dangling(text: str) -> int | None:
    """Where more is opened than could ever be meant and nothing closes it: each would be searched to the end."""
    for opens, closes in _PAIRS:
        last = text.rfind(closes) + len(closes) if closes in text else 0
        if text.count(opens, last) > _MOST_OPEN:
            return text.index(opens, last)
    return None


@dataclass
class _Branch:
    offset: int
    taken: bool


def _open(states: list[_Branch]) -> bool:
    return all(state.taken for state in states)


def normalised(text: str) -> str:
    """LF alone ends a line; no byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def expanded(source: str, path: str, *, read: Read, params: Mapping[str, str]) -> tuple[MappedText, list[Finding]]:
    """A template with everything that git knows resolved."""
    if len(source) > LONGEST:
        return MappedText.of(Source(path, "\n")), [finding(codes.TOO_LONG, Place(path))]
    expansion = Expansion(read)
    mapped = expansion.expand(MappedText.of(Source(path, normalised(source))), Scope(params, (path,)))
    if not expansion.head:
        return mapped, expansion.findings
    return _with_head(mapped, expansion.head), expansion.findings


def _with_head(mapped: MappedText, parts: list[MappedText]) -> MappedText:
    builder = Builder(mapped)
    close = mapped.text.find("</mj-head")
    body = mapped.text.find("<mj-body")
    at = close if close >= 0 else max(0, body)
    builder.copy(mapped, 0, at)
    if close < 0:
        builder.write("<mj-head>", mapped, at)
    for part in parts:
        builder.append(part)
    if close < 0:
        builder.write("</mj-head>", mapped, at)
    builder.copy(mapped, at, len(mapped.text))
    return builder.done()
