"""Constructions of Jinja that no template of envoi may hold: other files, unbounded work, unescaped output."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Extends, "{% extends %}"),
    (nodes.Include, "{% include %}"),
    (nodes.Import, "{% import %}"),
    (nodes.FromImport, "{% from … import %}"),
    (nodes.Block, "{% block %}"),
    (nodes.EvalContextModifier, "{% autoescape %}"),  # also the scoped one
)


def refusals(tree: nodes.Template) -> Iterator[str]:
    """What a template holds and may not, as an author would recognise it."""
    every = list(tree.find_all(nodes.Node))
    for kind, what in _REFUSED:
        if any(isinstance(node, kind) for node in every):
            yield what
    if any(isinstance(node, nodes.For) and node.recursive for node in every):
        yield "{% for … recursive %}"
    for name in (node for node in every if isinstance(node, nodes.Name)):
        # `envoi.link` is compiled to a direct call, so nothing else may bear that name.
        if name.name == "self" or (name.name == "envoi" and name.ctx != "load"):
            yield name.name
    yield from _recursive_macros(tree)


def _recursive_macros(tree: nodes.Template) -> Iterator[str]:
    """A macro that can reach itself, or that is passed around: its work could not be bounded."""
    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    if not macros:
        return
    calls = {
        name: {n.name for n in macro.find_all(nodes.Name) if n.ctx == "load" and n.name in macros}
        for name, macro in macros.items()
    }
    for name in sorted(macros):
        reached, waiting = set[str](), set(calls[name])
        while waiting:
            reached |= waiting
            waiting = set[str]().union(*(calls[n] for n in waiting)) - reached
        if name in reached:
            yield f"macro {name} → {name}"
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for used in tree.find_all(nodes.Name):
        if used.ctx == "load" and used.name in macros and id(used) not in called:
            yield f"{used.name} (macro)"
