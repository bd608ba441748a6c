"""Messages as they go on the wire, read back by the standard library and by dkimpy."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compiler.language.token import Purpose, read_mailbox, read_token
from compiler.specimen import Specimen
from runner.message import Composed, Composer, DkimKey

AT = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
TRACKING_KEY = b"k" * 32
RSA_KEY = DkimKey("mail.atelier-lumen.example", "s2026", rsa.generate_private_key(65537, 1024))
ED_KEY = DkimKey("mail.atelier-lumen.example", "e2026", Ed25519PrivateKey.generate())


def compose(specimen: Specimen, *, attempt: int = 1, measured: bool = True, dkim: DkimKey | None = RSA_KEY) -> Composed:
    composer = Composer(specimen.plan, key=TRACKING_KEY, dkim=dkim)
    slot = next(specimen.plan.slots(0))
    return composer.compose(slot, specimen.values[0], at=AT, attempt=attempt, opens=measured, clicks=measured)


def parsed(composed: Composed) -> EmailMessage:
    message = email.message_from_bytes(composed.message, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def public_key(name: bytes, timeout: int = 5) -> bytes:
    rsa_key, ed_key = RSA_KEY.key.public_key(), ED_KEY.key.public_key()
    if name.startswith(b"e2026."):
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(ed_key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    der = rsa_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def test_a_message_parses_without_defects(small_plan: Callable[..., Specimen]) -> None:
    message = email.message_from_bytes(compose(small_plan()).message, policy=email.policy.strict)
    assert [part.defects for part in message.walk()] == [[], [], []]


@pytest.mark.parametrize("second", [None, ED_KEY], ids=["one-signature", "two-signatures"])
def test_every_signature_verifies_with_dkimpy(small_plan: Callable[..., Specimen], second: DkimKey | None) -> None:
    specimen = small_plan()
    composer = Composer(specimen.plan, key=TRACKING_KEY, dkim=RSA_KEY, second=second)
    slot = next(specimen.plan.slots(0))
    message = composer.compose(slot, specimen.values[0], at=AT, attempt=1, opens=True, clicks=True).message
    verifier = dkim.DKIM(message)
    for index in range(2 if second else 1):
        assert verifier.verify(index, dnsfunc=public_key)


def test_both_unsubscribe_headers_are_signed(small_plan: Callable[..., Specimen]) -> None:
    signature = parsed(compose(small_plan()))["DKIM-Signature"]
    signed = "".join(signature.split("h=")[1].split(";")[0].split()).split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "feedback-id", "message-id"} <= set(signed)
    assert signed.count("from") == 2


def test_the_return_path_alone_carries_the_attempt(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    first, second = compose(specimen, attempt=1), compose(specimen, attempt=2)
    assert first.body == second.body
    tokens = [read_mailbox(c.mail_from.partition("@")[0], Purpose.RETURN, {1: TRACKING_KEY}) for c in (first, second)]
    assert [token.attempt for token in tokens if token] == [1, 2]


def test_without_consent_there_is_no_pixel_and_no_personal_link(small_plan: Callable[..., Specimen]) -> None:
    html = parsed(compose(small_plan(), measured=False)).get_body(("html",))
    assert html is not None
    text = html.get_content()
    assert "/o/" not in text
    assert "/c/" not in text
    assert "https://www.atelier-lumen.example/lampes?utm_medium=email" in text


def test_the_list_unsubscribe_link_is_the_token_of_this_recipient(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    header = parsed(compose(specimen))["List-Unsubscribe"]
    page = header.split("<")[1].split(">")[0]
    _, token, extra = page.rsplit("/", 2)
    said = base64.urlsafe_b64decode(extra + "=" * (-len(extra) % 4))
    read = read_token(token, Purpose.UNSUBSCRIBE, {1: TRACKING_KEY}, said)
    assert read is not None
    assert read.contact == next(specimen.plan.slots(0)).contact
    assert said.decode() == "fr|newsletter|p•••@c•••.example"
