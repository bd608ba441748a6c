"""The supervisor's side of its senders: processes, socketpairs and timers."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from typing import Protocol, cast

from runner import frames
from runner.frames import Reader
from runner.ledger.identity import HostLock
from runner.sender_process import SenderJob
from runner.sender_process import run as run_sender


@dataclass(slots=True)
class Channel:
    """A sender's process and this end of its socketpair."""

    process: ForkProcess
    socket: socket.socket


def fork(job: SenderJob, processes: int, lock: HostLock) -> list[Channel]:
    """Start the senders. Called before this process has any thread, event loop or database."""
    context = multiprocessing.get_context("fork")
    channels: list[Channel] = []
    for number in range(processes):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        mine = [*(channel.socket for channel in channels), ours]
        process = context.Process(target=_child, args=(job, number, theirs, mine, lock), daemon=True)
        process.start()
        theirs.close()
        ours.setblocking(False)
        channels.append(Channel(process, ours))
    return channels


def _child(job: SenderJob, number: int, channel: socket.socket, others: list[socket.socket], lock: HostLock) -> None:
    for other in others:
        other.close()  # or this process would never see the ledger process go
    lock.forget()
    channel.setblocking(False)
    run_sender(job, number, channel)


def reap(channels: Sequence[Channel]) -> None:
    """Let the senders go; one that does not is killed."""
    for channel in channels:
        channel.socket.close()
        channel.process.join(2)
        if channel.process.is_alive():
            channel.process.kill()
            channel.process.join()


class Listener(Protocol):
    """Who is told what senders say."""

    def heard(self, link: Link, message: object) -> None: ...
    def lost(self, link: Link) -> None: ...


class Link(asyncio.Protocol):
    """One sender as the supervisor sees it."""

    def __init__(self, number: int, supervisor: Listener) -> None:
        self.number = number
        self.places = 0
        self.gone = False
        self.outgoing: list[bytes] = []
        self._supervisor = supervisor
        self._reader = Reader(frames.to_ledger)
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are not registered as such

    def data_received(self, data: bytes) -> None:
        for message in self._reader.feed(data):
            self._supervisor.heard(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._supervisor.lost(self)

    def flush(self) -> None:
        if self.outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self.outgoing))
        self.outgoing.clear()


@dataclass(slots=True)
class Timer:
    """At most one pending call, at the earliest time that anybody asked for."""

    call: Callable[[], None]
    handle: asyncio.TimerHandle | asyncio.Handle | None = None
    at: float = 0.0

    def within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self.handle is not None:
            if self.at <= at:
                return
            self.handle.cancel()
        self.at = at
        self.handle = loop.call_later(seconds, self._fire) if seconds > 0 else loop.call_soon(self._fire)

    def _fire(self) -> None:
        self.handle = None
        self.call()
