"""The rehearsal's receiving side: a real SMTP server with STARTTLS and AUTH that writes a Maildir.

It behaves like the world does: some mailboxes are unknown, some servers greylist, some connections drop,
and now and then the answer to the final dot is lost after the message was kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mailbox
import ssl
from datetime import UTC
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from compiler.language.clock import Clock


class Mood(StrEnum):
    """What becomes of a message to a mailbox, decided by the address alone so that runs repeat."""

    TAKES = "takes"
    UNKNOWN = "unknown"  # 550 5.1.1 at RCPT
    GREYLISTS = "greylists"  # 451 at the first try
    DROPS = "drops"  # the connection falls at the first RCPT
    SWALLOWS = "swallows"  # kept, then the connection falls instead of the 250


def mood_of(address: str) -> Mood:
    """Of 256 mailboxes about 6 are unknown, 8 greylist, 5 drop and 2 swallow the answer."""
    roll = hashlib.sha256(address.lower().encode()).digest()[0]
    for mood, upto in ((Mood.UNKNOWN, 6), (Mood.GREYLISTS, 14), (Mood.DROPS, 19), (Mood.SWALLOWS, 21)):
        if roll < upto:
            return mood
    return Mood.TAKES


# aiosmtpd warns of its own deprecations at every AUTH, and prints a trace where a killed runner's handshake breaks.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Receiver:
    """aiosmtpd's handler: answers by mood, keeps what it accepts, and logs Message-IDs as a relay does."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._maildir = mailbox.Maildir(folder, create=True)
        self._log = folder / "relay.log"
        self._clock = clock
        self._tried: set[str] = set()
        self.kept = 0
        self.swallowed = 0  # answers lost after the message was kept

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mood = mood_of(address)
        first = address not in self._tried
        self._tried.add(address)
        if mood is Mood.UNKNOWN:
            return "550 5.1.1 no such mailbox here"
        if mood is Mood.GREYLISTS and first:
            return "451 4.7.1 greylisted, try again later"
        if mood is Mood.DROPS and first:
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self._keep(envelope.content, envelope)
        if mood_of(envelope.rcpt_tos[0]) is Mood.SWALLOWS and self._first_swallow(envelope.rcpt_tos[0]):
            _hang_up(server)
        return "250 2.0.0 kept"

    def _first_swallow(self, address: str) -> bool:
        mark = f"swallowed {address}"
        first = mark not in self._tried
        self._tried.add(mark)
        self.swallowed += first
        return first

    def _keep(self, content: bytes, envelope: Envelope) -> None:
        now = self._clock.now().astimezone(UTC)
        trace = (
            f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {envelope.rcpt_tos[0]}\r\n"
            f"Received: by mx.rehearsal.example with ESMTPSA; {format_datetime(now)}\r\n"
        )
        self._maildir.add(trace.encode() + content)
        message_id = BytesHeaderParser().parsebytes(content)["Message-ID"]
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": now.isoformat(), "message_id": message_id, "status": "accepted"}) + "\n")
        self.kept += 1


def _hang_up(server: SMTP) -> None:
    transport = server.transport
    if transport is not None:
        transport.abort()  # type: ignore[attr-defined]


class MailServer:
    """The receiver on a loopback port, in a thread of its own."""

    def __init__(
        self, folder: Path, clock: Clock, *, port: int, login: tuple[str, str], certificate: tuple[Path, Path]
    ) -> None:
        self.receiver = Receiver(folder, clock)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)

        def authenticate(
            server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
        ) -> AuthResult:
            given = data if isinstance(data, LoginPassword) else LoginPassword(b"", b"")
            return AuthResult(success=(given.login.decode(), given.password.decode()) == login, handled=False)

        self._controller = Controller(
            self.receiver,
            hostname="127.0.0.1",
            port=port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            enable_SMTPUTF8=True,
            ident="rehearsal",
        )

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
