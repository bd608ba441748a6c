"""Replies are read strictly, in any pieces, in bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.reply import Reply
from runner.transport.parser import MAX_LINE, MAX_LINES, ReplyParser

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=60)
REPLIES = st.tuples(st.integers(200, 599), st.lists(LINES, min_size=1, max_size=5))


def spelled(code: int, lines: list[str]) -> bytes:
    last = len(lines) - 1
    return b"".join(f"{code}{'-' if n < last else ' '}{line}\r\n".encode() for n, line in enumerate(lines))


@given(st.lists(REPLIES, max_size=4), st.lists(st.integers(1, 30), max_size=40))
def test_replies_do_not_depend_on_how_they_are_cut(replies: list[tuple[int, list[str]]], cuts: list[int]) -> None:
    data = b"".join(spelled(code, lines) for code, lines in replies)
    whole = ReplyParser().feed(data)
    parser, pieces = ReplyParser(), []
    for cut in cuts:
        pieces += parser.feed(data[:cut])
        data = data[cut:]
    assert pieces + parser.feed(data) == whole
    assert [reply.code for reply in whole] == [code for code, _ in replies]
    assert not parser.faulty


@given(st.lists(st.binary(max_size=3000), max_size=60))
def test_any_bytes_are_borne_in_bounded_memory(chunks: list[bytes]) -> None:
    parser = ReplyParser()
    for chunk in chunks:
        for reply in parser.feed(chunk):
            assert 200 <= reply.code < 600
            assert len(reply.text) <= 500
        assert len(parser._rest) <= MAX_LINE
        assert len(parser._lines) <= MAX_LINES


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"250 ok\n", id="bare-lf"),
        pytest.param(b"250-a\r\n251 b\r\n", id="code-changes"),
        pytest.param(b"199 x\r\n", id="1xx"),
        pytest.param(b"600 x\r\n", id="6xx"),
        pytest.param(b"250ok\r\n", id="no-blank"),
        pytest.param(b"25\r\n", id="two-digits"),
        pytest.param(b"250 a\0b\r\n", id="nul"),
        pytest.param(b"250 a\rb\r\n", id="bare-cr"),
        pytest.param(b"\xff\xfe\r\n", id="no-digits"),
        pytest.param(b"250 " + b"x" * MAX_LINE + b"\r\n", id="long-line"),
        pytest.param(b"250-x\r\n" * MAX_LINES, id="many-lines"),
        pytest.param("２５０ ok\r\n".encode(), id="other-digits"),
    ],
)
def test_what_is_no_reply_is_a_fault_or_waits_for_its_end(data: bytes) -> None:
    parser = ReplyParser()
    assert parser.feed(data) == []
    assert parser.faulty or not data.endswith(b"\r\n")


def test_a_reply_before_the_nonsense_still_counts() -> None:
    parser = ReplyParser()
    assert [reply.code for reply in parser.feed(b"250 ok\r\nnonsense\r\n250 ok\r\n")] == [250]
    assert parser.faulty


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250\r\n", Reply(250, "", "")),
        (b"550 5.1.1 no such user\r\n", Reply(550, "5.1.1", "no such user")),
        (b"550-5.1.1 no such\r\n550 5.1.1 user\r\n", Reply(550, "5.1.1", "no such user")),
        (b"550 4.1.1 odd\r\n", Reply(550, "", "4.1.1 odd")),  # RFC 2034: the class must agree
        ("421 4.7.0 réessayez\r\n".encode(), Reply(421, "4.7.0", "réessayez")),
        (b"550 5.7.1\r\n", Reply(550, "5.7.1", "")),
    ],
)
def test_the_enhanced_code_is_told_from_the_text(data: bytes, reply: Reply) -> None:
    assert ReplyParser().feed(data) == [reply]
