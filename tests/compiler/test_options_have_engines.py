"""Nothing that can be declared is without effect: what the schemas know is read, and what is read is used."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import compiler
from compiler.language import campaign, repeat, segment, settings, window

ROOT = Path(__file__).parents[2]
CODE = Path(compiler.__file__).parents[1]  # the wheel's, where the wheel is under test
PACKAGES = ("compiler", "tracker", "runner")
#: Notes for whoever reads the YAML: their effect is to be there.
NOTES = {"fields.name", "fields.fields.*.description"}
DECLARED = [
    value
    for module in (settings, campaign, repeat, segment, window)
    for value in vars(module).values()
    if dataclasses.is_dataclass(value) and isinstance(value, type) and value.__module__ == module.__name__
]


def trees(*folders: str, but: tuple[str, ...] = ()) -> Iterator[ast.Module]:
    for folder in folders:
        for path in sorted((CODE / folder).rglob("*.py")):
            if not path.relative_to(CODE).as_posix().startswith(but or ("\0",)):
                yield ast.parse(path.read_text("utf-8"))


def keys(schema: Any, lead: str = "") -> Iterator[tuple[str, str]]:
    """Every property of a schema: where it stands, and its name."""
    if isinstance(schema, list):
        for inner in schema:
            yield from keys(inner, lead)
    if not isinstance(schema, dict):
        return
    for name, inner in schema.get("properties", {}).items():
        yield f"{lead}.{name}", name
        yield from keys(inner, f"{lead}.{name}")
    for inside in ("additionalProperties", "items"):
        yield from keys(schema.get(inside), f"{lead}.*")
    for branch in ("anyOf", "allOf"):
        yield from keys(schema.get(branch), lead)
    for inner in schema.get("definitions", {}).values():
        yield from keys(inner, lead)


@pytest.fixture(scope="module")
def used() -> frozenset[str]:
    """Attributes that some engine looks at: all but the values themselves and what fills them in."""
    own = ("compiler/language/", "compiler/resolve/")
    found = {n.attr for t in trees(*PACKAGES, but=own) for n in ast.walk(t) if isinstance(n, ast.Attribute)}
    # Where the values decide by themselves, as a repetition does of its days.
    found |= {
        n.attr
        for t in trees("compiler/language")
        for n in ast.walk(t)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name | ast.Attribute) and "self" in ast.unparse(n)
    }
    patterns = (n for t in trees(*PACKAGES, but=own) for n in ast.walk(t) if isinstance(n, ast.MatchClass))
    return frozenset(found | {name for pattern in patterns for name in pattern.kwd_attrs})


@pytest.mark.parametrize("value", DECLARED, ids=lambda value: value.__name__)
def test_whatever_a_declaration_carries_is_looked_at(value: Any, used: frozenset[str]) -> None:
    assert not {field.name for field in dataclasses.fields(value)} - used


def test_every_key_of_a_schema_is_read() -> None:
    texts = {
        node.value
        for tree in trees("compiler/resolve", "compiler/load", "compiler/language")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for path in sorted((ROOT / "schemas").glob("*.json")):
        for place, name in keys(json.loads(path.read_text("utf-8")), path.stem):
            assert name in texts or place in NOTES, place
