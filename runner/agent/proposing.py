"""A pushed branch → the locks of the campaigns that it touches, pushed onto it. Merging them approves.

A branch is not reviewed yet: it may say whom to write to and what, but neither where keys, book and plans stand nor
which branch approves. Its files are read from a copy; nothing of them is run but templates, in their sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.archive import Plan, plan_folders
from compiler.aside import read_aside, refuse_other_places
from compiler.git import PushResult, RemoteUnreachable, Repository
from compiler.language.campaign import Campaign
from compiler.language.canonical import Json
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.plan import Lock
from compiler.lock import (
    APPROVED_REF,
    LockProblem,
    changed_inputs,
    inside,
    lock_bytes,
    lock_from_bytes,
    lock_of,
    lock_path,
)
from compiler.pipeline.reaching import reached_inputs
from compiler.plan_commands import compile_day, edition_of, stored_plan
from compiler.session import Session
from runner.account import account_of


@dataclass(frozen=True, slots=True)
class Proposed:
    """A campaign's plan on a branch. `commit` holds its lock; empty where the branch had it already."""

    branch: str
    campaign: str
    digest: str
    commit: str

    def to_json(self) -> dict[str, Json]:
        return {"branch": self.branch, "campaign": self.campaign, "plan": self.digest, "commit": self.commit}


class BranchMoved(RefusedByPolicy):
    """Somebody pushed meanwhile: the next round proposes anew."""

    def __init__(self, branch: str) -> None:
        super().__init__(Text(f"« {branch} » vient de bouger", f"{branch!r} has just moved"))


def propose_branch(session: Session, branch: str, commit: str) -> list[Proposed]:
    """Plans and locks of the campaigns that a branch touches, in one push.

    Raises FindingsStop where findings stop a plan, RefusedByPolicy where the branch is not for an agent to compile.
    """
    repository = Repository(session.home)
    base = repository.merge_base(APPROVED_REF, commit)
    if base is None or base == commit:  # nothing of its own, or no common history
        return []
    with read_aside(session, commit) as aside:
        refuse_other_places(session.settings, aside.settings)
        campaigns = [c for c in aside.workspace().campaigns if _touched(aside, repository, c, base=base)]
        touched = [c for c in campaigns if not _over(session, repository, c)]
        proposed, tip = [], commit
        for campaign in touched:
            each, tip = _propose(aside, repository, campaign, branch=branch, tip=tip)
            proposed.append(each)
    if tip != commit:
        _push(session, branch, tip, expected=commit)
    return proposed


def _touched(aside: Session, repository: Repository, campaign: Campaign, *, base: str) -> bool:
    """Whether the branch changes what the campaign is made of. What main changed meanwhile is not its doing."""
    return bool(changed_inputs(repository, dict(reached_inputs(aside.workspace(), campaign)), ref=base))


def _over(session: Session, repository: Repository, campaign: Campaign) -> bool:
    """Whether the campaign was sent already: a template that is used again does not bring it back."""
    lock = _lock(repository, APPROVED_REF, inside(repository) + lock_path(campaign.path))
    plans = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    if campaign.repeat is not None or lock is None or lock.digest not in plans:
        return False
    counts = account_of(Plan(plans[lock.digest]), session.path(session.settings.state)).counts
    return not counts["pending"]


def _propose(
    aside: Session, repository: Repository, campaign: Campaign, *, branch: str, tip: str
) -> tuple[Proposed, str]:
    path = inside(repository) + lock_path(campaign.path)
    known = _lock(repository, tip, path)
    if known is not None and known.inputs == reached_inputs(aside.workspace(), campaign):
        return Proposed(branch, campaign.name, known.digest, ""), tip
    day = compile_day(aside, "")
    plan, _ = stored_plan(aside, edition_of(aside, campaign, "", on=day), on=day)
    content = lock_bytes(lock_of(plan.manifest, plan.digest, commit=tip))
    message = f"Propose {campaign.name}, edition {plan.manifest.edition}: plan {plan.digest[:12]}"
    new = repository.commit(tip, {path: content}, message=message, at=aside.clock.now())
    return Proposed(branch, campaign.name, plan.digest, new), new


def _lock(repository: Repository, commit: str, path: str) -> Lock | None:
    """The branch's lock; None where there is none, or one that somebody edited: ours takes its place."""
    data = repository.read(commit, path)
    try:
        return lock_from_bytes(data, path) if data is not None else None
    except LockProblem:
        return None


def _push(session: Session, branch: str, tip: str, *, expected: str) -> None:
    remote = session.settings.workspace_remote
    match Repository(session.home).push(remote, f"{tip}:refs/heads/{branch}", lease=expected):
        case PushResult.REJECTED:
            raise BranchMoved(branch)
        case PushResult.UNREACHABLE:
            raise RemoteUnreachable
