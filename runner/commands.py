"""The runner's commands: send, status, stop, resume, resolve, ledger adopt and ledger reconcile."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import click

from compiler.archive import Plan, plan_folders, readable, verify
from compiler.door.completing import campaign_names
from compiler.door.refusals import refusal_of
from compiler.git import RemoteUnreachable
from compiler.language.canonical import Json, instant_text
from compiler.language.errors import (
    EnvoiError,
    FindingsStop,
    OutsideWindow,
    PartlySent,
    RefusedByPolicy,
    UsageProblem,
)
from compiler.language.finding import Text
from compiler.session import Session
from runner.account import account_of, scopes_of
from runner.admission import check_witness
from runner.bookview import Roster
from runner.brakes import reason_text, scope_text
from runner.dry_run import step_json, step_lines, steps_now
from runner.evidence import accepted_in_log, received
from runner.execute import execute
from runner.leaping import CLOCK, Leaping, rehearsing
from runner.ledger import EVERYTHING, plan_scope
from runner.ledger.identity import HostLock, Witness
from runner.ledger.sqlite import FILE, SqliteLedger
from runner.order import Ended, Summary
from runner.orders import (
    EVENTS,
    LEDGER,
    Wishes,
    admission_of,
    check_approval,
    find_plan,
    opens_at,
    order_for,
    parse_span,
)
from runner.recovery import Policy, Recovered, Resolution, bring_back, doubt_the_rest
from runner.recovery import resolve as resolve_doubts
from runner.shipping import EventMaker, ship
from runner.stages import Send, next_change
from runner.voice import Bar, voice_for
from tracker.events.sqlite import SqliteEventStore


@click.command()
@click.argument("plan", shell_complete=campaign_names)
@click.option("--dry-run", "dry", is_flag=True, help="Print the steps that a run would take now; send nothing.")
@click.option("--for", "span", default="", metavar="SPAN", help="Send for at most so long (50m, 2h), then end cleanly.")
@click.option("--no-wait", is_flag=True, help="Where no window is open, end with code 5.")
@click.option("--processes", default=0, type=click.IntRange(0, 64), help="Sender processes (0: as the rate needs).")
@click.option("--rehearse", is_flag=True, help="Into a folder (via: maildir) at once, on a simulated clock.")
@click.pass_obj
def send(session: Session, plan: str, dry: bool, span: str, no_wait: bool, processes: int, rehearse: bool) -> int:
    """Send PLAN inside its windows, as approved. PLAN is a digest, its beginning, or a campaign's name."""
    found = find_plan(session, plan)
    if dry:
        _dry_run(session, found)
        return 0
    wishes = Wishes(parse_span(span) if span else None, not no_wait, processes)
    if rehearse:
        session = rehearsing(session, found)
    order = order_for(session, found, wishes)
    voice = voice_for(session, found.manifest.recipients)
    try:
        summary = execute(order, Leaping(voice, session.state(CLOCK)) if rehearse else voice)
    finally:
        if isinstance(voice, Bar):
            voice.close()
    return _say_summary(session, found, summary)


@click.command()
@click.argument("plan", default="", shell_complete=campaign_names)
@click.pass_obj
def status(session: Session, plan: str) -> int:
    """How PLAN stands, or every plan sent from here.

    Its sums, stops and doubts, and what can no longer be called back.
    """
    state = session.path(session.settings.state)
    if plan:
        account = account_of(find_plan(session, plan), state)
        _say(session, account.to_json(), account.lines(_language(session)))
        return 0
    whole, damaged = readable(_entered(session))
    accounts = [account_of(each, state) for each in whole]
    lines = [line for account in accounts for line in account.lines(_language(session))]
    lines += [_damaged(folder.name).say(_language(session)) for folder in damaged]
    none = Text("aucun plan n'a été envoyé d'ici", "no plan was ever sent from here").say(_language(session))
    record: dict[str, Json] = {
        "plans": [account.to_json() for account in accounts],
        "damaged": [folder.name for folder in damaged],
    }
    _say(session, record, lines or [none])
    return 1 if damaged else 0


@click.command()
@click.argument("plan", default="", shell_complete=campaign_names)
@click.option("--all", "everything", is_flag=True, help="Stop everything that this host sends.")
@click.pass_obj
def stop(session: Session, plan: str, everything: bool) -> None:
    """Stop PLAN at its next permit. No approval is needed; `resume` needs the lock."""
    if bool(plan) == everything:
        raise UsageProblem(Text("stop attend un plan, ou --all", "stop expects a plan, or --all"))
    found = None if everything else find_plan(session, plan)
    with _ledger(session) as ledger:
        ledger.stop(plan_scope(found.digest) if found else EVERYTHING, "command", session.clock.now())
    if found is None:
        text = Text(
            "tout est arrêté ; pour reprendre : envoi resume PLAN", "everything is stopped; to go on: envoi resume PLAN"
        )
        _say(session, {"stopped": EVERYTHING}, [text.say(_language(session))])
        return
    account = account_of(found, session.path(session.settings.state))
    _say(session, account.to_json(), account.lines(_language(session)))


@click.command()
@click.argument("plan", shell_complete=campaign_names)
@click.pass_obj
def resume(session: Session, plan: str) -> None:
    """Lift what stops PLAN, its brakes and lanes included. The plan must still be the one that is locked."""
    found = find_plan(session, plan)
    check_approval(session, found)
    with _ledger(session) as ledger:
        scopes = set(scopes_of(found))
        lifted = [stop for stop in ledger.stops() if stop.scope in scopes]
        ledger.lift([stop.scope for stop in lifted])
    language = _language(session)
    lines = [f"{scope_text(stop.scope).say(language)} · {reason_text(stop.reason).say(language)}" for stop in lifted]
    name = found.manifest.campaign
    head = Text(
        f"{len(lifted)} arrêt(s) levé(s) ; ensuite : envoi send {name}",
        f"{len(lifted)} stop(s) lifted; next: envoi send {name}",
    )
    _say(session, {"lifted": [stop.scope for stop in lifted]}, [*lines, head.say(language)])


@click.command()
@click.argument("plan", shell_complete=campaign_names)
@click.option(
    "--in-doubt", "policy", type=click.Choice([p.value for p in Policy]), default=Policy.HOLD.value, show_default=True
)
@click.option("--relay-log", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What the relay took.")
@click.pass_obj
def resolve(session: Session, plan: str, policy: str, relay_log: Path | None) -> None:
    """Settle PLAN's messages in doubt, by evidence first.

    Evidence is the relay's log and what recipients did; whatever it does not settle is held, resent or assumed sent.
    """
    found = find_plan(session, plan)
    log = set[str]()
    if relay_log is not None:
        with relay_log.open(encoding="utf-8", errors="replace") as lines:
            log = accepted_in_log(lines)
    with _workshop(session) as (ledger, store):
        seen = received(store.of_plan(found.digest[:16]))
        outcome = resolve_doubts(ledger, found, Policy(policy), log=log, seen=seen, at=session.clock.now())
        ship(ledger, store, EventMaker(ledger.identity, ledger.plans(), (found, Roster(found))))
    record: dict[str, Json] = {
        "in_doubt": outcome.in_doubt,
        "proved": outcome.proved,
        "resent": outcome.resent,
        "assumed_sent": outcome.assumed,
        "held": outcome.held,
    }
    _say(session, record, [_resolved(outcome).say(_language(session))])


@click.group()
def ledger() -> None:
    """Put a ledger right that was lost, restored or moved."""


@ledger.command("adopt")
@click.argument("plan", shell_complete=campaign_names)
@click.option("--trust-events", is_flag=True, help="The event store is complete: what it does not name was not sent.")
@click.pass_obj
def adopt(session: Session, plan: str, trust_events: bool) -> None:
    """Take PLAN over from another ledger (lost, or on another host that will never send again).

    What the event store knows is brought back; everything else is in doubt, unless --trust-events.
    """
    found = find_plan(session, plan)
    manifest = found.manifest
    with _workshop(session) as (own, store):
        check_witness(own, _witness(session, own))
        admission = admission_of(session, own)
        others = [
            d for d, who in admission.admitted(manifest.campaign, manifest.edition).items() if who != own.identity
        ]
        plans = [Plan(session.path(session.settings.plans) / digest) for digest in others if digest != found.digest]
        at = session.clock.now()
        plans.append(found)
        restored = bring_back(own, plans, store, at=at)
        doubtful = 0 if trust_events else sum(doubt_the_rest(own, each, at=at) for each in plans)
        _note_mark(session, own)
        for digest in others:
            admission.adopt(manifest.campaign, manifest.edition, digest)
    _say_recovered(session, Recovered(restored, doubtful))


@ledger.command("reconcile")
@click.option("--trust-events", is_flag=True, help="The event store is complete: what it does not name was not sent.")
@click.pass_obj
def reconcile(session: Session, trust_events: bool) -> None:
    """Bring a ledger that was restored from a copy back to what was sent.

    What the event store knows is brought back; if permits are still missing, every pending slot is put in doubt.
    """
    with _workshop(session) as (own, store):
        witness, admission = _witness(session, own), admission_of(session, own)
        marks = [witness.read(), standing.mark if (standing := admission.remote_mark()) else None]
        reached = max((mark.count for mark in marks if mark is not None), default=0)
        mine = {digest for digest, who in admission.admitted().items() if who == own.identity}
        mine |= {entered.digest for entered in own.plans() if not own.superseded(entered.digest)}
        plans = [Plan(folder) for folder in plan_folders(session.path(session.settings.plans)) if folder.name in mine]
        if missing := mine - {each.digest for each in plans}:
            raise _plans_missing(missing)
        plans.sort(key=lambda each: (each.manifest.compiled_on, each.path.stat().st_mtime_ns))
        at = session.clock.now()
        restored = bring_back(own, plans, store, at=at)
        whole = trust_events or own.mark().count >= reached
        doubtful = 0 if whole else sum(doubt_the_rest(own, each, at=at) for each in plans)
        _note_mark(session, own)
    _say_recovered(session, Recovered(restored, doubtful))


@contextmanager
def _ledger(session: Session) -> Iterator[SqliteLedger]:
    """The host's ledger, for a stop or a question: a run may be at work."""
    opened = SqliteLedger.open(session.state(LEDGER))
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _workshop(session: Session) -> Iterator[tuple[SqliteLedger, SqliteEventStore]]:
    """The ledger and the event store, with no run at work. Raises RefusedByPolicy where one is."""
    with ExitStack() as stack:
        stack.enter_context(HostLock(session.state(LEDGER)))
        opened = stack.enter_context(_ledger(session))
        yield opened, stack.enter_context(SqliteEventStore(session.state(EVENTS)))


def _witness(session: Session, own: SqliteLedger) -> Witness:
    return Witness(session.state("witness"), own.identity)


def _note_mark(session: Session, own: SqliteLedger) -> None:
    """Witness and remote take the ledger for what it is now. The remote last: it is the point of no return."""
    run, at = secrets.token_hex(8), session.clock.now()
    own.begin_run(run, at)
    witness = _witness(session, own)
    witness.write(own.mark())
    witness.sync()
    witness.close()
    admission_of(session, own).overwrite_mark(run, own.mark())
    own.marked(own.mark())


def _entered(session: Session) -> list[Path]:
    """Folders of the plans that the ledger knows, in the order in which they were entered."""
    if not (session.state(LEDGER) / FILE).is_file():
        return []
    with _ledger(session) as own:
        digests = [plan.digest for plan in own.plans()]
    folders = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    return [folders[digest] for digest in digests if digest in folders]


def _damaged(digest: str) -> Text:
    name = digest[:12]
    return Text(
        f"plan {name} endommagé : `envoi plan verify {name}` dit où ; le restaurer d'une sauvegarde",
        f"plan {name} is damaged: `envoi plan verify {name}` says where; restore it from a backup",
    )


def _dry_run(session: Session, plan: Plan) -> None:
    if findings := verify(plan.path):
        raise FindingsStop(findings)
    language = _language(session)
    try:
        check_approval(session, plan)
        refusal = None
    except (RefusedByPolicy, RemoteUnreachable) as error:
        refusal = error.text
    steps = steps_now(session, plan)
    record: dict[str, Json] = {
        "plan": plan.digest,
        "approved": refusal is None,
        "steps": [step_json(step) for step in steps],
    }
    lines = [Text("à blanc : rien ne part", "dry run: nothing leaves").say(language)]
    lines += [refusal.say(language)] if refusal is not None else []
    _say(session, record, [*lines, *step_lines(steps, plan, session, language)])


def _say_summary(session: Session, plan: Plan, summary: Summary) -> int:
    """The account, and why not everything is settled: in JSON one object holds both. Raises the error otherwise."""
    account = account_of(plan, session.path(session.settings.state))
    error = _unsettled(session, plan, summary)
    record = {"event": "ended", "ended": summary.ended.value, **account.to_json(), "running": False}
    if summary.until is not None:
        record["until"] = instant_text(summary.until)
    refusal = refusal_of(error) if error is not None else None
    if refusal is not None:
        record |= {"error": refusal.text.say(_language(session)), "code": refusal.code}
    _say(session, record, account.lines(_language(session)))
    if error is not None and not session.json:
        raise error
    return refusal.code if refusal is not None else 0


def _unsettled(session: Session, plan: Plan, summary: Summary) -> EnvoiError | KeyboardInterrupt | None:
    """Why not every message of the plan is sent, refused or skipped, if so."""
    counts = summary.counts
    pending = counts["pending"]
    match summary.ended:
        case Ended.FINISHED if not counts["in_doubt"]:
            return None
        case Ended.FINISHED:
            doubts = counts["in_doubt"]
            return PartlySent(
                Text(
                    f"{doubts} message(s) en doute : `envoi resolve`", f"{doubts} message(s) in doubt: `envoi resolve`"
                )
            )
        case Ended.HELD:
            return (PartlySent if counts["sent"] else RefusedByPolicy)(_held(summary))
        case Ended.TIME:
            return _time_is_up(session, plan, counts)
        case Ended.OUTSIDE:
            return _closed(session, summary.until)
        case Ended.INTERRUPTED:
            return KeyboardInterrupt()
        case Ended.SENDERS:
            return PartlySent(
                Text(
                    f"les processus d'envoi se sont arrêtés, {pending} en attente : relancer",
                    f"the sender processes are gone, {pending} pending: run again",
                )
            )


def _time_is_up(session: Session, plan: Plan, counts: Mapping[str, int]) -> EnvoiError:
    """`--for` has elapsed. Where nothing left because no window was open all along, that is what is said."""
    started = counts["sent"] + counts["refused"] + counts["in_doubt"]
    steps = () if started else steps_now(session, plan)
    if steps and not any(isinstance(step, Send) for step in steps) and (opening := next_change(steps)):
        return _closed(session, opening)
    pending = counts["pending"]
    return PartlySent(
        Text(
            f"temps écoulé, {pending} en attente : relancer `envoi send {plan.manifest.campaign}`",
            f"time is up, {pending} pending: run `envoi send {plan.manifest.campaign}` again",
        )
    )


def _closed(session: Session, until: datetime | None) -> OutsideWindow:
    opening = opens_at(until, session)
    return OutsideWindow(
        Text(
            f"aucune fenêtre ouverte avant {opening} : relancer alors, ou sans --no-wait ni --for pour attendre",
            f"no window is open before {opening}: run again then, or without --no-wait and --for to wait",
        )
    )


def _held(summary: Summary) -> Text:
    reasons = [reason_text(reason) for _, reason in summary.stops] or [Text("arrêté", "stopped")]
    pending = summary.counts["pending"]
    return Text(
        f"arrêté, {pending} en attente : {' ; '.join(r.fr for r in reasons)} (puis `envoi resume`)",
        f"stopped, {pending} pending: {'; '.join(r.en for r in reasons)} (then `envoi resume`)",
    )


def _resolved(outcome: Resolution) -> Text:
    return Text(
        f"{outcome.in_doubt} en doute : {outcome.proved} prouvés remis, {outcome.resent} à renvoyer, "
        f"{outcome.assumed} tenus pour remis, {outcome.held} gardés en doute",
        f"{outcome.in_doubt} in doubt: {outcome.proved} proved handed over, {outcome.resent} to resend, "
        f"{outcome.assumed} assumed handed over, {outcome.held} kept in doubt",
    )


def _say_recovered(session: Session, recovered: Recovered) -> None:
    text = Text(
        f"{recovered.facts} faits retrouvés, {recovered.doubtful} messages mis en doute (`envoi resolve`)",
        f"{recovered.facts} facts brought back, {recovered.doubtful} messages put in doubt (`envoi resolve`)",
    )
    record: dict[str, Json] = {"facts": recovered.facts, "in_doubt": recovered.doubtful}
    _say(session, record, [text.say(_language(session))])


def _plans_missing(digests: set[str]) -> UsageProblem:
    names = ", ".join(sorted(digest[:12] for digest in digests))
    return UsageProblem(Text(f"plans introuvables : {names}", f"plans not found: {names}"))


def _say(session: Session, record: dict[str, Json], lines: list[str]) -> None:
    """One JSON object, or lines for people."""
    click.echo(json.dumps(record, ensure_ascii=False) if session.json else "\n".join(lines))


def _language(session: Session) -> str:
    return session.language or session.settings.language.value
