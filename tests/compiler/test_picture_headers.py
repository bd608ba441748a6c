"""What a picture's first bytes say of it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.picture import Picture, PictureFormat, PictureHeader, picture_format, read_header

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 600, 280) + b"\x08\x02\x00\x00\x00"
GIF = b"GIF89a" + struct.pack("<HH", 600, 280) + b"\x80\x00\x00"
EXIF = b"\xff\xe1" + struct.pack(">H", 2 + 300) + b"\xff\xc0" * 150  # what looks like a frame inside a segment
FRAME = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, 280, 600, 3)
JPEG = b"\xff\xd8" + EXIF + b"\xff\xff\xc4" + struct.pack(">H", 4) + b"\0\0" + b"\xff\x01" + FRAME


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, PictureFormat.PNG), (GIF, PictureFormat.GIF), (JPEG, PictureFormat.JPEG)]
)
def test_format_and_size_are_read(data: bytes, kind: PictureFormat) -> None:
    assert read_header(data) == PictureHeader(kind, 600, 280)


def test_the_example_s_pictures_are_read() -> None:
    for name in ("showroom.png", "spring-light.png"):
        assert read_header((CAMPAIGNS / "assets" / name).read_bytes()) == PictureHeader(PictureFormat.PNG, 1200, 560)


@pytest.mark.parametrize(
    "data", [PNG[:23], GIF[:9], JPEG[:-9], b"", b"<svg/>", b"\xff\xd8\xff\xe0", PNG[:16] + bytes(8)]
)
def test_what_ends_too_early_or_is_no_picture_is_none(data: bytes) -> None:
    assert read_header(data) is None


@given(st.sampled_from([b"", PNG[:12], GIF[:6], b"\xff\xd8", JPEG]), st.binary(max_size=200))
def test_reading_never_raises(begin: bytes, rest: bytes) -> None:
    found = read_header(begin + rest)
    assert found is None or (found.width > 0 and found.height > 0)


def test_a_served_name_is_a_digest_and_an_ending_and_nothing_else() -> None:
    name = Picture("a.png", PNG, PictureHeader(PictureFormat.PNG, 600, 280)).name
    assert picture_format(name) is PictureFormat.PNG
    for other in (name.upper(), name + "\n", f"../{name}", name[1:], name[:-3] + "svg", "\u0661" * 64 + ".png"):
        assert picture_format(other) is None
