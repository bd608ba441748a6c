"""Signed tokens: a link or a return path that nobody else can make, and that needs no look-up to read.

One HMAC a recipient gives a key from which every token of that recipient in that plan is made (one HMAC each).
Tokens hold no address. Purposes are bound: an open's token is no click's.

    recipient key  R = HMAC-SHA256(key, "envoi token v1" | plan (8) | contact (16))
    token            = key number (1) | purpose (1) | plan (8) | contact (16) | HMAC(R, purpose | extra)[:16]
    return path      = "b" | base32(key number (1) | attempt (1) | plan (8) | contact (16) | MAC (12))
                       with MAC = HMAC(R, "b" | attempt)[:12]
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_HEAD = 26
_MAC = 16
_SHORT_MAC = 12  # 62 octets of local part in all (RFC 5321 4.5.3.1.1 allows 64)


class Purpose(StrEnum):
    OPEN = "o"
    CLICK = "c"
    UNSUBSCRIBE = "u"
    RETURN = "b"
    MAILTO = "m"  # unsubscribe by mail


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid token says. `plan` is 16 hexadecimal digits, `contact` 32."""

    purpose: Purpose
    plan: str
    contact: str
    attempt: int = 0


class Signer:
    """Makes the tokens of one recipient in one plan; `key_number` names the key among those that verify."""

    __slots__ = ("_head", "_key", "_number")

    def __init__(self, key: bytes, key_number: int, plan: str, contact: str) -> None:
        self._head = bytes.fromhex(plan[:16]) + bytes.fromhex(contact)
        self._key = _recipient_key(key, self._head)
        self._number = bytes((key_number,))

    def token(self, purpose: Purpose, extra: bytes = b"") -> str:
        """A token as 56 URL characters. `extra` is bound by the MAC but not carried."""
        mark = purpose.value.encode()
        mac = hmac.digest(self._key, mark + extra, "sha256")[:_MAC]
        return base64.urlsafe_b64encode(self._number + mark + self._head + mac).decode().rstrip("=")

    def mailbox(self, purpose: Purpose, attempt: int) -> str:
        """A local part of 62 lower-case characters."""
        mac = hmac.digest(self._key, purpose.value.encode() + bytes((attempt,)), "sha256")[:_SHORT_MAC]
        packed = self._number + bytes((attempt,)) + self._head + mac
        return purpose.value + base64.b32encode(packed).decode().rstrip("=").lower()


def read_token(text: str, purpose: Purpose, keys: Mapping[int, bytes], extra: bytes = b"") -> Token | None:
    """What a token says, or None for anything that a holder of `keys` did not make.

    The work done does not depend on which part is wrong.
    """
    packed = _unpack(text)
    known = len(packed) == _HEAD + _MAC and packed[0] in keys and packed[1:2] == purpose.value.encode()
    packed = packed if len(packed) == _HEAD + _MAC else bytes(_HEAD + _MAC)
    key = _recipient_key(keys.get(packed[0], b"\0" * 32), packed[2:_HEAD])
    expected = hmac.digest(key, purpose.value.encode() + extra, "sha256")[:_MAC]
    same = hmac.compare_digest(expected, packed[_HEAD:])
    return Token(purpose, packed[2:10].hex(), packed[10:_HEAD].hex()) if known and same else None


def read_mailbox(local: str, purpose: Purpose, keys: Mapping[int, bytes]) -> Token | None:
    """What a signed local part says, or None. Case does not matter (servers fold it)."""
    text = local.lower()
    if not text.startswith(purpose.value) or len(text) != 62:
        return None
    try:
        packed = base64.b32decode(text[1:].upper() + "=" * (-61 % 8))
    except binascii.Error:
        return None
    key = keys.get(packed[0])
    if key is None or base64.b32encode(packed).decode().rstrip("=").lower() != text[1:]:
        return None
    recipient_key = _recipient_key(key, packed[2:_HEAD])
    expected = hmac.digest(recipient_key, purpose.value.encode() + packed[1:2], "sha256")[:_SHORT_MAC]
    if not hmac.compare_digest(expected, packed[_HEAD:]):
        return None
    return Token(purpose, packed[2:10].hex(), packed[10:_HEAD].hex(), packed[1])


def _recipient_key(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, b"envoi token v1" + head, "sha256")


def _unpack(text: str) -> bytes:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    # base64 lets the unused bits of the last character vary: only the canonical spelling is a token.
    return packed if base64.urlsafe_b64encode(packed).decode().rstrip("=") == text else b""
