"""`envoi replan`: leave nobody behind. Those of a finished plan's people who were never reached get one of their own.

It is a plan like any other: compiled anew (whoever has left since is left out), proposed by its lock, approved by a
merge. The ledger gives nobody a second permit for the same edition, whatever a plan says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import click

from compiler.archive import Plan, plan_folders
from compiler.language.campaign import Campaign
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.pipeline.choosing import Remainder
from compiler.plan_commands import campaign_named, compile_day, edition_of, propose_plan
from compiler.resolve.values import BadValue, instant
from compiler.schedule import zone
from compiler.session import Session
from runner.account import account_of
from runner.bookview import Roster
from runner.dry_run import steps_now
from runner.ledger import PlanState, SlotState
from runner.ledger.sqlite import FILE, SqliteLedger
from runner.orders import LEDGER, opens_at
from runner.stages import Halt, Send, Wait

#: No server was asked to take a message for these, or it asked for a later time that never came.
_NOT_REACHED = (SlotState.PENDING, SlotState.SKIPPED)


@click.command()
@click.argument("campaign", required=False, default="")
@click.option("--missing", is_flag=True, help="For those whom its last plan did not reach: the only kind there is.")
@click.option("--start", default="", metavar="TIME", help="When the new plan begins (as the campaign says).")
@click.option("--finish-by", default="", metavar="TIME", help="When the new plan ends (as the campaign says).")
@click.pass_obj
def replan(session: Session, campaign: str, missing: bool, start: str, finish_by: str) -> None:
    """Propose a plan for those whom the last one did not reach.

    The last one is CAMPAIGN's, sent and over. The new lock goes to the current branch: merging
    it approves the plan.
    """
    if not missing:
        raise UsageProblem(Text("replan attend --missing", "replan expects --missing"))
    declared = campaign_named(session, campaign)
    finished, state = _finished(session, declared)
    remainder = Remainder(finished.digest, frozenset(contact.hex() for contact in not_reached(finished, state)))
    if not remainder.contacts:
        _say(session, finished)
        return
    timed = _timed(session, _edition(session, declared, finished), start, finish_by)
    again = replace(timed, supersedes=finished.digest)
    propose_plan(session, again, on=compile_day(session, ""), remainder=remainder)


def not_reached(plan: Plan, state: PlanState) -> set[bytes]:
    """Recipients without a permit that stands: never permitted, or put off until it was too late; and by no other
    plan of the edition.
    """
    pending = {c for slot, c in enumerate(Roster(plan)) if state.slots[slot] in _NOT_REACHED}
    return pending - state.spent


def _finished(session: Session, campaign: Campaign) -> tuple[Plan, PlanState]:
    """The campaign's plan that was sent last, with its state. Raises where it was never sent, or is not over."""
    plan, state = _sent_last(session, campaign)
    if account_of(plan, session.path(session.settings.state)).running:
        raise _not_over(plan, Text("il est en cours d'envoi", "it is being sent"))
    steps = steps_now(session, plan)
    waiting = [step for step in steps if isinstance(step, Send | Wait)]
    if waiting:
        text = Text("une partie partira encore d'elle-même", "some of it will still leave by itself")
        raise _not_over(plan, text)
    if any(isinstance(step, Halt) for step in steps):
        raise _not_over(plan, Text("un arrêt le retient (envoi resume)", "a stop holds it back (envoi resume)"))
    return plan, state


def _sent_last(session: Session, campaign: Campaign) -> tuple[Plan, PlanState]:
    folders = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    if (session.state(LEDGER) / FILE).is_file():
        ledger = SqliteLedger.open(session.state(LEDGER))
        try:
            entered = [each.digest for each in ledger.plans() if each.campaign == campaign.name]
            current = [digest for digest in entered if digest in folders and not ledger.superseded(digest)]
            if current:
                return Plan(folders[current[-1]]), ledger.state(current[-1])
        finally:
            ledger.close()
    raise UsageProblem(
        Text(
            f"aucun plan de « {campaign.name} » n'a été envoyé d'ici",
            f"no plan of {campaign.name!r} was ever sent from here",
        )
    )


def _edition(session: Session, campaign: Campaign, plan: Plan) -> Campaign:
    if campaign.repeat is None:
        return campaign
    if campaign.repeat.once_per_contact:
        raise UsageProblem(
            Text(
                "l'édition suivante écrira d'elle-même à ceux que celle-ci n'a pas atteints",
                "the next edition will write to those whom this one did not reach by itself",
            )
        )
    return edition_of(session, campaign, plan.manifest.edition, on=plan.manifest.compiled_on)


def _timed(session: Session, campaign: Campaign, start: str, finish_by: str) -> Campaign:
    """The campaign at its new hours. Raises UsageProblem where it would be over before it begins."""
    now = session.clock.now()
    begins = _instant(session, "--start", start) or max(campaign.start, now)
    ends = _instant(session, "--finish-by", finish_by) or campaign.finish_by
    if ends is not None and ends <= max(begins, now):
        over = opens_at(ends, session)
        raise UsageProblem(
            Text(
                f"la campagne a pris fin le {over} : donner --start et --finish-by, ou les changer dans son fichier",
                f"the campaign ended on {over}: give --start and --finish-by, or change them in its file",
            )
        )
    return replace(campaign, start=begins.replace(second=0, microsecond=0), finish_by=ends)


def _instant(session: Session, option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return instant(text, zone(session.settings.organisation.timezone))
    except BadValue as problem:
        raise UsageProblem(Text(f"{option} : {problem.text.fr}", f"{option}: {problem.text.en}")) from None


def _not_over(plan: Plan, why: Text) -> RefusedByPolicy:
    name = plan.digest[:12]
    return RefusedByPolicy(
        Text(f"le plan {name} n'est pas terminé : {why.fr}", f"plan {name} is not finished: {why.en}")
    )


def _say(session: Session, plan: Plan) -> None:
    if session.json:
        click.echo(f'{{"missing": 0, "plan": "{plan.digest}"}}')
        return
    name = plan.digest[:12]
    text = Text(f"le plan {name} n'a oublié personne", f"plan {name} left nobody behind")
    click.echo(text.say(session.language or session.settings.language.value))
