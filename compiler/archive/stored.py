"""A plan as it is stored: found by name, read slot by slot."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from compiler.archive.layout import COMPRESSED, ESTIMATE, HISTORY, ContainerProblem, content, lines
from compiler.language.canonical import Json, sha256_hex
from compiler.language.catalogue import plan as entries
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.finding import Entry, Place, Text, did_you_mean, finding
from compiler.language.history import History, history_from_content
from compiler.language.plan import Excluded, Link, Manifest, MessageTemplate, Shard, Slot
from compiler.manifest import ManifestProblem, manifest_digest, manifest_from_bytes
from compiler.parts import (
    EXCLUSIONS,
    LINKS,
    MANIFEST,
    ROWS,
    TEMPLATE_FILES,
    Row,
    exclusion_from_line,
    shard_path,
    slot_from_line,
    template_folder,
)

SHORTEST_PREFIX = 8
_DIGEST = re.compile(r"[0-9a-f]{64}")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
T = TypeVar("T")


class Plan:
    """A stored plan. Raises FindingsStop where the manifest is not the one that the folder's name says.

    Reading a part raises FindingsStop where it is damaged; only `archive.verify` proves that every byte is right.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = path.name
        try:
            data = (path / MANIFEST).read_bytes()
            if manifest_digest(data) != self.digest:
                raise _stop(entries.DIGEST, MANIFEST, digest=self.digest[:16])
            self.manifest: Manifest = manifest_from_bytes(data)
        except ManifestProblem as problem:
            raise _stop(entries.MANIFEST, MANIFEST, problem=str(problem)) from None
        except OSError:
            raise _stop(entries.MISSING, MANIFEST) from None

    def slots(self, shard: Shard | int) -> Iterator[Slot]:
        """The slots of a shard, in order."""
        shard = self.manifest.shards[shard] if isinstance(shard, int) else shard
        for line in _lines(self.path, shard_path(shard)):
            yield _parsed(shard_path(shard), slot_from_line, line)

    def exclusions(self) -> Iterator[Excluded]:
        """Who is left out and why, by contact."""
        for line in _lines(self.path, EXCLUSIONS):
            yield _parsed(EXCLUSIONS, exclusion_from_line, line)

    def rows(self) -> list[Row]:
        """The dataset rows that slots name by their position."""
        return [_parsed(ROWS, _row, line) for line in _lines(self.path, ROWS)]

    def template(self, variant: str, language: str) -> MessageTemplate:
        """One variant in one language. Raises KeyError for one that the plan does not have."""
        links = self._links[f"{variant}/{language}"]
        folder = template_folder(variant, language)
        html, text, preview, subject = (_text(self.path, f"{folder}/{name}") for name in TEMPLATE_FILES)
        return MessageTemplate(subject, preview, html, text, links)

    def templates(self) -> tuple[tuple[str, str], ...]:
        """Every (variant, language) that the plan holds."""
        return tuple(
            (variant, language) for variant, _, language in (key.partition("/") for key in sorted(self._links))
        )

    def estimate(self) -> Json:
        """When it should be finished: beside the plan, outside its digest."""
        document: Json = json.loads(_text(self.path, ESTIMATE))
        return document

    @cached_property
    def _links(self) -> dict[str, tuple[Link, ...]]:
        return _parsed(LINKS, _links, _text(self.path, LINKS).encode())


def plan_folders(plans: Path) -> list[Path]:
    """Every plan in the folder, by digest."""
    return sorted(path for path in plans.iterdir() if _DIGEST.fullmatch(path.name)) if plans.is_dir() else []


def open_plan(plans: Path, name: str) -> Plan:
    """The plan with this digest, the only one whose digest begins so, or a campaign's newest.

    Raises UsageProblem where there is none or more than one, FindingsStop where its manifest is damaged.
    """
    folders = plan_folders(plans)
    if _HEXADECIMAL.fullmatch(name) and len(name) >= SHORTEST_PREFIX:
        matches = [folder for folder in folders if folder.name.startswith(name)]
        if len(matches) > 1:
            raise UsageProblem(Text(f"plusieurs plans commencent par {name}", f"several plans begin with {name}"))
        if matches:
            return Plan(matches[0])
    return _newest(folders, name)


def read_history(plans: Path, digest: str) -> History:
    """The history snapshot that plans name by its digest. Raises FindingsStop where it is missing or damaged."""
    name = f"{HISTORY}/{digest}.jsonl{COMPRESSED}"
    data = b"".join(_lines(plans, name))
    if sha256_hex(data) != digest:
        raise _stop(entries.CONTENT, name, expected="?")
    return history_from_content(data)


def readable(folders: Iterable[Path]) -> tuple[list[Plan], list[Path]]:
    """Plans whose manifest is whole, and the folders of the others: one damaged plan must not hide the rest."""
    whole, damaged = [], []
    for folder in folders:
        try:
            whole.append(Plan(folder))
        except FindingsStop:
            damaged.append(folder)
    return whole, damaged


def _newest(folders: list[Path], campaign: str) -> Plan:
    plans, damaged = readable(folders)
    mine = [plan for plan in plans if plan.manifest.campaign == campaign]
    if mine:
        return max(mine, key=lambda plan: (plan.manifest.compiled_on, (plan.path / MANIFEST).stat().st_mtime_ns))
    if theirs := [folder for folder in damaged if _names(folder, campaign)]:
        return Plan(theirs[-1])  # which says what is wrong with it
    hint = did_you_mean(campaign, sorted({plan.manifest.campaign for plan in plans}))
    none = Text(f"aucun plan « {campaign} » : le compiler d'abord", f"no plan {campaign!r}: compile it first")
    if damaged:
        listed = ", ".join(folder.name[:12] for folder in damaged)
        hint = Text(f"plans endommagés ici : {listed}", f"damaged plans here: {listed}")
    raise UsageProblem(Text(f"{none.fr} ({hint.fr})", f"{none.en} ({hint.en})") if hint else none)


def _names(folder: Path, campaign: str) -> bool:
    """Whether a damaged manifest still holds a campaign's name where a manifest has it."""
    try:
        data = (folder / MANIFEST).read_bytes()
    except OSError:
        return False
    return b'"campaign":' + json.dumps(campaign, ensure_ascii=False).encode() in data


def _lines(folder: Path, path: str) -> Iterator[bytes]:
    try:
        yield from lines(folder / path)
    except ContainerProblem:
        raise _stop(entries.CONTAINER, path) from None
    except OSError:
        raise _stop(entries.MISSING, path) from None


def _text(folder: Path, path: str) -> str:
    try:
        return b"".join(content(folder / path)).decode("utf-8")
    except UnicodeDecodeError:
        raise _stop(entries.SLOTS, path, problem="UTF-8") from None
    except OSError:
        raise _stop(entries.MISSING, path) from None


def _parsed(path: str, parse: Callable[[bytes], T], line: bytes) -> T:
    try:
        return parse(line)
    except ValueError as problem:
        raise _stop(entries.SLOTS, path, problem=str(problem)) from None


def _row(line: bytes) -> Row:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not a row")
    return row


def _links(data: bytes) -> dict[str, tuple[Link, ...]]:
    try:
        return {
            key: tuple(Link(int(link["link"]), str(link["target"])) for link in links)
            for key, links in json.loads(data).items()
        }
    except (KeyError, TypeError, AttributeError):
        raise ValueError("not links") from None


def _stop(entry: Entry, path: str, **arguments: str) -> FindingsStop:
    return FindingsStop([finding(entry, Place(path), hint=None, **arguments)])
