"""No code without proof: each is the finding of a broken workspace, or of a test that is marked and held to it."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.language.catalogue import catalogue

HERE = Path(__file__).parent
TESTS = HERE.parent
BASE = HERE / "base"
#: Faults that no line can show: what is missing, invisible, too large, or not in the file that is read.
NOT_SHOWN = frozenset(
    {"DATA-FILE-01", "LOAD-FILENAME-06", "MSG-SIZE-13", "RESOLVE-ASSET-29", "TPL-ASSET-52", "TPL-SIZE-07",
     "TPL-TEXT-09", "YAML-ENCODING-10", "YAML-SIZE-06"}
)  # fmt: skip


@cache
def cases() -> dict[str, list[dict[str, Any]]]:
    """The broken workspaces by the code that each gives."""
    by_code: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(HERE.glob("*/*.yaml")):
        if file.parent == BASE:
            continue
        told = yaml.safe_load(file.read_text("utf-8"))
        found = told["finds"] if isinstance(told["finds"], list) else [told["finds"]]
        for code in {one.split(" ")[0] for one in found}:
            by_code.setdefault(code, []).append(told)
    return by_code


@cache
def marked() -> frozenset[str]:
    """The codes of every `raises_code` mark, read without running anything: the same in any part of the suite."""
    return frozenset(code for file in TESTS.rglob("test_*.py") for code in _marks(file.read_text("utf-8")))


def _marks(source: str) -> Iterator[str]:
    if "raises_code" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "raises_code":
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))  # type: ignore[misc]


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_a_code_is_raised_by_a_broken_workspace_or_a_test_that_says_so(code: str) -> None:
    assert code in cases() or code in marked(), f"{code}: see tests/broken/README.md"


def test_no_mark_and_no_workspace_names_a_code_that_is_gone() -> None:
    assert marked() | set(cases()) <= set(catalogue())


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_the_example_of_a_code_is_true(code: str) -> None:
    """Where a workspace raises it, the example's lines stand in the changed file, or a path of it is the example."""
    example = catalogue()[code].example
    assert example.strip(), f"{code} has no example"
    if code in cases() and code not in NOT_SHOWN:
        shown = [_lines(example) in _lines(text) for told in cases()[code] for text in _changed(told)]
        assert any(shown), f"{code}: no broken workspace holds its example"


def _lines(text: str) -> str:
    """Without what differs from file to file: depth of indentation, blanks at the end."""
    return "\n".join(line.strip() for line in textwrap.dedent(text).strip().splitlines())


def _changed(told: dict[str, Any]) -> Iterator[str]:
    """The files as the fault leaves them; of one that is only named, the path."""
    for step in told["change"]:
        yield step["in"]
        file = BASE / step["in"]
        text = step.get(
            "write", file.read_text("utf-8") if file.suffix in {".yaml", ".mjml", ".csv"} and file.exists() else ""
        )
        text = text.replace(step["replace"], step["with"]) if "replace" in step else text
        yield text + step.get("append", "")
