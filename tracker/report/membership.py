"""Who of a plan's recipients is in which segment: evaluated on the keyed host, as of the plan's own day."""

from __future__ import annotations

from dataclasses import replace

from compiler.archive import Plan
from compiler.book.people import people
from compiler.language.history import History
from compiler.selection import select
from compiler.session import Session
from tracker.report.gather import Membership


def memberships(session: Session, plan: Plan, history: History) -> tuple[Membership, ...] | None:
    """None where the book's keys are not here: sealed fields cannot be asked then."""
    settings = session.settings
    if not session.path(settings.keyring.path).is_file():
        return None
    workspace = session.workspace()
    recipients = {slot.contact for shard in plan.manifest.shards for slot in plan.slots(shard)}
    keyring = session.keyring()
    try:
        known = [p for p in people(session.book(), keyring) if p.contact.id in recipients]
    finally:
        keyring.close()
    campaign = workspace.campaign(plan.manifest.campaign)
    if campaign is None:
        return None
    found = []
    for segment in workspace.segments:
        asked = replace(campaign, segment=segment.name)
        chosen = select(workspace, asked, people=known, history=history, on=plan.manifest.compiled_on).chosen
        found.append(Membership(segment.name, segment.description, frozenset(chosen)))
    return tuple(found)
