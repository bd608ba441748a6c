"""The commands of a review: the comment of a pull request, and whether the right people approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.archive import Plan, open_plan
from compiler.git import RemoteUnreachable, Repository
from compiler.language.campaign import Campaign, strictest
from compiler.language.canonical import Json
from compiler.language.catalogue.locks import STALE
from compiler.language.errors import FindingsStop, RefusedByPolicy, UsageProblem
from compiler.language.finding import Finding, Text
from compiler.language.plan import Lock, Manifest
from compiler.lock import LockProblem, approved, inside, lock_from_bytes, lock_of, lock_path, same_approval
from compiler.resolve import HOME
from compiler.review.approvals import needs_second_person, recipients_of, second_person
from compiler.session import Session

if TYPE_CHECKING:  # imported when first used: `review approvals` needs none of it
    from compiler.review.comment import Base


@click.group()
def review() -> None:
    """What pull requests show and ask for."""


@review.command("comment")
@click.argument("name", metavar="CAMPAIGN|PLAN")
@click.option("--format", "form", type=click.Choice(["markdown", "html"]), default="markdown", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead of printing.")
@click.option(
    "--link", default="", metavar="URL", help="Where the whole of it is, said where the comment is shortened."
)
@click.pass_obj
def comment_command(session: Session, name: str, form: str, out: Path | None, link: str) -> None:
    """A plan as the comment of a pull request: to how many, when, what, why not to the others, who must approve.

    It names no recipient. Its first line is a hidden mark by which a pipeline finds the comment that it replaces.
    """
    from compiler.review.comment import Review, comment_html, comment_markdown

    plan = _plan(session, name)
    lock = _lock(session, plan.manifest.campaign_path)
    told = Review.of(
        plan,
        _base(session, plan),
        findings=_findings(session, plan.manifest),
        locked=lock is not None and lock.digest == plan.digest,
        commit=lock.commit if lock is not None and lock.digest == plan.digest else "",
        link=link,
    )
    language = session.language or session.settings.language.value
    page = comment_html(told, language) if form == "html" else comment_markdown(told, language)
    if out is None:
        click.echo(json.dumps({"comment": page}, ensure_ascii=False) if session.json else page, nl=session.json)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, "utf-8")
    click.echo(json.dumps({"path": str(out), "characters": len(page)}) if session.json else str(out))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A campaign whose lock is to be released, and how many people it is for."""

    campaign: str
    recipients: int
    threshold: int | None

    @property
    def second_person(self) -> bool:
        return needs_second_person(self.recipients, self.threshold)


@review.command("approvals")
@click.argument("campaigns", metavar="[CAMPAIGN]...", nargs=-1)
@click.option("--author", required=True, help="Who wrote the change.")
@click.option("--approvers", default="", help="Who approved it, separated by commas.")
@click.option("--base", default="", metavar="COMMIT", help="Before the merge: only locks that changed since are asked.")
@click.pass_obj
def approvals_command(session: Session, campaigns: tuple[str, ...], author: str, approvers: str, base: str) -> None:
    """Refuse, with exit code 4, a plan above `approve.four_eyes_above` that only its author approved.

    With --base the smallest `four_eyes_above` of both commits counts, the campaign's or the workspace's: nobody raises
    it for themselves.
    """
    if not author.strip():
        raise UsageProblem(Text("--author : qui a écrit la modification ?", "--author: who wrote the change?"))
    asked = list(_asked(session, campaigns, base))
    alone = [each.campaign for each in asked if each.second_person and not second_person(author, approvers.split(","))]
    if alone:
        listed = ", ".join(alone)
        raise RefusedByPolicy(
            Text(
                f"{listed} : une autre personne que l'auteur doit approuver (approve.four_eyes_above)",
                f"{listed}: somebody other than the author must approve (approve.four_eyes_above)",
            )
        )
    if session.json:
        plans: list[Json] = [{"campaign": each.campaign, "second_person": each.second_person} for each in asked]
        click.echo(json.dumps({"plans": plans}, sort_keys=True))
        return
    text = Text(f"approbations suffisantes : {len(asked)} verrou(s)", f"approvals suffice: {len(asked)} lock(s)")
    click.echo(text.say(session.language or session.settings.language.value))


def _plan(session: Session, name: str) -> Plan:
    """The plan of that digest; of a campaign the one that this branch's lock names, else the newest."""
    plans = session.path(session.settings.plans)
    campaign = session.workspace().campaign(name)
    lock = _lock(session, campaign.path) if campaign else None
    return _kept(plans, lock) or open_plan(plans, name)


def _lock(session: Session, campaign_path: str) -> Lock | None:
    """The lock in the working tree. What is no lock is a finding of its own."""
    path = session.root / lock_path(campaign_path)
    try:
        return lock_from_bytes(path.read_bytes(), path.name)
    except (OSError, LockProblem):
        return None


def _kept(plans: Path, lock: Lock | None) -> Plan | None:
    """The plan that a lock names, where it is kept here and whole."""
    if lock is None or not (plans / lock.digest).is_dir():
        return None
    try:
        return Plan(plans / lock.digest)
    except FindingsStop:
        return None


def _base(session: Session, plan: Plan) -> Base:
    from compiler.review.comment import Base
    from compiler.review.diff import diff

    settings = session.settings
    repository, branch = Repository(session.root), settings.main_branch
    try:
        lock = approved(repository, plan.manifest.campaign_path, remote=settings.workspace_remote, main_branch=branch)
    except RemoteUnreachable:
        return Base(branch, reached=False)
    except LockProblem:  # it approves nothing, and the runner refuses it
        return Base(branch)
    before = _kept(session.path(settings.plans), lock)
    try:
        return Base(branch, lock, diff(before, plan) if before and before.digest != plan.digest else None)
    except FindingsStop:  # the older plan is damaged: the locks still tell their counts
        return Base(branch, lock)


def _findings(session: Session, manifest: Manifest) -> tuple[Finding, ...]:
    """What the declarations say on the plan's day, of the files that it was made of."""
    from compiler.pipeline import check_workspace

    _, findings = check_workspace(session.root, on=manifest.compiled_on)
    files = {*dict(manifest.inputs), lock_path(manifest.campaign_path)}
    return tuple(
        one
        for one in findings
        if one.place.path in files and (one.entry != STALE or dict(one.arguments)["campaign"] == manifest.campaign)
    )


def _asked(session: Session, names: tuple[str, ...], base: str) -> Iterator[_Asked]:
    workspace, repository = session.workspace(), Repository(session.root)
    if base and repository.revision(base) is None:
        raise UsageProblem(Text(f"--base : pas de commit « {base} » ici", f"--base: no commit {base!r} here"))
    for name in names:
        if workspace.campaign(name) is None:
            raise UsageProblem(Text(f"aucune campagne « {name} »", f"no campaign {name!r}"))
    for campaign in workspace.campaigns:
        if names and campaign.name not in names:
            continue
        path = session.root / lock_path(campaign.path)
        data = path.read_bytes() if path.is_file() else None
        if data is None or (base and repository.read(base, inside(repository) + lock_path(campaign.path)) == data):
            continue
        lock = lock_from_bytes(data, lock_path(campaign.path))
        now = (campaign.approval.four_eyes_above, workspace.settings.four_eyes_above)
        threshold = strictest(*now, *_thresholds_at(repository, campaign, base))
        yield _Asked(campaign.name, _recipients(session, lock), threshold)


def _recipients(session: Session, lock: Lock) -> int:
    """As the plan says where it is kept here, else as the lock does. Raises RefusedByPolicy where they differ."""
    plan = _kept(session.path(session.settings.plans), lock)
    if plan is None:
        return recipients_of(lock)
    if not same_approval(lock_of(plan.manifest, plan.digest), lock):
        raise LockProblem(lock_path(plan.manifest.campaign_path))
    return plan.manifest.recipients


def _thresholds_at(repository: Repository, campaign: Campaign, base: str) -> Iterator[int]:
    """Every `four_eyes_above` for the campaign in an earlier commit: its own and the workspace's."""
    from compiler.load import load_file

    wanted = {campaign.path: ("campaign", campaign.name), HOME: ("workspace", "")} if base else {}
    for path, (kind, name) in wanted.items():
        data = repository.read(base, inside(repository) + path)
        for document in load_file(path, data)[0] if data is not None else []:
            approve = document.data.get("approve")
            declared = approve.get("four_eyes_above") if isinstance(approve, dict) else None
            if document.kind == kind and name in ("", document.name) and isinstance(declared, int):
                yield declared
