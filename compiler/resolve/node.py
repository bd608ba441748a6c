"""Reading a document: typed access by key, each value with its place. The schema has checked shapes already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from compiler.language.campaign import Localised
from compiler.language.canonical import Json
from compiler.language.catalogue import resolve as catalogue
from compiler.language.document import RawDocument, ValuePath
from compiler.language.finding import Entry, Finding, Place, Text, did_you_mean, finding
from compiler.resolve.values import BadValue

T = TypeVar("T")
_COMPARED = 50_000  # words, in one check: a tenth of a second


@dataclass(slots=True)
class Notes:
    """Where findings are collected, and what was declared but could not be understood."""

    findings: list[Finding] = field(default_factory=list)
    broken: frozenset[tuple[str, str]] = frozenset()
    compared: int = 0

    def near(self, word: str, known: Iterable[str]) -> Text | None:
        """The nearest known word. A workspace with thousands of wrong names is told of them without suggestions."""
        listed = list(known)
        self.compared += len(listed)
        return did_you_mean(word, listed) if self.compared <= _COMPARED else None

    def add(self, entry: Entry, place: Place, *, hint: Text | None = None, **arguments: object) -> None:
        self.findings.append(finding(entry, place, hint=hint, **arguments))

    def unknown(self, kind: str, name: str, place: Place, *, known: list[str]) -> None:
        """A name that nothing bears; silent where a document of that name exists but is itself wrong."""
        if (kind, name) in self.broken:
            return
        listed = ", ".join(sorted(known)) or "—"
        hint = self.near(name, known) or Text(f"déclarés : {listed}", f"declared: {listed}")
        self.add(catalogue.UNKNOWN_NAME, place, hint=hint, kind=kind, name=name)


@dataclass(frozen=True, slots=True)
class Node:
    """A table within a document."""

    document: RawDocument
    notes: Notes
    value: Mapping[str, Json]
    path: ValuePath = ()

    def place(self, *path: str | int) -> Place:
        return self.document.place(*self.path, *path)

    def key_place(self, key: str) -> Place:
        return self.document.key_place(*self.path, key)

    def key_place_of(self) -> Place:
        """Where this table's own key stands; the document's `kind` for its root."""
        return self.document.key_place(*self.path) if self.path else self.document.key_place("kind")

    def has(self, key: str) -> bool:
        return key in self.value

    def text(self, key: str, default: str = "") -> str:
        value = self.value.get(key, default)
        return str(value)

    def number(self, key: str, default: int) -> int:
        value = self.value.get(key, default)
        assert isinstance(value, int)
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        return bool(self.value.get(key, default))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.value.get(key, [])
        assert isinstance(value, list)
        return tuple(str(v) for v in value)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of texts, sorted by key."""
        value = self.value.get(key, {})
        assert isinstance(value, Mapping)
        return tuple(sorted((k, str(v)) for k, v in value.items()))

    def child(self, key: str) -> Node:
        """A table beneath a key; an empty one where the key is absent."""
        value = self.value.get(key, {})
        assert isinstance(value, Mapping)
        return Node(self.document, self.notes, value, (*self.path, key))

    def table(self, key: str) -> list[tuple[str, Node]]:
        """The tables of a table, in the order written."""
        return [(name, self.child(key).child(name)) for name in self.child(key).value]

    def items(self, key: str) -> list[Node]:
        """The tables of a list."""
        value = self.value.get(key, [])
        assert isinstance(value, list)
        nodes = []
        for position, item in enumerate(value):
            assert isinstance(item, Mapping)
            nodes.append(Node(self.document, self.notes, item, (*self.path, key, position)))
        return nodes

    def localised(self, key: str) -> Localised:
        """A text, or one a language, sorted; empty where the key is absent."""
        value = self.value.get(key)
        if value is None:
            return ()
        return (
            tuple(sorted((k, str(v)) for k, v in value.items())) if isinstance(value, Mapping) else (("", str(value)),)
        )

    def parse(self, key: str, parser: Callable[[str], T], default: T) -> T:
        """The meaning of a text; a finding and the default where it has none."""
        if key not in self.value:
            return default
        return self.meaning(self.text(key), parser, default, at=(key,))

    def parse_all(self, key: str, parser: Callable[[str], T]) -> tuple[T, ...]:
        """The meaning of each text of a list; those without one are left out, with a finding each."""
        read = [self.meaning(text, parser, None, at=(key, n)) for n, text in enumerate(self.texts(key))]
        return tuple(value for value in read if value is not None)

    def meaning(self, text: str, parser: Callable[[str], T], default: T, *, at: ValuePath) -> T:
        try:
            return parser(text)
        except BadValue as problem:
            key = ".".join(str(step) for step in (*self.path, *at) if isinstance(step, str))
            self.notes.add(
                catalogue.BAD_VALUE, self.place(*at), key=key, why_fr=problem.text.fr, why_en=problem.text.en
            )
            return default


def root(document: RawDocument, notes: Notes) -> Node:
    return Node(document, notes, document.data)
