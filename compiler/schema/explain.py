"""jsonschema's errors into findings: the key to change, what was meant, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from compiler.language.catalogue import schema as catalogue
from compiler.language.document import RawDocument, ValuePath
from compiler.language.finding import Finding, Text, did_you_mean, finding
from compiler.schema import words
from compiler.schema.nesting import Homes
from compiler.schema.words import short, spell

#: A jsonschema ValidationError, whose attributes its stubs declare as perhaps unset.
Error: TypeAlias = Any
#: From this likeness on a key is a slip of the pen; below it, a key that belongs elsewhere was rather meant.
_SLIP = 0.85


class Explainer:
    """Explains the errors of one document. `moved` gathers the keys told to go to the document's first level."""

    def __init__(self, document: RawDocument, homes: Callable[[], Homes]) -> None:
        self.document = document
        self.moved: set[str] = set()
        self._homes = homes

    def explain(self, error: Error) -> Iterator[Finding]:
        path = tuple(error.absolute_path)
        place = self.document.place(*path)
        match error.validator:
            case "additionalProperties":
                yield from self._unknown_keys(error, path)
            case "required":
                yield from self._missing_keys(error, path)
            case "type":
                yield self._wrong_type(_as_list(error.validator_value), error, path)
            case "enum" | "const":
                yield self._wrong_value(error, path)
            case "pattern":
                yield self._wrong_form(error, path)
            case "anyOf" | "oneOf":
                yield from self._by_branch(error, path)
            case "minimum" | "maximum":
                said = words.bounds(error.schema)
                yield finding(catalogue.RANGE, place, key=spell(path), bounds_fr=said.fr, bounds_en=said.en)
            case rule:
                said = words.size(str(rule), error.validator_value if isinstance(error.validator_value, int) else 0)
                yield finding(catalogue.SIZE, place, key=spell(path), why_fr=said.fr, why_en=said.en)

    def _missing_keys(self, error: Error, path: ValuePath) -> Iterator[Finding]:
        near = _slips(tuple(error.instance), tuple(sorted(error.schema.get("properties", {}))))
        where = self.document.key_place(*path) if path else self.document.key_place("kind")
        for key in error.validator_value:
            if key not in error.instance and key not in near:
                yield finding(catalogue.MISSING_KEY, where, hint=_addition(key, error), key=spell((*path, key)))

    def _unknown_keys(self, error: Error, path: ValuePath) -> Iterator[Finding]:
        known = sorted(error.schema.get("properties", {}))
        allowed = ", ".join(known)
        for key in error.instance:
            if key not in known:
                otherwise = Text(f"clés admises : {allowed}", f"keys allowed: {allowed}")
                where = self.document.key_place(*path, key)
                hint = self._meant(key, known, path) or otherwise
                yield finding(catalogue.UNKNOWN_KEY, where, hint=hint, key=short(key))

    def _meant(self, key: str, known: list[str], path: ValuePath) -> Text | None:
        """The nearest key of this level, or the level where the key belongs."""
        if difflib.get_close_matches(short(key), known, n=1, cutoff=_SLIP):
            return did_you_mean(key, known)
        home = self._homes().of(key, self.document.kind)
        if home and path and self._homes().at_first_level(key, self.document.kind):
            self.moved.add(key)
        return home or did_you_mean(key, known)

    def _wrong_type(self, expected: list[str], error: Error, path: ValuePath) -> Finding:
        wanted, instead = [words.TYPES[name] for name in expected], words.found(error.instance)
        return finding(
            catalogue.TYPE,
            self.document.place(*path),
            hint=words.type_hint(expected, error.instance) or _example(error.schema),
            key=spell(path),
            expected_fr=" ou ".join(text.fr for text in wanted),
            expected_en=" or ".join(text.en for text in wanted),
            found_fr=instead.fr,
            found_en=instead.en,
        )

    def _wrong_value(self, error: Error, path: ValuePath) -> Finding:
        values = ["true" if v is True else "false" if v is False else str(v) for v in _as_list(error.validator_value)]
        place, value = self.document.place(*path), words.flow(error.instance).strip('"')
        return finding(catalogue.VALUE, place, hint=words.choices(value, values), key=spell(path), value=short(value))

    def _wrong_form(self, error: Error, path: ValuePath) -> Finding:
        hint = words.form(error.schema)
        if "propertyNames" in error.absolute_schema_path:
            where = self.document.key_place(*path, error.instance)
            return finding(catalogue.NAME_FORM, where, hint=hint, key=short(error.instance))
        return finding(catalogue.FORM, self.document.place(*path), hint=hint, key=spell(path))

    def _by_branch(self, error: Error, path: ValuePath) -> Iterator[Finding]:
        """Of several shapes allowed, the one that was meant: by type, then by a key that names it, then by likeness."""
        branches: dict[int, list[Error]] = {}
        for inner in error.context or ():
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = {n: inner for n, inner in branches.items() if not any(_of_another_type(each) for each in inner)}
        if not meant:
            types = [t for branch in error.validator_value for t in _as_list(branch.get("type", []))]
            yield self._wrong_type(list(dict.fromkeys(types)) or ["object"], error, path)
            return
        for inner in min(meant.values(), key=lambda errors: (_named_otherwise(errors), len(errors))):
            yield from self.explain(inner)


def _of_another_type(error: Error) -> bool:
    return error.validator == "type" and len(error.path) == 0


def _named_otherwise(errors: list[Error]) -> bool:
    """Whether a `kind`, `via`… that the shape fixes says that another one was meant."""
    return any(error.validator == "const" and len(error.path) == 1 for error in errors)


def _addition(key: str, error: Error) -> Text | None:
    """The missing key with the schema's first example of it, as one writes it."""
    examples = error.schema.get("properties", {}).get(key, {}).get("examples", [])
    if not examples:
        return None
    written = f"{key}: {words.flow(examples[0])}"
    return Text(f"ajouter, par exemple : {written}", f"add, for example: {written}")


def _example(schema: Mapping[str, Any]) -> Text | None:
    examples = schema.get("examples", [])
    if not examples:
        return None
    written = words.flow(examples[0])
    return Text(f"par exemple : {written}", f"for example: {written}")


@lru_cache(maxsize=8)
def _slips(keys: tuple[str, ...], known: tuple[str, ...]) -> frozenset[str]:
    """Keys that stand there under a near name, which is already reported with the right one."""
    wrong = [short(key) for key in keys if key not in known][:100]
    return frozenset(near for key in wrong for near in difflib.get_close_matches(key, known, n=1))


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
