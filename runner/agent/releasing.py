"""What main has locked and is due leaves, by the very code of `envoi send`: the lock is asked for again there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta

from compiler.archive import Plan, plan_folders
from compiler.git import Repository
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.lock import APPROVED_REF, inside, lock_from_bytes, lock_path
from compiler.session import Session
from runner.account import Account, account_of
from runner.agent.repeating import recorded_plans
from runner.dry_run import steps_now
from runner.execute import execute
from runner.ledger.sqlite import FILE
from runner.order import Summary, Voice
from runner.orders import LEDGER, Wishes, order_for
from runner.stages import Halt, Send, Skip, Wait

#: So long a campaign sends before the others, the branches and the book have their turn.
TURN = timedelta(minutes=10)


def refuse_keyless(session: Session) -> None:
    """Raises RefusedByPolicy on a machine that is not the one that sends: no keyring, or no ledger where another
    machine has one.
    """
    settings = session.settings
    if not session.path(settings.keyring.path).is_file():
        raise RefusedByPolicy(
            Text(
                "cette machine n'a pas le trousseau : rien ne se compile ni ne part d'ici",
                "this machine has no keyring: nothing is compiled or sent from here",
            )
        )
    if (session.state(LEDGER) / FILE).is_file():
        return
    if Repository(session.home).remote_refs(settings.workspace_remote, "refs/envoi/ledger/*"):
        raise RefusedByPolicy(
            Text(
                "cette machine n'a pas le registre d'envoi, une autre l'a : rien ne part d'ici (`envoi ledger adopt`)",
                "this machine has no ledger, another one has: nothing is sent from here (`envoi ledger adopt`)",
            )
        )


def locked_plans(session: Session) -> Iterator[Plan]:
    """The plans that main has locked and that are stored here, in the order of their start; then the editions that
    these locks approve by declaration.
    """
    repository = Repository(session.home)
    lead = inside(repository)
    stored = {folder.name: folder for folder in plan_folders(session.path(session.settings.plans))}
    for campaign in sorted(session.workspace().campaigns, key=lambda each: (each.start, each.name)):
        path = lead + lock_path(campaign.path)
        data = repository.read(APPROVED_REF, path)
        if data is not None and (digest := lock_from_bytes(data, path).digest) in stored:
            yield Plan(stored[digest])
    yield from recorded_plans(session)


def locked_at(session: Session, plan: Plan, commit: str) -> bool:
    """Whether a commit of main has the lock that main has now: what came later waits for its own release."""
    repository = Repository(session.home)
    path = inside(repository) + lock_path(plan.manifest.campaign_path)
    data = repository.read(commit, path)
    return data is not None and data == repository.read(APPROVED_REF, path)


def accounts(session: Session) -> list[Account]:
    """How each locked plan stands."""
    state = session.path(session.settings.state)
    return [account_of(plan, state) for plan in locked_plans(session)]


def is_due(session: Session, account: Account) -> bool:
    """Whether something of a plan may leave, or must be left out, at this instant."""
    if account.running or account.superseded or not account.counts["pending"]:
        return False
    steps = steps_now(session, account.plan)
    if any(isinstance(step, Send) for step in steps):
        return True
    # Nothing can leave any more: what missed its last window is written down as such.
    return any(isinstance(step, Skip) for step in steps) and not any(isinstance(step, Wait | Halt) for step in steps)


def is_left(session: Session, account: Account) -> bool:
    """Whether something of a plan will still leave without anybody's doing."""
    if account.superseded or not account.counts["pending"]:
        return False
    return any(isinstance(step, Send | Wait) for step in steps_now(session, account.plan))


def send_turn(session: Session, plan: Plan, voice: Voice) -> Summary:
    """One turn of a plan: at most TURN, and no waiting for a window."""
    try:
        return execute(order_for(session, plan, Wishes(TURN, wait=False)), voice)
    finally:
        end_when_told()


def end_when_told() -> None:
    """Let SIGTERM and SIGINT end the agent. A run takes both for itself, and leaves them without effect."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.default_int_handler)
