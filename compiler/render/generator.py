"""Templates compiled to code that writes quoted-printable: constants are encoded once, values as they are written.

Only what leaves the template is encoded (`frame.buffer is None`). Captured output (macro, call, set, filter) stays
plain text, and is encoded when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.utils import concat
from markupsafe import escape

from compiler.render.bounded import BoundedGenerator
from compiler.render.budget import SMALL, made
from compiler.render.environment import Sandbox
from compiler.render.quoted import encode_piece
from compiler.render.values import printable

#: What `escape` would replace.
_SPECIAL = re.compile("[&<>\"']").search

#: Calls on `envoi` that compiled code makes without the sandbox's own detours.
_DIRECT_CALLS = ("link", "pixel")


class QuotedGenerator(BoundedGenerator):
    """Writes `yield b'…'` for what leaves the template; everything else is Jinja's own code."""

    _leaves = False

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("envoi_write = environment.write")
        self.writeline("envoi_write_captured = environment.write_captured")
        for name in _DIRECT_CALLS:
            self.writeline(f"envoi_{name} = context.envoi_{name}")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        outer, self._leaves = self._leaves, frame.buffer is None
        super().visit_Output(node, frame)
        self._leaves = outer

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return repr(encode_piece(concat(group))) if self._leaves else super()._output_const_repr(group)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if self._leaves:
            self.write("envoi_write(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if self._leaves:
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        CodeGenerator.start_write(self, frame, node)
        self.write("envoi_write_captured(envoi_text(" if frame.buffer is None else "envoi_text(")

    def end_write(self, frame: Frame) -> None:
        self.write("))" if frame.buffer is None else ")")
        CodeGenerator.end_write(self, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        called = _direct_call(node)
        if called is None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write(f"envoi_{called}(")
        for position, argument in enumerate(node.args):
            self.write(", " if position else "")
            self.visit(argument, frame)
        self.write(")")


def _direct_call(node: nodes.Call) -> str | None:
    """Which of `envoi.link` and `envoi.pixel` a call is, if it is one. `envoi` is never assigned (check_source)."""
    match node.node:
        case nodes.Getattr(node=nodes.Name(name="envoi"), attr=name) if name in _DIRECT_CALLS:
            return str(name)
    return None


class QuotedSandbox(Sandbox):
    """The sandbox whose templates write quoted-printable bytes."""

    code_generator_class = QuotedGenerator

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(autoescape=autoescape)
        self.write = html_writer if autoescape else text_writer
        self.write_captured = captured_writer


def html_writer(value: object) -> bytes:
    """A value as it leaves an HTML template: escaped, then encoded."""
    if type(value) is str:
        return _short_html(value) if len(value) <= _SHORT else _html(value)
    return encode_piece(made(escape(printable(value))))


def _html(value: str) -> bytes:
    if len(value) > SMALL:
        made(value)
    # Most values hold nothing to escape, and looking costs a third of escaping.
    return encode_piece(escape(value) if _SPECIAL(value) else value)


# Most short values come again: products, prices, towns, first names. Signed links, all different, are longer.
_SHORT = 64
_short_html = lru_cache(maxsize=8192)(_html)
_short_text = lru_cache(maxsize=8192)(encode_piece)


def text_writer(value: object) -> bytes:
    """A value as it leaves a text template."""
    if type(value) is str:
        return _short_text(value) if len(value) <= _SHORT else encode_piece(made(value))
    return encode_piece(made(str(printable(value))))


def captured_writer(value: str) -> bytes:
    """What a `call` or `filter` block made: Jinja writes it as it is."""
    return encode_piece(value)
