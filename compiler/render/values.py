"""What templates may look at: records whose attributes are their keys, and fields in which nothing is known."""

from __future__ import annotations

from typing import Any, NoReturn

from jinja2 import Undefined
from markupsafe import Markup

from compiler.language.errors import EnvoiError
from compiler.language.finding import Text


class RenderError(EnvoiError):
    """A template that could not be rendered. The text never quotes a value."""

    exit_code = 1


class EmptyMerge(RenderError):
    """A merged value that is not there (MSG-MERGE-14): `name` is what the template asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"la valeur {name} manque : donner un repli (`needs`, `or`, `default`) ou tester avec `if`",
                f"the value {name} is missing: give a fallback (`needs`, `or`, `default`) or test it with `if`",
            )
        )
        self.name = name


class Record(dict[str, object]):
    """Values by name. A template sees its keys alone, never a dictionary's methods. `name` is for messages."""

    __slots__ = ("name",)

    def __init__(self, name: str, values: Any = ()) -> None:
        super().__init__(values)
        self.name = name


class Nothing(Undefined):
    """A declared field in which nothing is known: false in a test, replaced by `or` and `default`, never printed."""

    __slots__ = ()

    def __str__(self) -> NoReturn:
        raise EmptyMerge(self._undefined_name or "?")

    __html__ = __str__
    __format__ = Undefined._fail_with_undefined_error

    def __hash__(self) -> int:
        return 0


def printable(value: object) -> object:
    """What may be printed: text and numbers. Raises EmptyMerge for None, RenderError for a truth value."""
    if value is None:
        raise EmptyMerge("None")
    if isinstance(value, bool):
        raise RenderError(
            Text(
                "une valeur vrai ou faux ne s'imprime pas : la tester avec `if`",
                "a truth value is not printed: test it",
            )
        )
    if isinstance(value, Undefined | str | int | float | Markup):
        return value
    raise RenderError(
        Text(
            f"une valeur de type {type(value).__name__} ne s'imprime pas",
            f"a value of type {type(value).__name__} cannot be printed",
        )
    )
