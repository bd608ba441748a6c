"""A campaign, a book and a day become a plan: who, what, when, and why not the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from compiler import policy
from compiler.archive import Spool
from compiler.assemble import Arrangement, Content, InOrder, arranged, assemble
from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import Json
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue.template import RENDER_LIMITS
from compiler.language.finding import Finding, finding, in_reading_order
from compiler.language.plan import Manifest
from compiler.lock import masked
from compiler.parts import PlanParts
from compiler.pipeline.checking import check_campaign, unique
from compiler.pipeline.choosing import Choice, KeyedHost, choose, engaged
from compiler.pipeline.estimating import estimate_of, windows_of
from compiler.pipeline.heading import heading_of, inputs_of
from compiler.pipeline.messages import Messages
from compiler.pipeline.proving import proved
from compiler.pipeline.rehearsing import samples_checked
from compiler.pipeline.sealing import erased_meanwhile, seal_all
from compiler.pipeline.surveying import Brief
from compiler.pipeline.team import Team
from compiler.pipeline.writing import Overrun, Written
from compiler.selection import Matching


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
    matching = Matching.of(workspace, campaign.data, on=on)
    if _stop(_waived(campaign, [*findings, *matching.findings], on)):
        return Compiled(None, _waived(campaign, [*findings, *matching.findings], on))
    with engaged(workspace, campaign, host, messages.letters, matching, on=on, threads=threads) as (team, question):
        choice = choose(workspace, campaign, host, team, question=question, matching=matching, on=on)
        findings += choice.findings
        if _stop(_waived(campaign, findings, on)):
            return Compiled(None, _waived(campaign, findings, on))
        heading = replace(
            heading_of(workspace, campaign, on=on, book_tree=host.view.tree_id(), history=host.history.digest),
            selected=choice.roll.chosen,
            funnel=choice.funnel,
            inputs=inputs_of(workspace, campaign, _files(messages, choice)),
            pictures=tuple((picture.path, picture.name, len(picture.content)) for picture in messages.pictures),
        )
        try:
            written = proved(
                team,
                choice,
                Brief(heading, choice.table, choice.rows),
                messages.letters,
                everyone_up_to=workspace.settings.everyone_up_to,
            )
        except Overrun as error:
            findings.append(finding(RENDER_LIMITS, error.place, fr=error.text.fr, en=error.text.en))
            return Compiled(None, _waived(campaign, findings, on))
        findings += _told(campaign, choice, written)
        findings += samples_checked(workspace, campaign, messages.letters, written, lanes=_lanes(choice))
        findings += policy.check_abroad(choice.noted, findings)
        if _stop(_waived(campaign, findings, on)):
            return Compiled(None, _waived(campaign, findings, on))
        draft = _draft(workspace, campaign, host, choice, team)
    estimate, late = estimate_of(workspace, campaign, draft.arrangement.shards, sizes=written.sizes)
    findings += late
    told = _waived(campaign, findings, on)
    if _stop(told):
        return Compiled(None, told, estimate)
    return Compiled(_parts(replace(heading, rendered=written.rendered), messages, choice, draft, told), told, estimate)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everybody's sealed slot, in the plan's order."""

    arrangement: Arrangement
    spool: Spool


def _draft(workspace: Workspace, campaign: Campaign, host: KeyedHost, choice: Choice, team: Team) -> _Draft:
    """Number and seal everybody; again without those whose key was destroyed meanwhile."""
    roll = choice.roll
    windows = windows_of(workspace, campaign, (sort.zone for sort in roll.sort_counts()))
    while True:
        arrangement = arranged(roll.drawn(), windows=windows)
        spool = Spool(host.scratch)
        seal_all(team, roll, arrangement, spool)
        if not erased_meanwhile(host, roll):
            return _Draft(arrangement, spool)


def _parts(
    heading: Manifest, messages: Messages, choice: Choice, draft: _Draft, findings: tuple[Finding, ...]
) -> PlanParts:
    counts = choice.roll.sort_counts()
    parts = assemble(
        replace(heading, findings=_spelled(findings, dict(heading.inputs))),
        draft.arrangement,
        draft.spool.lines,
        content=Content(
            templates={key: letter.message for key, letter in messages.letters.items()},
            rows=choice.table,
            exclusions=InOrder(choice.roll.exclusions),
        ),
        trackers=(
            sum(count for sort, count in counts.items() if sort.opens),
            sum(count for sort, count in counts.items() if sort.clicks),
        ),
    )
    return replace(parts, pictures=messages.pictures)


def _files(messages: Messages, choice: Choice) -> dict[str, str]:
    return {**messages.documents, **{document.path: document.sha256 for document in choice.documents}}


def _lanes(choice: Choice) -> Counter[str]:
    """How many recipients each lane has."""
    lanes = Counter[str]()
    for sort, count in choice.roll.sort_counts().items():
        lanes[sort.lane] += count
    return lanes


def _told(campaign: Campaign, choice: Choice, written: Written) -> list[Finding]:
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
        for failure in written.failures()
    ]
    if not choice.roll.count():
        findings.append(finding(entries.EMPTY, campaign.place, campaign=campaign.name))
    return findings


def _spelled(findings: tuple[Finding, ...], inputs: Mapping[str, str]) -> tuple[str, ...]:
    """Findings as the plan keeps them: only those about its own inputs, for a plan depends on nothing else. After a
    tab stands what waives one.
    """
    kept = (found for found in findings if found.place.path in inputs)
    return tuple(sorted({f"{f.code} {f.place}" + (f"\t{f.waived}" if f.waived else "") for f in kept}))


def _waived(campaign: Campaign, findings: Iterable[Finding], on: date) -> tuple[Finding, ...]:
    """Each finding once, those that a waiver covers as advice, in reading order."""
    return tuple(in_reading_order(policy.apply_waivers(campaign, unique(findings), on=on)))


def _stop(findings: Iterable[Finding]) -> bool:
    return any(found.stops for found in findings)
