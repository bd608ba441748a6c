"""A suppression: an address that must not be written to, known only by its keyed hash.

CNIL MED-2023-040: the opposition list holds the address in hashed form, alone. A plain hash of an address can be
guessed, so it is an HMAC under `suppression_key`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from compiler.language.address import Address

ALL = "all"


@dataclass(frozen=True, slots=True, order=True)
class Suppression:
    """`mac` is 64 hexadecimal digits; `scope` is a purpose's name or `all`."""

    mac: str
    scope: str
    at: datetime
    reason: str  # unsubscribed objected complained invalid erased_objected
    lifted: bool = False  # a later confirmed consent


def address_mac(address: Address, key: bytes) -> str:
    """The name of a mailbox in the suppression list."""
    return hmac.digest(key, b"envoi suppression v1\0" + address.normalised.encode(), "sha256").hex()
