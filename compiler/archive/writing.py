"""Writing a plan: aside, synced, renamed, read-only. A folder that bears a digest is whole, whatever crashed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.archive.layout import (
    ASSETS,
    COMPRESSED,
    ESTIMATE,
    FILES,
    HISTORY,
    checksum_line,
    compressed,
    side_by_side,
    stored_sha256,
)
from compiler.archive.verification import verify
from compiler.language.canonical import Json, canonical_json
from compiler.language.errors import FindingsStop
from compiler.language.history import History
from compiler.language.picture import Picture
from compiler.parts import MANIFEST, Part, PlanParts

_ASIDE = ".aside-"


def write(parts: PlanParts, plans: Path, *, estimate: Json = None) -> Path:
    """The plan's folder, named by its digest; one that is already there is verified and kept.

    Raises FindingsStop where the folder already there is damaged.
    """
    target = plans / parts.digest
    store_pictures(parts.pictures, plans)
    if not target.exists():
        with _aside(plans) as aside:
            _fill(aside, parts, canonical_json({} if estimate is None else estimate))
            _seal(aside)
            _rename(aside, target)
    if findings := verify(target):
        raise FindingsStop(findings)
    return target


def store_history(history: History, plans: Path) -> Path:
    """The history snapshot that plans name by its digest."""
    target = plans / HISTORY / f"{history.digest}.jsonl{COMPRESSED}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _aside(plans) as aside:
            _write_file(aside / target.name, compressed((history.content(),)))
            os.chmod(aside / target.name, stat.S_IRUSR | stat.S_IWUSR)
            os.replace(aside / target.name, target)
            _sync_folder(target.parent)
    return target


def store_pictures(pictures: Iterable[Picture], plans: Path) -> None:
    """Each picture under the name by which the tracker serves it; one that is there, byte for byte, is kept."""
    for picture in pictures:
        target = plans / ASSETS / picture.name
        if target.is_file() and not target.is_symlink() and stored_sha256(target) == picture.sha256:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with _aside(plans) as aside:
            _write_file(aside / target.name, (picture.content,))
            os.chmod(aside / target.name, stat.S_IRUSR)
            os.replace(aside / target.name, target)
            _sync_folder(target.parent)


def remove(plan: Path) -> None:
    """Delete a plan's folder, read-only as it is."""
    for folder, _, _ in os.walk(plan):
        os.chmod(folder, stat.S_IRWXU)
    shutil.rmtree(plan)


def _fill(folder: Path, parts: PlanParts, estimate: bytes) -> None:
    files = {MANIFEST: (parts.manifest_bytes,), ESTIMATE: (estimate,)}
    paths = sorted([*files, *(part.path for part in parts.parts)])
    for path, content in files.items():
        _write_file(folder / path, content)

    def store(part: Part) -> None:
        read = part.read()
        _write_file(folder / part.path, compressed(read) if part.path.endswith(COMPRESSED) else read)

    side_by_side(store, parts.parts)
    hashes = side_by_side(lambda path: stored_sha256(folder / path), paths)
    sums = "".join(checksum_line(path, sha256) for path, sha256 in zip(paths, hashes, strict=True))
    _write_file(folder / FILES, (sums.encode(),))


def _write_file(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


def _seal(folder: Path) -> None:
    """Read-only, and on disk before the name that says so."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.chmod(Path(parent, name), stat.S_IRUSR)
        _sync_folder(Path(parent))
        os.chmod(parent, stat.S_IRUSR | stat.S_IXUSR)


def _rename(aside: Path, target: Path) -> None:
    try:
        os.rename(aside, target)
    except OSError:
        if not target.is_dir():  # else somebody wrote the same plan at the same time: its bytes are the same
            raise
    _sync_folder(target.parent)


@contextmanager
def _aside(plans: Path) -> Iterator[Path]:
    plans.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    folder = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=plans))
    try:
        yield folder
    finally:
        if folder.exists():
            remove(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
