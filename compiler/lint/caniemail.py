"""What an author writes that part of the audience will not see, by caniemail.com's tests of mail programs.

Only the author's own files are read: what MJML makes of its components is MJML's, and tried by its makers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from itertools import islice

from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, finding
from compiler.lint.places import Origin, place_in
from compiler.lint.providers import families, shares

#: Parts of the audience for whom something is lost, from which it is worth a word, or a warning.
_WORTH_A_WORD = Fraction(15, 100)
_MOST_DO_NOT_SEE = Fraction(50, 100)
_NAMED = 3  # families of programs

# An ornament, or a help for some: where it is lost, nothing that is said is lost with it, so nobody is told.
_ORNAMENTS = frozenset(
    {"accent-color", "animation", "transition", "transform", "cursor", "resize", "user-select", "outline",
     "outline-offset", "border-radius", "box-shadow", "text-shadow", "text-decoration", "text-decoration-color",
     "text-decoration-line", "text-decoration-style", "text-decoration-thickness", "text-decoration-skip-ink",
     "text-underline-offset", "text-underline-position", "text-emphasis", "text-emphasis-position", "hyphens",
     "hyphenate-character", "hyphenate-limit-chars", "overflow-wrap", "word-wrap", "word-break", "text-wrap",
     "text-overflow", "text-align-last", "text-justify", "font-kerning", "font-stretch", "font-size-adjust", "orphans",
     "widows", "opacity", "filter", "backdrop-filter", "scroll-snap", "color-scheme", "table-layout", "tab-size",
     "border-spacing", "list-style", "list-style-image", "list-style-position", "background-position",
     "background-repeat", "background-size", "background-origin", "background-clip", "height", "max-height",
     "min-height", "min-width", "white-space", "overflow", "visibility", "clear", "box-sizing", "caption-side",
     "empty-cells", "word-spacing", "z-index", "background-blend-mode", "mix-blend-mode", "border-image"}
)  # fmt: skip
# A style sheet adapts a message that reads well without it; attributes for screen readers harm nobody; a gradient has
# a colour below it, a set of sources its first one.
_QUIET_SORTS = frozenset({"at", "pseudo"})
_QUIET_NAMES = frozenset(
    {"style", "body", "abbr", "acronym", "code", "dfn", "bdi", "small", "strike", "wbr", "link", "base", "rp", "rt",
     "ruby", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby", "aria-live", "background", "dir",
     "height", "hidden", "lang", "loading", "role", "target", "width", "inert", "popover", "required", "rgba",
     "linear-gradient", "radial-gradient", "conic-gradient", "srcset", "sizes", "picture"}
    | {"article", "aside", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section", "time"}
)  # fmt: skip

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\[\[.*?\]\]|\[%.*?%\]|<!--.*?-->", re.DOTALL)
# Names are tried whole, from where they begin, and what opens is looked for once: no text takes for ever.
_SHEET = re.compile(r"<(mj-style|style)\b[^<>]*>", re.IGNORECASE)
_SHEET_END = re.compile(r"</(?:mj-)?style\s*>", re.IGNORECASE)
_COMMENT, _COMMENT_END = re.compile(r"/\*"), re.compile(r"\*/")
_TAG = re.compile(r"<(?!mj-)([a-z][a-z0-9]*)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![a-z-])([a-z-]++)\s*+=\s*+(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_DECLARATION = re.compile(r"(?<![a-z-])([a-z-]++)\s*+:\s*+([^;{}]++)(?=[;}]|$)", re.IGNORECASE)
_FUNCTION = re.compile(r"(?<![a-z-])([a-z-]++)\(", re.IGNORECASE)
_NOT_A_LINE_END = re.compile(r"[^\n]")
_UNIT = re.compile(r"(?<![\w#.-])[0-9.]+([a-z]+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feature:
    """What caniemail.com tested: who does not show it, and who does."""

    title: str
    no: frozenset[str]
    yes: frozenset[str]

    def lost(self, programs: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Those of the audience's programs that do not show it, each with its part of those that were tested."""
        tested = {name: share for name, share in programs.items() if name in self.no or name in self.yes}
        total = sum(tested.values(), Fraction(0))
        return {name: share / total for name, share in tested.items() if name in self.no}


def client_findings(origin: Origin, lanes: Mapping[str, int]) -> Iterator[Finding]:
    """MSG-CLIENTS-29 and MSG-CLIENTS-30: each feature once, where it is first written."""
    programs = shares(lanes)
    told: set[str] = set()
    for path, text in origin.files:
        for feature, offset in used(text):
            if feature.title in told:
                continue
            lost = feature.lost(programs)
            part = sum(lost.values(), Fraction(0))
            if part < _WORTH_A_WORD:
                continue
            told.add(feature.title)
            yield finding(
                entries.CLIENTS_MOST if part >= _MOST_DO_NOT_SEE else entries.CLIENTS,
                place_in(path, text, offset),
                feature=feature.title,
                percent=round(part * 100),
                programs=", ".join(islice(families(lost), _NAMED)),
            )


@lru_cache(maxsize=64)
def used(source: str) -> tuple[tuple[Feature, int], ...]:
    """The tested features that an MJML or HTML file writes itself, with their places, in reading order."""
    known = _features()
    bare = _blanked(source, (match.span() for match in _JINJA.finditer(source)))
    found = [(known[spelled], offset) for spelled, offset in _spelled(bare) if spelled in known]
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _spelled(source: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    sheets = list(_between(_SHEET, _SHEET_END, source))
    for opens, closes in sheets:
        css = source[opens.end() : closes.start()]
        comments = [(a.start(), b.end()) for a, b in _between(_COMMENT, _COMMENT_END, css)]
        yield from _in_css(_blanked(css, comments), opens.end())
    for tag in _TAG.finditer(_blanked(source, [(a.start(), b.end()) for a, b in sheets])):
        name = tag[1].lower()
        yield ("element", name, ""), tag.start()
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            at = tag.start(2) + attribute.start()
            yield ("attribute", attribute[1].lower(), ""), at
            if attribute[1].lower() == "style":
                yield from _in_css(attribute[2][1:-1], tag.start(2) + attribute.start(2) + 1)


def _in_css(css: str, start: int) -> Iterator[tuple[tuple[str, str, str], int]]:
    for declaration in _DECLARATION.finditer(css):
        name, value = declaration[1].lower(), declaration[2].strip().lower()
        at = start + declaration.start()
        value = value.removesuffix("!important").strip()
        yield ("property", name, ""), at
        yield ("property", name, value), at
        value_at = start + declaration.start(2)
        yield from ((("function", f[1].lower(), ""), value_at + f.start()) for f in _FUNCTION.finditer(declaration[2]))
        yield from ((("unit", u[1].lower(), ""), value_at + u.start()) for u in _UNIT.finditer(declaration[2]))


def _between(
    opening: re.Pattern[str], closing: re.Pattern[str], source: str
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """What opens with what closes it; what nothing closes is left as it stands."""
    at = 0
    while (opens := opening.search(source, at)) and (closes := closing.search(source, opens.end())):
        yield opens, closes
        at = closes.end()


def _blanked(source: str, parts: Iterable[tuple[int, int]]) -> str:
    """The same length without these parts, so that places stay what they are."""
    pieces, at = [], 0
    for start, end in parts:
        pieces += [source[at:start], _NOT_A_LINE_END.sub(" ", source[start:end])]
        at = end
    return "".join([*pieces, source[at:]])


@lru_cache(maxsize=1)
def _features() -> dict[tuple[str, str, str], Feature]:
    """By how they are spelled; those whose loss harms nobody are left out."""
    data = json.loads(files("compiler.lint").joinpath("data/caniemail.json").read_text("utf-8"))
    found: dict[tuple[str, str, str], Feature] = {}
    for each in data["features"]:
        feature = Feature(each["title"], frozenset(each["no"]), frozenset(each["yes"]))
        for sort, name, value in each["as"]:
            if sort in _QUIET_SORTS or name in (_ORNAMENTS if sort == "property" else _QUIET_NAMES):
                continue
            found[sort, name, value] = feature
    return found
