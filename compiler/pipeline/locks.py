"""Do the locks of a workspace still approve what its files say? Keyless: hashes of files, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import sha256_hex
from compiler.language.catalogue import locks as entries
from compiler.language.finding import Finding, Place, finding
from compiler.language.plan import Lock
from compiler.lock import LockProblem, lock_from_bytes, lock_path
from compiler.schedule import zone


def check_locks(workspace: Workspace, *, on: date) -> list[Finding]:
    """Each lock that envoi did not write, that is another campaign's, and each file that is not what a lock approves.

    A lock that can release nothing any more (too old, or its campaign over) is not held against later edits.
    """
    root = Path(workspace.root)
    return [found for campaign in workspace.campaigns for found in _lock(workspace, campaign, root, on)]


def _lock(workspace: Workspace, campaign: Campaign, root: Path, on: date) -> Iterator[Finding]:
    path = lock_path(campaign.path)
    file = root / path
    if not file.exists() and not file.is_symlink():
        return
    data = _content(root, path)
    try:
        lock = lock_from_bytes(data or b"", path)
    except LockProblem:
        yield finding(entries.HAND, Place(path))
        return
    if lock.campaign != campaign.name:
        yield finding(entries.OTHER, Place(path), lock=lock.campaign, campaign=campaign.name)
    elif _alive(workspace, campaign, lock, on):
        for name, sha256 in lock.inputs:
            data = _content(root, name)
            if data is None or sha256_hex(data) != sha256:
                yield finding(entries.STALE, Place(name), campaign=campaign.name)


def _alive(workspace: Workspace, campaign: Campaign, lock: Lock, on: date) -> bool:
    local = zone(workspace.settings.organisation.timezone)
    over = campaign.finish_by is not None and not campaign.repeat and campaign.finish_by.astimezone(local).date() < on
    return not over and on - lock.compiled_on <= campaign.approval.max_age


def _content(root: Path, path: str) -> bytes | None:
    """A file's bytes; None where there is none, and for whatever a link or `..` leads to outside the workspace."""
    file = root / path
    if file.is_symlink() or not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
        return None
    return file.read_bytes()
