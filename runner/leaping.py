"""`envoi send --rehearse`: into a folder, on a simulated clock that leaps from opening to opening."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from compiler.archive import Plan
from compiler.clock import SimulatedClock, set_simulated_clock
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.settings import Via
from compiler.session import Session
from runner import order

CLOCK = "rehearsal-clock"
_RATE = 60.0
_BEFORE = timedelta(seconds=2)
_SAID = Text("répétition : horloge simulée, dans un dossier", "rehearsal: simulated clock, into a folder")


def rehearsing(session: Session, plan: Plan) -> Session:
    """The session on a simulated clock that starts now. Raises RefusedByPolicy where the plan goes to a server."""
    delivery = session.settings.delivery(plan.manifest.sender.delivery)
    if delivery.via is not Via.MAILDIR:
        raise RefusedByPolicy(
            Text(
                "--rehearse ne va que dans un dossier (via: maildir), jamais à un serveur",
                "--rehearse goes only into a folder (via: maildir), never to a server",
            )
        )
    file = session.state(CLOCK)
    set_simulated_clock(file, session.clock.now(), rate=_RATE)
    return replace(session, clock=SimulatedClock(file))


class Leaping(order.Voice):
    """Says what another voice says; where a run waits for an opening, moves its clock there."""

    def __init__(self, voice: order.Voice, clock: Path) -> None:
        self._voice = voice
        self._clock = clock
        self._reached: datetime | None = None
        voice.notice(_SAID)

    def progress(self, progress: order.Progress) -> None:
        self._voice.progress(progress)
        opening = progress.until
        if opening is None or progress.sending or (self._reached is not None and opening <= self._reached):
            return
        self._reached = opening
        if opening - _BEFORE > SimulatedClock(self._clock).now():
            set_simulated_clock(self._clock, opening - _BEFORE, rate=_RATE)

    def notice(self, text: Text) -> None:
        self._voice.notice(text)
