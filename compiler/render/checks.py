"""What a template's Jinja may not do, found before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes

from compiler.language.catalogue import template as codes
from compiler.language.finding import Finding, Place, did_you_mean, finding
from compiler.render.environment import Sandbox

_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Extends, "{% extends %}"),
    (nodes.Include, "{% include %}"),
    (nodes.Import, "{% import %}"),
    (nodes.FromImport, "{% from … import %}"),
    (nodes.Block, "{% block %}"),
)
_GLOBALS = frozenset({"range", "namespace", "cycler", "joiner"})


@lru_cache(maxsize=1)
def parser() -> Sandbox:
    """The sandbox by which sources are read."""
    return Sandbox(autoescape=True)


def check_source(source: str, place: Place) -> list[Finding]:
    """Syntax and refused constructions of a Jinja source."""
    try:
        tree = parser().parse(source)
    except TemplateSyntaxError as error:
        return [finding(codes.JINJA_SYNTAX, place, reason=error.message or "?")]
    found = [finding(codes.JINJA_REFUSED, place, what=what) for what in _refusals(tree)]
    return list(dict.fromkeys(found + _unknown_filters(tree, place)))


def _refusals(tree: nodes.Template) -> Iterator[str]:
    for kind, what in _REFUSED:
        if tree.find(kind) is not None:
            yield what
    if any(loop.recursive for loop in tree.find_all(nodes.For)):
        yield "{% for … recursive %}"
    if any(name.name == "self" for name in tree.find_all(nodes.Name)):
        yield "self"
    if any(name.name == "envoi" and name.ctx != "load" for name in tree.find_all(nodes.Name)):
        yield "envoi ="
    yield from _recursive_macros(tree)


def _recursive_macros(tree: nodes.Template) -> Iterator[str]:
    """A macro that can reach itself, or that is passed around: its work could not be bounded."""
    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    calls: dict[str, set[str]] = {}
    for name, macro in macros.items():
        calls[name] = {n.name for n in macro.find_all(nodes.Name) if n.ctx == "load" and n.name in macros}
    for name in sorted(macros):
        reached, waiting = set[str](), set(calls[name])
        while waiting:
            reached |= waiting
            waiting = set().union(*(calls[n] for n in waiting)) - reached
        if name in reached:
            yield f"macro {name} → {name}"
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for used in tree.find_all(nodes.Name):
        if used.ctx == "load" and used.name in macros and id(used) not in called:
            yield f"{used.name} (macro)"


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
