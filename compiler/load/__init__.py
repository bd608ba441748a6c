"""Files in a folder → documents: the strict loader. Nothing here knows what a document means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.language.canonical import Json, sha256_hex
from compiler.language.catalogue import load as catalogue
from compiler.language.catalogue import repository as git_catalogue
from compiler.language.document import KINDS, RawDocument
from compiler.language.finding import Finding, Place, Text, did_you_mean, finding
from compiler.load.reader import Parsed, read

__all__ = ["MAX_BYTES", "Loaded", "RawDocument", "load", "load_file"]

MAX_BYTES = 1_000_000
_NAMELESS = frozenset({"workspace", "fields"})
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

#: Where a file that does not read seems to declare a name, or one of the kinds that have none.
_SEEMS_DECLARED = re.compile(r"^[ \t-]*(?:name|kind):[ \t]*[\"']?([A-Za-z0-9_-]{1,64})", re.MULTILINE)

_REWRITES = re.compile(r"(filter|working-tree-encoding)=.*|ident|eol=crlf", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Every document that could be read, in order of path and line, and everything wrong in the others.

    `lost` holds the names that files seem to declare which could not be read whole, and the kinds.
    """

    documents: tuple[RawDocument, ...]
    findings: list[Finding]
    lost: frozenset[str] = frozenset()


def load(root: Path) -> Loaded:
    """Reads every `*.yaml` beneath a folder, but for names that begin with a dot.

    Symbolic links are refused, and what makes git put other bytes on the disk than a reviewer saw.
    """
    documents: list[RawDocument] = []
    findings: list[Finding] = []
    lost: set[str] = set()
    # In bytes: the same order on every machine, whatever its locale.
    for path, problem in sorted(_files(root), key=lambda found: os.fsencode(found[0])):
        content = None if problem else _content(root / path)
        if content is None:
            findings.append(problem or finding(catalogue.UNREADABLE, Place(path)))
            continue
        found, wrong = load_file(path, content)
        documents += found
        findings += wrong
        if wrong:
            lost.update(_SEEMS_DECLARED.findall(content.decode("utf-8", "replace")))
    return Loaded(tuple(documents), findings, frozenset(lost))


def load_file(path: str, content: bytes) -> tuple[list[RawDocument], list[Finding]]:
    """The documents of one file's bytes; `path` is relative to the workspace's root."""
    if len(content) > MAX_BYTES:
        return [], [finding(catalogue.SIZE, Place(path), limit_fr="1 Mo", limit_en="1 MB")]
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
        listed = ", ".join(KINDS)
        hint = did_you_mean(str(kind), list(KINDS)) or Text(f"sortes : {listed}", f"kinds: {listed}")
        where = parsed.places.get(("kind",), place)
        return finding(catalogue.UNKNOWN_KIND, where, hint=hint, kind=_short(kind))
    name = data.get("name")
    if name is None and kind not in _NAMELESS:
        return finding(catalogue.MISSING_NAME, parsed.keys.get(("kind",), place))
    return RawDocument(str(kind), str(name or ""), data, path, digest, parsed.places, parsed.keys)


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _content(path: Path) -> bytes | None:
    """A file's bytes, one more than allowed at most; None where the system refuses."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return None


def _files(root: Path) -> Iterator[tuple[str, Finding | None]]:
    """Paths of the files to read, each with what forbids reading it."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as scan:
                listed = list(scan)
        except OSError:
            yield folder, finding(catalogue.UNREADABLE, Place(folder))
            continue
        yield from _git(folder, {entry.name for entry in listed}, root)
        for entry in listed:
            path = f"{folder}{entry.name}"
            if entry.name.startswith("."):
                continue
            if _UNPRINTABLE.search(entry.name):
                shown = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", path)
                yield shown, finding(catalogue.FILE_NAME, Place(shown))
            elif entry.is_symlink():
                yield path, finding(catalogue.LINK, Place(path))
            elif entry.is_dir(follow_symlinks=False):
                folders.append(f"{path}/")
            elif entry.name.endswith((".yaml", ".yml")):
                yield path, _refusal(entry, path)


def _git(folder: str, names: set[str], root: Path) -> Iterator[tuple[str, Finding]]:
    """Repositories within the repository, and attributes by which git rewrites files."""
    for name in sorted(names & ({".gitmodules", ".git"} if folder else {".gitmodules"})):
        yield f"{folder}{name}", finding(git_catalogue.NESTED, Place(f"{folder}{name}"))
    if ".gitattributes" not in names:
        return
    path = f"{folder}.gitattributes"
    if (root / path).is_symlink():  # git itself does not follow it either
        yield path, finding(catalogue.LINK, Place(path))
        return
    text = (_content(root / path) or b"").decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        words = [] if line.lstrip().startswith("#") else line.split()[1:]
        if found := next((word for word in words if _REWRITES.fullmatch(word)), None):
            yield path, finding(git_catalogue.REWRITTEN, Place(path, number, 1), attribute=_short(found))


def _refusal(entry: os.DirEntry[str], path: str) -> Finding | None:
    """Why a file is not read; None where it is. Opening a pipe or a device could wait for ever."""
    if not entry.is_file(follow_symlinks=False):
        return finding(catalogue.UNREADABLE, Place(path))
    return finding(catalogue.SUFFIX, Place(path)) if entry.name.endswith(".yml") else None
