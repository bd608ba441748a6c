"""One recipient's links: signed, so that the tracker needs no look-up, and plain for those who did not consent."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode, urlsplit, urlunsplit

from compiler.language.address import Address
from compiler.language.token import Purpose, Signer


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What every recipient's links share. `url` is the tracker's, without a final slash."""

    url: str
    purpose: str
    return_path: str
    utm: tuple[tuple[str, str], ...]


class Links:
    """Writes the links of one message. `clicks` and `opens`: whether this recipient lets them be measured."""

    __slots__ = ("_clicks", "_made", "_opens", "_settings", "_signer", "unsubscribe_url")

    def __init__(
        self, settings: LinkSettings, signer: Signer, *, address: Address, language: str, measured: tuple[bool, bool]
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._opens, self._clicks = measured
        self._made: dict[str, str] = {}  # the text part repeats the links of the HTML part
        self.unsubscribe_url = self._unsubscribe(address, language)

    def link(self, number: int, target: str) -> str:
        """The address to write for a link: the target itself where clicks are not measured."""
        made = self._made.get(target)
        if made is None:
            made = self._made[target] = self._link(target)
        return made

    def pixel(self) -> str:
        if not self._opens:
            return ""
        source = f"{self._settings.url}/o/{self._signer.token(Purpose.OPEN)}.gif"
        return f'<img src="{source}" width="1" height="1" alt="" style="display:block;border:0">'

    def _link(self, target: str) -> str:
        tagged, octets, spelled = _target(target, self._settings.utm)
        if not self._clicks:
            return tagged
        return f"{self._settings.url}/c/{self._signer.token(Purpose.CLICK, octets)}/{spelled}"

    @property
    def tracking_url(self) -> str:
        """The page on which measuring is stopped."""
        return f"{self.unsubscribe_url}?t=1"

    @property
    def mailto(self) -> str:
        """Unsubscribing by mail: the address alone says who, whatever the subject."""
        local = self._signer.mailbox(Purpose.MAILTO, 0)
        return f"mailto:{local}@{self._settings.return_path}?subject=unsubscribe"

    def _unsubscribe(self, address: Address, language: str) -> str:
        # The masked address comes signed in the link, since the tracker cannot read the real one.
        extra = f"{language}|{self._settings.purpose}|{address.masked}".encode()
        return f"{self._settings.url}/u/{self._signer.token(Purpose.UNSUBSCRIBE, extra)}/{b64url(extra)}"


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@lru_cache(maxsize=65536)
def _target(target: str, utm: tuple[tuple[str, str], ...]) -> tuple[str, bytes, str]:
    """A target with its campaign parameters: as text, as octets, and as it stands in a click's link."""
    parts = urlsplit(target)
    missing = [(f"utm_{name}", value) for name, value in utm if f"utm_{name}=" not in parts.query]
    query = "&".join(filter(None, (parts.query, urlencode(missing))))
    tagged = urlunsplit(parts._replace(query=query)) if missing else target
    octets = tagged.encode()
    return tagged, octets, b64url(octets)
