"""Whatever bytes come, there is an answer, within bounds; and no address stays in what may be stored."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.returns import Kind, classify, scrubbed
from tracker.returns.message import MAX_BYTES, MAX_DEPTH, MAX_PARTS, leaves, parse

REPORT = b"""Return-Path: <>
From: MAILER-DAEMON@mx.example
Subject: =?utf-8?B?w4ljaGVj?= Undelivered
X-Failed-Recipients: lea@clients.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>&lt;lea@clients.example&gt;: 550 =C3=A9 user unknown</p>

--b
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGxlYUBjbGllbnRzLmV4YW1wbGUKQWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjEuMQo=
--b
Content-Type: message/feedback-reports

Feedback-Type: abuse
--b--
"""
NOTICE = (
    b"x-amz-sns-topic: a\nFrom: a@b.example\n\n"
    b'{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":'
    b'[{"emailAddress":"lea@clients.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no such user"}]}}'
)
WORDS = (
    b"From: MAILER-DAEMON\nSubject: failure notice\n\n"
    b"<lea@clients.example>:\n550 no such user (#5.1.1)\n--- Below this line"
)


@given(st.binary(max_size=3000))
def test_any_bytes_have_an_answer(raw: bytes) -> None:
    assert classify(raw).kind in Kind


@given(st.sampled_from([REPORT, NOTICE, WORDS]), st.integers(0, 2**32))
def test_a_damaged_return_has_an_answer(whole: bytes, seed: int) -> None:
    dice = random.Random(seed)
    raw = bytearray(whole)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(raw))
        match dice.randrange(3):
            case 0:
                raw[at] = dice.randrange(256)
            case 1:
                del raw[at : at + dice.randint(1, 40)]
            case _:
                raw[at:at] = bytes(dice.choice([b"\n", b"\n\n", b"--b", b"=?", b";", b"\x00", b"@", raw[:60]]))
        if not raw:
            break
    assert classify(bytes(raw)).kind in Kind


@pytest.mark.parametrize("whole", [REPORT, NOTICE, WORDS])
def test_a_return_cut_anywhere_has_an_answer(whole: bytes) -> None:
    assert classify(whole).kind is Kind.HARD
    for length in range(len(whole)):
        assert classify(whole[:length]).kind in Kind


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "hex", "rot13", "unicode_escape", "x\0y", "utf-7", "nothing", ""]
)
def test_a_charset_that_is_none_has_an_answer(charset: str) -> None:
    raw = (
        WORDS.replace(b"Subject", f"Content-Type: text/plain; charset={charset}\nSubject".encode(), 1) + b"\xff\xfe\x81"
    )
    assert classify(raw).kind in Kind


def test_depth_and_parts_are_bounded() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000))
    flat = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000

    def depth(part: object) -> int:
        return 1 + max((depth(each) for each in part.parts), default=0)  # type: ignore[attr-defined]

    assert depth(parse(nested)) <= MAX_DEPTH + 1
    assert len(leaves(parse(flat))) <= MAX_PARTS + 1
    assert classify(nested).kind is Kind.NONE


HOSTILE = [
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"a" * n,
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"o o o " * (n // 6),
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"a@" * (n // 2),
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"5.1." * (n // 4),
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"550 " * (n // 4),
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\nContent-Type: text/html\n\n" + b"<" * n,
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"\n" * n,
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"- " * (n // 2),
    lambda n: b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + (b"o" * 270 + b"\n") * (n // 271),
    lambda n: b"From: MAILER-DAEMON\nSubject: " + b"=?a?q?" * (n // 6) + b"\n\nx",
    lambda n: b"From: MAILER-DAEMON\nContent-Type: multipart/mixed" + b"; a=" * (n // 4) + b"\n\nx",
    lambda n: b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n" * (n // 4),
    lambda n: b"Content-Type: multipart/report\n\n" + b"--aaaaaaaaaa\n" * (n // 13),
    lambda n: b"A: b\n" * (n // 5),
    lambda n: b" \n" * (n // 2),
    lambda n: b"x-amz-sns-a: b\n\n" + b'{"a":' * (n // 5),
    lambda n: b"Content-Type: message/delivery-status\nReturn-Path: <>\n\n" + b"Final-Recipient: a\n\n" * (n // 20),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_megabyte_made_to_be_slow_is_answered(number: int) -> None:
    assert classify(HOSTILE[number](MAX_BYTES)).kind in Kind


def test_only_the_first_megabyte_is_read() -> None:
    assert len(parse(b"A: b\n\n" + b"x" * (2 * MAX_BYTES)).body) < MAX_BYTES


def test_what_may_be_stored_holds_no_address() -> None:
    raw = WORDS.replace(b"no such user", b"no such user lea@clients.example (Lea) for max@clients.example")
    (record,) = classify(raw).records
    text = scrubbed(record)
    assert "@" not in text
    assert "lea" not in text.lower()
