"""Does a stored plan still say, byte for byte, what was approved? Everything wrong is found, nothing raised."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from compiler.archive.layout import (
    ASSETS,
    ESTIMATE,
    FILES,
    ContainerProblem,
    checksum_line,
    content,
    side_by_side,
    stored_sha256,
)
from compiler.archive.stored import Plan
from compiler.language.catalogue import plan as entries
from compiler.language.errors import FindingsStop
from compiler.language.finding import Entry, Finding, Place, finding, in_reading_order
from compiler.language.picture import picture_format
from compiler.language.plan import Manifest
from compiler.parts import MANIFEST


def verify(path: Path) -> list[Finding]:
    """What is wrong with the plan in a folder: each changed, missing and extra file, in the order of their paths.

    Reads every byte twice (as stored, and its content), counts every slot, and reads the pictures that stand beside
    the plans. An empty list is a proof.
    """
    try:
        plan = Plan(path)
    except FindingsStop as stop:
        return stop.findings
    files, strange = _files(path)
    findings = [_found(entries.FILE, name) for name in strange]
    findings += _presence(plan.manifest, files)
    findings += _checksums(path, files)
    present = [part for part in plan.manifest.parts if part[0] in files]
    findings += [f for found in side_by_side(lambda part: _part(path, *part), present) for f in found]
    findings += [f for _, name, size in plan.manifest.pictures for f in _picture(path.parent, name, size)]
    if not findings:
        findings += [_found(entries.SLOTS, MANIFEST, problem=problem) for problem in _sums(plan)]
    return in_reading_order(findings)


def _files(folder: Path) -> tuple[set[str], list[str]]:
    """Plain files, and whatever is neither plain file nor folder; paths relative to the plan."""
    plain: set[str] = set()
    strange: list[str] = []
    for parent, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(parent, name)
            mode = path.lstat().st_mode
            # A name that is not UTF-8 is a stranger's: it must not stop us from saying so.
            relative = path.relative_to(folder).as_posix().encode("utf-8", "backslashreplace").decode()
            if stat.S_ISREG(mode):
                plain.add(relative)
            elif not stat.S_ISDIR(mode):
                strange.append(relative)
    return plain, strange


def _presence(manifest: Manifest, files: set[str]) -> list[Finding]:
    expected = {MANIFEST, FILES, ESTIMATE, *(path for path, _, _ in manifest.parts)}
    missing = [_found(entries.MISSING, path) for path in expected - files]
    return missing + [_found(entries.EXTRA, path) for path in files - expected]


def _checksums(folder: Path, files: set[str]) -> list[Finding]:
    """Where files.sha256 is not exactly what it should be for the files that are there."""
    if FILES not in files:
        return []
    paths = sorted(files - {FILES})
    hashes = side_by_side(lambda path: stored_sha256(folder / path), paths)
    expected = {path: checksum_line(path, sha256) for path, sha256 in zip(paths, hashes, strict=True)}
    actual = (folder / FILES).read_bytes()
    if actual == "".join(expected.values()).encode():
        return []
    said = set(actual.decode("utf-8", "replace").splitlines(keepends=True))
    wrong = [path for path, line in expected.items() if line not in said]
    return [_found(entries.STORED, path) for path in wrong or [FILES]]


def _part(folder: Path, path: str, sha256: str, size: int) -> list[Finding]:
    digest, length = hashlib.sha256(), 0
    try:
        for chunk in content(folder / path):
            digest.update(chunk)
            length += len(chunk)
            if length > size:  # a container may hold far more than was stored: read no further
                return [_found(entries.CONTENT, path, expected=size)]
    except ContainerProblem:
        return [_found(entries.CONTAINER, path)]
    same = digest.hexdigest() == sha256 and length == size
    return [] if same else [_found(entries.CONTENT, path, expected=size)]


def _picture(plans: Path, name: str, size: int) -> list[Finding]:
    """A picture bears its own SHA-256 as its name: the plan's digest covers that, and so the bytes."""
    shown = f"{ASSETS}/{name}"
    if picture_format(name) is None:
        return [_found(entries.SLOTS, MANIFEST, problem=f"picture {name[:80]!r}")]
    file = plans / ASSETS / name
    if file.is_symlink():
        return [_found(entries.FILE, shown)]
    if not file.is_file():
        return [_found(entries.MISSING, shown)]
    same = file.stat().st_size == size and stored_sha256(file) == name.partition(".")[0]
    return [] if same else [_found(entries.CONTENT, shown, expected=size)]


def _sums(plan: Plan) -> Iterator[str]:
    """What does not add up in a plan whose bytes are right: only a faulty writer leaves that."""
    manifest = plan.manifest
    try:
        reasons = Counter(excluded.reason.value for excluded in plan.exclusions())
        yield from _slots(plan)
    except FindingsStop as stop:
        yield from (f"{found.place} {dict(found.arguments).get('problem', found.code)}" for found in stop.findings)
        return
    if tuple(sorted(reasons.items())) != manifest.exclusions:
        yield "exclusions"
    if manifest.recipients + sum(reasons.values()) != manifest.selected:
        yield "recipients + exclusions != selected"


def _slots(plan: Plan) -> Iterator[str]:
    templates, rows = set(plan.templates()), len(plan.rows())
    left_out = {excluded.contact for excluded in plan.exclusions()}
    contacts: set[str] = set()
    expected = 0
    for shard in plan.manifest.shards:
        if shard.first != expected:
            yield f"shard {shard.number}: first slot"
        for slot in plan.slots(shard):
            if slot.number != expected:
                yield f"slot {expected}: number"
            if (slot.variant, slot.language) not in templates:
                yield f"slot {expected}: template"
            if any(not 0 <= row < rows for _, numbers in slot.rows for row in numbers):
                yield f"slot {expected}: rows"
            if slot.contact in contacts or slot.contact in left_out:
                yield f"slot {expected}: contact"
            contacts.add(slot.contact)
            expected += 1
        if expected != shard.first + shard.count:
            yield f"shard {shard.number}: slots"
    if expected != plan.manifest.recipients:
        yield "recipients"


def _found(entry: Entry, path: str, **arguments: object) -> Finding:
    return finding(entry, Place(path), hint=None, **arguments)
