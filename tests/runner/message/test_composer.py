"""Messages as they go on the wire, read back by the standard library and by dkimpy."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compiler.language.address import AddressError
from compiler.language.errors import EnvoiError, UsageProblem
from compiler.language.token import Purpose, read_mailbox, read_token
from compiler.specimen import HEADING, MESSAGE, Specimen
from runner.message import Composed, Composer, DkimKey

DOTTED = replace(MESSAGE, subject="Trois lampes", text="{{ contact.first_name }}\n.\n..\n", html="<p>\n.\n</p>\n.\n")
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
    der = RSA_KEY.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def test_a_message_parses_without_defects(small_plan: Callable[..., Specimen]) -> None:
    message = email.message_from_bytes(compose(small_plan()).message, policy=email.policy.strict)
    assert [part.defects for part in message.walk()] == [[], [], []]


def test_the_signature_verifies_with_dkimpy(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    composer = Composer(specimen.plan, key=TRACKING_KEY, dkim=RSA_KEY, second=ED_KEY)
    for slot in specimen.plan.slots(0):
        values = specimen.values[slot.number]
        message = composer.compose(slot, values, at=AT, attempt=1, opens=True, clicks=True).message
        assert dkim.DKIM(message).verify(0, dnsfunc=public_key)
        assert message.count(b"DKIM-Signature:") == 2


def test_one_changed_octet_breaks_the_signature(small_plan: Callable[..., Specimen]) -> None:
    message = compose(small_plan()).message.replace(b"List-Unsubscribe-Post: List", b"List-Unsubscribe-Post: list")
    assert not dkim.DKIM(message).verify(0, dnsfunc=public_key)


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


def test_message_id_and_idempotency_key_do_not_depend_on_the_plan(small_plan: Callable[..., Specimen]) -> None:
    # Another message makes another plan; contact, campaign and edition stay.
    first = compose(small_plan())
    second = compose(small_plan(message=replace(MESSAGE, preview="autre")))
    assert first.message_id == second.message_id
    assert parsed(first)["Idempotency-Key"] == parsed(second)["Idempotency-Key"]
    assert first.body != second.body


def test_the_fast_path_says_what_the_plain_one_says(small_plan: Callable[..., Specimen]) -> None:
    """The oracle: Jinja's own rendering put together by EmailMessage."""
    specimen = small_plan()
    slot = next(specimen.plan.slots(0))
    composer = Composer(specimen.plan, key=TRACKING_KEY)
    plain = composer.compose_plain(slot, specimen.values[0], at=AT, opens=True, clicks=True)
    fast = parsed(compose(specimen, dkim=None))
    assert {name: str(value) for name, value in fast.items() if name != "Content-Type"} == {
        name: str(value) for name, value in plain.items() if name != "Content-Type"
    }
    for kind in ("plain", "html"):
        ours, theirs = fast.get_body((kind,)), plain.get_body((kind,))
        assert ours is not None
        assert theirs is not None
        assert ours.get_content().replace("\r\n", "\n").rstrip("\n") == theirs.get_content().rstrip("\n")


def test_a_line_that_begins_with_a_dot_is_stuffed_and_stays_one_message(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan(values={"first_name": ".\r\n.\r\nMAIL FROM:<evil@x.example>\r\n"}, message=DOTTED)
    composed = compose(specimen, dkim=None)
    assert composed.body.count(b"\r\n.\r\n") == 1
    assert composed.body.endswith(b"\r\n.\r\n")
    assert b"\n" not in composed.body.replace(b"\r\n", b"")
    assert b"\r" not in composed.body.replace(b"\r\n", b"")
    assert max(len(line) for line in composed.body.split(b"\r\n")) <= 998


@pytest.mark.parametrize("octets", ["a\r\nBcc: x@y.example", "a\nBcc: x", "a\0b", "a\x85b", "a\u2028b"])
def test_no_value_can_begin_another_header(small_plan: Callable[..., Specimen], octets: str) -> None:
    specimen = small_plan(values={"first_name": octets})
    with pytest.raises(EnvoiError) as refusal:
        compose(specimen)
    assert "Bcc" not in str(refusal.value)


@pytest.mark.parametrize("address", ["a@x.example\r\nRCPT TO:<b@y.example>", "<a@x.example>", "a b@x.example", "a"])
def test_no_address_can_carry_another_command(small_plan: Callable[..., Specimen], address: str) -> None:
    specimen = small_plan(values={"address": address})
    with pytest.raises(AddressError):
        compose(specimen)


def test_a_plan_without_a_tracker_cannot_be_composed(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan(heading=replace(HEADING, tracking_url=""))
    with pytest.raises(UsageProblem):
        Composer(specimen.plan, key=TRACKING_KEY)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(UsageProblem):
        DkimKey.load(b"not a key", domain="x.example", selector="s")


def test_a_key_never_shows_itself() -> None:
    assert "object" not in repr(RSA_KEY)
