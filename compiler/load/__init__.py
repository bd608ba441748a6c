"""Files in a folder → documents: the strict loader. Nothing here knows what a document means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.language.canonical import Json, sha256_hex
from compiler.language.catalogue import load as catalogue
from compiler.language.document import KINDS, RawDocument
from compiler.language.finding import Finding, Place, did_you_mean, finding
from compiler.load.reader import Parsed, read

__all__ = ["MAX_BYTES", "Loaded", "RawDocument", "load", "load_file"]

MAX_BYTES = 1_000_000
_NAMELESS = frozenset({"workspace", "fields"})
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Every document that could be read, in order of path and line, and everything wrong in the others."""

    documents: tuple[RawDocument, ...]
    findings: list[Finding]


def load(root: Path) -> Loaded:
    """Reads every `*.yaml` beneath a folder, but for names that begin with a dot. Symbolic links are refused."""
    documents: list[RawDocument] = []
    findings: list[Finding] = []
    for path, problem in _files(root, ""):
        if problem is not None:
            findings.append(problem)
            continue
        try:
            content = (root / path).read_bytes()
        except OSError:
            findings.append(finding(catalogue.UNREADABLE, Place(path)))
            continue
        found, wrong = load_file(path, content)
        documents += found
        findings += wrong
    return Loaded(tuple(documents), findings)


def load_file(path: str, content: bytes) -> tuple[list[RawDocument], list[Finding]]:
    """The documents of one file's bytes; `path` is relative to the workspace's root."""
    if len(content) > MAX_BYTES:
        return [], [finding(catalogue.SIZE, Place(path), limit="1 MB")]
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        before = content[content.rfind(b"\n", 0, error.start) + 1 : error.start]
        return [], [finding(catalogue.ENCODING, Place(path, line, len(before.decode("utf-8", "replace")) + 1))]
    parsed, findings = read(text, path)
    digest = sha256_hex(content)
    documents = []
    for one in parsed:
        if one.data is None:
            continue  # a file of comments, or a --- at the end
        document = _document(one, path, digest)
        if isinstance(document, Finding):
            findings.append(document)
        else:
            documents.append(document)
    return documents, findings


def _document(parsed: Parsed, path: str, digest: str) -> RawDocument | Finding:
    data, place = parsed.data, parsed.places[()]
    if not isinstance(data, Mapping) or "kind" not in data:
        return finding(catalogue.DOCUMENT, place)
    kind = data["kind"]
    if kind not in KINDS:
        hint = did_you_mean(str(kind), list(KINDS))
        where = parsed.places.get(("kind",), place)
        return finding(catalogue.UNKNOWN_KIND, where, hint=hint, kind=_short(kind))
    name = data.get("name")
    if name is None and kind not in _NAMELESS:
        return finding(catalogue.MISSING_NAME, parsed.keys.get(("kind",), place))
    return RawDocument(str(kind), str(name or ""), data, path, digest, parsed.places, parsed.keys)


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _files(root: Path, folder: str) -> Iterator[tuple[str, Finding | None]]:
    """Paths in the same order on every machine, each with what forbids reading it."""
    with os.scandir(root / folder) as scan:
        entries = sorted((entry for entry in scan if not entry.name.startswith(".")), key=lambda e: os.fsencode(e.name))
    for entry in entries:
        path = f"{folder}{entry.name}"
        if _UNPRINTABLE.search(entry.name):
            shown = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", path)
            yield shown, finding(catalogue.FILE_NAME, Place(shown))
        elif entry.is_symlink():
            yield path, finding(catalogue.LINK, Place(path))
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(root, f"{path}/")
        elif entry.name.endswith(".yml"):
            yield path, finding(catalogue.SUFFIX, Place(path))
        elif entry.name.endswith(".yaml"):
            yield path, None
