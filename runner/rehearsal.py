"""A run without a workspace: a specimen plan, a keyring of its own, a book in which nothing changes, no remote.

For tests and benches of whatever stands between a plan and a server on loopback. Everything else is the real thing.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from compiler.archive import Plan
from compiler.book.keyring import Keyring
from compiler.clock import SimulatedClock, set_simulated_clock
from compiler.git import Repository
from compiler.language.clock import Clock
from compiler.language.errors import EnvoiError
from compiler.language.plan import Exclusion
from compiler.language.settings import Brakes, TlsPolicy
from compiler.specimen import Recipe, Specimen, write_specimen
from runner import failpoint
from runner.admission import Admission, RemoteMark
from runner.bookview import Roster, View
from runner.execute import execute
from runner.ledger import Mark, PlanState
from runner.message import Composer, DkimKey
from runner.order import Order, Voice
from runner.sender_process import SenderJob
from runner.transport import Endpoint, MaildirEndpoint

_MASTER_KEY = hashlib.sha256(b"rehearsal").digest()
_LINK_KEY = hashlib.sha256(b"rehearsal links").digest()


class StillBook:
    """A Watch of a book in which nothing changes but what the rehearsal says."""

    def __init__(self, roster: Roster, left_out: Mapping[int, Exclusion] | None = None) -> None:
        self._roster = roster
        self._left_out = dict(left_out or {})

    def take(self) -> View:
        return View(self._left_out, bytes(self._roster.measured), time.monotonic())

    def moved(self) -> bool:
        return False


class NoRemote:
    """Admits everything and keeps no marks."""

    def admit(self, campaign: str, edition: str, digest: str) -> None:
        return

    def remote_mark(self) -> RemoteMark | None:
        return None

    def check_mark(self, known: RemoteMark | None) -> None:
        return

    def push_mark(self, run: str, mark: Mark, *, known: RemoteMark | None) -> RemoteMark:
        return RemoteMark(mark, run, "")


@dataclass(slots=True)
class Rehearsal:
    """A specimen's plan with a keyed host around it, in `state`. `options` go to the Order as they are."""

    specimen: Specimen
    state: Path
    clock: Clock
    dkim: DkimKey | None = None
    left_out: Mapping[int, Exclusion] = field(default_factory=dict)

    def prepare(self) -> Rehearsal:
        """Make the keyring."""
        self.state.mkdir(parents=True, exist_ok=True)
        keyring = Keyring.create(self.state / "keyring.sqlite", _MASTER_KEY)
        keyring.add(self.specimen.keys)
        keyring.close()
        return self

    def keyring(self) -> Keyring:
        return Keyring.open(self.state / "keyring.sqlite", _MASTER_KEY)

    def composer(self, plan: Plan) -> Composer:
        return Composer(plan, key=_LINK_KEY, dkim=self.dkim)

    def order(
        self,
        endpoint: Endpoint | MaildirEndpoint,
        *,
        places: int = 2,
        processes: int = 1,
        limit: int = 100,
        **options: Any,
    ) -> Order:
        """An order to send the specimen to a server on this machine."""
        job = SenderJob(self.specimen.plan, endpoint, self.keyring, self.composer, places, limit, self.clock)
        defaults: dict[str, Any] = {
            "brakes": Brakes(),
            "admission": lambda ledger: NoRemote(),
            "watch": lambda roster, store: StillBook(roster, self.left_out),
            "approve": _approve,
        }
        return Order(
            plan=self.specimen.plan,
            job=job,
            processes=processes,
            state=self.state,
            keyring=self.state / "keyring.sqlite",
            events=self.state / "events.sqlite",
            clock=self.clock,
            **{**defaults, **options},
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A run for another process: everything in it can be pickled. `options` are places, processes, limit, brakes,
    until, wait. `repository`: a clone whose `origin` admits; None: no remote.
    """

    plan: Path
    state: Path
    endpoint: Endpoint | MaildirEndpoint
    clock: Path  # of a simulated clock
    failpoint: str = ""
    repository: Path | None = None
    left_out: Mapping[int, Exclusion] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def perform(request: Request, results: Connection) -> None:
    """Run a request in this process, then send its Summary, or the EnvoiError that ended it.

    The process gets a group of its own, so that a `crash` takes the run and nobody else.
    """
    os.setpgrp()
    failpoint.arm(request.failpoint)
    plan, clock = Plan(request.plan), SimulatedClock(request.clock)
    rehearsal = Rehearsal(Specimen(request.plan.parent, plan, {}, ()), request.state, clock, left_out=request.left_out)
    options = dict(request.options)
    repository = request.repository
    if repository is not None:
        options["admission"] = lambda ledger: Admission(Repository(repository), "origin", ledger, clock)
    try:
        results.send(execute(rehearsal.order(request.endpoint, **options), Voice()))
    except EnvoiError as error:
        results.send((type(error).__name__, error.exit_code, error.text.en))


@dataclass
class Stage:
    """A keyed host in a folder: plans, keyring, ledger and a simulated clock."""

    folder: Path
    port: int  # of the server on this machine
    clock_path: Path
    specimen: Specimen

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def endpoint(self, **changes: Any) -> Endpoint:
        return replace(Endpoint("127.0.0.1", self.port, tls=TlsPolicy.NONE, hostname="envoi.example"), **changes)

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


def set_stage(folder: Path, port: int, *, at: datetime, **wanted: Any) -> Stage:
    """A keyed host in a folder, with the specimen that a Recipe's arguments describe, and a clock that reads `at`."""
    set_simulated_clock(folder / "clock", at, rate=1.0)
    stage = Stage(folder, port, folder / "clock", write_specimen(folder / "plans", Recipe(**wanted)))
    stage.prepare()
    return stage


def _approve(state: PlanState, view: View) -> None:
    return
