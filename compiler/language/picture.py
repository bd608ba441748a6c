"""A picture of the workspace: what its first bytes say of it, and the name under which everybody may fetch it.

Only PNG (RFC 2083), JPEG (ISO 10918-1) and GIF89a: every mail program shows these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from compiler.language.canonical import sha256_hex

#: Pixels a side: no screen shows more, and decoding more fills a phone's memory.
WIDEST = 4_096

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_GIF = (b"GIF87a", b"GIF89a")
# Start Of Frame: C0 to CF, but for C4 (tables), C8 (reserved) and CC (arithmetic conditioning).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONE = frozenset([0x01, *range(0xD0, 0xD8)])  # markers without a segment
_NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg|gif)")


class PictureFormat(StrEnum):
    """By the ending of the name under which it is served."""

    PNG = "png"
    JPEG = "jpg"
    GIF = "gif"


MEDIA_TYPES: Mapping[PictureFormat, str] = {
    PictureFormat.PNG: "image/png",
    PictureFormat.JPEG: "image/jpeg",
    PictureFormat.GIF: "image/gif",
}


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """`width` and `height` in pixels, both at least 1."""

    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that messages show: `path` in the workspace, `name` where the tracker serves it (`/a/<name>`)."""

    path: str
    content: bytes = field(repr=False)
    header: PictureHeader

    @property
    def sha256(self) -> str:
        return sha256_hex(self.content)

    @property
    def name(self) -> str:
        return f"{self.sha256}.{self.header.format}"


def picture_format(name: str) -> PictureFormat | None:
    """The format of a served picture's name, None for any other text: such a name can leave no folder."""
    found = _NAME.fullmatch(name)
    return PictureFormat(found[1]) if found else None


def read_header(data: bytes) -> PictureHeader | None:
    """What a picture's bytes say of it; None where they are no PNG, JPEG or GIF, or end too early. Never raises."""
    if data.startswith(_PNG):
        return _sized(PictureFormat.PNG, data[16:20], data[20:24]) if data[12:16] == b"IHDR" else None
    if data.startswith(_GIF):
        return _sized(PictureFormat.GIF, data[6:8][::-1], data[8:10][::-1])  # little-endian
    return _jpeg(data) if data.startswith(_JPEG) else None


def _sized(kind: PictureFormat, width: bytes, height: bytes) -> PictureHeader | None:
    if len(width) != len(height):  # the bytes end too early
        return None
    found = PictureHeader(kind, int.from_bytes(width), int.from_bytes(height))
    return found if found.width and found.height else None


def _jpeg(data: bytes) -> PictureHeader | None:
    """Walks the segments to the first frame header."""
    at = len(_JPEG)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _LONE:
            at += 2
        elif marker in _FRAMES:
            frame = data[at + 5 : at + 9]
            return _sized(PictureFormat.JPEG, frame[2:], frame[:2]) if len(frame) == 4 else None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None
