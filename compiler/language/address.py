"""An e-mail address, parsed once at the door (RFC 5321 4.1.2, RFC 6531 for UTF-8 local parts)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# Dot-atom only: quoted local parts and address literals are refused (nobody's customer has one,
# and every injection of RFC 5321 paths begins with them).
_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+)*"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")


class AddressError(ValueError):
    """The text is no address. The message never quotes the text: it may be personal data."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: local part as written, domain in lower-case ASCII (A-labels)."""

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address in `text`. Raises AddressError."""
        if _FORBIDDEN.search(text):
            raise AddressError("control character or blank in the address")
        local, at, domain = text.rpartition("@")
        if not at or not local or not domain:
            raise AddressError("no @ with text on both sides")
        if not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
            raise AddressError("local part not allowed")
        return cls(local, _ascii_domain(domain))

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def normalised(self) -> str:
        """The spelling under which two addresses are one mailbox for suppressions and duplicates."""
        return f"{self.local.casefold()}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """RFC 6531: the local part needs a server that offers SMTPUTF8."""
        return not self.local.isascii()

    @property
    def masked(self) -> str:
        """Enough to recognise one's own address, too little to learn another's."""
        name, dot, top = self.domain.rpartition(".")
        return f"{self.local[0]}•••@{(name or top)[0]}•••{dot}{top if dot else ''}"


@lru_cache(maxsize=65_536)
def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower() if not domain.isascii() else domain.lower()
    except UnicodeError:
        raise AddressError("domain is not a host name") from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError("domain is not a host name")
    if labels[-1].isdigit():
        raise AddressError("domain is not a host name")
    return ascii_domain
