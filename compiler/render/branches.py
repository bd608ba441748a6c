"""Which branches of a message somebody's values take, found without rendering it.

A probe is the template without what it writes: tests, loops, macros and assignments stay, and each branch says that it
was taken. It looks at few values, so that people alike in these need it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from compiler.language.plan import MessageTemplate
from compiler.render import budget
from compiler.render.checks import parser
from compiler.render.environment import Sandbox
from compiler.render.fields import names_in
from compiler.render.renderer import EnvoiLinks, _Envoi, _Program, _sandbox
from compiler.render.values import Record, RenderError

#: Stands among the branches of somebody whose values stop the template.
STOPPED = -1
_TAKE = "envoi_branch"


class Branches:
    """The branches of one message template, numbered. Not reentrant."""

    def __init__(self, template: MessageTemplate) -> None:
        numbers = count()
        self._programs: list[_Program] = []
        names: set[str] = set()
        for source, escaped in ((template.subject, False), (template.text, False), (template.html, True)):
            tree = parser().parse(source)
            names |= names_in(_probe(tree, numbers))
            self._programs.append(_Program(tree, _sandbox(escaped)))
        self.count = next(numbers)
        self._taken: set[int] = set()
        #: What decides between them: `contact.city`, `products`. A record used whole is `contact.*`.
        self.names = frozenset(names - {_TAKE, "envoi"})

    def taken(self, values: Mapping[str, object], links: EnvoiLinks) -> frozenset[int]:
        """The branches that these values take, and STOPPED where the template stops at them."""
        self._taken = set()
        known: dict[str, Any] = {**dict(_sandbox(False).globals), **values, _TAKE: self._take}
        envoi = _Envoi(links, {})
        known["envoi"] = envoi
        for record in ("contact", "campaign", "organisation"):
            if isinstance(found := values.get(record), Mapping):
                known[record] = Record(record, found)
        budget.begin()
        try:
            for program in self._programs:
                program.pieces(known, envoi)
        except RenderError:
            self._taken.add(STOPPED)
        return frozenset(self._taken)

    def _take(self, number: int, value: object = "") -> object:
        self._taken.add(number)
        return value


def _probe(tree: nodes.Template, numbers: Iterator[int]) -> nodes.Template:
    """The same tree, stripped."""
    _Stripper(numbers).visit(tree)
    environment: Sandbox = parser()
    tree.set_environment(environment)
    tree.set_lineno(1)
    return tree


class _Stripper(NodeTransformer):
    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers

    def visit_Output(self, node: nodes.Output) -> nodes.Output | None:
        kept = [self.visit(child) for child in node.nodes if _may_branch(child)]
        return nodes.Output(kept) if kept else None

    def visit_If(self, node: nodes.If) -> nodes.If:
        self.generic_visit(node)
        node.body = [self._mark(), *node.body]
        node.else_ = [self._mark(), *node.else_]
        return node

    def visit_For(self, node: nodes.For) -> nodes.For:
        return self.visit_If(node)  # type: ignore[arg-type,return-value]  # the same fields matter

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.CondExpr:
        self.generic_visit(node)
        node.expr1 = self._marked(node.expr1)
        node.expr2 = self._marked(node.expr2 or nodes.Const(""))
        return node

    def _mark(self) -> nodes.ExprStmt:
        return nodes.ExprStmt(self._call([]))

    def _marked(self, value: nodes.Expr) -> nodes.Call:
        return self._call([value])

    def _call(self, value: list[nodes.Expr]) -> nodes.Call:
        number = nodes.Const(next(self._numbers))
        return nodes.Call(nodes.Name(_TAKE, "load"), [number, *value], [], None, None)


def _may_branch(written: nodes.Expr) -> bool:
    """Whether what is written may decide something itself: a choice in an expression, the call of a macro."""
    if isinstance(written, nodes.CondExpr) or written.find(nodes.CondExpr) is not None:
        return True
    calls = [written] if isinstance(written, nodes.Call) else []
    return any(isinstance(call.node, nodes.Name) for call in [*calls, *written.find_all(nodes.Call)])
