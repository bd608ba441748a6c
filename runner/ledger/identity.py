"""Which ledger this is, who holds it, and whether it is the whole of itself.

A witness beside the ledger's folder is written after every commit of permits: a folder that was restored from a copy
stands behind it, one that was deleted comes back with another identity. The mark on the workspace's remote
(`runner.admission`) says the same to other machines.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import zlib
from pathlib import Path
from types import TracebackType

from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from runner.ledger import Mark

_WITNESS = struct.Struct("<Q32sI")
#: SQLite's WAL needs shared memory, and the flock a kernel, of one host (sqlite.org/wal.html).
_NETWORK = re.compile(r"nfs\d?|cifs|smb\d?|smbfs|9p|ceph|afs|glusterfs|lustre|fuse\.(sshfs|s3fs|rclone|glusterfs)")


class HostLock:
    """At most one ledger process a host. Raises RefusedByPolicy where another one is at work."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        refuse_network(folder)
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise RefusedByPolicy(
                Text("un autre envoi est en cours sur cette machine", "another run is sending on this host")
            ) from None

    def forget(self) -> None:
        """In a forked child: let go of the parent's lock without freeing it."""
        os.close(self._file)

    def __enter__(self) -> HostLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._file)


class Witness:
    """A file that knows how far a ledger has come, kept outside the ledger's folder."""

    def __init__(self, folder: Path, identity: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / identity
        self._file = -1

    def read(self) -> Mark | None:
        """The last mark, None where there is no witness or nothing whole in it."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        if len(data) != _WITNESS.size:
            return None
        count, chain, check = _WITNESS.unpack(data)
        return Mark(count, chain.hex()) if check == zlib.crc32(data[:-4]) else None

    def write(self, mark: Mark) -> None:
        """Note a mark. It outlives this process at once; a power cut may take it back, never tear it."""
        head = struct.pack("<Q32s", mark.count, bytes.fromhex(mark.chain))
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.pwrite(self._file, head + zlib.crc32(head).to_bytes(4, "little"), 0)

    def sync(self) -> None:
        if self._file >= 0:
            os.fsync(self._file)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def refuse_network(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Raises UsageProblem where the folder is on a network file system."""
    if _NETWORK.fullmatch(filesystem_of(folder, mounts)):
        raise UsageProblem(
            Text(
                "le registre d'envoi doit être sur un disque local, pas sur un partage réseau",
                "the ledger must be on a local disk, not on a network share",
            )
        )


def filesystem_of(folder: Path, mounts: Path) -> str:
    """The type of the file system that holds a folder, empty where the machine does not say."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if folder.resolve().is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split()[0]
    return kind
