"""Links read back, forms read: any bytes in, a value or a refusal out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.token import Purpose, Signer
from tracker.leaving import BodyTooLarge, Wish, read_form, wish_of
from tracker.links import Leaving, Reader, link_name, location_of

KEYS = {1: b"k" * 32}
READER = Reader(KEYS)
SIGNER = Signer(KEYS[1], 1, "0123456789abcdef", "a" * 32)
LEAVING = Leaving("fr", "newsletter", "a•••@e•••.example")


def click(target: bytes) -> str:
    packed = base64.urlsafe_b64encode(target).decode().rstrip("=")
    return f"/c/{SIGNER.token(Purpose.CLICK, target)}/{packed}"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", "data:text/html,x", "",
        "https://good.example@evil.example/", "https://good.example\\@evil.example/", "https://",
        "https://a.example/\r\nLocation: https://evil.example", "https://a.example/\x00", "ftp://a.example/",
        "https://a.example:0/", "https://a.example:99999/", "https://[::1", "https://é.example/",
    ],
)  # fmt: skip
def test_even_signed_no_target_leads_elsewhere_than_it_says(target: str) -> None:
    assert READER.click_of(click(target.encode())) is None


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("https://a.example/", "https://a.example/"),
        ("http://a.example:8080/x?y=1&z=%20#f", "http://a.example:8080/x?y=1&z=%20#f"),
        ("https://a.example/été|{x}", "https://a.example/%C3%A9t%C3%A9%7C%7Bx%7D"),
    ],
)
def test_a_location_holds_only_what_urls_may_hold(target: str, location: str) -> None:
    assert location_of(target) == location


def test_an_event_names_a_link_without_what_may_be_personal() -> None:
    assert link_name("https://a.example/x?name=anne#y") == "https://a.example/x"


@given(st.text() | st.from_regex(r"/[ocu]/[A-Za-z0-9_-]{56}(/[A-Za-z0-9_-]*|\.gif)", fullmatch=True))
def test_no_text_is_a_link_that_was_not_signed(path: str) -> None:
    assert READER.open_of(path) is None
    assert READER.click_of(path) is None
    assert READER.leaving_of(path) is None


def test_one_purpose_is_not_another() -> None:
    token, packed = SIGNER.token(Purpose.UNSUBSCRIBE, b"fr|a|b"), base64.urlsafe_b64encode(b"fr|a|b").decode()
    assert READER.leaving_of(f"/u/{token}/{packed}") is not None
    assert READER.click_of(f"/c/{token}/{packed}") is None
    assert READER.leaving_of(f"/c/{token}/{packed}") is None


async def _stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@given(
    body=st.binary(max_size=600) | st.just(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'),
    content_type=st.sampled_from(
        [
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "é",
            "x\r\ny: z",
        ]
    ),
)
def test_no_bytes_break_the_reading_of_a_form(body: bytes, content_type: str) -> None:
    fields = asyncio.run(read_form(_stream([body[:7], body[7:]]), content_type))
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in fields.items())
    wish = wish_of(fields, LEAVING)
    assert wish is None or wish[0] in Wish


@pytest.mark.parametrize("boundary", ["simple", '"----WebKit=1"'])
def test_a_multipart_one_click_is_one(boundary: str) -> None:
    mark = boundary.strip('"')
    body = f'--{mark}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{mark}--\r\n'
    fields = asyncio.run(read_form(_stream([body.encode()]), f"multipart/form-data; boundary={boundary}"))
    assert wish_of(fields, LEAVING) == (Wish.ONE_CLICK, "newsletter")


def test_a_form_without_end_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        asyncio.run(read_form(_stream([b"a" * 5_000, b"b" * 5_000]), ""))
