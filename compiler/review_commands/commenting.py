"""`envoi review comment` and `envoi review post`: a plan as the comment of a pull request, written or posted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.archive import Plan, open_plan
from compiler.aside import read_branch, seen_ref
from compiler.door.completing import campaign_names
from compiler.gate import kept_plan
from compiler.git import RemoteUnreachable, Repository
from compiler.language.canonical import Json
from compiler.language.catalogue.locks import STALE
from compiler.language.errors import FindingsStop
from compiler.language.finding import Finding, Text
from compiler.language.plan import Lock, Manifest
from compiler.lock import APPROVED_REF, LockProblem, approved, inside, lock_from_bytes, lock_path
from compiler.review.forge import Kind, connect, number_of
from compiler.session import Session

if TYPE_CHECKING:  # imported when first used: `review approvals` needs none of it
    from compiler.review.comment import Base, Review
    from compiler.review.posting import Did

_BRANCH = click.option(
    "--branch", default="", metavar="NAME", help="As this branch of the remote has it, read from a copy beside."
)
_LINK = click.option(
    "--link", default="", metavar="URL", help="Where the whole of it is, said where the comment is shortened."
)
_DID = {
    "posted": Text("commentaire posté", "comment posted"),
    "updated": Text("commentaire mis à jour", "comment updated"),
    "kept": Text("commentaire inchangé", "comment unchanged"),
}


@click.command("comment")
@click.argument("name", metavar="CAMPAIGN|PLAN", shell_complete=campaign_names)
@click.option("--format", "form", type=click.Choice(["markdown", "html"]), default="markdown", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead of printing.")
@_BRANCH
@_LINK
@click.pass_obj
def comment_command(session: Session, name: str, form: str, out: Path | None, branch: str, link: str) -> None:
    """A plan as the comment of a pull request: to how many, when, what, why not to the others, who must approve.

    It names no recipient. Its first line is a hidden mark by which a pipeline finds the comment that it replaces.
    """
    from compiler.review.comment import comment_html, comment_markdown

    language = session.language or session.settings.language.value
    with _looking_at(session, branch) as there:
        told = _told(there, name, link, branch)
    page = comment_html(told, language) if form == "html" else comment_markdown(told, language)
    if out is None:
        click.echo(json.dumps({"comment": page}, ensure_ascii=False) if session.json else page, nl=session.json)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, "utf-8")
    click.echo(json.dumps({"path": str(out), "characters": len(page)}) if session.json else str(out))


@click.command("post")
@click.argument("names", metavar="[CAMPAIGN|PLAN]...", nargs=-1, shell_complete=campaign_names)
@click.option("--to", "kind", type=click.Choice([kind.value for kind in Kind]), required=True, help="The forge.")
@click.option("--number", type=click.IntRange(1), help="The pull request (the one that the pipeline runs for).")
@_BRANCH
@_LINK
@click.pass_obj
def post_command(
    session: Session, names: tuple[str, ...], kind: str, number: int | None, branch: str, link: str
) -> None:
    """Post the comments of a branch's plans on its pull request, or update those that stand there.

    Without a name: every campaign whose lock is not the one that main has. The forge, the repository and the token
    come from the environment that its pipelines have; the token from there alone.
    """
    from compiler.review.comment import comment_markdown
    from compiler.review.posting import post

    environment = session.environment
    forge = connect(Kind(kind), environment)
    where = number or number_of(Kind(kind), environment)
    language = session.language or session.settings.language.value
    with _looking_at(session, branch) as there:
        told = [_told(there, name, link, branch) for name in names or _proposed(there)]
    done = post(forge, where, [comment_markdown(each, language) for each in told])
    _say(session, told, done, language)


def _say(session: Session, told: list[Review], done: list[Did], language: str) -> None:
    if session.json:
        comments: list[Json] = [
            {"campaign": each.manifest.campaign, "plan": each.digest, "did": did.value}
            for each, did in zip(told, done, strict=True)
        ]
        click.echo(json.dumps({"comments": comments}, sort_keys=True))
        return
    for each, did in zip(told, done, strict=True):
        click.echo(f"{each.manifest.campaign} : {_DID[did].fr}" if language == "fr" else
                   f"{each.manifest.campaign}: {_DID[did].en}")  # fmt: skip
    if not told:
        nothing = Text("rien à commenter : aucun verrou proposé", "nothing to comment: no lock is proposed")
        click.echo(nothing.say(language))


@contextmanager
def _looking_at(session: Session, branch: str) -> Iterator[Session]:
    if not branch:
        yield session
        return
    with read_branch(session, branch) as aside:
        yield aside


def _told(session: Session, name: str, link: str, branch: str) -> Review:
    from compiler.review.comment import Review

    plan = _plan(session, name)
    lock = _lock(session, plan.manifest.campaign_path)
    locked = lock is not None and lock.digest == plan.digest
    base = _base(session, plan)
    return Review.of(
        plan,
        base,
        findings=(*_findings(session, plan.manifest), *_pipelines(session, branch)),
        locked=locked,
        commit=lock.commit if lock is not None and locked else "",
        link=link,
    )


def _pipelines(session: Session, branch: str) -> list[Finding]:
    """What the branch changes of the pipelines since it left main, which has just been fetched."""
    from compiler.pipeline import bases_of, check_pipelines

    bases = [APPROVED_REF, *bases_of(session.settings, session.environment)]
    return check_pipelines(Repository(session.home), bases, ref=seen_ref(branch) if branch else "")


def _proposed(session: Session) -> list[str]:
    """Campaigns whose lock differs from main's. Raises RemoteUnreachable."""
    repository, settings = Repository(session.home), session.settings
    repository.fetch(settings.workspace_remote, f"+refs/heads/{settings.main_branch}:{APPROVED_REF}")
    lead = inside(repository)
    found = []
    for campaign in session.workspace().campaigns:
        path = session.root / lock_path(campaign.path)
        data = path.read_bytes() if path.is_file() else None
        if data is not None and data != repository.read(APPROVED_REF, lead + lock_path(campaign.path)):
            found.append(campaign.name)
    return found


def _plan(session: Session, name: str) -> Plan:
    """The plan of that digest; of a campaign the one that this branch's lock names, else the newest."""
    plans = session.path(session.settings.plans)
    campaign = session.workspace().campaign(name)
    lock = _lock(session, campaign.path) if campaign else None
    return kept_plan(plans, lock) or open_plan(plans, name)


def _lock(session: Session, campaign_path: str) -> Lock | None:
    """The lock in the working tree. What is no lock is a finding of its own."""
    path = session.root / lock_path(campaign_path)
    try:
        return lock_from_bytes(path.read_bytes(), path.name)
    except (OSError, LockProblem):
        return None


def _base(session: Session, plan: Plan) -> Base:
    from compiler.review.comment import Base
    from compiler.review.diff import diff

    settings = session.settings
    repository, branch = Repository(session.home), settings.main_branch
    try:
        lock = approved(repository, plan.manifest.campaign_path, remote=settings.workspace_remote, main_branch=branch)
    except RemoteUnreachable:
        return Base(branch, reached=False)
    except LockProblem:  # it approves nothing, and the runner refuses it
        return Base(branch)
    before = kept_plan(session.path(settings.plans), lock)
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
