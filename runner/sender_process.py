"""A sender: one process a core, its own event loop, some connection places; the ledger process permits each message.

It reads the plan and the keyring itself: identities never travel between processes. When the ledger process is gone
it ends at once, since nothing that it does could be recorded any more.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import uvloop

from compiler.archive import Plan
from compiler.archive.layout import lines
from compiler.book.keyring import Keyring
from compiler.book.problems import SealBroken
from compiler.book.seal import open_slot
from compiler.language.address import AddressError
from compiler.language.clock import Clock
from compiler.language.plan import Slot
from compiler.language.reply import Phase, Reply, ReplyClass
from compiler.parts import shard_path, slot_from_line
from compiler.render import RenderError
from runner import frames
from runner.frames import CLICKS, OPENS, Granted, Problem, Reader, Ready, Settled, Verdict, Wanted
from runner.ledger import Answer
from runner.message import Composed, Composer, HeaderProblem
from runner.transport import (
    Deferred,
    Delivered,
    End,
    Endpoint,
    EndWhy,
    Envelope,
    InDoubt,
    MaildirEndpoint,
    NotTried,
    Outcome,
    Refused,
    Why,
    serve,
)

_CONTACT = re.compile(rb'"contact":"([0-9a-f]{32})"')
_SHARDS = 8  # kept in memory: the ledger process works shard by shard in each lane
_KEYS = 256  # fetched together
_REST = (1, 2, 5, 15, 30, 60)  # seconds of the clock after each failure in a row; the last repeats
_CALM = frozenset({EndWhy.FINISHED, EndWhy.LIMIT, EndWhy.IDLE, EndWhy.PERMIT})
_IN_TRANSACTION = frozenset({Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT})
_CUT_OFF = frozenset({EndWhy.CLOSED, EndWhy.TIMEOUT, EndWhy.PROTOCOL, EndWhy.SERVER})
_NO_REPLY = Reply(0, "", "")


@dataclass(frozen=True, slots=True)
class SenderJob:
    """What a sender needs. `keyring` and `composer` are called in its process. `limit`: messages on one connection."""

    plan: Plan
    endpoint: Endpoint | MaildirEndpoint
    keyring: Callable[[], Keyring]
    composer: Callable[[Plan], Composer]
    places: int
    limit: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Prepared:
    composed: Composed
    granted: Granted
    date: int


class Shelf:
    """Slots with their keys, a shard at a time; a slot is parsed when its turn comes, by the process that sends it."""

    def __init__(self, plan: Plan, keyring: Keyring) -> None:
        self._plan = plan
        self._keyring = keyring
        self._shards: OrderedDict[int, list[bytes]] = OrderedDict()
        self._keys: dict[str, bytes | None] = {}

    def find(self, shard: int, number: int) -> tuple[Slot, bytes | None]:
        """A slot and its contact's key, None where that is gone. Raises FindingsStop or ValueError for damage."""
        content = self._lines(shard)
        index = number - self._plan.manifest.shards[shard].first
        slot = slot_from_line(content[index])
        if slot.contact not in self._keys:
            self._fetch(content[index : index + _KEYS])
        return slot, self._keys.pop(slot.contact)

    def _lines(self, shard: int) -> list[bytes]:
        found = self._shards.get(shard)
        if found is None:
            path = self._plan.path / shard_path(self._plan.manifest.shards[shard])
            found = self._shards[shard] = list(lines(path))
            if len(self._shards) > _SHARDS:
                self._shards.popitem(last=False)
        self._shards.move_to_end(shard)
        return found

    def _fetch(self, ahead: list[bytes]) -> None:
        if len(self._keys) > 16 * _KEYS:
            self._keys.clear()  # keys of slots that went elsewhere
        contacts = [match[1].decode() for line in ahead if (match := _CONTACT.search(line)) is not None]
        found = self._keyring.keys(contacts)
        self._keys.update((contact, found.get(contact)) for contact in contacts)


class Desk(asyncio.Protocol):
    """This process's end of the socketpair: grants come in, requests and outcomes go out, coalesced."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self.quitting = asyncio.Event()
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._reader = Reader(frames.to_sender)
        self._grants: deque[Granted] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._outgoing: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are not registered as such

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()

    def data_received(self, data: bytes) -> None:
        for message in self._reader.feed(data):
            if isinstance(message, Granted):
                self._grants.append(message)
                self._wake()
            elif message == frames.RECALL:
                self._give_back()
            elif message == frames.QUIT:
                self._quit()
            elif isinstance(message, tuple):
                slot, answered = message
                future = self._answers.pop(slot, None)
                if future is not None and not future.done():
                    future.set_result(answered)

    async def grant(self) -> Granted | None:
        """The next slot to prepare; None when this process is to end. Cancelled, it takes nothing."""
        while not self._grants:
            if self.quitting.is_set():
                return None
            waiting = self._loop.create_future()
            self._idle.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                if waiting.done() and not waiting.cancelled():
                    self._wake()  # what woke us is for somebody else
                raise
        return self._grants.popleft()

    async def ask(self, wanted: Wanted) -> Answer:
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._answers[wanted.slot] = future
        self.say(frames.permit(wanted))
        return await future

    async def close(self) -> None:
        """Let the last outcomes leave; losing the connection then ends the process."""
        await asyncio.sleep(0)
        if self._transport is not None:
            self._transport.close()
        await asyncio.Event().wait()

    def say(self, frame: bytes) -> None:
        if not self._outgoing:
            self._loop.call_soon(self._send)
        self._outgoing.append(frame)

    def _send(self) -> None:
        data, self._outgoing = b"".join(self._outgoing), []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _wake(self) -> None:
        while self._idle:
            waiting = self._idle.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return

    def _give_back(self) -> None:
        for granted in self._grants:
            self.say(frames.settled(_untouched(0, granted, Verdict.NOT_TRIED, Why.CANCELLED)))
        self._grants.clear()

    def _quit(self) -> None:
        self.quitting.set()
        self._give_back()
        for waiting in self._idle:
            if not waiting.done():
                waiting.set_result(None)


class Place:
    """One connection place as a MessageSource."""

    def __init__(self, number: int, desk: Desk, shelf: Shelf, composer: Composer, clock: Clock) -> None:
        self.retired = False  # a message was lost on it: reconnecting does not free the place
        self._number = number
        self._desk = desk
        self._shelf = shelf
        self._composer = composer
        self._clock = clock
        self._prepared: dict[int, _Prepared] = {}
        self._untried: list[tuple[Granted, Why]] = []
        self._last: Outcome | None = None

    async def next(self) -> Envelope | None:
        while True:
            granted = None if self.retired else await self._desk.grant()
            if granted is None:
                return None
            prepared = self._prepare(granted)
            if prepared is not None:
                self._prepared[granted.slot] = prepared
                composed = prepared.composed
                return Envelope(granted.slot, composed.mail_from, composed.rcpt, composed.size, composed.smtputf8)

    async def permit(self, envelope: Envelope) -> bytes | None:
        prepared = self._prepared[envelope.slot]
        granted, composed = prepared.granted, prepared.composed
        wanted = Wanted(self._number, granted.slot, granted.attempt, granted.flags, prepared.date, composed.size)
        answered = await self._desk.ask(wanted)
        return composed.body if answered is Answer.GRANTED else None

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        granted = self._prepared.pop(envelope.slot).granted
        self._last = outcome
        match outcome:
            case NotTried(why=why):
                self._untried.append((granted, why))  # told once the connection's end says whose fault it was
            case InDoubt(why=why):
                self.retired = True
                self._say(granted, Verdict.IN_DOUBT, why=why)
            case Delivered(reply=reply):
                self._say(granted, Verdict.DELIVERED, phase=Phase.DOT, reply=reply)
            case Deferred() | Refused():
                verdict = Verdict.DEFERRED if isinstance(outcome, Deferred) else Verdict.REFUSED
                self._desk.say(frames.settled(_answered(self._number, granted, verdict, outcome)))

    def ended(self, end: End) -> None:
        """A connection is over: what it left untried goes back. The transport settles the current message last;
        if the server cut it off in its transaction, that message may be why, and rests before it is tried again.
        """
        untried, self._untried = self._untried, []
        cut_off = isinstance(self._last, NotTried) and end.why in _CUT_OFF and end.phase in _IN_TRANSACTION
        for number, (granted, why) in enumerate(untried, 1):
            blamed = cut_off and number == len(untried)
            phase = end.phase if blamed and end.phase is not None else Phase.CONNECT
            self._say(granted, Verdict.NOT_TRIED, why=why, phase=phase)

    def _say(
        self,
        granted: Granted,
        verdict: Verdict,
        *,
        why: Why = Why.CANCELLED,
        phase: Phase = Phase.DOT,
        reply: Reply = _NO_REPLY,
    ) -> None:
        message = Settled(
            self._number, granted.slot, granted.attempt, verdict, phase, ReplyClass.OK, why,
            reply.code, 0, reply.enhanced, reply.text,
        )  # fmt: skip
        self._desk.say(frames.settled(message))

    def _prepare(self, granted: Granted) -> _Prepared | None:
        """The message, or None once the ledger was told why there is none."""
        try:
            slot, key = self._shelf.find(granted.shard, granted.slot)
            if key is None:
                self._desk.say(frames.settled(_untouched(self._number, granted, Verdict.KEYLESS, Why.CANCELLED)))
                return None
            at = self._clock.now()
            values = open_slot(slot.seal, key, slot.contact, slot.number)
            composed = self._composer.compose(
                slot,
                values,
                at=at,
                attempt=granted.attempt,
                opens=bool(granted.flags & OPENS),
                clicks=bool(granted.flags & CLICKS),
            )
        except (RenderError, HeaderProblem, SealBroken, AddressError):
            self._desk.say(frames.settled(_untouched(self._number, granted, Verdict.NOT_RENDERED, Why.CANCELLED)))
            return None
        return _Prepared(composed, granted, int(at.timestamp()))


@dataclass(slots=True)
class Sender:
    """The whole process: its places side by side."""

    job: SenderJob
    number: int
    desk: Desk
    shelf: Shelf = field(init=False)
    composer: Composer = field(init=False)

    async def work(self) -> None:
        """Until the ledger process says to end."""
        self.shelf = Shelf(self.job.plan, self.job.keyring())
        self.composer = self.job.composer(self.job.plan)
        self.desk.say(frames.ready(Ready(self.job.places, os.getpid())))
        first = self.number * self.job.places
        async with asyncio.TaskGroup() as places:
            for index in range(self.job.places):
                places.create_task(self._place(first + index))

    async def _place(self, number: int) -> None:
        place = Place(number, self.desk, self.shelf, self.composer, self.job.clock)
        failures = 0
        while not self.desk.quitting.is_set() and not place.retired:
            end = await serve(self.job.endpoint, place, limit=self.job.limit, clock=self.job.clock)
            place.ended(end)
            if end.why is EndWhy.FINISHED:
                return
            failures = 0 if end.why in _CALM or end.messages else failures + 1
            if end.why not in _CALM:
                self.desk.say(frames.problem(_problem(number, end)))
                await self._rest(timedelta(seconds=_REST[min(failures, len(_REST) - 1)]))

    async def _rest(self, span: timedelta) -> None:
        until = self.job.clock.now() + span
        while (left := until - self.job.clock.now()) > timedelta(0):
            # Never 0: a clock that stands still must not make this loop spin.
            seconds = max(0.01, self.job.clock.wall_seconds(left))
            try:
                await asyncio.wait_for(self.desk.quitting.wait(), seconds)
            except TimeoutError:
                continue
            return


def run(job: SenderJob, number: int, channel: socket.socket) -> None:
    """The body of a sender's process. Ends it when the ledger process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's ^C goes to both: the ledger process decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        _, desk = await loop.create_unix_connection(lambda: Desk(lambda: os._exit(0)), sock=channel)
        await Sender(job, number, desk).work()
        await desk.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def _untouched(place: int, granted: Granted, verdict: Verdict, why: Why) -> Settled:
    return Settled(place, granted.slot, granted.attempt, verdict, Phase.CONNECT, ReplyClass.OK, why, 0, 0, "", "")


def _answered(place: int, granted: Granted, verdict: Verdict, outcome: Deferred | Refused) -> Settled:
    reply = outcome.reply
    hold = int(outcome.hold.total_seconds()) if outcome.hold is not None else 0
    return Settled(
        place, granted.slot, granted.attempt, verdict, outcome.phase, outcome.reply_class, Why.SERVER,
        reply.code, hold, reply.enhanced, reply.text,
    )  # fmt: skip


def _problem(place: int, end: End) -> Problem:
    return Problem(
        place,
        end.why,
        end.phase or Phase.CONNECT,
        end.reply_class or ReplyClass.OK,
        end.reply.code if end.reply else 0,
        int(end.hold.total_seconds()) if end.hold is not None else 0,
    )
