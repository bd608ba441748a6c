"""The supervisor of a run: the one ledger process of the host. It leads senders, which ask it for every permit.

verified plan → lock on the host → senders (forked) → witness and mark → admitted → leased → steps, again and again,
until nothing is pending, a stop holds everything, the time is up or somebody interrupts.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import uvloop

from compiler.archive import verify
from compiler.git import RemoteUnreachable
from compiler.language.errors import EnvoiError, FindingsStop
from compiler.language.finding import Text
from runner import failpoint, frames
from runner.admission import check_witness
from runner.bookview import OLDEST, REFRESH, Latest, Roster
from runner.brakes import BrakePedal, Pull, reason_text, scope_text, trouble_text
from runner.channels import Channel, Link, Timer, fork, reap
from runner.dispatch import Dispatcher, Work, cap_at, ticker
from runner.frames import Problem, Ready, Settled, Wanted
from runner.ledger import Answer, LedgerBroken, plan_scope
from runner.ledger.identity import HostLock, Witness
from runner.ledger.sqlite import SqliteLedger
from runner.order import Ended, Order, Progress, Summary, Voice
from runner.pace import plan_pace
from runner.shipping import BATCH, EventMaker, record_of
from runner.stages import Finish, Send, Step, Wait, capped_slots, next_change, spent_slots, stages
from runner.transport.outcome import EndWhy
from tracker.events.sqlite import SqliteEventStore

MARK_EVERY = 30.0  # seconds of the wall between two marks on the remote
SHIP_EVERY = 1.0
_FACTS_WAIT = 0.02  # facts wait so long for a permit to share its commit
_LOOK = 1.0  # how often a waiting run looks for stops and for its clock
_GRACE = 8.0  # seconds for messages in flight when a run ends early
_AHEAD = 3  # slots a place has at hand: under way, lined up, spare


def execute(order: Order, voice: Voice) -> Summary:
    """Run a plan on this host.

    Raises FindingsStop for a plan whose bytes are not what they were, RefusedByPolicy where this ledger may not send
    it, LedgerBroken where it no longer can.
    """
    if findings := verify(order.plan.path):
        raise FindingsStop(findings)
    failpoint.hit("verified")
    with ExitStack() as stack:
        lock = stack.enter_context(HostLock(order.state / "ledger"))
        channels = fork(order.job, order.processes, lock)
        stack.callback(reap, channels)
        loop, supervisor = uvloop.new_event_loop(), Supervisor(order, voice, channels)
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            summary = runner.run(supervisor.run())
        return replace(summary, told_to_end=supervisor.interrupted)


class Supervisor:
    """One run of one plan."""

    def __init__(self, order: Order, voice: Voice, channels: Sequence[Channel]) -> None:
        self._order = order
        self._voice = voice
        self._channels = channels
        self._run = secrets.token_hex(8)
        self.interrupted = False
        self._error: EnvoiError | None = None
        self._wake = asyncio.Event()
        self._flusher = Timer(self._flush)
        self._granter = Timer(self._top_up)
        self._steps: tuple[Step, ...] = ()
        self._reported = 0.0
        self._told: set[EndWhy] = set()

    # Beginning

    async def run(self) -> Summary:
        order = self._order
        with ExitStack() as stack:
            self._store = SqliteEventStore(order.events)
            stack.callback(self._store.close)
            self._ledger = SqliteLedger.open(order.state / "ledger", keyring=order.keyring, events=order.events)
            stack.callback(self._ledger.close)
            self._witness = Witness(order.state / "witness", self._ledger.identity)
            stack.callback(self._witness.close)
            self._admission = order.admission(self._ledger)
            check_witness(self._ledger, self._witness)
            # Asked before anything is written: a refused run leaves no trace in the ledger.
            self._mark = await asyncio.to_thread(self._admission.remote_mark)
            roster = Roster(order.plan)
            await self._begin(roster)
            stack.callback(self._book.thread.shutdown)
            return await self._work()

    async def _begin(self, roster: Roster) -> None:
        order, manifest = self._order, self._order.plan.manifest
        self._admission.check_mark(self._mark)
        now = order.clock.now()
        self._ledger.begin_run(self._run, now)
        self._mark = await asyncio.to_thread(
            self._admission.push_mark, self._run, self._ledger.mark(), known=self._mark
        )
        digest = order.plan.digest
        await asyncio.to_thread(self._admission.admit, manifest.campaign, manifest.edition, digest)
        failpoint.hit("admitted")
        self._ledger.enter(record_of(order.plan), now)
        lease = self._ledger.lease(digest, self._run)
        failpoint.hit("leased")
        doubts = self._ledger.resume(digest, now)
        if doubts:
            self._voice.notice(_doubts_text(len(doubts)))
        self._book = Latest(order.watch(roster, self._store))
        await self._refresh()
        state = self._ledger.state(digest)
        cap = cap_at(order.per_contact, now)
        capped = (
            self._ledger.capped(manifest.campaign, manifest.edition, cap) if cap is not None else frozenset[bytes]()
        )
        self._apart = {**capped_slots(roster, capped), **spent_slots(roster, state.spent)}
        if self._book.view is None:
            raise RemoteUnreachable
        order.approve(state, self._book.view)
        self._events = EventMaker(self._ledger.identity, self._ledger.plans(), (order.plan, roster))
        self._dispatcher = Dispatcher(
            Work(manifest, roster, state, lease, order.until, order.per_contact),
            self._ledger,
            plan_pace(manifest),
            clock=order.clock,
            ticker=ticker(order.clock),
            brakes=BrakePedal(digest, order.brakes, self._ledger.tally(digest)),
            answer=self._answer,
            current=self._book.current,
            committed=self._witnessed,
        )
        self._dispatcher.view = self._book.view
        await self._connect()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._links: list[Link] = []
        for number, channel in enumerate(self._channels):
            _, link = await loop.create_unix_connection(partial(Link, number, self), sock=channel.socket)
            self._links.append(link)
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._interrupt)

    # The run

    async def _work(self) -> Summary:
        async with asyncio.TaskGroup() as beside:
            tasks = [beside.create_task(self._keep(what)) for what in (self._view, self._marks, self._shipping)]
            ended, until = await self._follow_steps()
            await self._drain()
            for task in tasks:
                task.cancel()
        if self._error is not None:
            raise self._error
        await self._close_books()
        state = self._dispatcher.state
        stops = tuple((stop.scope, stop.reason) for stop in self._ledger.stops())
        return Summary(ended, state.counts(), dict(sorted(state.skipped.items())), stops, until)

    async def _follow_steps(self) -> tuple[Ended, datetime | None]:
        """Work out the steps, act, and again when something has changed."""
        order = self._order
        while True:
            now = order.clock.now()
            began = time.monotonic()
            self._load(now)
            ended = self._ended(now)
            if ended is not None:
                return ended, next_change(s for s in self._steps if isinstance(s, Wait))
            self._top_up()
            self._flusher.within(0)
            self._report()
            await self._sleep(now, spent=time.monotonic() - began)

    def _load(self, now: datetime) -> None:
        dispatcher, digest = self._dispatcher, self._order.plan.digest
        assert dispatcher.view is not None
        self._steps = stages(
            digest,
            self._order.plan.manifest,
            dispatcher.state,
            left_out={**dispatcher.view.left_out, **self._apart},
            stops={stop.scope for stop in self._ledger.stops()},
            now=now,
        )
        dispatcher.changed = False
        dispatcher.load(self._steps)
        if not any(isinstance(step, Send) for step in self._steps):
            self._recall()

    def _ended(self, now: datetime) -> Ended | None:
        order = self._order
        if self.interrupted or self._error is not None:
            return Ended.INTERRUPTED
        held = not any(isinstance(step, Send | Wait) for step in self._steps)
        if all(link.gone for link in self._links) and not held:
            return Ended.SENDERS  # what they had permitted is in doubt
        if order.until is not None and now >= order.until:
            return Ended.TIME
        if self._dispatcher.in_hand:
            return None
        if any(isinstance(step, Finish) for step in self._steps):
            return Ended.FINISHED
        if held:
            return Ended.HELD
        waits_only = not any(isinstance(step, Send) for step in self._steps)
        return Ended.OUTSIDE if waits_only and not order.wait else None

    async def _sleep(self, now: datetime, *, spent: float) -> None:
        """Until something changed or the steps change by themselves; rarely enough to be cheap."""
        self._wake.clear()
        await asyncio.sleep(min(20 * spent, _LOOK))
        seconds = _LOOK
        if not self._dispatcher.queued:
            ends = [moment for moment in (next_change(self._steps), self._order.until) if moment is not None]
            span = min([end - now for end in ends], default=timedelta(days=1))
            seconds = min(max(self._order.clock.wall_seconds(span), 0.002), _LOOK)
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    def _stir(self) -> None:
        """Have the steps worked out anew if that can help."""
        if self._error is not None or self._dispatcher.waits_for_steps:
            self._wake.set()

    def _interrupt(self) -> None:
        self.interrupted = True
        self._dispatcher.draining = True
        self._wake.set()

    async def _drain(self) -> None:
        """Give nothing out any more; let what is in flight be answered; then let the senders go."""
        self._dispatcher.draining = True
        self._dispatcher.refuse_all(Answer.CLOSED)
        for link in self._links:
            link.outgoing.append(frames.QUIT)
            link.flush()
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline and not all(link.gone for link in self._links):
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), 0.1)
            except TimeoutError:
                continue

    async def _close_books(self) -> None:
        for link in self._links:
            if not link.gone:
                self._dispatcher.lost(link.number)
        self._flush()
        if self._error is not None:
            raise self._error
        await self._ship()
        await self._push_mark()

    # Senders

    def heard(self, link: Link, message: object) -> None:
        dispatcher = self._dispatcher
        if isinstance(message, Wanted):
            dispatcher.want(link.number, message)
            self._flusher.within(0)
        elif isinstance(message, Settled):
            dispatcher.settle(message)
            self._flusher.within(0 if dispatcher.pulls else _FACTS_WAIT)
            self._stir()
        elif isinstance(message, Problem):
            dispatcher.ended(message)
            self._tell(message.why)
            self._flusher.within(0)
        elif isinstance(message, Ready):
            link.places = message.places
            self._top_up()

    def _tell(self, why: EndWhy) -> None:
        """Say once what keeps connections from being made: a run that waits must not look idle."""
        trouble = trouble_text(why)
        if trouble is not None and why not in self._told:
            self._told.add(why)
            self._voice.notice(Text(f"{trouble.fr} : nouvel essai bientôt", f"{trouble.en}: trying again soon"))

    def lost(self, link: Link) -> None:
        if not self._dispatcher.draining:
            self._voice.notice(_LOST)
        self._dispatcher.lost(link.number)
        self._flusher.within(0)
        self._wake.set()

    def _answer(self, sender: int, slot: int, answered: Answer) -> None:
        self._links[sender].outgoing.append(frames.answer(slot, answered))

    def _flush(self) -> None:
        """One group commit, then everybody's answers. Brakes first: what pulled them may be followed by a request."""
        self._pull_brakes()
        wait = None
        try:
            wait = self._dispatcher.flush() if self._error is None else None
        except LedgerBroken as broken:
            self._fail(broken)
        if self._error is not None:
            self._dispatcher.draining = True
            self._dispatcher.refuse_all(Answer.BROKEN)
        self._top_up()
        for link in self._links:
            link.flush()
        if wait is not None:
            self._flusher.within(self._wall(wait))
        self._stir()

    def _top_up(self) -> None:
        """Let every sender have enough at hand."""
        for link in self._links:
            if link.places and not link.gone:
                found = self._dispatcher.grants(link.number, link.places * _AHEAD)
                link.outgoing += [frames.grant(granted) for granted in found]
                link.flush()
        wait = self._dispatcher.until_grant()
        if wait is not None:
            self._granter.within(max(0.005, self._wall(wait)))

    def _wall(self, seconds: float) -> float:
        return self._order.clock.wall_seconds(timedelta(seconds=seconds)) if seconds > 0 else 0.0

    def _pull_brakes(self) -> None:
        dispatcher = self._dispatcher
        places = sum(link.places for link in self._links if not link.gone)
        if places and dispatcher.retired >= places:
            dispatcher.pulls.append(Pull(plan_scope(self._order.plan.digest), "in_doubt"))
        pulls, dispatcher.pulls = dispatcher.pulls, []
        stopped = {stop.scope for stop in self._ledger.stops()} if pulls else set()
        for pull in pulls:
            if pull.scope not in stopped:
                stopped.add(pull.scope)
                self._ledger.stop(pull.scope, pull.reason, self._order.clock.now())
                self._voice.notice(_pulled_text(pull))
            dispatcher.halt()
            self._recall()
            self._wake.set()

    def _recall(self) -> None:
        """Have senders give back what no connection has taken up yet."""
        if self._dispatcher.in_hand:
            for link in self._links:
                link.outgoing.append(frames.RECALL)
                link.flush()

    def _witnessed(self) -> None:
        self._witness.write(self._ledger.mark())

    # Beside the sending

    async def _keep(self, what: Callable[[], Awaitable[None]]) -> None:
        """Do something over and over beside the sending; what goes wrong with it ends the run."""
        try:
            while True:
                await what()
        except EnvoiError as error:
            self._fail(error)

    async def _view(self) -> None:
        await asyncio.sleep(0.25)
        view = self._book.view
        if view is None or time.monotonic() - view.taken > REFRESH or self._book.watch.moved():
            await self._refresh()

    async def _refresh(self) -> None:
        """A new view. Where the book's remote does not answer, the old one stays and grows too old to permit."""
        loop = asyncio.get_running_loop()
        try:
            view = await loop.run_in_executor(self._book.thread, self._book.watch.take)
        except RemoteUnreachable:
            if not self._book.silent:
                self._voice.notice(_SILENT)
            self._book.silent = True
            return
        before, self._book.view, self._book.silent = self._book.view, view, False
        if before is None:
            return
        self._dispatcher.view = view
        if before.left_out != view.left_out:
            self._dispatcher.changed = True
            self._wake.set()
        self._flusher.within(0)

    async def _marks(self) -> None:
        await asyncio.sleep(MARK_EVERY)
        await self._push_mark()

    async def _push_mark(self) -> None:
        """Tell the remote how far this ledger has come. Raises RefusedByPolicy where a copy of it is at work."""
        mark = self._ledger.mark()
        if self._mark is not None and self._mark.mark == mark:
            return
        try:
            self._mark = await asyncio.to_thread(self._admission.push_mark, self._run, mark, known=self._mark)
        except RemoteUnreachable:
            self._voice.notice(_UNMARKED)
            return
        self._witness.sync()
        self._ledger.marked(mark)

    async def _shipping(self) -> None:
        await asyncio.sleep(SHIP_EVERY)
        await self._ship()

    async def _ship(self) -> None:
        """Everything recorded so far into the event store."""
        while batch := list(self._ledger.facts(self._ledger.shipped(), BATCH)):
            events = [event for event in map(self._events.event, batch) if event is not None]
            if events:
                await asyncio.to_thread(self._store.append, events)
            failpoint.hit("shipped")
            self._ledger.set_shipped(batch[-1].seq)

    def _fail(self, error: EnvoiError) -> None:
        self._error = self._error or error
        self._wake.set()

    def _report(self) -> None:
        if time.monotonic() - self._reported < _LOOK:
            return
        self._reported = time.monotonic()
        sending = any(isinstance(step, Send) for step in self._steps)
        until = None if sending else next_change(self._steps)
        self._voice.progress(Progress(self._dispatcher.state.counts(), sending, until))


_SILENT = Text(
    f"le dépôt du carnet ne répond pas : dans {OLDEST:.0f} s plus rien ne partira avant qu'il réponde",
    f"the book's remote does not answer: in {OLDEST:.0f} s nothing more will leave until it does",
)
_LOST = Text(
    "un processus d'envoi s'est arrêté : ce qu'il avait en cours est en doute",
    "a sender process has ended: what it had under way is in doubt",
)
_UNMARKED = Text(
    "le dépôt de l'espace de travail ne répond pas : la marque du registre attendra",
    "the workspace's remote does not answer: the ledger's mark will wait",
)


def _doubts_text(count: int) -> Text:
    return Text(
        f"{count} message(s) en doute depuis un arrêt brutal : ils ne repartent pas seuls (`envoi resolve`)",
        f"{count} message(s) in doubt since a crash: they are not resent by themselves (`envoi resolve`)",
    )


def _pulled_text(pull: Pull) -> Text:
    reason, scope = reason_text(pull.reason), scope_text(pull.scope)
    return Text(
        f"arrêt ({scope.fr}) : {reason.fr} (puis `envoi resume`)",
        f"stopped ({scope.en}): {reason.en} (then `envoi resume`)",
    )


__all__ = ["Ended", "Order", "Progress", "Summary", "Supervisor", "Voice", "execute"]
