"""The book's files: which path holds what, and how their content is spelled.

book.yaml                          {"folded": {node: seq}, "format": 1, "generation": 1} (the JSON subset of YAML)
contacts/00.jsonl … ff.jsonl       one record a line, sorted by id; file = first byte of the id
changes/YYYY/MM/DD/<node>.<first>-<last>.jsonl
suppressions/00.txt … ff.txt       see `suppressions`
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import TypeAlias, TypeVar

from compiler.book.problems import BookDamaged
from compiler.book.record import Change, Record, change_to_json, record_to_json
from compiler.language.canonical import Json, canonical_line

META = "book.yaml"
CONTACTS = "contacts/"
CHANGES = "changes/"
FORMAT = 1
_NODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CHANGES_FILE = re.compile(r"changes/\d{4}/\d{2}/\d{2}/([a-z0-9_-]+)\.(\d+)-(\d+)\.jsonl")
_Parsed = TypeVar("_Parsed")

#: What a writer wants of the tip it is shown: path → content, or None to remove; empty: nothing to do.
Files: TypeAlias = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Meta:
    """`folded`: how far each node's changes are in contacts/. A rewrite of history raises `generation`."""

    folded: Mapping[str, int] = field(default_factory=dict)
    generation: int = 1


def read_meta(content: bytes | None) -> Meta:
    """What book.yaml says; the defaults where there is none. Raises BookDamaged."""
    if content is None:
        return Meta()
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise ValueError("a format of another version of envoi")
        folded = {str(node): int(seq) for node, seq in document["folded"].items()}
        return Meta(folded, int(document["generation"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BookDamaged(META, 1) from None


def meta_file(meta: Meta) -> dict[str, bytes]:
    """book.yaml."""
    document: dict[str, Json] = {"folded": dict(meta.folded), "format": FORMAT, "generation": meta.generation}
    return {META: canonical_line(document)}


def contacts_path(contact: str) -> str:
    return f"{CONTACTS}{contact[:2]}.jsonl"


def contacts_files(records: Iterable[Record]) -> dict[str, bytes]:
    """The files contacts/XX.jsonl that hold these records and no others."""
    lines: dict[str, list[bytes]] = {}
    for record in sorted(records, key=lambda r: r.id):
        lines.setdefault(contacts_path(record.id), []).append(record_to_json(record))
    return {path: b"".join(own) for path, own in sorted(lines.items())}


def changes_files(changes: Iterable[Change]) -> dict[str, bytes]:
    """The new files that record changes: one for each node and day, each change once.

    Raises ValueError for a node's name that cannot stand in a path.
    """
    grouped: dict[tuple[str, str], dict[int, Change]] = {}
    for change in changes:
        if not _NODE.fullmatch(change.node):
            raise ValueError("a node is named by lower-case letters, digits, - and _")
        day = change.at.astimezone(UTC).strftime("%Y/%m/%d")
        grouped.setdefault((day, change.node), {})[change.seq] = change
    files = {}
    for (day, node), by_seq in sorted(grouped.items()):
        numbers = sorted(by_seq)
        path = f"{CHANGES}{day}/{node}.{numbers[0]:012d}-{numbers[-1]:012d}.jsonl"
        files[path] = b"".join(change_to_json(by_seq[number]) for number in numbers)
    return files


def changes_span(path: str) -> tuple[str, int, int] | None:
    """The node, first and last number that a file of changes names; None for any other file."""
    match = _CHANGES_FILE.fullmatch(path)
    return (match.group(1), int(match.group(2)), int(match.group(3))) if match else None


def parse_lines(content: bytes, path: str, parse: Callable[[bytes], _Parsed]) -> Iterator[_Parsed]:
    """Each line of a file as a value. Raises BookDamaged with the place of the first that is none."""
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line:
            continue
        try:
            yield parse(line)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise BookDamaged(path, number) from None
