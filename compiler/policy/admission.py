"""Who of the chosen becomes a recipient: each person by the law, then mailboxes, caps and the holdout.

A mailbox that several contacts share is one person to the law: if one of them refuses, none is written to, and of
those who may be, one is kept: the one last heard of, then the smallest id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from compiler.language.contact import Person
from compiler.language.finding import Finding
from compiler.language.history import SPENT, History, HistoryDeed
from compiler.language.plan import Excluded
from compiler.policy.audience import Audience
from compiler.policy.crowd import Covering, Hearing, reason_of, settle
from compiler.policy.together import check_together


@dataclass(frozen=True, slots=True)
class Admission:
    """Ids in order. Everybody chosen is in exactly one of the two."""

    recipients: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many are excluded for each reason, by name of the reason."""
        return tuple(sorted(Counter(e.reason.value for e in self.excluded).items()))


def admit(
    audience: Audience,
    people: Iterable[Person],
    *,
    chosen: Collection[str],
    history: History,
    suppressed: Covering,
    key: bytes,
) -> Admission:
    """Who of the `chosen` is sent the campaign, and why the others are not.

    `people` is the whole book, chosen or not: a refusal by one contact holds for all who share its mailbox.
    `suppressed` says which suppression covers an address, `key` is that of the edition's draws. The order of
    `people` changes nothing.
    """
    hearing = Hearing(
        audience,
        key,
        sent=already_sent(history, audience),
        capped=capped(history, audience),
        suppressed=suppressed,
    )
    wanted, candidates, excluded = frozenset(chosen), [], []
    for person in sorted(people, key=lambda p: p.contact.id):
        contact = person.contact.id
        reason = hearing.hear(person, chosen=contact in wanted)
        if reason is not None:
            excluded.append(Excluded(contact, reason))
        elif contact in wanted:
            candidates.append(contact)
    settled = settle(hearing.heard)
    outcome = list(zip(candidates, map(reason_of, settled.codes), strict=True))
    excluded += [Excluded(contact, reason) for contact, reason in outcome if reason]
    return Admission(
        recipients=tuple(contact for contact, reason in outcome if not reason),
        excluded=tuple(sorted(excluded, key=lambda e: e.contact)),
        findings=tuple(check_together(audience.campaign, settled.noted)),
    )


def already_sent(history: History, audience: Audience) -> frozenset[str]:
    """Contacts for whom a permit of this campaign and edition was spent, whatever the plan."""
    campaign = audience.campaign
    return frozenset(
        r.contact
        for r in history.records
        if r.campaign == campaign.name and r.edition == campaign.edition and r.deed in SPENT
    )


def capped(history: History, audience: Audience) -> frozenset[str]:
    """Contacts who have had as many messages as `per_contact` allows, in the span that ends as the campaign starts."""
    if audience.limits.per_contact is None:
        return frozenset()
    most, _ = audience.limits.per_contact
    return frozenset(contact for contact, count in received(history, audience).items() if count >= most)


def received(history: History, audience: Audience) -> Counter[str]:
    """How many messages each contact has had in the span of `per_contact` that ends as the campaign starts."""
    if audience.limits.per_contact is None:
        return Counter()
    _, span = audience.limits.per_contact
    last = max(audience.on, audience.campaign.start.date())
    earliest = last - max(timedelta(days=span.days), timedelta(days=1))
    # A day counts while it is less than the span ago: history keeps days, not hours.
    return Counter(
        r.contact
        for r in history.records
        if r.deed in (HistoryDeed.RECEIVED, HistoryDeed.IN_DOUBT) and earliest < r.on <= last
    )
