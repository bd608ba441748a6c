"""The shape of each document, by one JSON Schema a kind, said in words that point at the key to change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry

from compiler.language.catalogue import schema as catalogue
from compiler.language.document import KINDS, RawDocument
from compiler.language.finding import Finding
from compiler.schema.explain import Explainer
from compiler.schema.nesting import Homes

__all__ = ["MAX_FINDINGS", "check", "schema_for"]

MAX_FINDINGS = 100  # of one document: more of the same would help nobody


def check(document: RawDocument) -> list[Finding]:
    """What in a document departs from its kind's schema: the first hundred departures."""
    errors = _validator(document.kind).iter_errors(document.data)
    explainer = Explainer(document, _homes)
    found = list(islice((one for error in errors for one in explainer.explain(error)), MAX_FINDINGS))
    # jsonschema reports a missing key once for each of them.
    return [one for one in dict.fromkeys(found) if not _strayed(one, explainer)]


def schema_for(kind: str) -> Mapping[str, Any]:
    """The JSON Schema of a kind. Raises FileNotFoundError for none."""
    schema: Mapping[str, Any] = json.loads(_folder().joinpath(f"{kind}.json").read_text("utf-8"))
    return schema


def _strayed(one: Finding, explainer: Explainer) -> bool:
    """Whether a missing key stands elsewhere in the document, where it is already told to move."""
    return one.entry is catalogue.MISSING_KEY and dict(one.arguments)["key"] in explainer.moved


@cache
def _homes() -> Homes:
    return Homes({kind: schema_for(kind) for kind in KINDS})


def _folder() -> Traversable:
    installed = resources.files("compiler") / "_schemas"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "schemas"


@cache
def _validator(kind: str) -> Draft202012Validator:
    # An empty registry: a $ref can reach neither a file nor the network.
    validator: Draft202012Validator = _Strict(schema_for(kind), registry=Registry())
    return validator


def _whole_pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    # In Python `$` also matches before a final newline, which JSON Schema does not mean.
    strict = pattern.replace("$|", r"\Z|")
    strict = strict[:-1] + r"\Z" if strict.endswith("$") else strict
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError("form")


_extend: Any = validators.extend
_Strict = _extend(Draft202012Validator, {"pattern": _whole_pattern})
