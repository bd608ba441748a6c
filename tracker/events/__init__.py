"""The one record of what happened: runner's facts and the tracker's hits, in the order in which they were kept.

An event is durable once `append` returns or `record` was awaited. Two tables are folded in the same transaction as the
events that move them: `withdrawn`, which the runner reads in the transaction of each permit, and `consent`, which the
tracker asks at each hit. No address and no IP is ever kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from compiler.language.errors import EnvoiError
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.finding import Text

#: The scope of "stop measuring me". No purpose can have this name: `@` is not allowed in one.
MEASURING = "@measuring"
#: How long a recipient may take a withdrawal back by the same link.
UNDO_SPAN = timedelta(hours=24)
#: A person changes their mind a few times; a script that holds one link must not fill a disk.
UNDO_LIMIT = 10


class StoreUnavailable(EnvoiError):
    """The store cannot keep anything now (disk full, damaged, closed): nothing was acknowledged."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            Text("le registre des événements ne peut pas être écrit", "the event store cannot be written to")
        )


class Overloaded(Exception):
    """More hits wait than may: this one was counted, not kept."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event to be: the store gives it its name (node, seq)."""

    kind: EventKind
    at: datetime
    plan: str
    contact: str
    verdict: Verdict = Verdict.NONE
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """An event and its place in this store. Positions rise in the order of keeping, and never come back."""

    position: int
    event: Event


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a contact may be measured, and whether anything of theirs may still be kept."""

    contact: str
    opens: bool
    clicks: bool
    suppressed: bool = False

    @property
    def may_open(self) -> bool:
        return self.opens and not self.suppressed

    @property
    def may_click(self) -> bool:
        return self.clicks and not self.suppressed


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A person's last word on a scope: a purpose, `all`, or MEASURING. `position` is that of its event."""

    contact: str
    scope: str
    undone: bool
    at: datetime
    position: int
    undos: int = 0

    def may_undo(self, now: datetime) -> bool:
        return not self.undone and self.undos < UNDO_LIMIT and now < self.at + UNDO_SPAN


@dataclass(frozen=True, slots=True)
class Act:
    """What a recipient does about a scope, by a signed link."""

    plan: str
    contact: str
    scope: str
    at: datetime
    channel: str  # one-click | page | mailto


class EventStore(Protocol):
    """Where events are kept. Every method may be called from any thread."""

    def append(self, events: Iterable[Event]) -> int:
        """Keep events named elsewhere; how many were new. Durable when it returns. Raises StoreUnavailable."""
        ...

    async def record(self, happening: Happening, *, amends_since: datetime | None = None) -> Event:
        """Keep a hit, durable when awaited. It may show that the recipient's hits since an instant were a machine's.

        Raises Overloaded or StoreUnavailable.
        """
        ...

    async def withdraw(self, act: Act) -> bool:
        """Keep a withdrawal, durable when awaited; False where it already stood. Raises StoreUnavailable."""
        ...

    async def undo(self, act: Act) -> bool:
        """Take a withdrawal back; False where there is none, or past its day. Raises StoreUnavailable."""
        ...

    async def probe(self) -> None:
        """Go through a whole empty transaction. Raises StoreUnavailable where nothing can be kept."""
        ...

    def count_shed(self, kind: EventKind, at: datetime) -> None:
        """Count a hit that is answered and not kept; the count is kept with the next commit."""
        ...

    def read(self, after: int, limit: int) -> list[Stored]:
        """The next events after a position, in order."""
        ...

    def read_consequences(self, after: int, limit: int) -> list[Stored]:
        """Like `read`, only those kinds that can change a contact."""
        ...

    def last_position(self) -> int: ...

    def of_plan(self, plan: str) -> Iterator[Event]:
        """A plan's events, in the order of keeping."""
        ...

    def of_kinds(self, kinds: Iterable[EventKind]) -> Iterator[Event]: ...

    def first_sent(self, plan: str, contact: str) -> datetime | None:
        """When the runner handed this message over, as far as its facts have come."""
        ...

    def shed(self) -> Mapping[str, int]:
        """How many hits were answered and not kept, by kind."""
        ...

    def consent(self, contact: str) -> Consent | None: ...

    def withdrawals(self, contact: str) -> tuple[Withdrawal, ...]: ...

    def cursor(self, name: str) -> tuple[int, str]:
        """A reader's position and its proof (for `publish`, the commit seen on the remote)."""
        ...

    def set_cursor(self, name: str, position: int, proof: str = "") -> None: ...
