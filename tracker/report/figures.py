"""A report's figures, as values. Counts only: nobody can be found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compiler.language.plan import FunnelStep

#: Below it a group's behaviour could be somebody's: shown as "too few" (k = 5, as wherever envoi shows counts).
SMALLEST_GROUP = 5


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each slot: exactly one of these, so that they add up to the plan."""

    sent: int = 0
    refused: int = 0
    skipped: int = 0
    in_doubt: int = 0
    pending: int = 0

    @property
    def recipients(self) -> int:
        return self.sent + self.refused + self.skipped + self.in_doubt + self.pending


@dataclass(frozen=True, slots=True)
class Engagement:
    """What people did, among those delivered to who consent to its measuring. Machines are elsewhere."""

    recipients: int = 0
    delivered: int = 0
    may_open: int = 0
    opened: int = 0
    may_click: int = 0
    clicked: int = 0
    left: int = 0


class Dimension(StrEnum):
    """By what the figures are broken down."""

    SEGMENT = "segment"
    VARIANT = "variant"
    LANGUAGE = "language"
    LANE = "lane"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Group:
    """One segment, variant, language, lane or zone. People may be in several segments."""

    name: str
    figures: Engagement
    description: str = ""


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """`people` clicked it at least once; `clicks` and `machine_clicks` are hits."""

    link: str
    people: int
    clicks: int
    machine_clicks: int


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """Hits by one rule of the verdict."""

    rule: str
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened within one hour or one day from `at` on: messages handed over, people's first opens and clicks."""

    at: datetime
    sent: int
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Departures:
    """People, after what they took back."""

    purpose: int = 0
    everything: int = 0
    measure: int = 0
    undone: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a rendering needs. `step_hours` is the width of a Moment."""

    campaign: str
    edition: str
    digest: str
    organisation: str
    timezone: str
    subject: str
    segment: str
    compiled_on: date
    made_at: datetime
    first_sent: datetime | None
    last_sent: datetime | None
    selected: int
    funnel: tuple[FunnelStep, ...]
    exclusions: tuple[tuple[str, int], ...]
    outcomes: Outcomes
    engagement: Engagement
    skipped: tuple[tuple[str, int], ...]
    refusals: tuple[tuple[str, int], ...]
    in_doubt_slots: tuple[int, ...]
    links: tuple[LinkFigures, ...]
    machines: tuple[MachineFigures, ...]
    moments: tuple[Moment, ...]
    step_hours: int
    departures: Departures
    groups: tuple[tuple[Dimension, tuple[Group, ...]], ...]
    bounced: int = 0
    shed: int = 0  # hits of any campaign that were answered and not kept
    simulated: bool = False
    segments_unknown: bool = False  # the keyring is not here: membership could not be evaluated

    @property
    def delivery_ended(self) -> bool:
        return not self.outcomes.pending
