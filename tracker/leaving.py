"""The page of the unsubscribe link, and its acts: this purpose, everything, the measure, and their undoing for a day.

RFC 8058: the one-click POST needs no cookie and no login, is answered without a redirect, and 200 is said only of what
is durable. A GET or HEAD changes nothing (link scanners follow every link).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from compiler.language.clock import Clock
from compiler.language.settings import Organisation
from compiler.language.suppression import ALL
from compiler.language.token import Token
from tracker.events import MEASURING, Act, Consent, EventStore, StoreUnavailable, Withdrawal
from tracker.links import Leaving

BODY_LIMIT = 8_192
#: Past it the mail client is told to come again: better than a yes that nobody wrote down.
_PATIENCE = 10.0
_READING = 10.0
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)  # RFC 2046 5.1.1
_FIELD_NAME = re.compile(rb';[ \t]*name=(?:"([^"\r\n]*)"|([^\s;"]+))', re.IGNORECASE)  # RFC 7578 4.2


class Wish(StrEnum):
    ONE_CLICK = "one-click"
    LEAVE = "leave"
    UNDO = "undo"


class BodyTooLarge(Exception):
    """More than any form of ours sends."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a recipient when their page is shown."""

    organisation: Organisation
    leaving: Leaving
    consent: Consent | None
    withdrawals: tuple[Withdrawal, ...]
    undoable: frozenset[str]

    def withdrawn(self, scope: str) -> bool:
        return any(w.scope == scope and not w.undone for w in self.withdrawals)

    @property
    def measured(self) -> bool:
        """Unknown to the table counts as measured: better a button too many than a right not offered."""
        return not self.withdrawn(MEASURING) and (self.consent is None or self.consent.opens or self.consent.clicks)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where recipients' acts are taken and kept."""

    store: EventStore
    clock: Clock
    organisation: Organisation

    def standing(self, token: Token, leaving: Leaving) -> Standing:
        """Raises StoreUnavailable."""
        withdrawals, now = self.store.withdrawals(token.contact), self.clock.now()
        return Standing(
            organisation=self.organisation,
            leaving=leaving,
            consent=self.store.consent(token.contact),
            withdrawals=withdrawals,
            undoable=frozenset(w.scope for w in withdrawals if w.may_undo(now)),
        )

    async def do(self, token: Token, leaving: Leaving, *, wish: Wish, scope: str) -> bool:
        """Durable when awaited; False for an undoing that comes too late. Raises StoreUnavailable."""
        channel = "one-click" if wish is Wish.ONE_CLICK else "page"
        act = Act(token.plan, token.contact, scope or leaving.purpose, self.clock.now(), channel)
        try:
            async with asyncio.timeout(_PATIENCE):
                if wish is Wish.UNDO:
                    return await self.store.undo(act)
                await self.store.withdraw(act)
        except TimeoutError:
            raise StoreUnavailable from None
        return True


def wish_of(fields: dict[str, str], leaving: Leaving) -> tuple[Wish, str] | None:
    """What a form asks for: the one-click of RFC 8058 exactly, or one of the page's buttons."""
    if fields.get("List-Unsubscribe") == "One-Click":
        return Wish.ONE_CLICK, leaving.purpose
    scope = fields.get("scope", "")
    if fields.get("act") in (Wish.LEAVE, Wish.UNDO) and scope in (leaving.purpose, ALL, MEASURING):
        return Wish(fields["act"]), scope
    return None


async def read_form(stream: AsyncIterable[bytes], content_type: str) -> dict[str, str]:
    """The fields of a small form, urlencoded or multipart (RFC 8058 3.2 has mail clients send either).

    Raises BodyTooLarge, or TimeoutError for one that drips.
    """
    body = b""
    async with asyncio.timeout(_READING):
        async for chunk in stream:
            body += chunk
            if len(body) > BODY_LIMIT:
                raise BodyTooLarge
    if content_type.strip().lower().startswith("multipart/form-data"):
        return _multipart(body, content_type)
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    return dict(pairs)


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    """Read by hand: the standard library's parser of header values can be made to recurse and to raise."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    fields: dict[str, str] = {}
    for part in body.split(b"--" + (boundary[1] or boundary[2]).encode("latin-1"))[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _FIELD_NAME.search(head):
            fields[(name[1] or name[2]).decode("utf-8", "replace")] = content.decode("utf-8", "replace").strip()
    return fields
