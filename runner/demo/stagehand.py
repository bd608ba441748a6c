"""What every act of the rehearsal uses: envoi's own commands as a user runs them, the clock, and a voice."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compiler.clock import VARIABLE, SimulatedClock, set_simulated_clock
from compiler.process import Completed, Program, background, run
from runner.demo.scenery import Scenery
from runner.demo.voice import Voice


class BrokenPromise(Exception):
    """The rehearsal saw envoi break its word: the sentence says which."""


@dataclass
class Stagehand:
    """One rehearsal in progress."""

    scenery: Scenery
    voice: Voice
    clock: SimulatedClock
    broken: list[str] = field(default_factory=list)

    def envoi(self, *args: str, codes: tuple[int, ...] = (0,)) -> Completed:
        """Runs one of envoi's commands on the workspace's clone. Raises BrokenPromise at any other exit code."""
        done = run(self._command(*args), environment=self._environment(), timeout=300, check=False)
        if done.code not in codes:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise BrokenPromise(f"envoi {' '.join(args)} ended with {done.code}: {said[-1500:]}")
        return done

    def ask(self, *args: str, codes: tuple[int, ...] = (0,)) -> Any:
        """The same, for its JSON answer."""
        return json.loads(self.envoi("--json", *args, codes=codes).stdout)

    @contextmanager
    def in_background(self, *args: str, log: str, **environment: str) -> Iterator[Program]:
        path = self.scenery / "state" / "logs" / log
        path.parent.mkdir(exist_ok=True)
        given = {**self._environment(), **environment}
        with background(self._command(*args), log=path, environment=given) as child:
            yield child

    def git(self, *args: str, cwd: Path | None = None) -> str:
        """Plays a person at a terminal: the reviewer merges with plain git."""
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Rehearsal"), ("EMAIL", "review@atelier-lumen.example"))
        }
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), self.clock.now().isoformat())
        environment = {**os.environ, **names, **dates, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = run(["git", *args], cwd=cwd or self.scenery.workspace, environment=environment)
        return done.stdout.decode().strip()

    def set_clock(self, at: datetime, *, rate: float) -> None:
        set_simulated_clock(self.scenery.clock, at, rate=rate)

    def leap_to(self, at: datetime, *, rate: float) -> None:
        """Forward only: simulated time never runs back."""
        if at > self.clock.now():
            self.set_clock(at, rate=rate)

    def promise(self, holds: bool, sentence: str) -> None:
        """Notes a promise that does not hold; the rehearsal goes on and ends with a non-zero code."""
        if not holds:
            self.broken.append(sentence)
            self.voice.broken(sentence)

    def _command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "compiler.cli", "-C", str(self.scenery.workspace), *args]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, VARIABLE: str(self.scenery.clock), "PYTHONUNBUFFERED": "1"}


def wait_until(holds: Any, *, seconds: float, what: str) -> None:
    """Looks every 20 ms. Raises BrokenPromise when `seconds` of the wall have passed."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise BrokenPromise(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


SECOND = timedelta(seconds=1)
