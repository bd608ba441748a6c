"""What a template's Jinja may not do, found before it runs."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, did_you_mean, finding
from compiler.language.plan import MessageTemplate
from compiler.render.environment import Sandbox
from compiler.render.lexer import Piece, PieceKind
from compiler.render.refusals import refusals


@lru_cache(maxsize=1)
def parser() -> Sandbox:
    """The sandbox by which sources are read."""
    return Sandbox(autoescape=True)


@lru_cache(maxsize=256)  # every phase asks about the same few sources
def parsed(source: str) -> nodes.Template:
    """The tree of a source, to be read only. Raises TemplateSyntaxError, RecursionError."""
    return parser().parse(source)


def check_source(source: str, place: Place) -> list[Finding]:
    """Syntax and refused constructions of a Jinja source."""
    try:
        tree = parsed(source)
    except TemplateSyntaxError as error:
        return [finding(codes.JINJA_SYNTAX, place, reason=error.message or "?")]
    except RecursionError:
        return [finding(codes.JINJA_SYNTAX, place, reason="( ( ( …")]
    found = [finding(codes.JINJA_REFUSED, place, what=what) for what in refusals(tree)]
    return list(dict.fromkeys(found + _unknown_filters(tree, place)))


def check_tag(tag: Piece, place: Place) -> list[Finding]:
    """The same for one tag by itself, at its place: a statement that opens a block is closed for the trial."""
    if tag.kind is PieceKind.EXPRESSION:
        return check_source(tag.text, place)
    if tag.kind is not PieceKind.STATEMENT or tag.word in ("else", "elif") or tag.word.startswith("end"):
        return []
    found = check_source(tag.text, place)
    if any(f.entry is codes.JINJA_SYNTAX for f in found):
        # An open block is no mistake of this tag.
        return check_source(f"{tag.text}{{% end{tag.word} %}}", place)
    return found


def may_run_long(message: MessageTemplate) -> bool:
    """Whether a message's work may be more than its source and its lists: loops in loops, macros, text that doubles.

    Every list is bounded, so nothing else can fill the memory or the hours.
    """
    return any(map(_may_run_long, (message.subject, message.preview, message.html, message.text)))


_CAPTURING = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.NSRef, nodes.AssignBlock)


@lru_cache(maxsize=256)
def _may_run_long(source: str) -> bool:
    tree = parsed(source)
    if any(tree.find(kind) is not None for kind in _CAPTURING):
        return True
    nested = any(loop.find(nodes.For) is not None for loop in tree.find_all(nodes.For))
    return nested or any(one.find(nodes.Concat) is not None for one in tree.find_all(nodes.Assign))


def _unknown_filters(tree: nodes.Template, place: Place) -> list[Finding]:
    sandbox = parser()
    known = ((nodes.Filter, sandbox.filters), (nodes.Test, sandbox.tests))
    found = []
    for kind, names in known:
        for node in tree.find_all(kind):
            name = getattr(node, "name", "")
            if name not in names:
                what = f"| {name}" if kind is nodes.Filter else f"is {name}"
                hint = did_you_mean(name, sorted(names))
                found.append(finding(codes.JINJA_REFUSED, place, hint=hint, what=what))
    return found
