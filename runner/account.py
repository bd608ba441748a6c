"""How a plan stands, for people and programs: the five sums, what stops it, what can no longer be called back."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from compiler.archive import Plan
from compiler.language.canonical import Json, instant_text
from compiler.language.finding import Text
from runner.brakes import reason_text, scope_text
from runner.evidence import message_id
from runner.ledger import EVERYTHING, PlanState, SlotState, Stop, lane_scope, plan_scope
from runner.ledger.sqlite import FILE, SqliteLedger


@dataclass(frozen=True, slots=True)
class Account:
    """One plan's account. `doubts`: slot, attempt, contact."""

    plan: Plan
    counts: dict[str, int]
    skipped: dict[str, int]
    stops: tuple[Stop, ...]
    doubts: tuple[tuple[int, int, bytes], ...]
    running: bool
    superseded: bool

    @property
    def not_recallable(self) -> int:
        """Accepted, or perhaps accepted: no stop calls these back."""
        return self.counts["sent"] + self.counts["in_doubt"]

    def to_json(self) -> dict[str, Json]:
        manifest = self.plan.manifest
        return {
            "plan": self.plan.digest,
            "campaign": manifest.campaign,
            "edition": manifest.edition,
            "recipients": manifest.recipients,
            **self.counts,
            "skipped_by_reason": self.skipped,
            "not_recallable": self.not_recallable,
            "running": self.running,
            "superseded": self.superseded,
            "stops": [
                {"scope": stop.scope, "reason": stop.reason, "since": instant_text(stop.at)} for stop in self.stops
            ],
            "in_doubt_slots": [
                {
                    "slot": slot,
                    "attempt": attempt,
                    "contact": contact.hex(),
                    "message_id": message_id(manifest, contact.hex()),
                }
                for slot, attempt, contact in self.doubts
            ],
        }

    def lines(self, language: str) -> list[str]:
        """The account for a terminal."""
        manifest, counts = self.plan.manifest, self.counts
        said = [_line(word, counts[name], language) for name, word in _WORDS.items()]
        total = _line(_TOTAL, sum(counts.values()), language)
        edition = () if manifest.edition == "1" else (manifest.edition,)  # "1": of a campaign without editions
        head = " · ".join((manifest.campaign, *edition, self.plan.digest[:12]))
        notes = [note.say(language) for note in self._notes()]
        reasons = [f"    {reason}: {count}" for reason, count in self.skipped.items()]
        return [head, *said[:3], *reasons, *said[3:], total, *notes]

    def _notes(self) -> list[Text]:
        manifest = self.plan.manifest
        notes = [_recall(self.not_recallable)] if self.not_recallable else []
        if self.running:
            notes.append(Text("envoi en cours sur cette machine", "being sent on this host"))
        if self.superseded:
            notes.append(Text("remplacé par un plan plus récent", "superseded by a newer plan"))
        for stop in self.stops:
            reason, scope = reason_text(stop.reason), scope_text(stop.scope)
            notes.append(
                Text(
                    f"arrêté ({scope.fr}) : {reason.fr}\n  pour reprendre : envoi resume {manifest.campaign}",
                    f"stopped ({scope.en}): {reason.en}\n  to go on: envoi resume {manifest.campaign}",
                )
            )
        if self.doubts and not self.running:
            notes.append(
                Text(
                    f"{len(self.doubts)} en doute : envoi resolve {manifest.campaign}",
                    f"{len(self.doubts)} in doubt: envoi resolve {manifest.campaign}",
                )
            )
        return notes


_WORDS = {
    "sent": Text("remis au serveur", "handed over"),
    "refused": Text("refusés", "refused"),
    "skipped": Text("écartés", "skipped"),
    "pending": Text("en attente", "pending"),
    "in_doubt": Text("en doute", "in doubt"),
}
_TOTAL = Text("total du plan", "the plan's total")


def _line(word: Text, count: int, language: str) -> str:
    return f"  {word.say(language):<18}{count:>9}"


def _recall(count: int) -> Text:
    return Text(f"{count} ne peuvent plus être rappelés", f"{count} can no longer be called back")


def account_of(plan: Plan, state: Path) -> Account:
    """A plan's account from the ledger in a state folder, as it is now. Raises LedgerBroken."""
    folder = state / "ledger"
    fresh = PlanState(bytearray(plan.manifest.recipients))
    if not (folder / FILE).is_file():
        return Account(plan, fresh.counts(), {}, (), (), running=False, superseded=False)
    ledger = SqliteLedger.open(folder)
    try:
        known = any(entered.digest == plan.digest for entered in ledger.plans())
        found = ledger.state(plan.digest) if known else fresh
        return Account(
            plan,
            found.counts(),
            dict(sorted(found.skipped.items())),
            tuple(stop for stop in ledger.stops() if stop.scope in scopes_of(plan)),
            tuple(ledger.doubts(plan.digest)) if known and found.count(SlotState.IN_DOUBT) else (),
            running=is_running(folder),
            superseded=known and ledger.superseded(plan.digest),
        )
    finally:
        ledger.close()


def scopes_of(plan: Plan) -> tuple[str, ...]:
    """Every stop that can hold back a plan."""
    lanes = sorted({shard.lane for shard in plan.manifest.shards})
    return (EVERYTHING, plan_scope(plan.digest), *(lane_scope(lane) for lane in lanes))


def is_running(folder: Path) -> bool:
    """Whether a run holds the host's lock now."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
