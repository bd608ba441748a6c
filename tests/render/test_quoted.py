"""Quoted-printable pieces: joined in any order, they decode to their texts, within the limits of RFC 2045."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.render.quoted import encode_piece

AWKWARD = st.text(st.sampled_from("ab .=\n\t\r\u00a0é€😀-From"), max_size=400)


def decoded(encoded: bytes) -> str:
    return quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode()


def check_lines(encoded: bytes) -> None:
    assert not encoded or encoded.endswith(b"\r\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert b"\r" not in line
        assert b"\n" not in line
        assert line != b"."
        assert line[-1:] not in (b" ", b"\t")
        assert line.isascii()


@given(st.lists(st.one_of(AWKWARD, st.text(max_size=200)), max_size=6))
def test_joined_pieces_decode_to_the_joined_texts(texts: list[str]) -> None:
    encoded = b"".join(map(encode_piece, texts))
    check_lines(encoded)
    assert decoded(encoded) == "".join(texts)


@pytest.mark.parametrize("length", range(70, 82))
@pytest.mark.parametrize("end", ["", " ", "\n", " \n", "é", ".", "\t", "=", "\r", " \n "])
def test_lines_near_the_limit_stay_within_it(length: int, end: str) -> None:
    text = "x" * length + end
    check_lines(encode_piece(text) + encode_piece("y"))
    assert decoded(encode_piece(text)) == text


def test_a_piece_never_depends_on_its_neighbours() -> None:
    for text in ("", "é", "a\n", ".", " "):
        assert encode_piece("x") + encode_piece(text) + encode_piece("\n") == b"x=\r\n" + encode_piece(text) + b"\r\n"
