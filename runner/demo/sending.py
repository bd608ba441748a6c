"""The sending act: a runner is killed half way, its successor finishes, and the clock leaps from window to window."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compiler.language.canonical import parse_instant
from compiler.process import Program
from runner.demo.mailserver import MailServer
from runner.demo.stagehand import BrokenPromise, Stagehand

#: While messages leave, a second of the wall lasts a minute; nights and lunches are leapt over.
RATE = 60.0
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Sending:
    """What the act saw: `in_doubt_after_kill` slots, of which `proved` had been delivered."""

    killed_at: int
    in_doubt_after_kill: int
    account: dict[str, Any]


def send(hand: Stagehand, server: MailServer, plan: str, *, recipients: int, places: int) -> Sending:
    """Sends a plan to its end. Raises BrokenPromise where it does not get there."""
    half = recipients // 2
    hand.set_clock(hand.clock.now(), rate=RATE)
    with hand.in_background("--json", "send", plan, log="send-1.log") as runner:
        _attend(hand, server, runner, log="send-1.log", until=half, total=recipients)
        os.killpg(runner.pid, signal.SIGKILL)
        runner.wait()
    killed_at = server.receiver.kept
    doubt = int(status(hand, plan)["in_doubt"])
    hand.voice.done(f"SIGKILL at {killed_at} of {recipients}: {doubt} slots in doubt, {places} places were open")
    # An answer that the server swallowed is in doubt by itself, whoever is killed.
    hand.promise(doubt <= places + server.receiver.swallowed, "more slots are in doubt than places were open")
    with hand.in_background("--json", "send", plan, log="send-2.log") as runner:
        _attend(hand, server, runner, log="send-2.log", until=None, total=recipients)
    _settle_doubt(hand, server, plan, recipients)
    return Sending(killed_at, doubt, status(hand, plan))


def status(hand: Stagehand, plan: str) -> dict[str, Any]:
    answer: dict[str, Any] = hand.ask("status", plan)
    return answer


def _settle_doubt(hand: Stagehand, server: MailServer, plan: str, total: int) -> None:
    """Evidence first: the relay's log says which messages it took. What it did not take may be sent again.

    What is sent again may meet its lost answer only then, so this is done until nothing is in doubt.
    """
    for turn in range(3, 7):
        if not status(hand, plan)["in_doubt"]:
            return
        hand.envoi("resolve", plan, "--in-doubt", "resend", "--relay-log", str(hand.scenery.mailbox / "relay.log"))
        with hand.in_background("--json", "send", plan, log=f"send-{turn}.log") as runner:
            _attend(hand, server, runner, log=f"send-{turn}.log", until=None, total=total)


def _attend(hand: Stagehand, server: MailServer, runner: Program, *, log: str, until: int | None, total: int) -> None:
    """Watches a runner until it ends, or until so many messages are kept, moving the clock when it waits."""
    deadline = time.monotonic() + _PATIENCE
    reader = Waits(hand.scenery / "state" / "logs" / log)
    while runner.poll() is None:
        if until is not None and server.receiver.kept >= until:
            return
        if time.monotonic() > deadline:
            raise BrokenPromise("the runner did not finish in time")
        opening = reader.newest()
        if opening is not None:
            hand.leap_to(opening - timedelta(seconds=2), rate=RATE)
        hand.voice.follow("delivered", lambda: server.receiver.kept, total)
        time.sleep(0.02)
    if until is not None or runner.returncode not in (0, 6):
        raise BrokenPromise(f"the runner ended with {runner.returncode} (see state/logs/{log})")


class Waits:
    """Follows a runner's output for the instants that it says it waits for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def newest(self) -> datetime | None:
        """The latest announced opening not returned yet."""
        found = None
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                found = _opening(line) or found
        return found


def _opening(line: bytes) -> datetime | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    until = said.get("until") if isinstance(said, dict) and said.get("event") == "waiting" else None
    return parse_instant(until) if until else None
