"""What happened, as the one record keeps it: runner's facts and the tracker's hits, in one store.

An event is named by (node, seq): appending it twice keeps one. No address and no IP is ever in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from compiler.language.canonical import Json, instant_text, parse_instant


class EventKind(StrEnum):
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"
    SKIPPED = "skipped"
    IN_DOUBT = "in_doubt"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"  # the undo within 24 h
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Verdict(StrEnum):
    """Who did it, by versioned rules."""

    PERSON = "person"
    MACHINE = "machine"
    NONE = "none"  # the runner's facts


@dataclass(frozen=True, slots=True)
class Event:
    """One happening. `plan` is the first 16 hexadecimal digits of a plan's digest.

    `detail` is a small flat map: scope, link, code, class, slot, campaign, edition, network, reason…
    """

    node: str
    seq: int
    at: datetime
    kind: EventKind
    plan: str
    contact: str
    verdict: Verdict = Verdict.NONE
    detail: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        return dict(self.detail).get(name, "")

    def to_json(self) -> dict[str, Json]:
        return {
            "node": self.node,
            "seq": self.seq,
            "at": instant_text(self.at),
            "kind": self.kind.value,
            "plan": self.plan,
            "contact": self.contact,
            "verdict": self.verdict.value,
            "detail": dict(self.detail),
        }


EventRecord: TypeAlias = dict[str, str | int | dict[str, str]]


def event_from_json(record: EventRecord) -> Event:
    """The event that `to_json` wrote. Raises KeyError or ValueError."""
    detail = record.get("detail", {})
    if not isinstance(detail, dict):
        raise ValueError("detail is not a map")
    return Event(
        node=str(record["node"]),
        seq=int(str(record["seq"])),
        at=parse_instant(str(record["at"])),
        kind=EventKind(str(record["kind"])),
        plan=str(record["plan"]),
        contact=str(record["contact"]),
        verdict=Verdict(str(record.get("verdict", "none"))),
        detail=tuple(sorted(detail.items())),
    )
