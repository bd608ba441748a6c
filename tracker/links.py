"""The links of delivered messages, read back: a token, and what it was signed with."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from compiler.language.token import Purpose, Token, read_token

#: Longer than any link that the runner writes (a target of 2,000 octets): what is beyond is not ours.
PATH_LIMIT = 4_096
_PATH = re.compile(r"/([ocu])/([A-Za-z0-9_-]{56})(?:\.gif|/([A-Za-z0-9_-]*))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an unsubscribe link says besides its token: all of it signed."""

    language: str
    purpose: str
    masked: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads links with the keys that verify, by number."""

    keys: Mapping[int, bytes] = field(repr=False)

    def open_of(self, path: str) -> Token | None:
        return self._read(path, Purpose.OPEN)[0]

    def click_of(self, path: str) -> tuple[Token, str] | None:
        """The token and the target: only what was signed is ever redirected to, and only to a URL."""
        token, extra = self._read(path, Purpose.CLICK)
        target = location_of(extra.decode("utf-8", "replace"))
        return (token, target) if token and target else None

    def leaving_of(self, path: str) -> tuple[Token, Leaving] | None:
        token, extra = self._read(path, Purpose.UNSUBSCRIBE)
        parts = extra.decode("utf-8", "replace").split("|", 2)
        return (token, Leaving(*parts)) if token and len(parts) == 3 else None

    def _read(self, path: str, purpose: Purpose) -> tuple[Token | None, bytes]:
        """The same work whatever is wrong: a token that cannot be right is checked like one that might."""
        match = _PATH.fullmatch(path) if len(path) <= PATH_LIMIT else None
        found = match.groups() if match else ("", "", "")
        extra = _unpack(found[2] or "")
        token = read_token(found[1], purpose, self.keys, extra or b"")
        shape = (purpose is Purpose.OPEN) == (found[2] is None)
        return (token, extra or b"") if found[0] == purpose.value and shape and extra is not None else (None, b"")


def location_of(target: str) -> str | None:
    """A signed target as a Location may hold it: an absolute http(s) URL with a host and without a user.

    Characters that URLs may not hold are percent-encoded; control characters make it no target at all.
    """
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in target):
        return None
    written = quote(target, safe="!#$%&'()*+,-./:;=?@[]_~")
    try:
        parts = urlsplit(written)
        clean = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return None
    return written if clean and "%" not in parts.netloc else None


def link_name(target: str) -> str:
    """How an event names a link: without query and fragment, where a template may have merged a person's values."""
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:300]


def _unpack(text: str) -> bytes | None:
    """Only the canonical spelling: base64 lets the unused bits of its last character vary."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return packed if base64.urlsafe_b64encode(packed).decode().rstrip("=") == text else None
