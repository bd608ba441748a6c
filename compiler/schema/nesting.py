"""Where a key that stands at the wrong level belongs: another level of its document, or a document of another kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from compiler.language.finding import Text

#: The keys that lead to a table; `*` stands for a name that the author chooses, or for each item of a list.
Route: TypeAlias = tuple[str, ...]
_SHOWN = 3


class Homes:
    """Every key that some schema knows, by kind, with the tables in which it may stand."""

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_kind: dict[str, dict[str, list[Route]]] = {}
        for kind, schema in schemas.items():
            homes: dict[str, list[Route]] = {}
            for key, route in _keys(schema, schema.get("definitions", {}), ()):
                if route not in homes.setdefault(key, []):
                    homes[key].append(route)
            self._by_kind[kind] = homes

    def of(self, key: str, kind: str) -> Text | None:
        """Where a key may stand instead; None where no schema knows it."""
        routes = self._by_kind[kind].get(key, [])
        if routes:
            return self._here(key, routes)
        kinds = [other for other, homes in self._by_kind.items() if () in homes.get(key, [])]
        if not kinds:
            return None
        listed = ", ".join(f"kind: {other}" for other in kinds)
        return Text(f"« {key} » est une clé de {listed}", f"`{key}` is a key of {listed}")

    def _here(self, key: str, routes: list[Route]) -> Text:
        if () in routes:
            return Text(
                f"« {key} » va au premier niveau du document, sans retrait",
                f"`{key}` belongs at the document's first level, without indentation",
            )
        spelled = [".".join("…" if step == "*" else step for step in route) for route in routes]
        return Text(
            f"« {key} » va sous {' ou '.join(spelled[:_SHOWN])}",
            f"`{key}` belongs under {' or '.join(spelled[:_SHOWN])}",
        )

    def at_first_level(self, key: str, kind: str) -> bool:
        return () in self._by_kind[kind].get(key, [])


def _keys(schema: Any, definitions: Mapping[str, Any], route: Route) -> Iterator[tuple[str, Route]]:
    """Each key of a schema with the route to its table; a definition is followed once along a route."""
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref", "")
    if reference:
        name = reference.removeprefix("#/definitions/")
        without = {key: inner for key, inner in definitions.items() if key != name}
        yield from _keys(definitions.get(name), without, route)
    for key, inner in schema.get("properties", {}).items():
        yield key, route
        yield from _keys(inner, definitions, (*route, key))
    yield from _keys(schema.get("additionalProperties"), definitions, (*route, "*"))
    yield from _keys(schema.get("items"), definitions, route)
    for word in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(word, []):
            yield from _keys(inner, definitions, route)
