"""What the schemas' rules are called when a person has broken one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compiler.language.finding import Text, did_you_mean

TYPES = {
    "object": Text("une table (clé: valeur)", "a table (key: value)"),
    "array": Text("une liste", "a list"),
    "string": Text("un texte", "a text"),
    "integer": Text("un nombre entier", "a whole number"),
    "number": Text("un nombre", "a number"),
    "boolean": Text("true ou false", "true or false"),
    "null": Text("rien", "nothing"),
}
_FOUND = {
    **TYPES,
    "object": Text("une table", "a table"),
    "integer": Text("un nombre", "a number"),
    "boolean": Text("un oui ou non", "a yes or no"),
}
_WHAT = {
    "minLength": Text("caractère", "character"),
    "maxLength": Text("caractère", "character"),
    "minItems": Text("élément", "item"),
    "maxItems": Text("élément", "item"),
    "minProperties": Text("clé", "key"),
    "maxProperties": Text("clé", "key"),
}
_SHOWN = 40
_PLAIN = re.compile(r"[A-Za-z][\w ./<>@%-]*[\w>%]")  # needs no quotes, in a flow neither


def type_name(value: object) -> str:
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


def found(value: object) -> Text:
    """What stands there instead of what is expected."""
    return _FOUND[type_name(value)]


def type_hint(expected: Sequence[str], value: object) -> Text | None:
    """How a value of the wrong type may have been meant."""
    if "boolean" in expected and value in ("yes", "on", "oui", "no", "off", "non"):
        word = "true" if value in ("yes", "on", "oui") else "false"
        return Text(f"écrire {word}", f"write {word}")
    if "string" in expected and isinstance(value, int):
        spelled = str(value).lower() if isinstance(value, bool) else str(value)
        return Text(f'pour un texte, mettre des guillemets : "{spelled}"', f'for a text, use quotes: "{spelled}"')
    if "integer" in expected and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return Text(f"sans guillemets : {value}", f"without quotes: {value}")
    if "array" in expected and isinstance(value, str | int):
        written = flow([value])[:_SHOWN]
        return Text(f"pour une liste d'un élément : {written}", f"for a list of one: {written}")
    if value is None:
        return Text("la valeur est vide", "the value is empty")
    return None


def choices(word: str, allowed: Sequence[str]) -> Text:
    """The values allowed, and the nearest of them first where one is near."""
    shown = ", ".join(repr(v) if v.isspace() else v for v in allowed)
    near = did_you_mean(word, list(allowed)) if len(allowed) > 1 else None
    fr, en = (f"{near.fr} ", f"{near.en} ") if near else ("", "")
    if len(allowed) == 1:
        return Text(f"seule valeur admise : {shown}", f"the only value allowed: {shown}")
    return Text(f"{fr}valeurs admises : {shown}", f"{en}one of: {shown}")


def bounds(schema: Mapping[str, Any]) -> Text:
    """`between 1 and 50`, `at least 1`."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return Text(f"entre {least} et {most}", f"between {least} and {most}")
    if most is None:
        return Text(f"d'au moins {least}", f"of at least {least}")
    return Text(f"d'au plus {most}", f"of at most {most}")


def size(rule: str, limit: int) -> Text:
    """What a text, list or table too short or too long breaks."""
    what = _WHAT.get(rule)
    if what is None:
        return Text("cette valeur n'est pas admise ici", "this value is not allowed here")
    if rule.startswith("min") and limit == 1:
        return Text("c'est vide", "it is empty")
    s = "s" if limit > 1 else ""
    if rule.startswith("min"):
        return Text(f"il faut au moins {limit} {what.fr}{s}", f"at least {limit} {what.en}{s} are needed")
    return Text(f"au plus {limit} {what.fr}{s}", f"at most {limit} {what.en}{s}")


def form(schema: Mapping[str, Any]) -> Text | None:
    """The schema's own sentence about a pattern, with its examples."""
    said = str(schema.get("patternErrorMessage", ""))
    fr, _, en = said.partition(" / ")
    examples = ", ".join(str(e) for e in schema.get("examples", []) if isinstance(e, str))
    if examples:
        fr, en = f"{fr} ; par exemple : {examples}", f"{en}; for example: {examples}"
    return Text(fr.removeprefix(" ; "), en.removeprefix("; ")) if fr else None


def flow(value: object) -> str:
    """A value in YAML's flow style."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case str() if not _PLAIN.fullmatch(value):
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value) if isinstance(value, str) else json.dumps(value)


def spell(path: Iterable[str | int]) -> str:
    """`data.products.limit`, `variants[2].weight`; positions count from 1, as people do."""
    spelled = ""
    for step in path:
        spelled += f"[{step + 1}]" if isinstance(step, int) else f".{short(step)}"
    return spelled.removeprefix(".") or "document"


def short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
