"""A receiving server on loopback with a journal, and runs in processes of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from compiler.clock import SimulatedClock, set_simulated_clock
from compiler.language.settings import TlsPolicy
from compiler.specimen import Recipe, Specimen, write_specimen
from runner import failpoint
from runner.execute import Ended, Summary
from runner.rehearsal import Rehearsal, Request, perform
from runner.transport import Endpoint

TEN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Sink:
    """An aiosmtpd handler that journals every message before its 250. `answers` scripts a recipient's replies at RCPT,
    one after the other; the last repeats.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    at_dot: dict[str, list[str]] = field(default_factory=dict)
    journal: list[tuple[str, str, bytes]] = field(default_factory=list)  # Message-ID, recipient, message
    asked: list[str] = field(default_factory=list)
    on_message: Callable[[int], None] = lambda count: None
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        answer = self._scripted(self.answers, address) or "250 2.1.5 ok"
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
            return "421 4.4.2 dropped"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        answer = self._scripted(self.at_dot, envelope.rcpt_tos[0]) or "250 2.0.0 taken"
        if answer in ("swallow", "drop"):
            assert server.transport is not None
            server.transport.abort()
        if answer in ("swallow",) or answer.startswith("250"):
            with self._lock:
                self.journal.append((_message_id(envelope.content), envelope.rcpt_tos[0], envelope.content))
            self.on_message(len(self.journal))
        return answer

    def _scripted(self, script: dict[str, list[str]], address: str) -> str:
        answers = script.get(address, [])
        return (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else ""

    @property
    def duplicates(self) -> int:
        by_id = Counter(message_id for message_id, _, _ in self.journal)
        by_recipient = Counter(recipient for _, recipient, _ in self.journal)
        return max(sum(by_id.values()) - len(by_id), sum(by_recipient.values()) - len(by_recipient))

    @property
    def recipients(self) -> set[str]:
        return {recipient for _, recipient, _ in self.journal}


def _message_id(content: bytes) -> str:
    return next(line for line in content.splitlines() if line.lower().startswith(b"message-id:")).decode()


@pytest.fixture
def sink() -> Iterator[Sink]:
    handler = Sink()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(handler, hostname="sink.example", loop=loop), "127.0.0.1", 0)
    )
    handler.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield handler
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()


@dataclass
class Bench:
    """A keyed host in a folder: plans, keyring, ledger and a simulated clock."""

    folder: Path
    sink: Sink
    clock_path: Path
    specimen: Specimen

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def endpoint(self, **changes: Any) -> Endpoint:
        return replace(Endpoint("127.0.0.1", self.sink.port, tls=TlsPolicy.NONE, hostname="envoi.example"), **changes)

    def request(self, **changes: Any) -> Request:
        fields = {k: changes.pop(k) for k in tuple(changes) if k in Request.__dataclass_fields__}
        options = {"places": 2, **changes}
        plan = self.specimen.plan.path
        return replace(Request(plan, self.state, self.endpoint(), self.clock_path, options=options), **fields)

    def start(self, request: Request) -> Running:
        return Running(request)

    def run(self, **changes: Any) -> Any:
        """A whole run: its Summary, (error, exit code, text), or None where it was killed."""
        return self.start(self.request(**changes)).result()

    def correct(self, **wanted: Any) -> None:
        """Another plan for the same campaign and edition, among the same people."""
        self.specimen = write_specimen(self.folder / "plans", Recipe(**wanted))
        self.prepare()

    def prepare(self) -> None:
        Rehearsal(self.specimen, self.state, SimulatedClock(self.clock_path)).prepare()

    def set_clock(self, at: datetime, *, rate: float = 1.0) -> None:
        set_simulated_clock(self.clock_path, at, rate=rate)


class Running:
    """A run in a process of its own."""

    def __init__(self, request: Request) -> None:
        # The fork server imports once; a set but empty variable makes the transport flush at each point.
        os.environ.setdefault(failpoint.VARIABLE, "")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["runner.rehearsal"])
        self._results, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=perform, args=(request, theirs))
        self.process.start()
        theirs.close()

    def result(self) -> Any:
        try:
            found = self._results.recv() if self._results.poll(40) else "too slow"
        except EOFError:
            found = None
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        assert found != "too slow"
        return found


@pytest.fixture
def bench(tmp_path: Path, sink: Sink) -> Callable[..., Bench]:
    def make(**wanted: Any) -> Bench:
        clock = tmp_path / "clock"
        set_simulated_clock(clock, TEN, rate=1.0)
        specimen = write_specimen(tmp_path / "plans", Recipe(**wanted))
        made = Bench(tmp_path, sink, clock, specimen)
        made.prepare()
        return made

    return make


def finished(summary: Any) -> Summary:
    assert isinstance(summary, Summary), summary
    assert summary.ended is Ended.FINISHED, summary
    return summary
