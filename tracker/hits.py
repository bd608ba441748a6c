"""Pixel and redirect, as bare ASGI: the hot path.

The person gets their answer whatever becomes of the event: a full disk or a flood costs a count, never a dead link.
Nothing is stored of somebody who did not say yes, or no longer does (CNIL 2026-042; decided at the hit, not at the
sending, so that a withdrawal also silences messages already delivered).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from compiler.language.clock import Clock
from compiler.language.event import EventKind
from compiler.language.token import Token
from tracker.answers import Scope, Send, send_pixel, send_redirect, send_refusal, send_unknown
from tracker.events import Consent, EventStore, Happening, Overloaded, StoreUnavailable
from tracker.links import Reader, link_name
from tracker.network import network_of
from tracker.verdict import VERSION, Hit, Judgement, judge
from tracker.visits import KEPT_LIMIT, Visits

#: A person waits for the disk no longer than this; the event is then kept or counted behind their back.
_PATIENCE = 2.0
_UNSUBSCRIBE_PAGE = "unsubscribe"


@dataclass(slots=True)
class Hits:
    """Answers `/o/…` and `/c/…`. `counts` is what `/metrics` shows."""

    store: EventStore
    reader: Reader
    clock: Clock
    counts: Counter[str] = field(default_factory=Counter)
    visits: Visits = field(default_factory=Visits)

    async def __call__(self, scope: Scope, send: Send, path: str) -> None:
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await send_refusal(send, 405)
        elif path.startswith("/o/"):
            await self._open(scope, send, path, head=method == "HEAD")
        else:
            await self._click(scope, send, path, head=method == "HEAD")

    def page_seen(self, token: Token) -> None:
        """A GET of the unsubscribe page changes nothing, yet tells a scanner that follows every link."""
        self.visits.of(token).touched.append((self.clock.now(), _UNSUBSCRIBE_PAGE))

    async def _open(self, scope: Scope, send: Send, path: str, *, head: bool) -> None:
        token = self.reader.open_of(path)
        if token is None:
            self.counts["unknown"] += 1
            await send_unknown(send, head=head)
            return
        consent = self._consent(token)
        if consent is not None and consent.may_open:
            await self._keep(scope, token, EventKind.OPENED, link="")
        else:
            self.counts["opened_without_consent"] += 1
        await send_pixel(send, head=head)

    async def _click(self, scope: Scope, send: Send, path: str, *, head: bool) -> None:
        found = self.reader.click_of(path)
        if found is None:
            self.counts["unknown"] += 1
            await send_unknown(send, head=head)
            return
        token, target = found
        consent = self._consent(token)
        if consent is not None and consent.may_click:
            await self._keep(scope, token, EventKind.CLICKED, link=link_name(target))
        else:
            self.counts["clicked_without_consent"] += 1
        await send_redirect(send, target)

    def _consent(self, token: Token) -> Consent | None:
        try:
            return self.store.consent(token.contact)
        except StoreUnavailable:
            self.counts["store_unavailable"] += 1
            return None

    async def _keep(self, scope: Scope, token: Token, kind: EventKind, *, link: str) -> None:
        visit = self.visits.of(token)
        now = self.clock.now()
        hit = _hit(scope, kind, link=link, at=now, sent=self._sent(token))
        judgement = judge(hit, tuple(visit.touched))
        if link:
            visit.touched.append((now, link))
        if visit.kept[kind] >= KEPT_LIMIT:
            self.store.count_shed(kind, now)
            self.counts["shed"] += 1
            return
        visit.kept[kind] += 1
        await self._record(_happening(token, hit, judgement), judgement.amends_since)

    async def _record(self, happening: Happening, amends_since: datetime | None) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                event = await self.store.record(happening, amends_since=amends_since)
        except (Overloaded, StoreUnavailable, TimeoutError):
            self.counts["shed"] += 1
        else:
            self.counts[f"{event.kind}_{event.verdict}"] += 1

    def _sent(self, token: Token) -> datetime | None:
        try:
            return self.store.first_sent(token.plan, token.contact)
        except StoreUnavailable:
            return None


def _hit(scope: Scope, kind: EventKind, *, link: str, at: datetime, sent: datetime | None) -> Hit:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    agent = next((value for name, value in headers if name == b"user-agent"), b"")
    client = scope.get("client")
    return Hit(
        kind=kind,
        at=at,
        method=scope["method"],
        agent=agent[:512].decode("latin-1").strip(),
        network=network_of(client[0] if client else ""),
        link=link,
        since_sent=at - sent if sent else None,
    )


def _happening(token: Token, hit: Hit, judgement: Judgement) -> Happening:
    detail = {"network": hit.network.value, "rules": VERSION}
    if hit.link:
        detail["link"] = hit.link
    if judgement.rule.value:
        detail["rule"] = judgement.rule.value
    return Happening(hit.kind, hit.at, token.plan, token.contact, judgement.verdict, tuple(sorted(detail.items())))
