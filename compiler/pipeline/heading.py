"""What a plan says before anybody is chosen: sender, limits, inputs, tools."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.metadata import version

from compiler.language.campaign import Campaign, Editions, Localised, Workspace, strictest
from compiler.language.finding import Text
from compiler.language.plan import Manifest, PlanLane, PlanSender
from compiler.language.segment import All, Any, Clause, InSegment, Not, Segment
from compiler.language.settings import Settings
from compiler.manifest import ratio_text

#: Whose version may change a plan's bytes.
_TOOLS = (
    "babel", "css-inline", "duckdb", "envoi", "holidays", "jinja2", "markupsafe", "mjml-python", "sqlglot", "tzdata",
)  # fmt: skip


def heading_of(workspace: Workspace, campaign: Campaign, *, on: date, book_tree: str, history: str) -> Manifest:
    """A manifest that lacks what follows from recipients, messages and findings."""
    settings = workspace.settings
    organisation = settings.organisation
    sender = settings.sender(campaign.sender)
    approval = campaign.approval
    four_eyes = strictest(approval.four_eyes_above, settings.four_eyes_above)
    return Manifest(
        campaign=campaign.name,
        campaign_path=campaign.path,
        edition=campaign.edition,
        compiled_on=on,
        purpose=campaign.purpose,
        organisation=(
            ("address", organisation.address),
            ("name", organisation.name),
            ("privacy_contact", organisation.privacy_contact),
            ("privacy_url", organisation.privacy_url),
            ("siren", organisation.siren),
            ("timezone", organisation.timezone),
        ),
        sender=_sender(settings, campaign.sender),
        list_id=f"{organisation.name} <{campaign.purpose}.{sender.from_address.domain}>",
        start=campaign.start,
        finish_by=campaign.finish_by,
        languages=campaign.languages,
        variants=tuple(sorted((variant.name, variant.weight) for variant in campaign.variants)),
        segment=campaign.segment,
        lanes=tuple(
            PlanLane(lane.name, lane.connections, lane.per_connection, ratio_text(lane.rate))
            for lane in sorted(settings.lanes, key=lambda lane: lane.name)
        ),
        rate=ratio_text(settings.limits.rate),
        bandwidth=settings.limits.bandwidth,
        reserve=ratio_text(settings.limits.reserve),
        shards=(),
        recipients=0,
        selected=0,
        exclusions=(),
        trackers=(),
        tracking_url=settings.tracking.url if settings.tracking else "",
        utm=tuple(sorted(campaign.utm)),
        reason_text=tuple(sorted(_reasons(campaign, organisation.name))),
        approval=(
            ("drift", ratio_text(approval.drift)),
            *((("editions", approval.editions.value),) if approval.editions is not Editions.ASK else ()),
            ("four_eyes_above", "" if four_eyes is None else str(four_eyes)),
            ("max_age_seconds", str(int(approval.max_age.total_seconds()))),
        ),
        funnel=(),
        toolchain=_toolchain(),
        inputs=(),
        book_tree=book_tree,
        history=history,
        findings=(),
        parts=(),
        supersedes=campaign.supersedes,
    )


def inputs_of(workspace: Workspace, campaign: Campaign, files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Every document that the campaign reaches, with its SHA-256; `files` are those that messages and data read.

    Never a lock and never a commit: a squash or a rebase gives the same plan.
    """
    reached = {*_reached(workspace, campaign), *(a.place.path for a in workspace.assets if a.path in files)}
    documents = {document.path: document.sha256 for document in workspace.documents if document.path in reached}
    return tuple(sorted({**documents, **files}.items()))


def _reached(workspace: Workspace, campaign: Campaign) -> Iterator[str]:
    yield campaign.path
    yield workspace.settings.place.path
    yield from (field.place.path for field in workspace.fields)
    yield from (segment.place.path for segment in _closure(workspace, campaign.segment))
    names = {campaign.template, *(variant.template for variant in campaign.variants)}
    yield from (template.place.path for template in workspace.templates if template.name in names)
    datasets = {block.dataset for block in campaign.data}
    yield from (dataset.place.path for dataset in workspace.datasets if dataset.name in datasets)


def _closure(workspace: Workspace, name: str) -> Iterable[Segment]:
    """A segment and every one that it names, directly or not."""
    found: dict[str, Segment] = {}
    waiting = [name]
    while waiting:
        segment = workspace.segment(waiting.pop())
        if segment is not None and segment.name not in found:
            found[segment.name] = segment
            waiting += _named(segment.match)
    return found.values()


def _named(clause: Clause) -> list[str]:
    match clause:
        case All(clauses=clauses) | Any(clauses=clauses):
            return [name for each in clauses for name in _named(each)]
        case Not(clause=inner):
            return _named(inner)
        case InSegment(name=name):
            return [name]
        case _:
            return []


def _sender(settings: Settings, name: str) -> PlanSender:
    sender = settings.sender(name)
    return PlanSender(
        name=sender.name,
        from_name=sender.from_name,
        from_address=str(sender.from_address),
        reply_to=str(sender.reply_to),
        return_path=sender.return_path,
        dkim_domain=sender.dkim.domain if sender.dkim else "",
        dkim_selector=sender.dkim.selector if sender.dkim else "",
        delivery=sender.delivery,
    )


def _reasons(campaign: Campaign, organisation: str) -> Localised:
    """Why people receive this (GDPR art. 14(2)(f)): what the campaign says, else the least that is true."""
    if campaign.reason_text:
        return campaign.reason_text
    plain = Text(
        f"Vous recevez ce message de {organisation} au titre de « {campaign.purpose} ».",
        f"You receive this message from {organisation} for the purpose “{campaign.purpose}”.",
    )
    return tuple((language, plain.say(language)) for language in campaign.languages)


@cache
def _toolchain() -> tuple[tuple[str, str], ...]:
    python = ".".join(platform.python_version_tuple()[:2])
    return tuple(sorted([("python", python), *((tool, version(tool)) for tool in _TOOLS)]))
