"""A campaign, a book and a day become a plan: who, what, when, and why not the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from compiler import policy
from compiler.archive import Spool
from compiler.assemble import Arrangement, Content, Recipient, arrange, assemble
from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import Json
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue.template import RENDER_LIMITS
from compiler.language.finding import Finding, finding, in_reading_order
from compiler.language.plan import Excluded, Exclusion, Manifest
from compiler.lock import masked
from compiler.parts import PlanParts
from compiler.pipeline.checking import check_campaign, unique
from compiler.pipeline.choosing import Choice, KeyedHost, choose
from compiler.pipeline.estimating import estimate_of, windows_of
from compiler.pipeline.heading import heading_of, inputs_of
from compiler.pipeline.messages import Messages
from compiler.pipeline.rehearsing import samples_checked
from compiler.pipeline.writing import Overrun, Press, Written, write_slots


@dataclass(frozen=True, slots=True)
class Compiled:
    """`parts` is None where findings stop. `estimate` stands beside the plan and is no part of it."""

    parts: PlanParts | None
    findings: tuple[Finding, ...]
    estimate: Mapping[str, Json] = field(default_factory=dict)


def compile_campaign(
    workspace: Workspace, campaign: Campaign, host: KeyedHost, *, on: date, threads: int = 1
) -> Compiled:
    """The campaign's plan as of a day: a pure function of its documents, the book's tree, the history and the day."""
    messages, findings = check_campaign(workspace, campaign)
    if _stop(_waived(campaign, findings, on)):
        return Compiled(None, _waived(campaign, findings, on))
    choice = choose(workspace, campaign, host, on=on, threads=threads)
    findings += choice.findings
    if _stop(_waived(campaign, findings, on)):
        return Compiled(None, _waived(campaign, findings, on))
    heading = replace(
        heading_of(workspace, campaign, on=on, book_tree=host.view.tree_id(), history=host.history.digest),
        selected=len(choice.chosen),
        funnel=choice.funnel,
        inputs=inputs_of(workspace, campaign, _files(messages, choice)),
        pictures=tuple((picture.path, picture.name, len(picture.content)) for picture in messages.pictures),
    )
    press = Press(heading, messages.letters, choice.rows.table)
    try:
        draft = _draft(workspace, campaign, host, choice, press)
    except Overrun as error:
        findings.append(finding(RENDER_LIMITS, error.place, fr=error.text.fr, en=error.text.en))
        return Compiled(None, _waived(campaign, findings, on))
    findings += _told(campaign, draft)
    findings += samples_checked(workspace, campaign, messages.letters, draft.written)
    estimate, late = estimate_of(workspace, campaign, draft.arrangement.shards, sizes=draft.written.sizes)
    findings += late
    told = _waived(campaign, findings, on)
    if _stop(told):
        return Compiled(None, told, estimate)
    return Compiled(_parts(heading, messages, choice, draft, told), told, estimate)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everybody's sealed slot, in the plan's order; `excluded` since they were chosen."""

    recipients: tuple[Recipient, ...]
    arrangement: Arrangement
    spool: Spool
    written: Written
    excluded: Mapping[str, Exclusion]


def _draft(workspace: Workspace, campaign: Campaign, host: KeyedHost, choice: Choice, press: Press) -> _Draft:
    """Render and seal for everybody. Where that fails for some, the others are numbered and sealed again."""
    windows = windows_of(workspace, campaign, (recipient.zone for recipient in choice.recipients))
    key = host.order_key(campaign)
    recipients, excluded, first = choice.recipients, dict[str, Exclusion](), None
    while True:
        arrangement = arrange(recipients, key, windows=windows)
        spool = Spool(host.scratch, len(recipients))
        written = write_slots(press, host, recipients, arrangement=arrangement, spool=spool)
        first = first or written
        lost = _lost(recipients, arrangement, spool, written)
        if not lost:
            return _Draft(recipients, arrangement, spool, first, excluded)
        excluded |= lost
        recipients = tuple(recipient for recipient in recipients if recipient.contact not in lost)


def _lost(
    recipients: tuple[Recipient, ...], arrangement: Arrangement, spool: Spool, written: Written
) -> dict[str, Exclusion]:
    """Whose slot is empty: no message could be made, or the key was destroyed in this very moment."""
    empty = (recipients[index].contact for slot, index in enumerate(arrangement.order) if not spool.holds(slot))
    return {c: Exclusion.NOT_RENDERED if c in written.failed else Exclusion.ERASED for c in empty}


def _parts(
    heading: Manifest, messages: Messages, choice: Choice, draft: _Draft, findings: tuple[Finding, ...]
) -> PlanParts:
    excluded = {**choice.excluded, **draft.excluded}
    parts = assemble(
        replace(heading, findings=_spelled(findings, dict(heading.inputs))),
        draft.arrangement,
        draft.spool.lines,
        content=Content(
            templates={key: letter.message for key, letter in messages.letters.items()},
            rows=choice.rows.table,
            exclusions=tuple(Excluded(contact, reason) for contact, reason in sorted(excluded.items())),
        ),
        trackers=(sum(r.opens for r in draft.recipients), sum(r.clicks for r in draft.recipients)),
    )
    return replace(parts, pictures=messages.pictures)


def _files(messages: Messages, choice: Choice) -> dict[str, str]:
    return {**messages.documents, **{document.path: document.sha256 for document in choice.rows.documents}}


def _told(campaign: Campaign, draft: _Draft) -> list[Finding]:
    findings = [
        finding(
            entries.NOT_RENDERED,
            campaign.place,
            count=masked(failure.count),
            language=failure.language,
            variant=failure.variant,
            why_fr=failure.why.fr,
            why_en=failure.why.en,
        )
        for failure in draft.written.failures()
    ]
    if not draft.recipients:
        findings.append(finding(entries.EMPTY, campaign.place, campaign=campaign.name))
    return findings


def _spelled(findings: tuple[Finding, ...], inputs: Mapping[str, str]) -> tuple[str, ...]:
    """Findings as the plan keeps them: only those about its own inputs, for a plan depends on nothing else."""
    return tuple(sorted({f"{found.code} {found.place}" for found in findings if found.place.path in inputs}))


def _waived(campaign: Campaign, findings: Iterable[Finding], on: date) -> tuple[Finding, ...]:
    """Each finding once, those that a waiver covers as advice, in reading order."""
    return tuple(in_reading_order(policy.apply_waivers(campaign, unique(findings), on=on)))


def _stop(findings: Iterable[Finding]) -> bool:
    return any(found.stops for found in findings)
