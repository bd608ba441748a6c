"""The names and containers of a plan's files.

The gzip container (RFC 1952) is written here rather than by the library, whose header differs between versions: one
member, no name, no time. Whatever else stands in a container was not written by envoi.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

FILES = "files.sha256"
ESTIMATE = "estimate.json"
HISTORY = "history"
ASSETS = "assets"
COMPRESSED = ".gz"
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_TRAILER = struct.Struct("<II")
_CHUNK = 1 << 16
_RAW = -zlib.MAX_WBITS


class ContainerProblem(ValueError):
    """The bytes are no container that `compressed` wrote."""


def side_by_side(act: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What `act` gives for each item, in their order. Compressing and hashing leave Python's lock alone."""
    with ThreadPoolExecutor(min(4, len(os.sched_getaffinity(0)))) as threads:
        try:
            return list(threads.map(act, items))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip file of the chunks: equal content gives equal bytes."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, _RAW)
    check = size = 0
    yield _HEADER
    for chunk in chunks:
        check = zlib.crc32(chunk, check)
        size += len(chunk)
        yield deflate.compress(chunk)
    yield deflate.flush() + _TRAILER.pack(check, size & 0xFFFFFFFF)


def content(path: Path) -> Iterator[bytes]:
    """A file's content, decompressed where its name ends in `.gz`, in bounded pieces. Raises ContainerProblem."""
    return _decompressed(path) if path.name.endswith(COMPRESSED) else stored(path)


def stored(path: Path) -> Iterator[bytes]:
    """A file's bytes as they are."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file's content, each with its LF. Raises ContainerProblem."""
    rest = b""
    for chunk in content(path):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def stored_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in stored(path):
        digest.update(chunk)
    return digest.hexdigest()


def checksum_line(path: str, sha256: str) -> str:
    """A line of files.sha256, in the form of sha256sum(1)."""
    return f"{sha256}  {path}\n"


def _decompressed(path: Path) -> Iterator[bytes]:
    inflate = zlib.decompressobj(_RAW)
    check = size = 0
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise ContainerProblem("header")
        data = file.read(_CHUNK)
        while data and not inflate.eof:
            piece = _inflate(inflate, data)
            check, size = zlib.crc32(piece, check), size + len(piece)
            yield piece
            data = inflate.unconsumed_tail or file.read(_CHUNK)
        trailer = inflate.unused_data + file.read(_TRAILER.size + 1)
    if not inflate.eof or trailer != _TRAILER.pack(check, size & 0xFFFFFFFF):
        raise ContainerProblem("trailer")


def _inflate(inflate: zlib._Decompress, data: bytes) -> bytes:
    try:
        return inflate.decompress(data, _CHUNK)
    except zlib.error:
        raise ContainerProblem("deflate") from None
