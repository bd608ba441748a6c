"""The sandbox of templates: no attribute but data, no loader, no clock, no randomness, bounded work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateAssertionError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace, missing

from compiler.language.finding import Text
from compiler.render import budget
from compiler.render.bounded import COUNTERS, BoundedGenerator, count
from compiler.render.budget import LONGEST
from compiler.render.filters import bounded_range, filters
from compiler.render.refusals import refusals
from compiler.render.values import Nothing, Record, RenderError, printable

#: Methods of text that make no more of it than there was, and reach nothing.
_TEXT_METHODS = frozenset(
    [
        "upper",
        "lower",
        "title",
        "capitalize",
        "casefold",
        "strip",
        "lstrip",
        "rstrip",
        "startswith",
        "endswith",
        "find",
        "count",
        "isdigit",
        "isalpha",
        "removeprefix",
        "removesuffix",
        "split",
    ]
)
_LOOP = frozenset(
    [
        "index",
        "index0",
        "revindex",
        "revindex0",
        "first",
        "last",
        "length",
        "depth",
        "depth0",
        "previtem",
        "nextitem",
        "cycle",
        "changed",
    ]
)
_TESTS = [
    "defined",
    "undefined",
    "none",
    "boolean",
    "true",
    "false",
    "integer",
    "float",
    "number",
    "string",
    "mapping",
    "sequence",
    "iterable",
    "even",
    "odd",
    "divisibleby",
    "eq",
    "equalto",
    "ne",
    "lt",
    "lessthan",
    "le",
    "gt",
    "greaterthan",
    "ge",
    "in",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "lower",
    "upper",
]


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment in which every template runs: `autoescape` for HTML, not for text and subjects."""

    code_generator_class = BoundedGenerator
    concat = staticmethod(budget.captured)
    read = staticmethod(budget.read)
    shown = staticmethod(budget.shown)
    made = staticmethod(budget.made)
    text = staticmethod(budget.block)
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            optimized=False,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            finalize=printable,
            cache_size=0,
        )
        self.filters = filters() | COUNTERS
        self.tests = {name: self.tests[name] for name in _TESTS if name in self.tests}
        self.globals = {"range": bounded_range, "namespace": Namespace, "cycler": Cycler, "joiner": Joiner}

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:
        for what in refusals(source):
            raise TemplateAssertionError(f"{what} is refused", 1)
        count(source)
        return super()._generate(source, *arguments, **options)

    def wrap_str_format(self, value: Any) -> None:
        """`str.format` can be asked for a width of any size: it is refused like any other method."""
        return

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            value = obj.get(attribute, missing)
            return value if value is not None and value is not missing else self._absent(obj, attribute, value)
        if isinstance(obj, Mapping):
            return self.getattr(Record("", obj), attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple | str | Undefined):
            return super().getitem(obj, argument)
        return self.undefined(f"access to an item of {type(obj).__name__} is refused", exc=SecurityError)

    def _absent(self, record: dict[str, Any], name: str, value: object) -> Undefined:
        prefix = record.name if isinstance(record, Record) else ""
        full = f"{prefix}.{name}" if prefix else name
        return Nothing(name=full) if value is None else self.undefined(name=full)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, LoopContext):
            return attr in _LOOP
        if isinstance(obj, Namespace | Macro | Cycler):
            return super().is_safe_attribute(obj, attr, value)
        return getattr(type(obj), "template_attributes", frozenset()).__contains__(attr)

    def call_binop(self, context: JinjaContext, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise RenderError(Text(f"l'opérateur {operator} est refusé", f"the operator {operator} is refused"))
        size = _size(left) + _size(right) if operator == "+" else _product(left, right) if operator == "*" else 0
        if size > LONGEST:
            raise budget.too_long()
        return budget.made(super().call_binop(context, operator, left, right))

    def call(self, context: JinjaContext, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """A method of a text looks through all of it."""
        budget.read(getattr(called, "__self__", None))
        return super().call(context, called, *arguments, **named)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


def _product(left: Any, right: Any) -> int:
    if _size(left) and isinstance(right, int):
        return _size(left) * right
    if _size(right) and isinstance(left, int):
        return _size(right) * left
    if isinstance(left, int) and isinstance(right, int):
        return LONGEST + 1 if left.bit_length() + right.bit_length() > 256 else 0
    return 0
