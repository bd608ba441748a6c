"""What can be said of a workspace without keys: its declarations, its messages with fictional contacts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

from compiler import policy
from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue.law import WAIVER_UNUSED
from compiler.language.document import KINDS, RawDocument
from compiler.language.finding import Finding, finding, in_reading_order
from compiler.load import load
from compiler.pipeline.locks import check_locks
from compiler.pipeline.messages import Messages, messages_of
from compiler.pipeline.rehearsing import rehearse, spam_scored, tried_apart
from compiler.resolve import HOME, resolve
from compiler.resolve.unused import unused
from compiler.schedule import check_window
from compiler.schema import check
from compiler.selection import locked_engine


def read_workspace(root: Path) -> tuple[Workspace | None, list[Finding]]:
    """What a folder declares, and what is wrong with it: load, schema, resolve, windows.

    The workspace is None only where nothing could be compiled from it.
    """
    loaded = load(root)
    findings = list(loaded.findings)
    whole: list[RawDocument] = []
    # An envoi.yaml that cannot be read is not missing as well.
    broken = [("workspace", "") for found in loaded.findings if found.place.path == HOME]
    # Nor is what an unreadable file seems to declare.
    broken += [(kind, name) for name in loaded.lost for kind in KINDS] + [(kind, "") for kind in loaded.lost]
    unread = {found.place for found in loaded.findings}
    for document in loaded.documents:
        wrong = check(document)
        findings += [found for found in wrong if found.place not in unread]
        if wrong:  # what refers to it is not reported as well
            broken.append((document.kind, document.name))
        else:
            whole.append(document)
    workspace, unresolved = resolve(root, whole, broken=broken)
    findings += unresolved
    if workspace is not None:
        findings += [found for window in workspace.settings.windows for found in check_window(window)]
    return workspace, in_reading_order(unique(findings))


def check_workspace(root: Path, *, on: date, spam: float | None = None) -> tuple[Workspace | None, list[Finding]]:
    """As `read_workspace`, then the files themselves and every campaign: law, templates, trial messages.

    `on` is the day for which waivers are read, `spam` from how many points SpamAssassin is repeated, if it is asked.
    """
    workspace, findings = read_workspace(root)
    if workspace is None or any(found.stops for found in findings):
        return workspace, findings
    findings += policy.check_texts(workspace, policy.read_texts(root))
    if not workspace.campaigns:  # else each campaign asks, and answers for it with its own waivers
        findings += policy.check_workspace(workspace)
    findings += check_locks(workspace, on=on)
    findings += unused(workspace)
    with (
        locked_engine(threads=1) if any(campaign.data for campaign in workspace.campaigns) else nullcontext() as engine
    ):
        for campaign in workspace.campaigns:
            messages, own = check_campaign(workspace, campaign)
            own += rehearse(workspace, campaign, messages, on=on, engine=engine)
            own += spam_scored(workspace, campaign, messages, on=on, most=spam) if spam is not None else []
            # Only compiling asks every rule: here nobody can say that a waiver is of no use.
            findings += [f for f in policy.apply_waivers(campaign, unique(own), on=on) if f.entry != WAIVER_UNUSED]
    # What one campaign waives and another does not is not waived.
    return workspace, in_reading_order(unique(sorted(findings, key=lambda found: bool(found.waived))))


def check_campaign(workspace: Workspace, campaign: Campaign) -> tuple[Messages, list[Finding]]:
    """A campaign's messages, and what is wrong with its declarations."""
    findings = policy.check_declarations(workspace, campaign)
    others = [
        other.name for other in workspace.campaigns if other.path == campaign.path and other.name != campaign.name
    ]
    findings += [finding(entries.ONE_LOCK, campaign.place, path=campaign.path, other=name) for name in others]
    messages = messages_of(workspace, campaign)
    apart = tried_apart(workspace, campaign, messages)
    messages = replace(messages, findings=(*messages.findings, *apart))
    return messages, [*findings, *messages.findings]


def unique(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in the order in which they were first made."""
    return list(dict.fromkeys(findings))
