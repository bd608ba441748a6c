"""Whether the right people approved what main has locked: above a number of recipients, somebody beside the author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.archive import Plan
from compiler.git import Repository
from compiler.language.campaign import Campaign, strictest
from compiler.language.errors import FindingsStop, RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.language.plan import Lock
from compiler.lock import APPROVED_REF, LockProblem, inside, lock_from_bytes, lock_of, lock_path, same_approval
from compiler.resolve import HOME
from compiler.review.approvals import four_eyes_above, needs_second_person, recipients_of, second_person
from compiler.review.forge import Forge, Merged
from compiler.session import Session

#: So far back a bound is looked for that a push without a pull request may have raised, and a merge after a commit.
_LINE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A campaign whose lock is to be released, and how many people it is for."""

    campaign: str
    recipients: int
    threshold: int | None

    @property
    def second_person(self) -> bool:
        return needs_second_person(self.recipients, self.threshold)


def asked_here(session: Session, names: Sequence[str], base: str) -> Iterator[Asked]:
    """The locks of the working tree; with `base` those that changed since, and the smallest bound of both commits.

    Raises UsageProblem for a name or a commit that is not here, RefusedByPolicy for a lock that its plan belies.
    """
    workspace, repository = session.workspace(), Repository(session.root)
    if base and repository.revision(base) is None:
        raise UsageProblem(Text(f"--base : pas de commit « {base} » ici", f"--base: no commit {base!r} here"))
    for campaign in campaigns_named(session, names):
        path = session.root / lock_path(campaign.path)
        data = path.read_bytes() if path.is_file() else None
        if data is None or (base and repository.read(base, inside(repository) + lock_path(campaign.path)) == data):
            continue
        lock = lock_from_bytes(data, lock_path(campaign.path))
        now = (campaign.approval.four_eyes_above, workspace.settings.four_eyes_above)
        threshold = strictest(*now, *_thresholds_at(repository, campaign, [base] if base else []))
        yield Asked(campaign.name, _recipients(session, lock), threshold)


def approved_on(session: Session, forge: Forge, campaign: Campaign) -> Asked | None:
    """What main has locked for a campaign, once the forge says that the right people approved; None without a lock.

    An approval counts for the very lock that its author had before them. The bound is the smallest of the one
    declared now, of the plan's and of the one before the pull request. Raises RefusedByPolicy, and ForgeProblem.
    """
    repository = Repository(session.home)
    path = inside(repository) + lock_path(campaign.path)
    data, commit = repository.read(APPROVED_REF, path), repository.changed_in(APPROVED_REF, path)
    if data is None or commit is None:
        return None
    lock = lock_from_bytes(data, path)
    plan = kept_plan(session.path(session.settings.plans), lock)
    declared = (campaign.approval.four_eyes_above, session.settings.four_eyes_above)
    merged = _merged(session, forge, repository, commit)
    before = [merged.base] if merged else []
    before += repository.line_of(f"{commit}^", most=1 if merged else _LINE)
    threshold = strictest(
        *declared, four_eyes_above(plan.manifest) if plan else None, *_thresholds_at(repository, campaign, before)
    )
    asked = Asked(campaign.name, _recipients(session, lock), threshold)
    if asked.second_person and not _seen_by_another(repository, merged, path, data):
        raise refused([campaign.name])
    return asked


def still_valid(session: Session, campaign: Campaign) -> bool:
    """Whether main's lock of a campaign is young enough to be sent at all."""
    repository = Repository(session.home)
    path = inside(repository) + lock_path(campaign.path)
    data = repository.read(APPROVED_REF, path)
    if data is None:
        return False
    today = session.clock.now().date()
    return today - lock_from_bytes(data, path).compiled_on <= campaign.approval.max_age


def campaigns_named(session: Session, names: Sequence[str]) -> list[Campaign]:
    """These, or all. Raises UsageProblem for a name that none has."""
    workspace = session.workspace()
    for name in names:
        if workspace.campaign(name) is None:
            raise UsageProblem(Text(f"aucune campagne « {name} »", f"no campaign {name!r}"))
    return [campaign for campaign in workspace.campaigns if not names or campaign.name in names]


def refused(campaigns: Sequence[str]) -> RefusedByPolicy:
    listed = ", ".join(campaigns)
    return RefusedByPolicy(
        Text(
            f"{listed} : une autre personne que l'auteur doit approuver (approve.four_eyes_above)",
            f"{listed}: somebody other than the author must approve (approve.four_eyes_above)",
        )
    )


def kept_plan(plans: Path, lock: Lock | None) -> Plan | None:
    """The plan that a lock names, where it is kept here and whole."""
    if lock is None or not (plans / lock.digest).is_dir():
        return None
    try:
        return Plan(plans / lock.digest)
    except FindingsStop:
        return None


def _merged(session: Session, forge: Forge, repository: Repository, commit: str) -> Merged | None:
    """The pull request that brought a commit to main. One that began after it, or on top of it, did not."""
    later = repository.line_of(APPROVED_REF, since=commit, most=10_000)[::-1][:_LINE] if forge.merges_only else []
    for each in (commit, *later):
        found = forge.merged(each, into=session.settings.main_branch)
        if found is not None:
            return None if repository.is_ancestor(commit, found.base) else found
    return None


def _seen_by_another(repository: Repository, merged: Merged | None, path: str, lock: bytes) -> bool:
    if merged is None:
        return False
    seen = [
        approval.who
        for approval in merged.approvals
        if approval.commit == merged.head or (approval.commit and repository.read(approval.commit, path) == lock)
    ]
    return second_person(merged.author, seen)


def _recipients(session: Session, lock: Lock) -> int:
    """As the plan says where it is kept here, else as the lock does. Raises RefusedByPolicy where they differ."""
    plan = kept_plan(session.path(session.settings.plans), lock)
    if plan is None:
        return recipients_of(lock)
    if not same_approval(lock_of(plan.manifest, plan.digest), lock):
        raise LockProblem(lock_path(plan.manifest.campaign_path))
    return plan.manifest.recipients


def _thresholds_at(repository: Repository, campaign: Campaign, commits: Iterable[str]) -> Iterator[int]:
    """Every `four_eyes_above` for the campaign in earlier commits: its own and the workspace's."""
    from compiler.load import load_file

    wanted = {campaign.path: ("campaign", campaign.name), HOME: ("workspace", "")}
    lead, known = inside(repository), set[bytes]()
    for commit in commits:
        for path, data in repository.read_files(commit, [lead + each for each in wanted]).items():
            if data in known:
                continue
            known.add(data)
            kind, name = wanted[path.removeprefix(lead)]
            for document in load_file(path, data)[0]:
                approve = document.data.get("approve")
                declared = approve.get("four_eyes_above") if isinstance(approve, dict) else None
                if document.kind == kind and name in ("", document.name) and isinstance(declared, int):
                    yield declared
