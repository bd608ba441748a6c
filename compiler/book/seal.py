"""Sealing: AES-SIV (RFC 5297) under a contact's own 64-byte key, bound to its use, its contact and its slot.

Deterministic, so that an unchanged contact keeps its bytes; padded, so that a length says little; two contacts
never share a key, so equal people do not look equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from compiler.book.problems import SealBroken
from compiler.language.contact import Identity, Value

KEY_BYTES = 64
FORMAT = b"envoi1"
_BLOCK = 64  # a multiple of 16; most identities then have one of three lengths
_spell = msgspec.json.Encoder(order="deterministic").encode
_read = msgspec.json.Decoder().decode


def seal_identity(identity: Identity, key: bytes, contact_id: str) -> bytes:
    """The identity for the book. Equal identities of one contact give equal bytes."""
    return _seal({"address": identity.address, "fields": dict(identity.fields)}, key, [b"book", _id(contact_id)])


def open_identity(seal: bytes, key: bytes, contact_id: str) -> Identity:
    """The identity that `seal_identity` sealed. Raises SealBroken."""
    document = _open(seal, key, [b"book", _id(contact_id)])
    return Identity(document["address"], tuple(document["fields"].items()))


def seal_slot(values: Mapping[str, Value], key: bytes, contact_id: str, slot: int) -> bytes:
    """The values of one slot of a plan: worthless in any other slot."""
    return seal_spelled(spelled(values), key, contact_id, slot)


def spelled(values: Mapping[str, Value]) -> bytes:
    """Values as they are sealed: one spelling on every machine."""
    return _spell(values)


def seal_spelled(text: bytes, key: bytes, contact_id: str, slot: int) -> bytes:
    """`seal_slot` for values that were spelled before."""
    return _sealed(text, key, [b"plan", _id(contact_id), slot.to_bytes(8, "big")])


def open_slot(seal: bytes, key: bytes, contact_id: str, slot: int) -> dict[str, Value]:
    """The values that `seal_slot` sealed. Raises SealBroken."""
    values: dict[str, Value] = _open(seal, key, [b"plan", _id(contact_id), slot.to_bytes(8, "big")])
    return values


def seal_row(values: Mapping[str, Value], key: bytes, contact_id: str) -> bytes:
    """What the company's system last said of a contact: kept beside the keyring, never in git."""
    return _seal(values, key, [b"source", _id(contact_id)])


def open_row(seal: bytes, key: bytes, contact_id: str) -> dict[str, Value]:
    """The values that `seal_row` sealed. Raises SealBroken."""
    values: dict[str, Value] = _open(seal, key, [b"source", _id(contact_id)])
    return values


def _seal(document: Mapping[str, object], key: bytes, use: list[bytes]) -> bytes:
    return _sealed(_spell(document), key, use)


def _sealed(text: bytes, key: bytes, use: list[bytes]) -> bytes:
    padded = text + b" " * (-len(text) % _BLOCK)  # JSON ignores blanks at its end
    return AESSIV(key).encrypt(padded, [FORMAT, *use])


def _open(seal: bytes, key: bytes, use: list[bytes]) -> Any:
    try:
        return _read(AESSIV(key).decrypt(seal, [FORMAT, *use]))
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise SealBroken from None


def _id(contact_id: str) -> bytes:
    return contact_id.encode("ascii")
