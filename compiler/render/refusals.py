"""Constructions of Jinja that no template of envoi may hold: other files, unbounded work, unescaped output."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from jinja2 import nodes

from compiler.render.budget import LONGEST, MOST_ITEMS

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
    if any(isinstance(node, nodes.Pow) for node in every):
        yield "**"
    yield from _outsized(every)
    yield from _recursive_macros(every)


def _outsized(every: Sequence[nodes.Node]) -> Iterator[str]:
    """What is written to be too long: a range or a text whose length stands in the template itself."""
    for call in (node for node in every if isinstance(node, nodes.Call)):
        match call.node, [_whole(argument) for argument in call.args]:
            case nodes.Name(name="range"), [int() as stop] if stop > MOST_ITEMS:
                yield f"range({stop})"
            case nodes.Name(name="range"), [int() as start, int() as stop] if stop - start > MOST_ITEMS:
                yield f"range({start}, {stop})"
    for product in (node for node in every if isinstance(node, nodes.Mul)):
        match product.left, product.right:
            case (nodes.Const(value=str() as text), times) | (times, nodes.Const(value=str() as text)):
                if len(text) * (_whole(times) or 0) > LONGEST:
                    yield f"… * {_whole(times)}"


def _whole(node: nodes.Node) -> int | None:
    """The whole number that an expression of numbers alone comes to; what no range is as long as counts as that."""
    match node:
        case nodes.Const(value=int() as value):
            return value
        case nodes.Mul(left=left, right=right):
            first, second = _whole(left), _whole(right)
            return None if first is None or second is None else min(first * second, sys.maxsize)
        case nodes.Pow():
            return sys.maxsize
    return None


def _recursive_macros(every: Sequence[nodes.Node]) -> Iterator[str]:
    """A macro that can reach itself, or that is passed around: its work could not be bounded."""
    macros = {macro.name: macro for macro in every if isinstance(macro, nodes.Macro)}
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
    called = {id(call.node) for call in every if isinstance(call, nodes.Call)}
    for used in (node for node in every if isinstance(node, nodes.Name)):
        if used.ctx == "load" and used.name in macros and id(used) not in called:
            yield f"{used.name} (macro)"
