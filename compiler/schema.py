"""The shape of each document, by one JSON Schema a kind, said in words that point at the key to change."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry

from compiler.language.catalogue import schema as catalogue
from compiler.language.document import RawDocument, ValuePath
from compiler.language.finding import Finding, Place, Text, did_you_mean, finding

#: A jsonschema ValidationError, whose attributes its stubs declare as perhaps unset.
_Error: TypeAlias = Any
_TYPES = {
    "object": Text("une table", "a table"),
    "array": Text("une liste", "a list"),
    "string": Text("un texte", "a text"),
    "integer": Text("un nombre entier", "a whole number"),
    "boolean": Text("true ou false", "true or false"),
    "null": Text("rien", "nothing"),
}
_SHOWN = 40
_PLAIN = re.compile(r"[A-Za-z][\w ./<>@%-]*[\w>%]")  # needs no quotes, in a flow neither


def check(document: RawDocument) -> list[Finding]:
    """What in a document departs from its kind's schema."""
    errors = _validator(document.kind).iter_errors(document.data)
    found = [one for error in errors for one in _explain(error, document)]
    return list(dict.fromkeys(found))  # jsonschema reports a missing key once for each of them


def schema_for(kind: str) -> Mapping[str, Any]:
    """The JSON Schema of a kind. Raises FileNotFoundError for none."""
    schema: Mapping[str, Any] = json.loads(_folder().joinpath(f"{kind}.json").read_text("utf-8"))
    return schema


def _folder() -> Traversable:
    installed = resources.files("compiler") / "_schemas"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "schemas"


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


def _explain(error: _Error, document: RawDocument) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    place = document.place(*path)
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, document, path)
        case "required":
            for key in error.validator_value:
                if key not in error.instance and not _misspelt(key, error):
                    where = document.key_place(*path) if path else document.key_place("kind")
                    yield finding(catalogue.MISSING_KEY, where, hint=_addition(key, error), key=_spell((*path, key)))
        case "type":
            yield _wrong_type(_as_list(error.validator_value), error, place, path)
        case "enum" | "const":
            yield _wrong_value(error, place, path)
        case "pattern":
            yield _wrong_form(error, document, place, path)
        case "anyOf":
            yield from _by_branch(error, document, place, path)
        case "minimum" | "maximum":
            least, most = error.schema.get("minimum", "-∞"), error.schema.get("maximum", "∞")
            yield finding(catalogue.RANGE, place, key=_spell(path), least=least, most=most)
        case _:
            yield finding(catalogue.SIZE, place, key=_spell(path))


def _addition(key: str, error: _Error) -> Text | None:
    """The missing key with the schema's first example of it, as one writes it."""
    examples = error.schema.get("properties", {}).get(key, {}).get("examples", [])
    if not examples:
        return None
    written = f"{key}: {_flow(examples[0])}"
    return Text(f"ajouter, par exemple : {written}", f"add, for example: {written}")


def _flow(value: object) -> str:
    """A value in YAML's flow style."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str() if not _PLAIN.fullmatch(value):
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value) if isinstance(value, str) else json.dumps(value)


def _misspelt(key: str, error: _Error) -> bool:
    """Whether a missing key stands there under a near name, which is already reported with the right one."""
    known = sorted(error.schema.get("properties", {}))
    near = [difflib.get_close_matches(other, known, n=1) for other in error.instance if other not in known]
    return [key] in near


def _unknown_keys(error: _Error, document: RawDocument, path: ValuePath) -> Iterator[Finding]:
    known = sorted(error.schema.get("properties", {}))
    allowed = ", ".join(known)
    for key in error.instance:
        if key not in known:
            hint = did_you_mean(key, known) or Text(f"clés admises : {allowed}", f"keys allowed: {allowed}")
            where = document.key_place(*path, key)
            yield finding(catalogue.UNKNOWN_KEY, where, hint=hint, key=_short(key))


def _wrong_type(expected: list[str], error: _Error, place: Place, path: ValuePath) -> Finding:
    wanted = [_TYPES[name] for name in expected]
    found = _TYPES[_type_name(error.instance)]
    return finding(
        catalogue.TYPE,
        place,
        hint=_type_hint(expected, error.instance),
        key=_spell(path),
        expected_fr=" ou ".join(text.fr for text in wanted),
        expected_en=" or ".join(text.en for text in wanted),
        found_fr=found.fr,
        found_en=found.en,
    )


def _type_hint(expected: list[str], found: object) -> Text | None:
    if "boolean" in expected and found in ("yes", "on", "oui", "no", "off", "non"):
        word = "true" if found in ("yes", "on", "oui") else "false"
        return Text(f"écrire {word}", f"write {word}")
    if "string" in expected and isinstance(found, int):
        spelled = str(found).lower() if isinstance(found, bool) else str(found)
        return Text(f'pour un texte, mettre des guillemets : "{spelled}"', f'for a text, use quotes: "{spelled}"')
    if found is None:
        return Text("la valeur est vide", "the value is empty")
    return None


def _wrong_value(error: _Error, place: Place, path: ValuePath) -> Finding:
    values = [str(v) for v in _as_list(error.validator_value)]
    if error.validator == "const" and error.validator_value is True:
        values = ["true"]
    allowed = ", ".join(repr(v) if v.isspace() else v for v in values)
    hint = did_you_mean(str(error.instance), values) or Text(f"valeurs admises : {allowed}", f"one of: {allowed}")
    return finding(catalogue.VALUE, place, hint=hint, key=_spell(path), value=_short(str(error.instance)))


def _wrong_form(error: _Error, document: RawDocument, place: Place, path: ValuePath) -> Finding:
    if "propertyNames" in error.absolute_schema_path:
        return finding(catalogue.NAME_FORM, document.key_place(*path, error.instance), key=_short(error.instance))
    examples = [str(e) for e in error.schema.get("examples", []) if isinstance(e, str)]
    shown = ", ".join(examples)
    hint = Text(f"par exemple : {shown}", f"for example: {shown}") if shown else None
    return finding(catalogue.FORM, place, hint=hint, key=_spell(path))


def _by_branch(error: _Error, document: RawDocument, place: Place, path: ValuePath) -> Iterator[Finding]:
    """Of several shapes allowed, the one whose type the value has is the one that was meant."""
    wrong_type = {e.schema_path[0] for e in error.context or () if e.validator == "type" and len(e.path) == 0}
    meant = [e for e in error.context or () if e.schema_path[0] not in wrong_type]
    if meant:
        for inner in meant:
            yield from _explain(inner, document)
        return
    types = [t for branch in error.validator_value for t in _as_list(branch.get("type", []))]
    yield _wrong_type(list(dict.fromkeys(types)), error, place, path)


def _type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]


def _spell(path: Iterable[str | int]) -> str:
    """`data.products.limit`, `variants[2].weight`; positions count from 1, as people do."""
    spelled = ""
    for step in path:
        spelled += f"[{step + 1}]" if isinstance(step, int) else f".{_short(step)}"
    return spelled.removeprefix(".") or "document"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
