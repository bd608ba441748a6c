"""Our canonical forms against dkimpy's."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from runner.message.dkim import SIGNED, DkimKey, relaxed_body, signatures

BODIES = st.lists(st.text(" \ta.=\r\n\v\xa0é", max_size=8), max_size=8).map(
    lambda lines: "".join(line.replace("\r", "").replace("\n", "") + "\r\n" for line in lines).encode()
)


@given(BODIES)
def test_the_canonical_body_is_dkimpys(body: bytes) -> None:
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)


def test_an_ed25519_signature_is_over_the_hash_of_the_canonical_headers() -> None:
    """RFC 8463 3, with dkimpy's canonical form and cryptography's verification (dkimpy needs PyNaCl for it)."""
    key = Ed25519PrivateKey.generate()
    fields = [b"From: A  <a@x.example>\r\n", b"Subject: a\r\n b\r\n", b"To: c@d.example\r\n"]
    signature = signatures([DkimKey("x.example", "e", key)], fields, b"body \r\n")
    unsigned = signature[: signature.rindex(b"b=") + 2]
    header = unsigned.removeprefix(b"DKIM-Signature:")
    present = [f.partition(b":")[::2] for f in (fields[0], fields[2], fields[1])]
    canonical = Relaxed.canonicalize_headers([*present, (b"DKIM-Signature", header)])
    data = b"".join(name + b":" + value for name, value in canonical).removesuffix(b"\r\n")
    value = base64.b64decode(signature[signature.rindex(b"b=") + 2 :])
    key.public_key().verify(value, hashlib.sha256(data).digest())
    assert set(SIGNED) >= {"list-unsubscribe", "list-unsubscribe-post"}  # RFC 8058 3.1
