"""Counting: a plan's slots and the store's events become figures. One pass over each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from compiler.archive import Plan
from compiler.language.clock import Clock
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.plan import Shard, Slot
from compiler.language.suppression import ALL
from compiler.zones import zone
from tracker.events import MEASURING, EventStore
from tracker.report.figures import (
    Departures,
    Dimension,
    Engagement,
    Group,
    LinkFigures,
    MachineFigures,
    Moment,
    Outcomes,
    Report,
)

#: More columns than this cannot be read: hours become days.
_MOST_HOURS = 96
_LISTED_IN_DOUBT = 200
_DELIVERY = (EventKind.SENT, EventKind.REFUSED, EventKind.SKIPPED, EventKind.IN_DOUBT)


@dataclass(slots=True)
class _Recipient:
    """One slot with what happened to it."""

    slot: int
    variant: str
    language: str
    lane: str
    zone: str
    opens: bool
    clicks: bool
    outcome: EventKind | None = None
    why: str = ""
    opened: bool = False
    clicked: bool = False
    left: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Tally:
    """What does not belong to one recipient."""

    links: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    clicks: Counter[str] = field(default_factory=Counter)
    machine_clicks: Counter[str] = field(default_factory=Counter)
    machines: dict[str, Counter[EventKind]] = field(default_factory=lambda: defaultdict(Counter))
    hours: dict[datetime, Counter[EventKind]] = field(default_factory=lambda: defaultdict(Counter))
    sent: list[datetime] = field(default_factory=list)
    undone: int = 0
    complaints: set[str] = field(default_factory=set)
    bounced: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in a segment, as far as the keyring lets one tell."""

    name: str
    description: str
    contacts: frozenset[str]


def build(plan: Plan, store: EventStore, *, clock: Clock, segments: Iterable[Membership] | None = ()) -> Report:
    """The report on a plan as its store knows it now. `segments` None: they could not be evaluated here."""
    people = {slot.contact: _recipient(slot, shard) for shard in plan.manifest.shards for slot in plan.slots(shard)}
    tally = _Tally()
    for event in store.of_plan(plan.digest[:16]):
        if (recipient := people.get(event.contact)) is not None:
            _count(event, recipient, tally)
    report = _report(plan, people, tally, clock=clock, segments=segments)
    return replace(report, shed=sum(store.shed().values()))


def _recipient(slot: Slot, shard: Shard) -> _Recipient:
    return _Recipient(slot.number, slot.variant, slot.language, shard.lane, shard.zone, slot.opens, slot.clicks)


def _count(event: Event, recipient: _Recipient, tally: _Tally) -> None:
    match event.kind:
        case EventKind.SENT | EventKind.REFUSED | EventKind.SKIPPED | EventKind.IN_DOUBT:
            _count_delivery(event, recipient, tally)
        case EventKind.OPENED | EventKind.CLICKED:
            _count_hit(event, recipient, tally)
        case EventKind.UNSUBSCRIBED:
            recipient.left.add(event.get("scope") or ALL)
        case EventKind.RESUBSCRIBED:
            tally.undone += 1
            recipient.left.discard(event.get("scope") or ALL)
        case EventKind.COMPLAINED:
            tally.complaints.add(event.contact)
            recipient.left.add(ALL)
        case EventKind.BOUNCED:
            tally.bounced.add(event.contact)
        case EventKind.DEFERRED:
            pass


def _count_delivery(event: Event, recipient: _Recipient, tally: _Tally) -> None:
    """A late 250 settles a doubt, and nothing unsettles it; of the others the latest stands."""
    if recipient.outcome is EventKind.SENT:
        return
    recipient.outcome = event.kind
    recipient.why = event.get("reason") or event.get("class") or event.get("why")
    if event.kind is EventKind.SENT:
        tally.sent.append(event.at)
        tally.hours[_hour(event.at)][EventKind.SENT] += 1


def _count_hit(event: Event, recipient: _Recipient, tally: _Tally) -> None:
    link = event.get("link")
    if event.verdict is not Verdict.PERSON:
        tally.machines[event.get("rule")][event.kind] += 1
        tally.machine_clicks[link] += event.kind is EventKind.CLICKED
        return
    if event.kind is EventKind.OPENED:
        tally.hours[_hour(event.at)][event.kind] += not recipient.opened
        recipient.opened = True
        return
    tally.hours[_hour(event.at)][event.kind] += not recipient.clicked
    recipient.clicked = True
    tally.clicks[link] += 1
    tally.links[link].add(event.contact)


def _report(
    plan: Plan,
    people: Mapping[str, _Recipient],
    tally: _Tally,
    *,
    clock: Clock,
    segments: Iterable[Membership] | None,
) -> Report:
    manifest = plan.manifest
    organisation = dict(manifest.organisation)
    everyone = list(people.values())
    moments, step = _moments(tally.hours, zone(organisation.get("timezone") or "UTC"))
    return Report(
        campaign=manifest.campaign,
        edition=manifest.edition,
        digest=plan.digest,
        organisation=organisation.get("name", ""),
        timezone=organisation.get("timezone", "UTC"),
        subject=_subject(plan),
        segment=manifest.segment,
        compiled_on=manifest.compiled_on,
        made_at=clock.now(),
        first_sent=min(tally.sent, default=None),
        last_sent=max(tally.sent, default=None),
        selected=manifest.selected,
        funnel=manifest.funnel,
        exclusions=_most_first(dict(manifest.exclusions)),
        outcomes=_outcomes(everyone),
        engagement=_engagement(everyone),
        skipped=_reasons(everyone, EventKind.SKIPPED),
        refusals=_reasons(everyone, EventKind.REFUSED),
        in_doubt_slots=tuple(sorted(r.slot for r in everyone if r.outcome is EventKind.IN_DOUBT))[:_LISTED_IN_DOUBT],
        links=_links(tally),
        machines=_machines(tally),
        moments=moments,
        step_hours=step,
        departures=_departures(everyone, tally),
        groups=_groups(people, segments or ()),
        bounced=len(tally.bounced),
        simulated=clock.simulated,
        segments_unknown=segments is None,
    )


def _outcomes(everyone: list[_Recipient]) -> Outcomes:
    found = Counter(r.outcome for r in everyone)
    sent, refused, skipped, in_doubt = (found[kind] for kind in _DELIVERY)
    return Outcomes(sent, refused, skipped, in_doubt, pending=found[None])


def _engagement(group: Iterable[_Recipient]) -> Engagement:
    """Somebody who opened is counted only where they were delivered to and consented when the plan was made."""
    members = list(group)
    delivered = [r for r in members if r.outcome is EventKind.SENT or r.opened or r.clicked]
    may_open = [r for r in delivered if r.opens]
    may_click = [r for r in delivered if r.clicks]
    return Engagement(
        recipients=len(members),
        delivered=sum(r.outcome is EventKind.SENT for r in members),
        may_open=len(may_open),
        opened=sum(r.opened for r in may_open),
        may_click=len(may_click),
        clicked=sum(r.clicked for r in may_click),
        left=sum(bool(r.left - {MEASURING}) for r in members),
    )


def _departures(everyone: list[_Recipient], tally: _Tally) -> Departures:
    return Departures(
        purpose=sum(bool(r.left - {ALL, MEASURING}) and ALL not in r.left for r in everyone),
        everything=sum(ALL in r.left for r in everyone),
        measure=sum(MEASURING in r.left for r in everyone),
        undone=tally.undone,
        complaints=len(tally.complaints),
    )


def _groups(
    people: Mapping[str, _Recipient], segments: Iterable[Membership]
) -> tuple[tuple[Dimension, tuple[Group, ...]], ...]:
    by_segment = tuple(
        Group(s.name, _engagement(r for c, r in people.items() if c in s.contacts), s.description) for s in segments
    )
    ways: tuple[tuple[Dimension, Callable[[_Recipient], str]], ...] = (
        (Dimension.LANGUAGE, lambda r: r.language),
        (Dimension.LANE, lambda r: r.lane),
        (Dimension.ZONE, lambda r: r.zone),
    )
    by_variant = tuple(sorted(_by(people, lambda r: r.variant), key=lambda group: group.name))
    segmented = tuple(sorted((g for g in by_segment if g.figures.recipients), key=_largest_first))
    others = ((dimension, _by(people, of)) for dimension, of in ways)
    return ((Dimension.SEGMENT, segmented), (Dimension.VARIANT, by_variant), *others)


def _by(people: Mapping[str, _Recipient], of: Callable[[_Recipient], str]) -> tuple[Group, ...]:
    members: dict[str, list[_Recipient]] = defaultdict(list)
    for recipient in people.values():
        members[of(recipient)].append(recipient)
    return tuple(sorted((Group(name, _engagement(own)) for name, own in members.items()), key=_largest_first))


def _largest_first(group: Group) -> tuple[int, str]:
    return -group.figures.recipients, group.name


def _links(tally: _Tally) -> tuple[LinkFigures, ...]:
    names = {*tally.links, *(link for link in tally.machine_clicks if link)}
    found = (LinkFigures(n, len(tally.links.get(n, ())), tally.clicks[n], tally.machine_clicks[n]) for n in names)
    return tuple(sorted(found, key=lambda f: (-f.people, -f.clicks, -f.machine_clicks, f.link)))


def _machines(tally: _Tally) -> tuple[MachineFigures, ...]:
    found = (MachineFigures(r, c[EventKind.OPENED], c[EventKind.CLICKED]) for r, c in tally.machines.items())
    return tuple(sorted(found, key=lambda f: (-(f.opens + f.clicks), f.rule)))


def _reasons(everyone: list[_Recipient], kind: EventKind) -> tuple[tuple[str, int], ...]:
    return _most_first(Counter(r.why for r in everyone if r.outcome is kind))


def _most_first(counted: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((n, c) for n, c in counted.items() if c), key=lambda pair: (-pair[1], pair[0])))


def _moments(hours: Mapping[datetime, Counter[EventKind]], local: ZoneInfo) -> tuple[tuple[Moment, ...], int]:
    """Every hour from the first to the last, empty ones too; the zone's days where that would be too many."""
    if not hours:
        return (), 1
    first, last = min(hours), max(hours)
    step = 1 if (last - first) <= timedelta(hours=_MOST_HOURS) else 24
    start = first if step == 1 else first.astimezone(local).replace(hour=0).astimezone(UTC)
    count = (last - start) // timedelta(hours=step) + 1
    found: list[Counter[EventKind]] = [Counter() for _ in range(count)]
    for hour, counted in hours.items():
        found[(hour - start) // timedelta(hours=step)].update(counted)
    moments = (
        Moment(start + timedelta(hours=step * n), c[EventKind.SENT], c[EventKind.OPENED], c[EventKind.CLICKED])
        for n, c in enumerate(found)
    )
    return tuple(moments), step


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _subject(plan: Plan) -> str:
    """The first variant's subject, in the campaign's first language; merged values show as words in brackets."""
    known = plan.templates()
    if not known:
        return ""
    first = next((names for names in known if names[1] == plan.manifest.languages[0]), known[0])
    subject = plan.template(*first).subject
    return re.sub(r"\{\{\s*(?:\w+\.)*(\w+)[^}]*\}\}", r"[\1]", re.sub(r"\{%.*?%\}", "", subject))
