"""YAML text into plain values with their places: one pass over libyaml's events, without recursion.

Deep nesting and stacked aliases are met while reading, so neither costs more than the limit it breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

import yaml

from compiler.language.canonical import Json
from compiler.language.catalogue import load as catalogue
from compiler.language.document import ValuePath
from compiler.language.finding import Entry, Finding, Place, Text, finding
from compiler.load.problems import explain
from compiler.load.scalars import AmbiguousNumber, plain_value

MAX_DEPTH = 64
MAX_ALIASES = 64
MAX_NODES = 100_000
MAX_FINDINGS = 100  # of one file: more of the same would help nobody

_Node: TypeAlias = "dict[str, Json] | list[Json]"
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TAB_INDENT = re.compile(r"^( *)\t", re.MULTILINE)


@dataclass(slots=True)
class Parsed:
    """One document of a file."""

    data: Json = None
    places: dict[ValuePath, Place] = field(default_factory=dict)
    keys: dict[ValuePath, Place] = field(default_factory=dict)


@dataclass(slots=True)
class _Frame:
    """A list or table being read. `key` is the one that waits for its value."""

    node: _Node
    path: ValuePath
    anchor: str | None
    nodes_before: int
    key: str | None = None
    dropped: bool = False  # the waiting key is a duplicate: its value is read and left out


class _Stop(Exception):
    """Reading this file ends here; the finding is already kept."""


@dataclass(slots=True)
class _Reader:
    path: str
    findings: list[Finding] = field(default_factory=list)
    documents: list[Parsed] = field(default_factory=list)
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Json, int] | None] = field(default_factory=dict)
    aliases: int = 0
    nodes: int = 0

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None  # libyaml marks each event
        return Place(self.path, mark.line + 1, mark.column + 1)

    def note(self, entry: Entry, place: Place, *, hint: Text | None = None, **arguments: object) -> None:
        self.findings.append(finding(entry, place, hint=hint, **arguments))
        if len(self.findings) >= MAX_FINDINGS:
            raise _Stop

    def stop(self, entry: Entry, place: Place, **arguments: object) -> _Stop:
        self.findings.append(finding(entry, place, hint=None, **arguments))
        return _Stop()

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents.append(Parsed())
                self.anchors.clear()
            case yaml.MappingStartEvent():
                self.open({}, event)
            case yaml.SequenceStartEvent():
                self.open([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.close()
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.AliasEvent():
                self.alias(event)
            case _:
                pass

    def open(self, node: _Node, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = self.place(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self.stop(catalogue.DEPTH, place, limit=MAX_DEPTH)
        if event.tag is not None:
            self.note(catalogue.TAG, place, tag=_written(event.tag))
        path = self.attach(node, place)
        if event.anchor:
            self.anchors[event.anchor] = None  # not yet whole: an alias to it would never end
        self.stack.append(_Frame(node, path, event.anchor, self.nodes))

    def close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.node, self.nodes - frame.nodes_before + 1)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        place = self.place(event)
        if event.tag is not None:
            self.note(catalogue.TAG, place, tag=_written(event.tag))
        hidden = _INVISIBLE.search(event.value)
        if hidden:
            self.note(catalogue.CHARACTER, place, character=f"U+{ord(hidden[0]):04X}")
        if self.expects_key():
            self.take_key(event.value, place)
            return
        value: Json = event.value
        if event.implicit[0]:
            try:
                value = plain_value(event.value)
            except AmbiguousNumber:
                hint = Text(
                    f'pour un texte, des guillemets : "{value}" ; pour un nombre, des chiffres sans zéro en tête',
                    f'for a text, use quotes: "{value}"; for a number, digits without a leading zero',
                )
                self.note(catalogue.NUMBER, place, hint=hint, value=value)
        self.attach(value, place)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)

    def alias(self, event: yaml.AliasEvent) -> None:
        place = self.place(event)
        name = event.anchor or ""
        if name not in self.anchors:
            problem = explain("found undefined alias")
            raise self.stop(catalogue.SYNTAX, place, problem_fr=problem.fr, problem_en=problem.en)
        target = self.anchors[name]
        self.aliases += 1
        if target is None or self.aliases > MAX_ALIASES:
            raise self.stop(catalogue.ALIAS, place)
        self.nodes += target[1]
        if self.nodes > MAX_NODES:
            raise self.stop(catalogue.ALIAS, place)
        self.attach(target[0], place)

    def expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node, dict) and self.stack[-1].key is None

    def take_key(self, key: str, place: Place) -> None:
        frame = self.stack[-1]
        assert isinstance(frame.node, dict)
        path = (*frame.path, key)
        frame.key, frame.dropped = key, key in frame.node
        if frame.dropped:
            first = self.documents[-1].keys.get(path, place)
            self.note(catalogue.DUPLICATE_KEY, place, key=key, first=first.line)
        else:
            self.documents[-1].keys[path] = place

    def attach(self, value: Json, place: Place) -> ValuePath:
        """Puts a value where it belongs and returns its path."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.stop(catalogue.SIZE, place, limit_fr="100 000 valeurs", limit_en="100,000 values")
        document = self.documents[-1]
        if not self.stack:
            document.data = value
            document.places[()] = place
            return ()
        frame = self.stack[-1]
        if isinstance(frame.node, list):
            path: ValuePath = (*frame.path, len(frame.node))
            frame.node.append(value)
        elif frame.key is None:
            raise self.stop(catalogue.KEY, place)
        else:
            path = (*frame.path, frame.key)
            if not frame.dropped:
                frame.node[frame.key] = value
            frame.key = None
        document.places.setdefault(path, place)
        return path


def read(text: str, path: str) -> tuple[list[Parsed], list[Finding]]:
    """The documents of a file and what is wrong in it. Never raises."""
    reader = _Reader(path)
    reader.findings += _unreadable_characters(text, path)
    if reader.findings:
        return [], reader.findings
    try:
        for event in _events(text):
            reader.take(event)
    except _Stop:
        reader.documents = reader.documents[:-1]
    except yaml.YAMLError as error:
        reader.findings.append(_syntax(error, path))
        reader.documents = reader.documents[:-1]
    return reader.documents, reader.findings


def _written(tag: str) -> str:
    """A tag as it stands in the file."""
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _syntax(error: yaml.YAMLError, path: str) -> Finding:
    """Where libyaml gave up and, in our words, why; what its reader refuses bears no place."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
    problem = explain(getattr(error, "problem", None) or getattr(error, "context", None) or "")
    return finding(catalogue.SYNTAX, place, problem_fr=problem.fr, problem_en=problem.en)


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
    return events


def _unreadable_characters(text: str, path: str) -> list[Finding]:
    found = [
        finding(catalogue.CHARACTER, _place_at(text, hidden.start(), path), character=f"U+{ord(hidden[0]):04X}")
        for hidden in islice(_INVISIBLE.finditer(text), MAX_FINDINGS)
    ]
    tabs = islice(_TAB_INDENT.finditer(text), MAX_FINDINGS)
    return found + [finding(catalogue.TAB, _place_at(text, tab.end() - 1, path)) for tab in tabs]


def _place_at(text: str, offset: int, path: str) -> Place:
    line = text.count("\n", 0, offset) + 1
    return Place(path, line, offset - (text.rfind("\n", 0, offset) + 1) + 1)
