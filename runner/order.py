"""What a run is asked to do, what it says meanwhile, and how it ended: values shared by all who start or watch one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from compiler.archive import Plan
from compiler.language.clock import Clock
from compiler.language.finding import Text
from compiler.language.settings import Brakes
from runner.admission import Admitting
from runner.bookview import Roster, View, Watch
from runner.ledger import PlanState
from runner.ledger.sqlite import SqliteLedger
from runner.sender_process import SenderJob
from tracker.events.sqlite import SqliteEventStore


class Ended(StrEnum):
    FINISHED = "finished"  # nothing is pending
    HELD = "held"  # a stop holds all that is left
    TIME = "time"  # `--for` has elapsed
    OUTSIDE = "outside"  # no window is open, and the run was not to wait for one
    INTERRUPTED = "interrupted"
    SENDERS = "senders"  # every sender's process is gone


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do. `approve` sees the state and the first view, and raises to refuse."""

    plan: Plan
    job: SenderJob
    processes: int
    state: Path  # the keyed host's folder: ledger/, witness/
    keyring: Path
    events: Path
    brakes: Brakes
    admission: Callable[[SqliteLedger], Admitting]
    watch: Callable[[Roster, SqliteEventStore], Watch]
    approve: Callable[[PlanState, View], None]
    clock: Clock
    until: datetime | None = None
    wait: bool = True
    per_contact: tuple[int, timedelta] | None = None  # of all campaigns, as the workspace says now


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, for whoever watches."""

    counts: dict[str, int]
    sending: bool
    until: datetime | None  # what it waits for


@dataclass(frozen=True, slots=True)
class Summary:
    ended: Ended
    counts: dict[str, int]
    skipped: dict[str, int]
    stops: tuple[tuple[str, str], ...]  # scope, reason
    until: datetime | None = None  # the next opening, where it did not wait for it
    told_to_end: bool = False  # by a signal, which may come when the work is over already


class Voice:
    """What a run says while it works. This one says nothing."""

    def progress(self, progress: Progress) -> None:
        """Called about once a second."""

    def notice(self, text: Text) -> None:
        """Something that a person should know."""
