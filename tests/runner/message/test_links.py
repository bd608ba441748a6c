"""Links: signed for those who consent, plain for the others, campaign parameters for all."""

from __future__ import annotations

import base64

import pytest

from compiler.language.address import Address
from compiler.language.token import Purpose, Signer, read_mailbox, read_token
from runner.message.links import Links, LinkSettings

KEY = b"k" * 32
SETTINGS = LinkSettings("https://t.x.example", "newsletter", "r.x.example", (("source", "news"), ("medium", "é&")))
ADDRESS = Address.parse("zoe@clients.example")


def links(*, measured: tuple[bool, bool] = (True, True)) -> Links:
    signer = Signer(KEY, 1, "0" * 64, "a" * 32)
    return Links(SETTINGS, signer, address=ADDRESS, language="fr", measured=measured)


@pytest.mark.parametrize(
    ("target", "tagged"),
    [
        ("https://x.example/", "https://x.example/?utm_source=news&utm_medium=%C3%A9%26"),
        ("https://x.example/?a=1#b", "https://x.example/?a=1&utm_source=news&utm_medium=%C3%A9%26#b"),
        ("https://x.example/?utm_source=own", "https://x.example/?utm_source=own&utm_medium=%C3%A9%26"),
    ],
)
def test_campaign_parameters_are_added_where_they_are_missing(target: str, tagged: str) -> None:
    assert links(measured=(False, False)).link(0, target) == tagged


def test_a_click_carries_its_signed_target() -> None:
    _, _, _, _, token, target = links().link(0, "https://x.example/é").split("/")
    octets = base64.urlsafe_b64decode(target + "=" * (-len(target) % 4))
    assert octets.startswith("https://x.example/é?utm".encode())
    assert read_token(token, Purpose.CLICK, {1: KEY}, octets) is not None
    assert read_token(token, Purpose.CLICK, {1: KEY}, octets + b"x") is None


def test_without_consent_nothing_is_personal() -> None:
    unmeasured = links(measured=(False, False))
    assert unmeasured.pixel() == ""
    assert "t.x.example" not in unmeasured.link(0, "https://x.example/")


def test_unsubscribing_by_mail_is_signed() -> None:
    local = links().mailto.removeprefix("mailto:").partition("@")[0]
    token = read_mailbox(local, Purpose.MAILTO, {1: KEY})
    assert token is not None
    assert token.contact == "a" * 32


def test_no_link_holds_the_address() -> None:
    made = links()
    everything = made.unsubscribe_url + made.tracking_url + made.mailto + made.pixel()
    decoded = base64.urlsafe_b64decode(made.unsubscribe_url.rsplit("/", 1)[1] + "==")
    assert "zoe" not in everything
    assert b"zoe" not in decoded
