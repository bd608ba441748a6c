"""From a workspace to the order of a run: is the plan approved, young enough, and close enough to what was approved?"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from os import cpu_count

from compiler.archive import Plan, open_plan
from compiler.git import Repository
from compiler.language.campaign import Campaign
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.language.lane import OTHER
from compiler.language.plan import Exclusion, Lock
from compiler.lock import LockProblem, approved, lock_of, lock_path, same_approval
from compiler.policy import Audience
from compiler.schedule import zone
from compiler.session import Session
from runner.admission import Admission
from runner.bookview import BookWatch, Roster, Sources, View, Watch
from runner.editions import check_edition, is_automatic
from runner.ledger import PlanState
from runner.ledger.sqlite import SqliteLedger
from runner.message import Composer, DkimKey
from runner.order import Order
from runner.proof import prove_messages
from runner.sender_process import SenderJob
from runner.stages import capped_slots, removed_since_approval, spent_slots
from runner.transport import Endpoint, MaildirEndpoint, endpoint_for
from tracker.events.sqlite import SqliteEventStore

EVENTS = "events.sqlite"
LEDGER = "ledger"
_PER_PROCESS = 400  # messages a second that one core renders and sends with room to spare
_FOLDER_LIMIT = 10_000
_MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks of a run. `processes` 0: as many as the rate needs."""

    span: timedelta | None = None
    wait: bool = True
    processes: int = 0


def find_plan(session: Session, name: str) -> Plan:
    return open_plan(session.path(session.settings.plans), name)


def order_for(session: Session, plan: Plan, wishes: Wishes) -> Order:
    """The order to send a plan. Raises RefusedByPolicy where it is not approved, too old, its messages break a
    rule, or its clock is simulated and its server on another machine; UsageProblem for what is not declared.
    """
    check_approval(session, plan)
    endpoint = _endpoint(session, plan)
    if session.clock.simulated and not endpoint.loopback:
        raise RefusedByPolicy(
            Text(
                "horloge simulée : rien ne peut quitter cette machine",
                "simulated clock: nothing may leave this machine",
            )
        )
    now, composer = session.clock.now(), _composer(session, plan)
    keyring = session.keyring()  # a missing key is told before any process is started
    try:
        prove_messages(plan, composer(plan), keyring.keys, at=now)
    finally:
        keyring.close()
    places, processes = _crew(session, plan, wishes.processes)
    job = SenderJob(plan, endpoint, session.keyring, composer, places, _limit(plan, endpoint), session.clock)
    return Order(
        plan=plan,
        job=job,
        processes=processes,
        state=session.path(session.settings.state),
        keyring=session.path(session.settings.keyring.path),
        events=session.state(EVENTS),
        brakes=session.settings.brakes,
        admission=lambda ledger: admission_of(session, ledger),
        watch=watch_for(session, plan),
        approve=_drift_check(plan),
        clock=session.clock,
        until=now + wishes.span if wishes.span is not None else None,
        wait=wishes.wait,
        per_contact=session.settings.limits.per_contact,
    )


def admission_of(session: Session, ledger: SqliteLedger) -> Admission:
    return Admission(Repository(session.home), session.settings.workspace_remote, ledger, session.clock)


def check_approval(session: Session, plan: Plan) -> None:
    """Raises RefusedByPolicy unless the lock on the remote's main branch names this very plan, in time."""
    manifest, settings = plan.manifest, session.settings
    lock = approved(
        Repository(session.home),
        manifest.campaign_path,
        remote=settings.workspace_remote,
        main_branch=settings.main_branch,
    )
    if lock is None:
        raise _unapproved(plan, settings.main_branch)
    approving = plan if lock.digest == plan.digest else _approved_edition(session, lock, plan)
    # Its counts or hashes may have been edited since.
    if not same_approval(lock_of(approving.manifest, approving.digest), lock):
        raise LockProblem(lock_path(manifest.campaign_path))
    if approving is not plan:
        check_edition(session, lock, approving, plan)
    today = session.clock.now().astimezone(zone(settings.organisation.timezone)).date()
    longest = timedelta(seconds=int(dict(manifest.approval)["max_age_seconds"]))
    if today - manifest.compiled_on > longest:
        days = longest.days
        raise RefusedByPolicy(
            Text(
                f"le plan date du {manifest.compiled_on}, plus de {days} jours : le compiler et l'approuver à nouveau",
                f"the plan was compiled on {manifest.compiled_on}, over {days} days ago: compile and approve it again",
            )
        )


def _approved_edition(session: Session, lock: Lock, plan: Plan) -> Plan:
    """The lock is another plan's, which may have been approved together with the editions that follow."""
    try:
        approved_plan = open_plan(session.path(session.settings.plans), lock.digest)
    except UsageProblem:
        raise _unapproved(plan, session.settings.main_branch) from None
    if not is_automatic(approved_plan.manifest) or plan.manifest.start <= approved_plan.manifest.start:
        raise _unapproved(plan, session.settings.main_branch)
    return approved_plan


def watch_for(session: Session, plan: Plan) -> Callable[[Roster, SqliteEventStore], Watch]:
    """Views of the session's book on behalf of a plan."""
    campaign = _campaign(session, plan)

    def audience() -> Audience:
        today = session.clock.now().astimezone(zone(session.settings.organisation.timezone)).date()
        return Audience.of(session.workspace(), campaign, on=today)

    def watch(roster: Roster, store: SqliteEventStore) -> Watch:
        sources = Sources(
            book=session.book(),
            keyring=session.keyring,
            suppression_key=session.suppression_key(),
            audience=audience,
            withdrawals=store.all_withdrawals,
        )
        return BookWatch(plan, roster, sources)

    return watch


def left_out(roster: Roster, state: PlanState, view: View, capped: frozenset[bytes]) -> dict[int, Exclusion]:
    """Whom a plan's slots may not be sent to, by the book, by the caps and by other plans of the edition."""
    return {**view.left_out, **capped_slots(roster, capped), **spent_slots(roster, state.spent)}


def _campaign(session: Session, plan: Plan) -> Campaign:
    campaign = session.workspace().campaign(plan.manifest.campaign)
    if campaign is None:
        name = plan.manifest.campaign
        raise UsageProblem(
            Text(f"la campagne « {name} » n'est plus déclarée ici", f"campaign {name!r} is no longer declared here")
        )
    return campaign


def _drift_check(plan: Plan) -> Callable[[PlanState, View], None]:
    bound = Fraction(dict(plan.manifest.approval)["drift"])

    def check(state: PlanState, view: View) -> None:
        removed = removed_since_approval(state, view.left_out)
        if removed > bound * plan.manifest.recipients:
            raise RefusedByPolicy(
                Text(
                    f"{removed} destinataires retirés depuis l'approbation (plus de {bound * 100} %) : "
                    "compiler et approuver à nouveau",
                    f"{removed} recipients removed since approval (over {bound * 100} %): compile and approve again",
                )
            )

    return check


def _endpoint(session: Session, plan: Plan) -> Endpoint | MaildirEndpoint:
    delivery = session.settings.delivery(plan.manifest.sender.delivery)
    return endpoint_for(delivery, secret=session.secret, folder=session.path, hostname=socket.getfqdn())


def _composer(session: Session, plan: Plan) -> Callable[[Plan], Composer]:
    """Secrets are read here, so that a missing one is told before any process is started."""
    keys = session.tracking_keys()
    if not keys:
        raise UsageProblem(Text("envoi.yaml ne déclare pas tracking.keys", "envoi.yaml declares no tracking.keys"))
    sender = plan.manifest.sender
    declared = session.settings.sender(sender.name).dkim
    dkim = None
    if declared is not None:
        pem = session.secret(declared.key)
        dkim = DkimKey.load(pem, domain=sender.dkim_domain, selector=sender.dkim_selector)
    return lambda plan: Composer(plan, key=keys[1], key_number=1, dkim=dkim)


def _crew(session: Session, plan: Plan, wanted: int) -> tuple[int, int]:
    """Places for each process, and processes: never more places in all than the delivery's connections."""
    connections = min(session.settings.delivery(plan.manifest.sender.delivery).connections, _MOST_PLACES)
    rate = Fraction(plan.manifest.rate) if plan.manifest.rate else Fraction(10**6)
    enough = wanted or min(cpu_count() or 1, ceil(rate / _PER_PROCESS), 1 + plan.manifest.recipients // 1000)
    processes = max(1, min(enough, connections))
    return connections // processes, processes


def _limit(plan: Plan, endpoint: Endpoint | MaildirEndpoint) -> int:
    if isinstance(endpoint, MaildirEndpoint):
        return _FOLDER_LIMIT
    return next((lane.per_connection for lane in plan.manifest.lanes if lane.name == OTHER), 100)


def _unapproved(plan: Plan, branch: str) -> RefusedByPolicy:
    name = plan.digest[:12]
    return RefusedByPolicy(
        Text(
            f"le plan {name} n'est pas celui que verrouille « {branch} » : `envoi propose`, puis fusionner",
            f"plan {name} is not the one locked on {branch!r}: `envoi propose`, then merge",
        )
    )


def parse_span(text: str) -> timedelta:
    """A span such as `50m`, `2h` or `90s`. Raises UsageProblem."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = text[:-1].strip(), text[-1:]
    if not number.isdigit() or unit not in units or not int(number):
        raise UsageProblem(Text("--for attend une durée comme 50m ou 2h", "--for expects a span such as 50m or 2h"))
    return timedelta(seconds=int(number) * units[unit])


def opens_at(moment: datetime | None, session: Session) -> str:
    """An instant as people of the organisation read it."""
    if moment is None:
        return "-"
    return moment.astimezone(zone(session.settings.organisation.timezone)).strftime("%Y-%m-%d %H:%M %Z")
