"""SIGKILL at every named point of the send protocol, at its first, a middle and its last passage, then resume.

The oracle is the server's own journal: whatever was killed, nobody got two messages and nobody is lost without a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from compiler.specimen import HEADING
from runner import failpoint
from runner.order import Ended, Summary
from runner.rehearsal import Stage
from runner.sink import Sink

SLOTS, PLACES = 12, 2
QUICK = replace(HEADING, rate="2000/1")
#: How often a run of 12 slots on 2 places passes a point, where it is not once a slot.
_LAST = {"verified": 1, "admitted": 1, "leased": 1, "connected": PLACES, "shipped": 1}
#: Those that the ledger process passes; the others are the senders'.
_LEDGER_PROCESS = {"verified", "admitted", "leased", "fact_durable", "shipped"}


def _positions(name: str) -> list[int]:
    last = _LAST.get(name, SLOTS)
    return sorted({1, (last + 1) // 2, last})


CELLS = [(name, position) for name in failpoint.NAMES for position in _positions(name)]


@pytest.mark.parametrize(("name", "position"), CELLS, ids=[f"{name}-{position}" for name, position in CELLS])
def test_a_crash_anywhere_doubles_nothing_and_loses_nothing(
    stage: Callable[..., Stage], sink: Sink, name: str, position: int
) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    assert host.run(failpoint=f"{name}:crash@{position}", places=PLACES) is None
    _settled(host, sink)


@pytest.mark.parametrize(
    ("name", "position"),
    [cell for cell in CELLS if cell[0] not in _LEDGER_PROCESS],
    ids=[f"{name}-{position}" for name, position in CELLS if name not in _LEDGER_PROCESS],
)
def test_the_death_of_a_sender_alone_is_survived(
    stage: Callable[..., Stage], sink: Sink, name: str, position: int
) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    first = host.run(failpoint=f"{name}:kill@{position}", places=PLACES)
    assert isinstance(first, Summary)
    assert sum(first.counts.values()) == SLOTS
    assert first.ended in (Ended.SENDERS, Ended.FINISHED)
    _settled(host, sink)


def test_killed_again_and_again_the_account_still_holds(stage: Callable[..., Stage], sink: Sink) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    kills = ("data_accepted:crash@2", "dot_written:crash@1", "fact_durable:crash@2", "permit_durable:crash@1")
    for kill in kills:
        host.run(failpoint=kill, places=1)
    _settled(host, sink, doubts=len(kills))


def _settled(host: Stage, sink: Sink, *, doubts: int = PLACES) -> None:
    """Resume to the end, and compare the account with the journal."""
    done = host.run(places=PLACES)
    assert isinstance(done, Summary), done
    counts = done.counts
    assert done.ended is Ended.FINISHED
    assert sum(counts.values()) == SLOTS
    assert counts["pending"] == counts["refused"] == counts["skipped"] == 0
    assert counts["in_doubt"] <= doubts
    assert sink.duplicates == 0
    # Every one of the plan was taken by the server, or is in doubt by name; "sent" is never said of what was not.
    assert counts["sent"] <= len(sink.journal) <= counts["sent"] + counts["in_doubt"]
