"""A receiving server on loopback that keeps a journal of what it accepted: the oracle of what was really sent."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """An aiosmtpd handler that journals every message before its 250.

    `answers` scripts a recipient's replies at RCPT, `at_dot` those to the message, one after the other; the last
    repeats. `drop` closes the connection without an answer, `swallow` does so after taking the message. `on_message`
    is called before the 250 with the number taken so far.
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
            _hang_up(server)
            return "421 4.4.2 dropped"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        answer = self._scripted(self.at_dot, envelope.rcpt_tos[0]) or "250 2.0.0 taken"
        if answer in ("swallow", "drop"):
            _hang_up(server)
        if answer == "swallow" or answer.startswith("250"):
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


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def _message_id(content: bytes) -> str:
    return next(line for line in content.splitlines() if line.lower().startswith(b"message-id:")).decode()


class Server:
    """A Sink's server in a thread of its own, on a free port."""

    def __init__(self, sink: Sink) -> None:
        self._loop = asyncio.new_event_loop()
        listening = self._loop.create_server(
            lambda: SMTP(sink, hostname="sink.example", loop=self._loop), "127.0.0.1", 0
        )
        self._server = self._loop.run_until_complete(listening)
        sink.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink")
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        self._loop.run_until_complete(_cancel_the_rest())
        self._loop.close()


async def _cancel_the_rest() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)  # transports say that they are closed
