"""Editions whose hour has come, of campaigns whose editions one merge approves: compiled, recorded, then sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.archive import Plan, plan_folders
from compiler.git import Repository
from compiler.language.campaign import Campaign
from compiler.language.plan import Lock
from compiler.lock import APPROVED_REF, inside, lock_from_bytes, lock_path
from compiler.plan_commands import compile_day, stored_plan
from compiler.session import Session
from runner.editions import current_edition, is_automatic, record, recorded, refused, what_is_new


@dataclass(frozen=True, slots=True)
class Due:
    """An edition that is to leave now, later than the approved one. `recorded` is the
    digest of its plan, empty where none is recorded yet."""

    campaign: Campaign
    lock: Lock
    approved: Plan
    recorded: str

    @property
    def name(self) -> str:
        """Its name in the agent's memory."""
        return f"edition {self.campaign.name} {self.campaign.start:%Y-%m-%d}"


def due_editions(session: Session) -> Iterator[Due]:
    """The editions whose hour has come, of campaigns that main has locked with `editions: automatic`."""
    folders = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    repository = Repository(session.home)
    lead = inside(repository)
    for campaign in session.workspace().campaigns:
        edition = current_edition(session, campaign)
        path = lead + lock_path(campaign.path)
        data = repository.read(APPROVED_REF, path) if edition is not None else None
        if edition is None or data is None or (lock := lock_from_bytes(data, path)).digest not in folders:
            continue
        approved = Plan(folders[lock.digest])
        if is_automatic(approved.manifest) and edition.start > approved.manifest.start:
            yield Due(edition, lock, approved, recorded(session, edition.name, edition.start))


def recorded_plans(session: Session) -> Iterator[Plan]:
    """The plans that were recorded for editions whose hour has come, and that are stored here."""
    folders = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    yield from (Plan(folders[due.recorded]) for due in due_editions(session) if due.recorded in folders)


def prepare(session: Session, due: Due) -> Plan:
    """Compile an edition and record its plan. Raises FindingsStop where findings stop it, RefusedByPolicy where a
    reviewer has to see it first.
    """
    plan, _ = stored_plan(session, due.campaign, on=compile_day(session, ""))
    if why := what_is_new(session, due.lock, due.approved, plan):
        raise refused(plan, why)
    record(session, plan)
    return plan
