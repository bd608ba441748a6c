"""Shipped fakes: a server on loopback that does as it is told, and a source that remembers what became of messages.

For tests of whoever speaks to `serve`, or listens to it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeAlias

from compiler.language.settings import TlsPolicy
from runner.transport.endpoint import Endpoint, Timeouts
from runner.transport.outcome import Outcome
from runner.transport.source import Envelope

BODY = b"Subject: x\r\n\r\nbonjour\r\n..point\r\n.\r\n"
DROP = b"<drop>"
SILENT = b"<silent>"
QUICK = Timeouts(connect=5, greeting=2, command=0.3, data=0.3, block=0.3, dot=0.3, idle=0.3, quit=0.2)
Answer: TypeAlias = bytes | list[bytes]
Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_DEFAULT = {
    "CONNECT": b"220 sink.example\r\n",
    "STARTTLS": b"220 2.0.0 go\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go\r\n",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class ScriptedServer:
    """An SMTP server on loopback. `answers` replaces what a command is answered, once per entry of a list."""

    answers: dict[str, Answer] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 1000000")
    context: ssl.SSLContext | None = None
    lines: list[bytes] = field(default_factory=list)  # every command, in order
    chunks: list[bytes] = field(default_factory=list)  # as they came off the wire
    accepted: list[bytes] = field(default_factory=list)  # messages answered 250, as read
    connections: int = 0
    port: int = 0
    talk: Talk | None = None  # in place of all this: whatever a server may say
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> ScriptedServer:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks)
        await self._server.wait_closed()

    def endpoint(self, **changes: Any) -> Endpoint:
        settings: dict[str, Any] = {
            "port": self.port,
            "tls": TlsPolicy.NONE,
            "timeouts": QUICK,
            "hostname": "envoi.example",
        }
        return Endpoint("127.0.0.1", **{**settings, **changes})

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        talk = _Talk(self, reader, writer)
        # Cancelled when the server closes: streams would log a task that ends so.
        with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
            await (self.talk(reader, writer) if self.talk else talk.run())
        # Not awaited: a stream whose transport was encrypted is never told that it has closed.
        for each in (talk.writer, writer):
            each.close()


class _Talk:
    """One connection."""

    def __init__(self, sink: ScriptedServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink = sink
        self.reader = reader
        self.writer = writer
        self.rest = b""

    async def run(self) -> None:
        if not await self.answer("CONNECT"):
            return
        while (line := await self.line()) is not None:
            self.sink.lines.append(line)
            command = line.split(b" ", 1)[0].rstrip().decode().upper()
            reply = await self.answer(command)
            if not reply or command == "QUIT":
                return
            if command == "STARTTLS" and reply.startswith(b"220"):
                self.rest = b""
                await self.encrypt()
            if command == "DATA" and reply.startswith(b"354") and not await self.message():
                return

    async def encrypt(self) -> None:
        # Not StreamWriter.start_tls: it fails where the peer leaves right after the handshake.
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        context = self.sink.context
        if context is None:
            raise ConnectionResetError
        transport = await loop.start_tls(self.writer.transport, protocol, context, server_side=True)
        if transport is None:
            raise ConnectionResetError
        protocol.connection_made(transport)
        self.reader, self.writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def message(self) -> bool:
        while b"\r\n.\r\n" not in b"\r\n" + self.rest:
            chunk = await self.chunk()
            if not chunk:
                return False
            self.rest += chunk
        message, _, self.rest = (b"\r\n" + self.rest).partition(b"\r\n.\r\n")
        reply = await self.answer("DOT")
        if reply.startswith(b"2"):
            self.sink.accepted.append(message[2:])
        return bool(reply)

    async def answer(self, command: str) -> bytes:
        """The reply sent, empty where the connection is over."""
        told = self.sink.answers.get(command)
        if isinstance(told, list):
            told = told.pop(0) if told else None
        if command == "EHLO" and told is None:
            offered = ("sink.example", *self.sink.extensions)
            told = b"".join(f"250{'-' if n < len(offered) - 1 else ' '}{e}\r\n".encode() for n, e in enumerate(offered))
        reply = told if told is not None else _DEFAULT.get(command, b"500 5.5.1 what\r\n")
        if reply == DROP:
            return b""
        if reply == SILENT:
            while await self.chunk():
                pass
            return b""
        self.writer.write(reply)
        await self.writer.drain()
        return reply

    async def chunk(self) -> bytes:
        data = await self.reader.read(65536)
        if data:
            self.sink.chunks.append(data)
        return data

    async def line(self) -> bytes | None:
        while b"\r\n" not in self.rest:
            data = await self.chunk()
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\r\n")
        return line


@dataclass
class ListSource:
    """Envelopes for `p0`, `p1`, … and what became of them. `refuse` names slots whose permit is refused."""

    count: int = 1
    body: bytes = BODY
    refuse: tuple[int, ...] = ()
    smtputf8: bool = False
    size: int = 0
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    permitted: list[int] = field(default_factory=list)
    given: int = 0
    wait: Callable[[int], Awaitable[None]] | None = None  # before giving out a slot

    async def next(self) -> Envelope | None:
        if self.wait is not None:
            await self.wait(self.given)
        if self.given >= self.count:
            return None
        slot, self.given = self.given, self.given + 1
        return Envelope(slot, f"b{slot}@envoi.example", f"p{slot}@clients.example", self.size, self.smtputf8)

    async def permit(self, envelope: Envelope) -> bytes | None:
        if any(slot not in self.outcomes for slot in self.permitted):
            raise AssertionError("a permit before the last fact")
        self.permitted.append(envelope.slot)
        return None if envelope.slot in self.refuse else self.body

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        if envelope.slot in self.outcomes:
            raise AssertionError("settled twice")
        self.outcomes[envelope.slot] = outcome
