"""Who hit a link: a person or a machine, by rules with a version. Pure; nothing is dropped, only told apart.

Opens and clicks by link scanners, image proxies and previews would make any report a fable. The rules prefer to call a
hasty person a machine rather than a machine a person: people are counted among those who said yes, and one more
machine changes no decision about anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from compiler.language.event import EventKind, Verdict
from tracker.network import MACHINES, Network

#: Raised with every change of a rule: stored with each verdict.
VERSION = "1"
#: A relay needs longer than this to deliver; only what sits in the way of the message is faster.
TOO_SOON = timedelta(seconds=2)
BURST_SPAN = timedelta(seconds=10)
BURST_LINKS = 3
#: Two different links within this: no hand does it.
INSTANT = timedelta(seconds=1)


class Rule(StrEnum):
    """Why a hit is a machine's. `PERSON` is the absence of a reason."""

    PERSON = ""
    HEAD = "head"
    AGENT_MISSING = "agent_missing"
    PROXY = "proxy"  # an image proxy, which fetches whether or not anybody reads
    SCANNER = "scanner"
    NETWORK = "network"
    TOO_SOON = "too_soon"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Hit:
    """One request with a valid token. `link` is empty for an open; `since_sent` None where the fact has not come."""

    kind: EventKind
    at: datetime
    method: str
    agent: str
    network: Network
    link: str
    since_sent: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`amends_since`: hits of the same recipient from that instant on were the same machine's."""

    rule: Rule
    amends_since: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.PERSON if self.rule is Rule.PERSON else Verdict.MACHINE


_PROXY = re.compile(r"GoogleImageProxy|ggpht\.com|YahooMailProxy|ImageProxy|DuckDuckGo-?Mail|^Mozilla/5\.0$", re.I)
_SCANNER = re.compile(
    r"(?<!cu)bot\b|bots\b|crawl|spider|scan|slurp|preview|facebookexternalhit|headless|phantom|monitor|security|gateway|"
    r"safelinks|barracuda|proofpoint|mimecast|symantec|trend ?micro|bitdefender|kaspersky|forcepoint|cloudmark|"
    r"urldefense|python|curl|wget|libwww|go-http|okhttp|axios|node-fetch|java/|apache-http|ruby|perl|php/|"
    r"check_http",
    re.IGNORECASE,  # Outlook's own name is not here: it fetches pictures when somebody reads; Cubot is a telephone
)


def judge(hit: Hit, earlier: Sequence[tuple[datetime, str]]) -> Judgement:
    """The verdict on a hit, given when the same recipient of the same message touched which links before."""
    if (burst := _burst_since(hit, earlier)) is not None:
        return Judgement(Rule.BURST, burst)
    return Judgement(_alone(hit))


def _alone(hit: Hit) -> Rule:
    checks = (
        (hit.method == "HEAD", Rule.HEAD),
        (not hit.agent, Rule.AGENT_MISSING),
        (_PROXY.search(hit.agent) is not None, Rule.PROXY),
        (_SCANNER.search(hit.agent) is not None, Rule.SCANNER),
        (hit.network in MACHINES, Rule.NETWORK),
        (hit.since_sent is not None and hit.since_sent < TOO_SOON, Rule.TOO_SOON),
    )
    return next((rule for holds, rule in checks if holds), Rule.PERSON)


def _burst_since(hit: Hit, earlier: Sequence[tuple[datetime, str]]) -> datetime | None:
    """When the burst began that this hit is part of. The page of the unsubscribe link counts as a link."""
    if not hit.link:
        return None
    near = [(at, link) for at, link in earlier if hit.at - at < BURST_SPAN]
    others = {link for _, link in near if link != hit.link}
    at_once = {link for at, link in near if hit.at - at < INSTANT and link != hit.link}
    if len(others) + 1 >= BURST_LINKS or at_once:
        return min(at for at, _ in near)
    return None
