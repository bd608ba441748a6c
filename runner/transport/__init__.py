"""Messages to a server: `serve` runs one connection of a place.

source ──Envelope──▶ serve ──Outcome──▶ source.settle
                       │ connect (aiosmtplib: TCP, TLS, EHLO, AUTH)
                       └ Conversation on a Wire (own protocol, pipelined)
"""

from __future__ import annotations

import asyncio

from compiler.language.clock import Clock
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from runner import failpoint
from runner.transport.connect import NotConnected, connect
from runner.transport.conversation import Conversation
from runner.transport.endpoint import Endpoint, MaildirEndpoint, Timeouts, endpoint_for
from runner.transport.maildir import deliver
from runner.transport.outcome import (
    Deferred,
    Delivered,
    End,
    EndWhy,
    InDoubt,
    NotTried,
    Outcome,
    Refused,
    Why,
)
from runner.transport.source import Envelope, MessageSource


async def serve(endpoint: Endpoint | MaildirEndpoint, source: MessageSource, *, limit: int, clock: Clock) -> End:
    """Run one connection: at most `limit` messages, the first asked for before connecting.

    Every envelope taken from the source is settled when this returns or raises, once. What the source raises passes
    through. Raises RefusedByPolicy for a simulated clock towards another machine.
    """
    if clock.simulated and not endpoint.loopback:
        raise RefusedByPolicy(
            Text(
                "horloge simulée : rien ne peut quitter cette machine",
                "simulated clock: nothing may leave this machine",
            )
        )
    first = await source.next()
    if first is None:
        return End(EndWhy.FINISHED)
    if isinstance(endpoint, MaildirEndpoint):
        return await deliver(endpoint, source, first, limit=limit, clock=clock)
    try:
        connected = await connect(endpoint)
    except NotConnected as refused:
        source.settle(first, NotTried(Why(refused.end.why.value)))
        return refused.end
    except asyncio.CancelledError:
        source.settle(first, NotTried(Why.CANCELLED))
        raise
    failpoint.hit("connected")
    return await Conversation(endpoint, connected, source, limit=limit).run(first)


__all__ = [
    "Deferred",
    "Delivered",
    "End",
    "EndWhy",
    "Endpoint",
    "Envelope",
    "InDoubt",
    "MaildirEndpoint",
    "MessageSource",
    "NotTried",
    "Outcome",
    "Refused",
    "Timeouts",
    "Why",
    "endpoint_for",
    "serve",
]
