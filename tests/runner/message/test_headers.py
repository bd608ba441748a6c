"""Headers: what the standard library reads back is what was meant, in lines that servers take."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.message.headers import HeaderProblem, date_text, mailbox, plain, unstructured

PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200
).map(lambda text: " ".join(text.split()) or "x")


def read(line: bytes, name: str) -> str:
    message = email.message_from_bytes(line + b"\r\n", policy=email.policy.default)
    assert list(message) == [name]
    return str(message[name])


@given(PRINTABLE)
def test_any_subject_is_read_back_as_written(text: str) -> None:
    assert read(unstructured("Subject", text), "Subject") == text


@given(PRINTABLE)
def test_no_subject_line_is_too_long(text: str) -> None:
    lines = unstructured("Subject", text).removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 78 for line in lines)
    assert all(line.startswith(b" ") for line in lines[1:])
    assert all(len(word) <= 75 for line in lines for word in line.split() if word.startswith(b"=?"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Trois lampes", b"Subject: Trois lampes\r\n"),
        ("=?utf-8?q?x?=", b"Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"),
        ("L’été", b"Subject: =?utf-8?b?TOKAmcOpdMOp?=\r\n"),
        ("Le printemps à Rennes", b"Subject: =?utf-8?q?Le_printemps_=C3=A0_Rennes?=\r\n"),
    ],
)
def test_a_subject_takes_the_shorter_spelling(text: str, line: bytes) -> None:
    assert unstructured("Subject", text) == line


@pytest.mark.parametrize(
    "display", ["Atelier Lumen", "Lumen, Rennes", 'Le "Lumen"', "Atelier Léo", "=?utf-8?q?x?=", "", "é" * 9]
)
def test_a_mailbox_keeps_its_name_and_address(display: str) -> None:
    message = email.message_from_bytes(
        mailbox("From", display, "news@mail.atelier-lumen.example") + b"\r\n", policy=email.policy.default
    )
    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (display, "news@mail.atelier-lumen.example")
    assert not message["From"].defects


@pytest.mark.parametrize("octet", ["\r", "\n", "\0", "\x0b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_what_could_end_a_header_is_refused_and_never_quoted(octet: str) -> None:
    for write in (unstructured, plain):
        with pytest.raises(HeaderProblem) as refusal:
            write("Subject", f"secret{octet}Bcc: x@y.example")
        assert "secret" not in str(refusal.value)


def test_a_date_is_written_in_utc() -> None:
    assert date_text(datetime(2027, 3, 2, 8, 0, 0, 5, tzinfo=UTC)) == "Tue, 02 Mar 2027 08:00:00 +0000"
