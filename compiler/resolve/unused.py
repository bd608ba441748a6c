"""Declarations that no campaign reaches: often a name that was changed in one place only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from compiler.language.campaign import Workspace
from compiler.language.catalogue import resolve as catalogue
from compiler.language.finding import Finding, Place, finding
from compiler.resolve.segments import references


def unused(workspace: Workspace) -> list[Finding]:
    """Advice for each segment, template, dataset, sender, delivery and window that nothing uses.

    None in a workspace without campaigns, which is still being written.
    """
    if not workspace.campaigns:
        return []
    used = set(_used(workspace))
    return [
        finding(catalogue.UNUSED, place, kind=kind, name=name)
        for kind, name, place in _declared(workspace)
        if (kind, name) not in used
    ]


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def place(self) -> Place: ...


def _declared(workspace: Workspace) -> Iterator[tuple[str, str, Place]]:
    settings = workspace.settings
    families: dict[str, Sequence[_Named]] = {
        "segment": workspace.segments,
        "template": workspace.templates,
        "dataset": workspace.datasets,
        "sender": settings.senders,
        "delivery": settings.deliveries,
        "window": settings.windows,
    }
    for kind, family in families.items():
        for one in family:
            yield kind, one.name, one.place


def _used(workspace: Workspace) -> Iterator[tuple[str, str]]:
    for campaign in workspace.campaigns:
        yield "segment", campaign.segment
        yield "template", campaign.template
        yield "sender", campaign.sender
        yield "window", campaign.window
        yield from (("template", variant.template) for variant in campaign.variants)
        yield from (("dataset", block.dataset) for block in campaign.data)
    for segment in workspace.segments:
        yield from (("segment", named.name) for named in references(segment.match))
    for sender in workspace.settings.senders:
        yield "delivery", sender.delivery
