"""The commands about plans: compile, propose, plan show, diff and verify."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import click
from rich.console import Console

from compiler import archive
from compiler.archive import Plan
from compiler.door.completing import campaign_names
from compiler.git import RemoteUnreachable, Repository
from compiler.language.campaign import Campaign
from compiler.language.canonical import Json
from compiler.language.catalogue.plan import SUPERSEDED
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.finding import Finding, Text, did_you_mean, finding, in_reading_order
from compiler.language.history import History
from compiler.language.plan import Manifest
from compiler.lock import LockProblem, lock_from_bytes, lock_path, masked
from compiler.pipeline import Compiled, KeyedHost, compile_campaign, processes_for
from compiler.pipeline.choosing import Remainder
from compiler.pipeline.together import Company, Ours, company
from compiler.proposing import branch_for_lock, commit_lock, refuse_uncommitted
from compiler.review.diff import diff, print_diff
from compiler.review.formats import findings_json, findings_text
from compiler.review.terminal import Sheet, print_plan
from compiler.schedule import zone
from compiler.session import Session

HISTORY_GROUP = "envoi.history"
CHANGES = 2  # exit code
_edition_option = click.option(
    "--edition", default="", metavar="NAME", help="Of a repeating campaign: 2027-04, 2027-W14 (the next one)."
)


@click.command("compile")
@click.argument("campaign", required=False, default="", shell_complete=campaign_names)
@click.option("--on", "on", default="", metavar="DATE", help="The compile date (today).")
@_edition_option
@click.option(
    "--threads", default=0, type=click.IntRange(0, 64), help="Processes that read and seal (as the book's size asks)."
)
@click.pass_obj
def compile_command(session: Session, campaign: str, on: str, edition: str, threads: int) -> None:
    """Make and store CAMPAIGN's plan: to whom, when, why not others."""
    day = compile_day(session, on)
    found = edition_of(session, campaign_named(session, campaign), edition, on=day)
    plan, compiled = stored_plan(session, found, on=day, threads=threads)
    if session.json:
        _say_json(_outcome(plan, compiled))
        return
    _say_findings(session, compiled.findings)
    _print_sheet(session, plan)
    click.echo(str(plan.path))


@click.command()
@click.argument("campaign", required=False, default="", shell_complete=campaign_names)
@click.option("--on", "on", default="", metavar="DATE", help="The compile date (today).")
@_edition_option
@click.pass_obj
def propose(session: Session, campaign: str, on: str, edition: str) -> None:
    """Compile CAMPAIGN and commit its lock to the current branch.

    Merging that branch approves the plan, and no other.
    """
    day = compile_day(session, on)
    propose_plan(session, edition_of(session, campaign_named(session, campaign), edition, on=day), on=day)


def propose_plan(session: Session, campaign: Campaign, *, on: date, remainder: Remainder | None = None) -> None:
    """Compile a campaign (for a remainder alone, where there is one), commit its lock to the branch, and say so."""
    repository = Repository(session.root)
    branch = branch_for_lock(repository, main=session.settings.main_branch)
    plan, compiled = stored_plan(session, campaign, on=on, remainder=remainder)
    refuse_uncommitted(repository, plan.manifest)
    commit = commit_lock(repository, plan, at=session.clock.now())
    path = lock_path(campaign.path)
    if session.json:
        _say_json({**_outcome(plan, compiled), "branch": branch, "commit": commit, "lock": path})
        return
    _say_findings(session, compiled.findings)
    click.echo(_proposed(plan, branch=branch, path=path, commit=commit).say(_language(session)))


@click.group()
def plan() -> None:
    """Look at stored plans.

    A plan is named by its digest, the digest's first characters, or its campaign for the newest.
    """


@plan.command("show")
@click.argument("name", shell_complete=campaign_names)
@click.pass_obj
def show(session: Session, name: str) -> None:
    """What would be sent, to how many, when, and why not to the others."""
    found = _open(session, name)
    if not session.json:
        _print_sheet(session, found)
        return
    manifest = json.loads((found.path / "manifest.json").read_bytes())
    locked = _locked(session, found)
    estimate, together = found.estimate(), _together(session, found)
    known = estimate if isinstance(estimate, dict) else {}
    _say_json(
        {
            "digest": found.digest,
            "manifest": manifest,
            "estimate": known if together is None else {**known, "together": together},
            "locked": locked,
        }
    )


@plan.command("diff")
@click.argument("one")
@click.argument("other")
@click.option("--detailed-exitcode", "detailed", is_flag=True, help="End with code 2 where the plans differ.")
@click.option("--people", is_flag=True, help="Also who enters and who leaves, by contact id.")
@click.pass_obj
def diff_command(session: Session, one: str, other: str, detailed: bool, people: bool) -> int:
    """What approving plan OTHER instead of plan ONE would change: people, words, inputs, settings."""
    found = diff(_open(session, one), _open(session, other))
    code = CHANGES if detailed and not found.empty else 0
    if session.json:
        _say_json({**found.to_json(), **(found.people_json() if people else {})})
        return code
    console = _console()
    with console.capture() as page:
        print_diff(found, console, _language(session), people=people)
    click.echo(page.get(), nl=False)
    return code


@plan.command("verify")
@click.argument("name", shell_complete=campaign_names)
@click.pass_obj
def verify_command(session: Session, name: str) -> None:
    """Read every byte of a plan and count every slot."""
    path = Path(name) if Path(name).is_dir() else _open(session, name).path
    if findings := archive.verify(path):
        raise FindingsStop(findings)
    found = Plan(path)
    slots = found.manifest.recipients
    if session.json:
        _say_json({"digest": found.digest, "intact": True, "recipients": slots})
        return
    text = Text(
        f"plan {found.digest[:12]} intact : chaque octet et chaque envoi ({slots}) vérifiés",
        f"plan {found.digest[:12]} is intact: every byte and every slot ({slots}) checked",
    )
    click.echo(text.say(_language(session)))


def history_of(session: Session) -> History:
    """What contacts have had and done so far, by whoever keeps that record; empty where nobody does."""
    snapshots = (point.load()(session) for point in entry_points(group=HISTORY_GROUP))
    return History.of(record for snapshot in snapshots for record in snapshot.records)


def campaign_named(session: Session, name: str) -> Campaign:
    """The campaign of that name, or the only one."""
    workspace = session.workspace()
    if not name and len(workspace.campaigns) == 1:
        return workspace.campaigns[0]
    names = sorted(campaign.name for campaign in workspace.campaigns)
    if not name:
        raise UsageProblem(Text(f"quelle campagne ? {', '.join(names)}", f"which campaign? {', '.join(names)}"))
    found = workspace.campaign(name)
    if found is None:
        hint = did_you_mean(name, names) or Text(f"déclarées : {', '.join(names)}", f"declared: {', '.join(names)}")
        raise UsageProblem(
            Text(f"aucune campagne « {name} » ({hint.fr})", f"no campaign {name!r} ({hint.en})"),
        )
    return found


def edition_of(session: Session, campaign: Campaign, name: str, *, on: date) -> Campaign:
    """The edition of that name, or the next one from the compile date on."""
    local = zone(session.settings.organisation.timezone)
    first = campaign.start.astimezone(local).date()
    if campaign.repeat is None:
        if not name:
            return campaign
        raise UsageProblem(
            Text(
                f"« {campaign.name} » ne se répète pas : pas de repeat",
                f"{campaign.name!r} does not repeat: it has no repeat",
            )
        )
    try:
        day = campaign.repeat.day_of(name) if name else campaign.repeat.next_day(max(on, first))
    except (ValueError, OverflowError):
        known = campaign.repeat.name_of(first)
        raise UsageProblem(
            Text(f"--edition attend un nom comme {known}", f"--edition expects a name such as {known}")
        ) from None
    if day < first:
        raise UsageProblem(Text(f"la première édition part le {first}", f"the first edition leaves on {first}"))
    return campaign.edition_on(day, local)


def compile_day(session: Session, text: str) -> date:
    """The compile date: the one given, or today where the organisation is."""
    if not text:
        return session.clock.now().astimezone(zone(session.settings.organisation.timezone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(Text("--on attend une date AAAA-MM-JJ", "--on expects a date YYYY-MM-DD")) from None


def stored_plan(
    session: Session, campaign: Campaign, *, on: date, threads: int = 0, remainder: Remainder | None = None
) -> tuple[Plan, Compiled]:
    """The campaign's plan, compiled and on disk. Raises FindingsStop where findings stop it."""
    plans = session.path(session.settings.plans)
    _check_superseded(plans, campaign)
    book = session.book()
    try:
        book.refresh()
    except RemoteUnreachable as problem:
        click.echo(f"envoi: {problem.text.say(_language(session))}", err=True)
    history = history_of(session)
    keyring = session.keyring()
    try:
        host = KeyedHost(book.view(), keyring, session.suppression_key(), history, plans, remainder)
        compiled = compile_campaign(
            session.workspace(), campaign, host, on=on, threads=threads or processes_for(keyring.count())
        )
        if compiled.parts is None:
            raise FindingsStop(list(compiled.findings))
        ours = Ours.of_parts(compiled.parts, compiled.estimate)
        beside = _company(session, campaign, ours, history)
        if any(found.stops for found in beside.findings):
            raise FindingsStop([*compiled.findings, *beside.findings])
        archive.store_history(history, plans)
        estimate = {**compiled.estimate, "together": beside.to_json()}
        told = tuple(in_reading_order([*compiled.findings, *beside.findings]))
        plan = Plan(archive.write(compiled.parts, plans, estimate=estimate))
        return plan, replace(compiled, estimate=estimate, findings=told)
    finally:
        keyring.close()


def _company(session: Session, campaign: Campaign, ours: Ours, history: History) -> Company:
    plans = session.path(session.settings.plans)
    return company(
        session.workspace(), campaign, ours, plans=plans, history=history, locked=lambda m, d: _locks(session, m, d)
    )


def _together(session: Session, plan: Plan) -> Json:
    """What leaves at the same time as a stored plan, as it is now; None where its campaign is not declared any more."""
    manifest = plan.manifest
    campaign = session.workspace().campaign(manifest.campaign)
    if campaign is None:
        return None
    edition = replace(campaign, edition=manifest.edition, start=manifest.start, finish_by=manifest.finish_by)
    return _company(session, edition, Ours.of_plan(plan), history_of(session)).to_json()


def _check_superseded(plans: Path, campaign: Campaign) -> None:
    """Raises FindingsStop unless the plan that a campaign says it corrects is one of its own, of the same edition."""
    if not campaign.supersedes:
        return
    folders = [f for f in archive.plan_folders(plans) if f.name.startswith(campaign.supersedes)]
    known = [(plan.manifest.campaign, plan.manifest.edition) for plan in map(Plan, folders)]
    if known != [(campaign.name, campaign.edition)]:
        raise FindingsStop([finding(SUPERSEDED, campaign.place, digest=campaign.supersedes)])


def _proposed(plan: Plan, *, branch: str, path: str, commit: str) -> Text:
    count, digest = masked(plan.manifest.recipients), plan.digest[:12]
    if not commit:
        return Text(
            f"rien à faire : {path} verrouille déjà le plan {digest} ({count} destinataires) sur « {branch} »",
            f"nothing to do: {path} already locks plan {digest} ({count} recipients) on {branch!r}",
        )
    return Text(
        f"{path} verrouille le plan {digest} : {count} destinataires\n"
        f"commit {commit[:12]} sur « {branch} »\n"
        "Ensuite : pousser cette branche et ouvrir une demande de fusion. La fusionner approuve l'envoi.",
        f"{path} locks plan {digest}: {count} recipients\n"
        f"commit {commit[:12]} on {branch!r}\n"
        "Next: push this branch and open a pull request. Merging it approves the plan.",
    )


def _locked(session: Session, plan: Plan) -> bool:
    return _locks(session, plan.manifest, plan.digest)


def _locks(session: Session, manifest: Manifest, digest: str) -> bool:
    """Whether the lock in this working tree names this plan."""
    path = session.root / lock_path(manifest.campaign_path)
    try:
        return lock_from_bytes(path.read_bytes(), path.name).digest == digest
    except (OSError, LockProblem):
        return False


def _open(session: Session, name: str) -> Plan:
    return archive.open_plan(session.path(session.settings.plans), name)


def _outcome(plan: Plan, compiled: Compiled) -> dict[str, Json]:
    manifest = plan.manifest
    return {
        "campaign": manifest.campaign,
        "edition": manifest.edition,
        "digest": plan.digest,
        "path": str(plan.path),
        "selected": manifest.selected,
        "recipients": manifest.recipients,
        "exclusions": dict(manifest.exclusions),
        "trackers": dict(manifest.trackers),
        "funnel": [{"clause": step.clause, "left": step.left} for step in manifest.funnel],
        "findings": findings_json(compiled.findings)["findings"],
        "estimate": compiled.estimate,
    }


def _print_sheet(session: Session, plan: Plan) -> None:
    console = _console()
    sheet = Sheet.of(plan, locked=_locked(session, plan), together=_together(session, plan))
    with console.capture() as page:
        print_plan(sheet, console, _language(session))
    click.echo(page.get(), nl=False)


def _console() -> Console:
    return Console(highlight=False)


def _language(session: Session) -> str:
    return session.language or session.settings.language.value


def _say_findings(session: Session, findings: tuple[Finding, ...]) -> None:
    if findings:
        colour = sys.stderr.isatty() and not session.environment.get("NO_COLOR")
        text = findings_text(findings, _language(session), root=session.root, colour=colour)
        click.echo(f"{text}\n", err=True)


def _say_json(document: Mapping[str, Json]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, sort_keys=True))
