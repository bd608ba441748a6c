"""The wire itself: bytes out, replies in, one deadline at a time. Knows nothing of messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from compiler.language.reply import Reply
from runner.transport.outcome import Why
from runner.transport.parser import ReplyParser

SERVICE_CLOSING = 421
_TICK = 30.0  # seconds between two looks at the deadline


class Broken(Exception):
    """The conversation is over. `why` says how."""

    def __init__(self, why: Why, reply: Reply | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.reply = reply


class Wire(asyncio.Protocol):
    """A connection whose replies are read in the order of the commands.

    A reply that nothing asked for ends it: an answer given before its question would shift every later one.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._parser = ReplyParser()
        self._replies: deque[Reply] = deque()
        self._owed = 0  # replies that the server still owes
        self._waiter: asyncio.Future[None] | None = None
        self._broken: Broken | None = None
        self._leaving = False
        self._deadline = 0.0
        self._patience: Callable[[], float] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = self._loop.create_future()
        transport.set_protocol(self)

    @property
    def broken(self) -> Broken | None:
        """What ended the conversation, once no reply read before it is left."""
        return None if self._replies else self._broken

    def write(self, data: bytes, replies: int) -> None:
        """Send commands that ask for that many replies. Raises Broken where the conversation is over."""
        if self._broken is not None:
            raise self._broken
        self._owed += replies
        self._transport.write(data)

    def unsent(self) -> int:
        """Octets that are still on this machine, as far as the transport tells."""
        return self._transport.get_write_buffer_size()

    async def reply(self, seconds: float, patience: Callable[[], float] | None = None) -> Reply:
        """The next reply, all of it within that time. Raises Broken.

        When the time is over, `patience` says how many seconds more to wait; 0 gives up.
        """
        if self._replies:
            return self._replies.popleft()
        self._patience = patience
        await self._wait(seconds)
        if self._replies:
            return self._replies.popleft()
        assert self._broken is not None
        raise self._broken

    async def _wait(self, seconds: float) -> None:
        if self._broken is not None:
            return
        now = self._loop.time()
        self._deadline = now + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(min(self._deadline, now + _TICK), self._on_timer)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _on_timer(self) -> None:
        # One timer serves many replies: it looks whether the deadline has moved away, and waits again.
        self._timer = None
        if self._waiter is None:
            return
        now = self._loop.time()
        if now < self._deadline:
            self._timer = self._loop.call_at(min(self._deadline, now + _TICK), self._on_timer)
            return
        more = self._patience() if self._patience else 0.0
        if not more:
            self._end(Broken(Why.TIMEOUT))
            return
        self._deadline = now + more
        self._timer = self._loop.call_at(min(self._deadline, now + _TICK), self._on_timer)

    def _end(self, broken: Broken) -> None:
        if self._broken is None:
            self._broken = broken
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._broken is not None:
            return
        replies = self._parser.feed(data)
        for reply in replies:
            if self._owed == 0:
                self._unasked(reply)
                return
            self._owed -= 1
            self._replies.append(reply)
            if reply.code == SERVICE_CLOSING:  # RFC 5321 3.8: whatever was asked, the server is leaving
                self._end(Broken(Why.SERVER, reply))
                return
        if self._parser.faulty:
            self._end(Broken(Why.PROTOCOL))
        elif replies:
            self._wake()

    def _unasked(self, reply: Reply) -> None:
        leaving = reply.code == SERVICE_CLOSING
        self._end(Broken(Why.SERVER, reply) if leaving else Broken(Why.PROTOCOL))

    def eof_received(self) -> bool:
        self._end(Broken(Why.CLOSED))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(Broken(Why.CLOSED))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.closed.done():
            self.closed.set_result(None)

    def close(self) -> None:
        """Close after what is written has left; `abort` does nothing more."""
        self._end(Broken(Why.CLOSED))
        self._leaving = True
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what this process still holds never leaves it, even where the peer closed its side."""
        self._end(Broken(Why.CLOSED))
        if not self._leaving:
            self._transport.abort()
