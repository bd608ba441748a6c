"""What events mean for contacts: events in, changes of the book out. Pure.

A change bears its event's name (node, seq), so that publishing it twice writes it once. Opens never change anything,
and a click leaves nothing but its day (GDPR art. 5(1)(c); the CNIL's retention clock restarts at a click, not at an
open).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from compiler.book.record import Change
from compiler.language.canonical import Json
from compiler.language.consent import Answer
from compiler.language.contact import Status
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.reply import Phase, ReplyClass
from compiler.language.suppression import ALL, Suppression
from tracker.events import MEASURING

#: Clicks are published once their verdict is settled, later than the events around them: their changes count apart.
CLICK_NODE = "-c"
#: Servers that say "unknown user" only of mailboxes that are (law-and-deliverability 3a, SND-DEAD-08).
_ONCE_LANES = frozenset({"free"})


@dataclass(frozen=True, slots=True)
class Deaths:
    """The days on which a contact's address was refused as dead before the events at hand."""

    earlier: Mapping[str, frozenset[date]]

    def on_another_day(self, event: Event) -> date | None:
        """The first day but the event's own on which it was dead already."""
        days = self.earlier.get(event.contact, frozenset()) - {_day(event)}
        return min((d for d in days if d < _day(event)), default=None)


def changes_of(events: Iterable[Event], deaths: Deaths) -> tuple[Change, ...]:
    """The changes that events cause, in their order. Clicks are left to `click_days`."""
    return tuple(_changes(events, deaths))


def click_days(events: Iterable[Event]) -> tuple[Change, ...]:
    """A person's click moves the contact's last day of contact; one change a contact and day."""
    days: dict[tuple[str, date], Change] = {}
    for event in events:
        if event.kind is EventKind.CLICKED and event.verdict is Verdict.PERSON:
            day = _day(event)
            change = Change(
                at=datetime.combine(day, time.min, UTC),  # the hour of a click is nobody's business in git
                node=event.node + CLICK_NODE,
                seq=event.seq,
                contact=event.contact,
                set={"last_contact_on": day.isoformat()},
                reason="click",
            )
            days.setdefault((event.contact, day), change)
    return tuple(days.values())


def suppressions_of(events: Iterable[Event], macs: Mapping[str, str]) -> tuple[Suppression, ...]:
    """Entries of the suppression list for those contacts whose mailbox is known here by its keyed hash."""
    return tuple(
        entry for event in events if event.contact in macs for entry in _suppression(event, macs[event.contact])
    )


def is_dead_reply(event: Event) -> bool:
    """A refusal of the recipient, not of us: before RCPT nothing can touch a contact, whatever its code says."""
    about_recipient = event.kind is EventKind.BOUNCED or (
        event.kind is EventKind.REFUSED and event.get("phase") in (Phase.RCPT, Phase.DATA, Phase.DOT)
    )
    return about_recipient and event.get("class") == ReplyClass.DEAD


def _changes(events: Iterable[Event], deaths: Deaths) -> Iterator[Change]:
    for event in events:
        match event.kind:
            case EventKind.UNSUBSCRIBED:
                setting, reason = _left(event), event.get("channel") or "unsubscribed"
            case EventKind.RESUBSCRIBED:
                setting, reason = _came_back(event), "undone"
            case EventKind.COMPLAINED:
                setting, reason = {**_objection(event, ALL, "complaint"), "status": Status.COMPLAINED}, "complaint"
            case EventKind.REFUSED | EventKind.BOUNCED:
                setting, reason = _dead(event, deaths), event.get("class")
            case _:
                continue
        if setting:
            yield Change(event.at, event.node, event.seq, event.contact, setting, reason)


def _left(event: Event) -> dict[str, Json]:
    scope = event.get("scope") or ALL
    if scope == MEASURING:
        return {"tracking.opens": Answer.WITHDRAWN, "tracking.clicks": Answer.WITHDRAWN}
    return _objection(event, scope, event.get("channel"))


def _came_back(event: Event) -> dict[str, Json]:
    """Back to what held before, never to more: an objection older than the withdrawal stays."""
    scope = event.get("scope") or ALL
    if scope == MEASURING:
        return {
            f"tracking.{name}": Answer.GRANTED if event.get(name) == "granted" else Answer.REFUSED
            for name in ("opens", "clicks")
        }
    if scope == ALL and event.get("kept") != "yes":
        return {}
    return {f"objections.{scope}": None}


def _objection(event: Event, scope: str, channel: str) -> dict[str, Json]:
    return {f"objections.{scope}": {"on": _day(event).isoformat(), "channel": channel}}


def _dead(event: Event, deaths: Deaths) -> dict[str, Json]:
    """SND-DEAD-08: unknown mailbox at RCPT is believed once; any other dead reply when it comes back another day."""
    if event.get("class") == ReplyClass.MOVED and event.get("phase") == Phase.RCPT:
        return {"status": Status.INVALID, "dead_on": _day(event).isoformat()}
    if not is_dead_reply(event):
        return {}
    first = deaths.on_another_day(event)
    days: dict[str, Json] = {"dead_on": (first or _day(event)).isoformat()}
    return {**days, "status": Status.INVALID} if first or _believed_once(event) else days


def _believed_once(event: Event) -> bool:
    at_rcpt = event.get("phase") == Phase.RCPT
    unknown_mailbox = "5.1.1" in (event.get("enhanced"), *event.get("code").split())
    return at_rcpt and (unknown_mailbox or event.get("lane") in _ONCE_LANES)


def _suppression(event: Event, mac: str) -> Iterator[Suppression]:
    scope = event.get("scope") or ALL
    if event.kind is EventKind.COMPLAINED:
        yield Suppression(mac, ALL, event.at, "complained")
    elif scope == MEASURING or (event.kind is EventKind.RESUBSCRIBED and not _came_back(event)):
        return
    elif event.kind in (EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED):
        lifted = event.kind is EventKind.RESUBSCRIBED
        yield Suppression(mac, scope, event.at, "unsubscribed", lifted=lifted)


def _day(event: Event) -> date:
    return event.at.astimezone(UTC).date()
