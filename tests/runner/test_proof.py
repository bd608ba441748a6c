"""Before a run, composed messages are held to the rules that bear on signatures and header fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from compiler.language.errors import RefusedByPolicy
from compiler.specimen import Specimen
from runner.message import Composer, DkimKey
from runner.proof import prove_messages

NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
KEY = b"t" * 32


def _dkim(specimen: Specimen) -> DkimKey:
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sender = specimen.plan.manifest.sender
    return DkimKey.load(pem, domain=sender.dkim_domain, selector=sender.dkim_selector)


def _prove(specimen: Specimen, dkim: DkimKey | None) -> None:
    composer = Composer(specimen.plan, key=KEY, dkim=dkim)
    prove_messages(specimen.plan, composer, lambda ids: {name: specimen.keys[name] for name in ids}, at=NOON)


def test_signed_messages_pass(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan()
    _prove(specimen, _dkim(specimen))  # raises RefusedByPolicy otherwise
    assert specimen.plan.templates()


def test_messages_whose_unsubscribe_fields_no_signature_covers_refuse_the_run(
    small_plan: Callable[..., Specimen],
) -> None:
    with pytest.raises(RefusedByPolicy, match="HDR-DKIMCOV-03"):
        _prove(small_plan(), None)
