"""Against servers that nobody here wrote, and against a wire that may be cut anywhere."""

from __future__ import annotations

import asyncio
import mailbox
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from compiler.clock import SystemClock
from compiler.language.settings import TlsPolicy
from runner.transport import (
    Delivered,
    End,
    Endpoint,
    EndWhy,
    InDoubt,
    MaildirEndpoint,
    NotTried,
    serve,
)
from runner.transport.fakes import BODY, QUICK, ListSource, ScriptedServer

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
Run = Callable[[Awaitable[Any]], Any]


class Keeper:
    """An aiosmtpd handler that keeps what it takes."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append((str(envelope.mail_from), [str(r) for r in envelope.rcpt_tos], envelope.content))
        return "250 2.0.0 kept"


def test_aiosmtpd_with_starttls_and_auth_takes_every_octet(
    run: Run, tls_kit: tuple[bytes, dict[str, ssl.SSLContext]]
) -> None:
    def authenticate(server: SMTP, session: Session, envelope: Envelope, how: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"someone", b"secret")
        return AuthResult(success=right)

    keeper = Keeper()
    controller = Controller(
        keeper,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=tls_kit[1]["good"],
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )
    controller.start()
    try:
        endpoint = Endpoint("127.0.0.1", controller.port, ca=tls_kit[0], username="someone", password="secret")
        source = ListSource(4)
        assert run(serve(endpoint, source, limit=10, clock=SystemClock())) == End(EndWhy.FINISHED, 4)
    finally:
        controller.stop()
    expected = BODY[:-3].replace(b"\r\n..", b"\r\n.")
    assert [content for _, _, content in keeper.messages] == [expected] * 4
    assert [rcpts for _, rcpts, _ in keeper.messages] == [[f"p{n}@clients.example"] for n in range(4)]


@pytest.fixture
def smtp_sink() -> Iterator[Callable[..., int]]:
    """Starts Postfix's smtp-sink with the given flags; gives its port."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*flags: str) -> int:
        assert SMTP_SINK is not None
        port = free_port()
        user = ("-u", "root") if os.geteuid() == 0 else ()
        command = [SMTP_SINK, *user, *flags, f"127.0.0.1:{port}", "100"]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.02)
        raise AssertionError("smtp-sink does not listen")

    yield start
    for process in processes:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.mark.skipif(SMTP_SINK is None, reason="Postfix's smtp-sink is not installed")
@pytest.mark.parametrize("flags", [(), ("-p",), ("-8", "-e")], ids=["pipelining", "no-pipelining", "before-1995"])
def test_postfix_sink_takes_everything(run: Run, smtp_sink: Callable[..., int], flags: tuple[str, ...]) -> None:
    endpoint = Endpoint("127.0.0.1", smtp_sink(*flags), TlsPolicy.NONE)
    source = ListSource(50)
    assert run(serve(endpoint, source, limit=100, clock=SystemClock())) == End(EndWhy.FINISHED, 50)
    assert all(isinstance(outcome, Delivered) for outcome in source.outcomes.values())


@pytest.mark.skipif(SMTP_SINK is None, reason="Postfix's smtp-sink is not installed")
@pytest.mark.parametrize("command", ["connect", "ehlo", "mail", "rcpt", "data", "."])
@pytest.mark.parametrize("flag", ["-q", "-Q", "-r", "-f"], ids=["drops", "421", "4xx", "5xx"])
def test_whatever_postfix_sink_refuses_is_told_without_doubt_but_after_the_dot(
    run: Run, smtp_sink: Callable[..., int], flag: str, command: str
) -> None:
    endpoint = Endpoint("127.0.0.1", smtp_sink(flag, command), TlsPolicy.NONE, timeouts=QUICK)
    source = ListSource(2)
    run(serve(endpoint, source, limit=100, clock=SystemClock()))
    assert len(source.outcomes) == source.given
    doubtful = [outcome for outcome in source.outcomes.values() if isinstance(outcome, InDoubt)]
    assert len(doubtful) == (1 if (flag, command) == ("-q", ".") else 0)
    taken = any(isinstance(outcome, Delivered) for outcome in source.outcomes.values())
    assert taken is ((flag, command) == ("-f", "ehlo"))  # then HELO does


@pytest.mark.parametrize("to_server", [True, False], ids=["our-octets", "its-octets"])
def test_a_wire_cut_at_any_octet_loses_and_doubles_nothing(to_server: bool) -> None:
    async def one(cut: int) -> tuple[ListSource, ScriptedServer]:
        async with ScriptedServer() as server, _Cut(server.port, cut, to_server) as proxy:
            source = ListSource(2)
            endpoint = ScriptedServer(port=proxy.port).endpoint()
            await serve(endpoint, source, limit=9, clock=SystemClock())
            return source, server

    async def every() -> None:
        for cut in range(0, 420, 7):
            source, server = await one(cut)
            sure = sum(isinstance(outcome, Delivered) for outcome in source.outcomes.values())
            doubt = sum(isinstance(outcome, InDoubt) for outcome in source.outcomes.values())
            assert len(source.outcomes) == source.given
            assert sure <= len(server.accepted) <= sure + doubt
            assert doubt <= 1

    asyncio.run(every())


class _Cut:
    """A proxy that forwards so many octets of one direction, then closes both."""

    def __init__(self, port: int, octets: int, to_server: bool) -> None:
        self._target = port
        self._octets = octets
        self._to_server = to_server
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> _Cut:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        pumps = [
            asyncio.ensure_future(self._pump(reader, back, self._to_server)),
            asyncio.ensure_future(self._pump(there, writer, not self._to_server)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for side in (back, writer):
            side.close()
        await asyncio.wait(pumps)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, counted: bool) -> None:
        left = self._octets if counted else 1 << 40
        try:
            while left and (data := await source.read(min(left, 4096))):
                left -= len(data)
                target.write(data)
                await target.drain()
        except ConnectionError:
            return


def test_a_maildir_holds_each_message_once_and_whole(tmp_path: Path) -> None:
    source = ListSource(3, refuse=(2,))
    end = asyncio.run(serve(MaildirEndpoint(tmp_path / "box"), source, limit=10, clock=SystemClock()))
    assert end.why is EndWhy.PERMIT
    assert [type(outcome) for _, outcome in sorted(source.outcomes.items())] == [Delivered, Delivered, NotTried]
    kept = list(mailbox.Maildir(tmp_path / "box", create=False))
    assert sorted(message["Delivered-To"] for message in kept) == ["p0@clients.example", "p1@clients.example"]
    assert {message.get_payload() for message in kept} == {"bonjour\n.point\n"}
    assert not list((tmp_path / "box" / "tmp").iterdir())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
