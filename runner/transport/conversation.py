"""One SMTP conversation, pipelined (RFC 2920): the next MAIL, RCPT and DATA ride with this message's body.

The permit is asked at the 354, so nothing is in doubt before its body leaves. One round trip a message.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from compiler.language.reply import Phase, Reply, ReplyClass
from runner import failpoint
from runner.replies import judge, scrub
from runner.transport.connect import Connected
from runner.transport.endpoint import Endpoint
from runner.transport.outcome import Deferred, Delivered, End, EndWhy, InDoubt, NotTried, Outcome, Refused, Why
from runner.transport.source import Envelope, MessageSource
from runner.transport.wire import Broken, Wire

START_MAIL_INPUT = 354
_NO_SMTPUTF8 = Reply(550, "5.6.7", "this server does not take UTF-8 addresses")  # RFC 6531 3.7.4.2
_TOO_LARGE = Reply(552, "5.3.4", "larger than this server's declared limit")  # RFC 1870 6.1
_PHASES = (Phase.MAIL, Phase.RCPT, Phase.DATA)
# Under a failpoint every write must have left before the next point is passed.
_REHEARSAL = failpoint.VARIABLE in os.environ


class _Idle(Exception):
    """Nothing to send for a while."""


class Conversation:
    """Sends a source's messages over a connection, one after the other, until something ends it."""

    def __init__(self, endpoint: Endpoint, connected: Connected, source: MessageSource, *, limit: int) -> None:
        self._host = endpoint.host
        self._timeouts = endpoint.timeouts
        self._extensions = connected.extensions
        self._encrypted = connected.transport.get_extra_info("sslcontext") is not None
        self._wire = Wire(connected.transport)
        self._source = source
        self._limit = limit
        self._phase = Phase.MAIL
        self._begun = 0  # envelopes offered to the server
        self._answered = 0  # final replies read
        self._current: Envelope | None = None
        self._verdict: Outcome | None = None  # the current envelope's, once a reply decides it
        self._dot_left = False
        self._said: Envelope | None = None  # lined up, and its commands are on the wire already
        self._lined: asyncio.Task[Envelope | None] | None = None
        self._why = Why.CANCELLED  # told to what an ending leaves behind
        self._reset = b""  # RSET where a transaction stands open that no dot has ended

    async def run(self, first: Envelope) -> End:
        """The whole conversation. Every envelope taken from the source is settled when this returns or raises."""
        self._current = first
        try:
            return await self._converse()
        except Broken as broken:
            self._why = broken.why
            return self._end_of(broken)
        except _Idle:
            return await self._quit(EndWhy.IDLE)
        finally:
            self._wire.abort()
            self._settle_what_is_left(self._why)
            await self._drop_the_lined_up()

    async def _converse(self) -> End:
        while self._current is not None:
            envelope = self._current
            self._verdict = self._unsendable(envelope)
            if self._verdict is None and await self._offer(envelope):
                body = await self._permit(envelope)
                if body is None:
                    return End(EndWhy.PERMIT, self._answered, Phase.DATA)
                await self._deliver(body)
            self._settle()
            if self._begun >= self._limit and self._said is None:
                return await self._quit(EndWhy.LIMIT)
            self._current = self._said or await self._next()
        return await self._quit(EndWhy.FINISHED)

    # The envelope

    def _unsendable(self, envelope: Envelope) -> Refused | None:
        """What this server's EHLO already refuses: the message's own affair, so that no lane is held for it."""
        if envelope.smtputf8 and not self._extensions.smtputf8:
            return Refused(Phase.MAIL, _NO_SMTPUTF8, ReplyClass.UNKNOWN_PERM)
        if self._extensions.size and envelope.size > self._extensions.size:
            return Refused(Phase.MAIL, _TOO_LARGE, ReplyClass.CONTENT)
        return None

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        parameters = " SMTPUTF8" if envelope.smtputf8 else ""
        if self._extensions.size is not None and envelope.size:
            parameters += f" SIZE={envelope.size}"
        mail = f"MAIL FROM:<{envelope.mail_from}>{parameters}\r\n"
        return mail.encode(), f"RCPT TO:<{envelope.rcpt}>\r\n".encode(), b"DATA\r\n"

    async def _offer(self, envelope: Envelope) -> bool:
        """True when the server waits for the body; otherwise the verdict is set and the transaction is over."""
        said, self._said = self._said is envelope, None
        if not said:
            self._begun += 1
            await self._clear_the_table()
        commands = self._commands(envelope)
        if self._extensions.pipelining and not said:
            self._wire.write(b"".join(commands), 3)
        self._line_up()
        opened = False
        for phase, command in zip(_PHASES, commands, strict=True):
            if not self._extensions.pipelining:
                self._wire.write(command, 1)
            reply = await self._reply(phase)
            if phase is Phase.DATA and reply.code == START_MAIL_INPUT:
                return await self._starting(envelope, reply, opened)
            if self._verdict is None:
                self._verdict = self._refusal(phase, reply, envelope.rcpt)
            if phase is Phase.DATA and reply.accepted:
                self._verdict = None  # a 250 where only 354 makes sense: replies have shifted, none can be trusted
                raise Broken(Why.PROTOCOL)
            opened = opened or (phase is Phase.MAIL and reply.accepted)
            if self._verdict is not None and not self._extensions.pipelining:
                break
        self._reset = b"RSET\r\n" if opened else b""
        return False

    async def _clear_the_table(self) -> None:
        if self._reset:
            self._wire.write(self._reset, 1)
            self._reset = b""
            if not (await self._reply(Phase.MAIL)).accepted:
                raise Broken(Why.PROTOCOL)

    async def _starting(self, envelope: Envelope, reply: Reply, opened: bool) -> bool:
        """The 354 came. RFC 2920 3.1: where the recipient was refused, a lone dot ends the empty message."""
        if self._verdict is None:
            failpoint.hit("data_accepted")
            return True
        if not opened or self._verdict_phase() is not Phase.RCPT:
            raise Broken(Why.PROTOCOL)  # a sender refused, a recipient accepted: whose message would it be?
        self._wire.write(b".\r\n", 1)
        await self._reply(Phase.DOT)
        return False

    def _verdict_phase(self) -> Phase | None:
        return self._verdict.phase if isinstance(self._verdict, Deferred | Refused) else None

    def _refusal(self, phase: Phase, reply: Reply, rcpt: str) -> Deferred | Refused | None:
        """What a reply says against the envelope. Raises Broken for a 3xx out of place."""
        if reply.accepted:
            return None
        if reply.code < 400:
            raise Broken(Why.PROTOCOL)
        judgement = judge(self._host, phase, reply)
        kind = Refused if reply.permanent else Deferred
        return kind(phase, scrub(reply, rcpt), judgement.reply_class, judgement.hold)

    async def _reply(self, phase: Phase) -> Reply:
        self._phase = phase
        times = self._timeouts
        seconds = times.data if phase is Phase.DATA else times.dot if phase is Phase.DOT else times.command
        reply = await self._wire.reply(seconds)
        if phase is Phase.RCPT:
            failpoint.hit("rcpt_answered")
        return reply

    # The body

    async def _permit(self, envelope: Envelope) -> bytes | None:
        body = await self._source.permit(envelope)
        failpoint.hit("permit_durable")
        if body is None:
            self._verdict = NotTried(Why.PERMIT)
        return body

    def _line_up(self) -> None:
        """Ask for the next message while this one is offered."""
        if self._lined is None and self._begun < self._limit:
            self._lined = asyncio.ensure_future(self._source.next())

    async def _deliver(self, body: bytes) -> None:
        """The body, the next message's commands behind it, and the answer to the dot."""
        assert self._current is not None
        tail = self._tail()
        if _REHEARSAL:
            await self._write_in_halves(body + tail)
        else:
            self._wire.write(body + tail, 4 if tail else 1)
        self._dot_left = True
        failpoint.hit("dot_written")
        reply = await self._answer_to_the_dot(len(tail))
        failpoint.hit("reply_read")
        self._answered += 1
        refusal = self._refusal(Phase.DOT, reply, self._current.rcpt)
        self._verdict = refusal or Delivered(scrub(reply, self._current.rcpt))

    async def _write_in_halves(self, data: bytes) -> None:
        middle = len(data) // 2
        self._dot_left = True  # killed between the halves or not: the worst is assumed
        self._wire.write(data[:middle], 4 if self._said else 1)
        await asyncio.sleep(0.001)
        failpoint.hit("body_half")
        self._wire.write(data[middle:], 0)
        await asyncio.sleep(0.001)

    def _tail(self) -> bytes:
        """The next message's commands, where it is there already and the server pipelines."""
        if self._lined is None or not self._lined.done() or not self._extensions.pipelining:
            return b""
        envelope = self._lined.result()
        if envelope is None or self._unsendable(envelope):
            return b""
        self._lined, self._said = None, envelope
        self._begun += 1
        return b"".join(self._commands(envelope))

    async def _answer_to_the_dot(self, tail: int) -> Reply:
        self._phase = Phase.DOT
        patience = _Patience(self._wire, tail, self._timeouts.block, self._timeouts.dot)
        try:
            reply = await self._wire.reply(self._timeouts.block, patience)
        except Broken:
            # Octets that never left this machine hold the dot: aborting makes sure that it never will.
            if not self._encrypted and patience.dot_is_here():
                self._dot_left = False
            raise
        if reply.accepted and not self._encrypted and patience.dot_is_here():
            self._dot_left = False
            raise Broken(Why.PROTOCOL)  # a yes before the end of the message is no answer to it
        return reply

    # What comes next

    def _settle(self) -> None:
        assert self._current is not None
        assert self._verdict is not None
        envelope, verdict = self._current, self._verdict
        self._current = self._verdict = None
        self._dot_left = False
        self._source.settle(envelope, verdict)

    async def _next(self) -> Envelope | None:
        """The next envelope, watching the connection meanwhile. Raises Broken or _Idle."""
        self._line_up()
        assert self._lined is not None
        if not self._lined.done():
            waiting: set[asyncio.Future[Any]] = {self._lined, self._wire.closed}
            await asyncio.wait(waiting, timeout=self._timeouts.idle, return_when=asyncio.FIRST_COMPLETED)
        if self._lined.done():
            lined, self._lined = self._lined, None
            return lined.result()
        broken = self._wire.broken
        if broken is not None and broken.why is not Why.CLOSED:
            raise broken
        raise _Idle  # servers close what is idle: no fault of theirs

    async def _quit(self, why: EndWhy) -> End:
        try:
            self._wire.write(b"QUIT\r\n", 1)
            await self._wire.reply(self._timeouts.quit)
        except Broken:
            pass  # the messages are settled: how the server says goodbye changes nothing
        self._wire.close()
        return End(why, self._answered)

    def _end_of(self, broken: Broken) -> End:
        if broken.reply is None:
            return End(EndWhy(broken.why.value), self._answered, self._phase)
        judgement = judge(self._host, self._phase, broken.reply)
        reply = scrub(broken.reply, self._current.rcpt if self._current else "")
        return End(EndWhy.SERVER, self._answered, self._phase, reply, judgement.reply_class, judgement.hold)

    def _settle_what_is_left(self, why: Why) -> None:
        """An exception or a broken wire leaves envelopes behind: each is told what is known of it, no more."""
        if self._said is not None:
            said, self._said = self._said, None
            self._source.settle(said, NotTried(why))
        if self._current is not None:
            self._verdict = self._verdict or (InDoubt(why) if self._dot_left else NotTried(why))
            self._settle()

    async def _drop_the_lined_up(self) -> None:
        """The source may have given an envelope out just now: it goes back."""
        if self._lined is None:
            return
        lined, self._lined = self._lined, None
        lined.cancel()
        await asyncio.wait({lined})
        if not lined.cancelled() and lined.exception() is None:
            envelope = lined.result()
            if envelope is not None:
                self._source.settle(envelope, NotTried(Why.CANCELLED))


class _Patience:
    """How much longer to wait for the answer to the dot: as long as the body moves, then the dot's own time."""

    def __init__(self, wire: Wire, tail: int, block: float, dot: float) -> None:
        self._wire = wire
        self._tail = tail
        self._block = block
        self._dot = dot
        self._unsent = -1
        self._gone = False

    def dot_is_here(self) -> bool:
        return self._wire.unsent() > self._tail

    def __call__(self) -> float:
        if self.dot_is_here():
            unsent = self._wire.unsent()
            moves = self._unsent < 0 or unsent < self._unsent
            self._unsent = unsent
            return self._block if moves else 0.0
        if self._gone:
            return 0.0
        self._gone = True
        return self._dot
