"""Delivery into a Maildir: what a last server would do (RFC 5321 4.4), for rehearsals without a network."""

from __future__ import annotations

import os
from pathlib import Path

from compiler.language.clock import Clock
from compiler.language.reply import Reply
from runner import failpoint
from runner.transport.endpoint import MaildirEndpoint
from runner.transport.outcome import Delivered, End, EndWhy, NotTried, Why
from runner.transport.source import Envelope, MessageSource

_STORED = Reply(250, "2.0.0", "stored")


async def deliver(
    endpoint: MaildirEndpoint, source: MessageSource, first: Envelope, *, limit: int, clock: Clock
) -> End:
    """Stores messages until the source has no more, as many as `limit`. Raises OSError where the folder refuses."""
    for name in ("tmp", "new", "cur"):
        (endpoint.path / name).mkdir(parents=True, exist_ok=True)
    envelope: Envelope | None = first
    stored = 0
    while envelope is not None:
        body = await source.permit(envelope)
        failpoint.hit("permit_durable")
        if body is None:
            source.settle(envelope, NotTried(Why.PERMIT))
            return End(EndWhy.PERMIT, stored)
        _store(endpoint.path, envelope, _as_stored(envelope, body), clock)
        failpoint.hit("reply_read")
        source.settle(envelope, Delivered(_STORED))
        stored += 1
        if stored >= limit:
            return End(EndWhy.LIMIT, stored)
        envelope = await source.next()
    return End(EndWhy.FINISHED, stored)


def _as_stored(envelope: Envelope, body: bytes) -> bytes:
    """Without the stuffing and the final dot, with the two headers that a last server adds, lines ended by LF."""
    message = body[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n.").replace(b"\r\n", b"\n")
    return f"Return-Path: <{envelope.mail_from}>\nDelivered-To: {envelope.rcpt}\n".encode() + message


def _store(folder: Path, envelope: Envelope, content: bytes, clock: Clock) -> None:
    """Whole and durable, or not at all: tmp, fsync, rename, fsync of the folder."""
    name = f"{int(clock.now().timestamp())}.{envelope.mail_from.partition('@')[0]}.{envelope.slot}"
    aside = folder / "tmp" / name
    with aside.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / "new" / name)
    directory = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
