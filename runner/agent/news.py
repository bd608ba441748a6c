"""What people should be told of a plan: pure, from its account, the clock and what was told before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from compiler.language.canonical import instant_text
from compiler.language.plan import Exclusion
from compiler.language.settings import Occasion
from runner.account import Account

#: Most answers have come after a day.
REPORT_AFTER = timedelta(days=1)
BY_HAND = "command"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell. `key` names it among those of its plan; `reason` is a stop's."""

    occasion: Occasion
    key: str
    reason: str = ""


def news_of(account: Account, *, finished: datetime | None, now: datetime) -> list[News]:
    """Everything that can be said of a plan now, the oldest first. `finished`: when its end was told."""
    counts = account.counts
    begun = counts["pending"] < sum(counts.values())
    told = [News(Occasion.STARTED, Occasion.STARTED)] if begun else []
    if counts["pending"]:
        for stop in account.stops:
            occasion = Occasion.STOPPED if stop.reason == BY_HAND else Occasion.HELD
            told.append(News(occasion, f"{occasion} {stop.scope} {instant_text(stop.at)}", stop.reason))
    if account.skipped.get(Exclusion.EXPIRED, 0):
        told.append(News(Occasion.MISSED_WINDOW, Occasion.MISSED_WINDOW))
    if begun and not counts["pending"]:
        told.append(News(Occasion.FINISHED, Occasion.FINISHED))
        if finished is not None and now >= finished + REPORT_AFTER:
            told.append(News(Occasion.REPORT, Occasion.REPORT))
    return told
