"""Templates compiled to code that counts its own work: loops and macros by their turns, large texts by their length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context

from compiler.render import budget

#: Filters that make text of whatever they are given: of a function they would print where it lies in memory.
TEXT_FILTERS = frozenset(
    [
        *("capitalize", "e", "escape", "forceescape", "lower", "replace", "string", "striptags"),
        *("title", "trim", "truncate", "typo", "upper", "urlencode", "wordcount"),
    ]
)

# No template can write a filter's name that holds a blank.
_TURNS = "envoi turns"
_TURN = "envoi turn"


@pass_context
def _turns(_context: Context, values: Iterable[Any], weight: int) -> list[Any]:
    found = budget.items(values)
    budget.spend_turns(weight * len(found))
    return found


@pass_context
def _turn(_context: Context, weight: int) -> None:
    budget.spend_turns(weight)


#: What `count` writes into a template. Their context keeps Jinja from working them out while compiling.
COUNTERS: dict[str, Callable[..., Any]] = {_TURNS: _turns, _TURN: _turn}


def count(tree: nodes.Template) -> None:
    """Makes every loop, macro and call block of a template count itself before it runs."""
    for loop in list(tree.find_all(nodes.For)):
        weight = _weight([*loop.body, *([loop.test] if loop.test else [])])
        loop.iter = nodes.Filter(loop.iter, _TURNS, [nodes.Const(weight)], [], None, None, lineno=loop.lineno)
    blocks: list[nodes.Macro | nodes.CallBlock] = [*tree.find_all(nodes.Macro), *tree.find_all(nodes.CallBlock)]
    for block in blocks:
        turn = nodes.Filter(nodes.Const(_weight(block.body)), _TURN, [], [], None, None)
        block.body.insert(0, nodes.ExprStmt(turn, lineno=block.lineno))
    if tree.environment is not None:
        tree.set_environment(tree.environment)


def _weight(body: Iterable[nodes.Node]) -> int:
    """How many nodes one turn carries out; what is in loops of its own is counted there."""
    weight = 1
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        weight += 1
        if not isinstance(node, nodes.For | nodes.Macro):
            waiting += node.iter_child_nodes()
    return weight


class BoundedGenerator(CodeGenerator):
    """Jinja's code, with `read` and `made` around what could be long."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("envoi_read = environment.read")
        self.writeline("envoi_made = environment.made")
        self.writeline("envoi_text = environment.text")
        self.writeline("envoi_shown = environment.shown")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> str:
        # Only what stands outside of tags: no expression of a stranger's is worked out while compiling.
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        join = "markup_join" if frame.eval_ctx.autoescape else "str_join"
        self.write(f"envoi_made({join}((")
        for part in node.nodes:
            self.write("envoi_shown(")
            self.visit(part, frame)
            self.write("), ")
        self.write(")))")

    @contextmanager
    def _filter_test_common(self, node: nodes.Filter | nodes.Test, frame: Frame, is_filter: bool) -> Iterator[None]:
        with super()._filter_test_common(node, frame, is_filter):
            # What is written in the template is as long as it looks; a block's text has been counted.
            counted = node.node is None or isinstance(node.node, nodes.Const) or node.name in COUNTERS
            shown = is_filter and node.name in TEXT_FILTERS
            self.write("" if counted else "envoi_shown(" if shown else "envoi_read(")
            yield
            self.write("" if counted else ")")

    # `{% call %}` and `{% filter %}` write through these two, and output statements do not.
    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        super().start_write(frame, node)
        self.write("envoi_text(")

    def end_write(self, frame: Frame) -> None:
        self.write(")")
        super().end_write(frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write("envoi_made(")
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        super()._output_child_post(node, frame, finalize)
        self.write(")")
