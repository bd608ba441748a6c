"""How a page would look, without a browser: the CSS cascade, for what decides whether text can be read.

Selectors are matched by lexbor; this module orders what they give (CSS Cascading and Inheritance 4, 6.1) and hands
down what is inherited. Media queries are answered for a wide screen in one colour scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from compiler.lint.colour import BLACK, DARK_CANVAS, LINK, LINK_ON_DARK, WHITE, Colour, read_colour

WIDTH = 800  # of the screen, in pixels: beyond every breakpoint of e-mail
_MEDIUM = 16.0
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
          "xx-large": 32.0}  # fmt: skip
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})
_OF_THEMSELVES = _BOLD | {"small"}
_SILENT = frozenset({"head", "script", "style", "template", "title", "noscript", "textarea", "option"})
_READ = frozenset({"color", "background", "background-color", "background-image", "font", "font-size", "font-weight",
                   "display", "visibility", "opacity"})  # fmt: skip
# A part of an element (::first-line) is not the element; the old ones are written with one colon as well.
_PART = re.compile(r"::|:(?:before|after|first-line|first-letter)\b", re.IGNORECASE)
_IMAGE = re.compile(r"url\(|gradient\(|image-set\(", re.IGNORECASE)

#: A property's value as written, and whether it is important.
Declared: TypeAlias = tuple[str, str, bool]
#: Where a declaration stands in the cascade, the last the strongest: important, inline, specificity, order.
Rank: TypeAlias = tuple[bool, bool, tuple[int, int, int], int]


class Scheme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Look:
    """What a piece of text looks like. `ground` is None where a picture lies behind it."""

    colour: Colour
    ground: Colour | None
    size: float
    bold: bool
    opacity: float = 1.0
    seen: bool = True
    link: Colour = LINK  # what links within it are drawn in


@dataclass(frozen=True, slots=True)
class Piece:
    """A text node that can be seen, blanks folded."""

    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet for one scheme: each selector with its specificity and what it declares, in order."""

    rules: tuple[tuple[str, tuple[int, int, int], tuple[Declared, ...]], ...]


def pieces(html: str, scheme: Scheme) -> Iterator[Piece]:
    """The texts of a page in reading order. Never raises: what CSS does not understand, it drops."""
    tree = _parsed(html)
    body = tree.body
    if body is None:
        return
    styles = [node.text(deep=True) for node in tree.css("style")]
    matched = _matched(tree, [_sheet(style, scheme) for style in styles])
    dark = scheme is Scheme.DARK and _follows_the_reader(tree, styles)
    canvas = DARK_CANVAS if dark else WHITE
    start = Look(WHITE if dark else BLACK, canvas, _MEDIUM, False, link=LINK_ON_DARK if dark else LINK)
    root = tree.root
    around = start if root is None else _look(root, start, matched)
    if around is not None:
        yield from _walk(body, around, matched)


@lru_cache(maxsize=2)  # by day, then by night
def _parsed(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def rules_in(html: str) -> int:
    """How many rules a page's styles hold: each is asked of every element."""
    return sum(node.text(deep=True).count("{") for node in _parsed(html).css("style"))


def _walk(node: LexborNode, outer: Look, matched: Mapping[int, dict[str, tuple[Rank, str]]]) -> Iterator[Piece]:
    """Depth first, with a stack of its own: a page may nest deeper than Python."""
    waiting: list[tuple[LexborNode, Look]] = [(node, outer)]
    while waiting:
        here, around = waiting.pop()
        tag = here.tag or "-"
        if tag == "-text":
            text = " ".join((here.text_content or "").split())
            if text and around.seen and around.size >= 1:
                yield Piece(text, around)
        elif tag not in _SILENT and not tag.startswith("-"):
            look = _look(here, around, matched)
            if look is not None:
                waiting += [(child, look) for child in reversed(list(here.iter(include_text=True)))]


def _look(node: LexborNode, outer: Look, matched: Mapping[int, dict[str, tuple[Rank, str]]]) -> Look | None:
    """How an element's texts look; None where nothing of it is shown."""
    tag = node.tag or ""
    attributes = node.attributes
    known = matched.get(node.mem_id)
    if not attributes and not known and tag not in _OF_THEMSELVES:
        return outer
    found = {name: value for name, (_, value) in known.items()} if known else {}
    _add_hints(found, known or {}, tag, attributes)
    style = attributes.get("style")
    if style:
        _add_inline(found, known or {}, style)
    if "hidden" in attributes and "display" not in found:
        return None
    return _styled(tag, attributes, found, outer)


def _add_hints(
    found: dict[str, str], known: Mapping[str, tuple[Rank, str]], tag: str, attributes: Mapping[str, str | None]
) -> None:
    """Presentational attributes: the weakest of all (HTML 15.2), so only where no rule spoke."""
    for name, wanted, tags in (
        ("bgcolor", "background-color", ("body", "table", "tr", "td", "th", "thead", "tbody", "tfoot")),
        ("text", "color", ("body",)),
        ("color", "color", ("font",)),
    ):
        value = attributes.get(name)
        if value and tag in tags and wanted not in known:
            # HTML reads #-less colours too; those of six hexadecimal digits are the only ones people write.
            found[wanted] = f"#{value}" if re.fullmatch(r"[0-9a-fA-F]{6}", value) else value
    if attributes.get("background") and tag in ("body", "table", "td", "th") and "background-image" not in known:
        found["background-image"] = "url(x)"


def _add_inline(found: dict[str, str], known: Mapping[str, tuple[Rank, str]], style: str) -> None:
    for name, value, important in _declarations(style):
        if name not in known or important or not known[name][0][0]:
            found[name] = value


def _styled(tag: str, attributes: Mapping[str, str | None], found: Mapping[str, str], outer: Look) -> Look | None:
    if found.get("display") == "none":
        return None
    colour = outer.colour
    if tag == "a" and attributes.get("href") is not None:
        colour = outer.link
    written = found.get("color", "")
    if written == "inherit":
        colour = outer.colour
    elif own := read_colour(written, outer.colour):
        colour = own
    visible = found.get("visibility")
    return Look(  # each field, for `replace` costs three times as much
        colour=colour,
        ground=_ground(found, outer, colour),
        size=_size(found.get("font-size", ""), outer.size, tag),
        bold=_bold(found.get("font-weight", ""), outer.bold, tag),
        opacity=outer.opacity * _share(found.get("opacity", "")),
        seen=outer.seen if visible is None else visible not in ("hidden", "collapse"),
        link=read_colour(attributes.get("link") or "", BLACK) or outer.link if tag == "body" else outer.link,
    )


def _ground(found: Mapping[str, str], outer: Look, colour: Colour) -> Colour | None:
    """What lies behind: the element's own ground on that of those around it; None behind a picture without one."""
    own = read_colour(found.get("background-color", ""), colour)
    if own is not None and own.alpha >= 1:
        return own
    image = found.get("background-image", "")
    if image and image != "none" and _IMAGE.search(image):
        return None
    if own is None or own.alpha <= 0 or outer.ground is None:
        return outer.ground
    return own.over(outer.ground)


def _size(written: str, outer: float, tag: str) -> float:
    if not written:
        return outer * (_HEADINGS.get(tag) or (1 / 1.2 if tag == "small" else 1))
    if written in _SIZES:
        return _SIZES[written]
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)(px|pt|em|rem|%|)", written)
    if match is None:
        return outer * {"smaller": 1 / 1.2, "larger": 1.2}.get(written, 1)
    number, unit = float(match[1]), match[2]
    scale = {"px": 1.0, "pt": 4 / 3, "em": outer, "rem": _MEDIUM, "%": outer / 100}
    return number * scale[unit] if unit else (0.0 if number == 0 else outer)


def _bold(written: str, outer: bool, tag: str) -> bool:
    if not written or written == "inherit":
        return outer or (tag in _BOLD and not written)
    return written in ("bold", "bolder") or (written.isdigit() and int(written) >= 600)


def _share(written: str) -> float:
    try:
        return min(1.0, max(0.0, float(written)))
    except ValueError:
        return 1.0


def _follows_the_reader(tree: LexborHTMLParser, styles: Sequence[str]) -> bool:
    """Whether the page says that it knows dark mode: then its canvas is dark where nothing covers it."""
    said = [node.attributes.get("content") or "" for node in tree.css("meta[name=color-scheme]")]
    said += [
        match[1] for style in styles for match in re.finditer(r"(?::root|html)\s*\{[^{}]*color-scheme:([^;{}]*)", style)
    ]
    return any("dark" in each for each in said)


def _matched(tree: LexborHTMLParser, sheets: Sequence[Sheet]) -> dict[int, dict[str, tuple[Rank, str]]]:
    """For each element that a rule speaks of, the strongest value of each property."""
    found: dict[int, dict[str, tuple[Rank, str]]] = {}
    order = 0
    for sheet in sheets:
        for selector, specificity, declared in sheet.rules:
            order += 1
            for node in _select(tree, selector):
                known = found.setdefault(node.mem_id, {})
                for name, value, important in declared:
                    rank = (important, False, specificity, order)
                    if name not in known or known[name][0] <= rank:
                        known[name] = (rank, value)
    return found


def _select(tree: LexborHTMLParser, selector: str) -> Sequence[LexborNode]:
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):  # a pseudo-class of the moment (:hover), or no selector at all
        return ()


@lru_cache(maxsize=64)
def _sheet(style: str, scheme: Scheme) -> Sheet:
    nodes = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return Sheet(tuple(_rules(nodes, scheme)))


def _rules(nodes: Sequence[Any], scheme: Scheme) -> Iterator[tuple[str, tuple[int, int, int], tuple[Declared, ...]]]:
    for node in nodes:
        if node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            if holds(tinycss2.serialize(node.prelude), scheme):
                inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from _rules(inner, scheme)
        elif node.type == "qualified-rule":
            declared = tuple(_read(tinycss2.parse_blocks_contents(node.content or ())))
            for selector in _alternatives(node.prelude) if declared else ():
                if not _PART.search(selector):
                    yield selector, specificity_of(selector), declared


def _alternatives(prelude: Sequence[Any]) -> Iterator[str]:
    """A selector list, one by one: each has a specificity of its own."""
    current: list[Any] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield tinycss2.serialize(current).strip()
            current = []
        else:
            current.append(token)
    yield tinycss2.serialize(current).strip()


@lru_cache(maxsize=2048)
def _declarations(style: str) -> tuple[Declared, ...]:
    return tuple(_read(tinycss2.parse_blocks_contents(style)))


def _read(nodes: Sequence[Any]) -> Iterator[Declared]:
    for node in nodes:
        if node.type != "declaration" or node.lower_name not in _READ:
            continue
        value = tinycss2.serialize(node.value).strip().lower()
        yield from _longhands(node.lower_name, value, node.important)


def _longhands(name: str, value: str, important: bool) -> Iterator[Declared]:
    """What a declaration sets. A colour that CSS does not know makes the whole declaration void."""
    if name == "background":
        words = _words(value)
        colours = [word for word in words if read_colour(word, BLACK) is not None]
        yield "background-color", colours[-1] if colours else "transparent", important
        yield "background-image", value if _IMAGE.search(value) else "none", important
    elif name == "font":
        words = _words(value)
        sizes = [w.partition("/")[0] for w in words if re.match(r"[0-9.]+(px|pt|em|rem|%)", w) or w in _SIZES]
        if sizes:
            yield "font-size", sizes[0], important
            weights = [w for w in words if w in ("bold", "bolder") or re.fullmatch(r"[1-9]00", w)]
            yield "font-weight", weights[0] if weights else "normal", important
    elif name in ("color", "background-color"):
        if value in ("inherit", "currentcolor") or read_colour(value, BLACK) is not None:
            yield name, value, important
    else:
        yield name, value, important


def _words(value: str) -> list[str]:
    return re.findall(r"(?:[^\s(]+\([^)]*\)|[^\s(]+)+", value)


def specificity_of(selector: str) -> tuple[int, int, int]:
    """Identifiers, classes, types (Selectors 4, 17), of a selector without parts of elements."""
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", selector)
    classes = re.sub(r"\[[^\]]*\]", ".x", bare)
    elements = re.sub(r":[\w-]+", ".x", classes)
    return (
        len(re.findall(r"#[\w-]+", elements)),
        len(re.findall(r"\.[\w-]+", elements)),
        len(re.findall(r"(?<![\w.#-])[a-z][\w-]*", re.sub(r"[.#][\w-]+", "", elements), re.IGNORECASE)),
    )


@lru_cache(maxsize=256)
def holds(query: str, scheme: Scheme) -> bool:
    """Whether a media query list is true on a wide screen in this scheme; what is not known is false."""
    return any(_one_holds(each.strip().lower(), scheme) for each in query.split(","))


def _one_holds(query: str, scheme: Scheme) -> bool:
    if query.startswith("not "):
        return not _one_holds(query[4:], scheme)
    terms = [term.strip() for term in re.split(r"\band\b", query.removeprefix("only "))]
    return all(term in ("all", "screen", "") or _feature_holds(term, scheme) for term in terms)


def _feature_holds(term: str, scheme: Scheme) -> bool:
    match = re.fullmatch(r"\(\s*([a-z-]+)\s*:\s*([^)]+?)\s*\)", term)
    if match is None:
        return False
    name, value = match[1], match[2]
    if name == "prefers-color-scheme":
        return value == scheme.value
    width = re.fullmatch(r"([0-9.]+)(px|em|rem)", value)
    if name not in ("min-width", "max-width", "min-device-width", "max-device-width") or width is None:
        return False
    pixels = float(width[1]) * (1 if width[2] == "px" else _MEDIUM)
    return pixels <= WIDTH if name.startswith("min") else pixels >= WIDTH
