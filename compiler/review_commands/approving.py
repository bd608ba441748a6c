"""`envoi review approvals`: whether the right people approved, as a pipeline says it or as the forge does."""

from __future__ import annotations

import json

import click

from compiler.door.completing import campaign_names
from compiler.gate import Asked, approved_on, asked_here, campaigns_named, refused, still_valid
from compiler.git import Repository
from compiler.language.canonical import Json
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.lock import APPROVED_REF, LockProblem, inside, lock_path
from compiler.review.approvals import second_person
from compiler.review.forge import Kind, connect
from compiler.session import Session


@click.command("approvals")
@click.argument("campaigns", metavar="[CAMPAIGN]...", nargs=-1, shell_complete=campaign_names)
@click.option("--from", "kind", type=click.Choice([kind.value for kind in Kind]), help="Ask this forge.")
@click.option("--author", default="", help="Who wrote the change, where no forge is asked.")
@click.option("--approvers", default="", help="Who approved it, separated by commas.")
@click.option("--base", default="", metavar="COMMIT", help="Before the merge: only locks that changed since are asked.")
@click.pass_obj
def approvals_command(
    session: Session, campaigns: tuple[str, ...], kind: str | None, author: str, approvers: str, base: str
) -> None:
    """Refuse, with exit code 4, a plan above `approve.four_eyes_above` that only its author approved.

    With --from the forge says, for each lock that main has, which pull request brought it and who approved that very
    lock. Otherwise --author and --approvers say it; then with --base the smallest `four_eyes_above` of both commits
    counts, the campaign's or the workspace's: nobody raises it for themselves.
    """
    if bool(kind) == bool(author.strip() or approvers):
        raise UsageProblem(
            Text(
                "qui a écrit la modification : --author, ou --from pour demander à la forge",
                "who wrote the change: --author, or --from to ask the forge",
            )
        )
    asked = (
        _asked_of_forge(session, campaigns, Kind(kind), base)
        if kind
        else _asked_of_flags(session, campaigns, base, author=author, approvers=approvers)
    )
    if session.json:
        plans: list[Json] = [{"campaign": each.campaign, "second_person": each.second_person} for each in asked]
        click.echo(json.dumps({"plans": plans}, sort_keys=True))
        return
    text = Text(f"approbations suffisantes : {len(asked)} verrou(s)", f"approvals suffice: {len(asked)} lock(s)")
    click.echo(text.say(session.language or session.settings.language.value))


def _asked_of_flags(
    session: Session, campaigns: tuple[str, ...], base: str, *, author: str, approvers: str
) -> list[Asked]:
    if not author.strip():
        raise UsageProblem(Text("--author : qui a écrit la modification ?", "--author: who wrote the change?"))
    asked = list(asked_here(session, campaigns, base))
    alone = [each.campaign for each in asked if each.second_person and not second_person(author, approvers.split(","))]
    if alone:
        raise refused(alone)
    return asked


def _asked_of_forge(session: Session, names: tuple[str, ...], kind: Kind, base: str) -> list[Asked]:
    forge = connect(kind, session.environment)
    repository, settings = Repository(session.home), session.settings
    repository.fetch(settings.workspace_remote, f"+refs/heads/{settings.main_branch}:{APPROVED_REF}")
    lead = inside(repository)
    asked, alone = list[Asked](), list[str]()
    for campaign in campaigns_named(session, names):
        path = lead + lock_path(campaign.path)
        same = base and repository.read(base, path) == repository.read(APPROVED_REF, path)
        if same or not still_valid(session, campaign):
            continue
        try:
            found = approved_on(session, forge, campaign)
        except LockProblem:
            raise
        except RefusedByPolicy:
            alone.append(campaign.name)
        else:
            asked += [found] if found else []
    if alone:
        raise refused(alone)
    return asked
