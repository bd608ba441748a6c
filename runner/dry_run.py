"""The dry run: the steps that `send` would execute now, from the same function and the same inputs."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.archive import Plan
from compiler.language.canonical import Json, instant_text
from compiler.language.finding import Text
from compiler.session import Session
from runner.bookview import Roster
from runner.dispatch import cap_at
from runner.ledger import PlanState
from runner.ledger.sqlite import FILE, SqliteLedger
from runner.orders import EVENTS, LEDGER, left_out, opens_at, watch_for
from runner.stages import Finish, Halt, Send, Skip, Step, Wait, stages
from tracker.events.sqlite import SqliteEventStore


def steps_now(session: Session, plan: Plan) -> tuple[Step, ...]:
    """What a run would do at this instant. Changes nothing but the local clone of the book, which is refreshed."""
    roster = Roster(plan)
    state, stops, capped = _ledger_state(session, plan)
    with SqliteEventStore(session.state(EVENTS)) as store:
        view = watch_for(session, plan)(roster, store).take()
    out = left_out(roster, state, view, capped)
    return stages(plan.digest, plan.manifest, state, left_out=out, stops=stops, now=session.clock.now())


def _ledger_state(session: Session, plan: Plan) -> tuple[PlanState, set[str], frozenset[bytes]]:
    """How the plan stands, what stops it, and whom other campaigns have written to as often as is allowed."""
    fresh = PlanState(bytearray(plan.manifest.recipients))
    folder = session.state(LEDGER)
    if not (folder / FILE).is_file():
        return fresh, set(), frozenset()
    ledger = SqliteLedger.open(folder)
    try:
        known = any(entered.digest == plan.digest for entered in ledger.plans())
        stops = {stop.scope for stop in ledger.stops()}
        cap = cap_at(session.settings.limits.per_contact, session.clock.now())
        manifest = plan.manifest
        capped = ledger.capped(manifest.campaign, manifest.edition, cap) if cap is not None else frozenset[bytes]()
        return ledger.state(plan.digest) if known else fresh, stops, capped
    finally:
        ledger.close()


def step_json(step: Step) -> dict[str, Json]:
    match step:
        case Skip(reason=reason, slots=slots):
            return {"step": "skip", "reason": reason.value, "slots": len(slots)}
        case Send(shard=shard, lane=lane, slots=slots, until=until):
            return {"step": "send", "shard": shard, "lane": lane, "slots": len(slots), "until": instant_text(until)}
        case Wait(shard=shard, slots=count, until=until):
            return {"step": "wait", "shard": shard, "slots": count, "until": instant_text(until)}
        case Halt(scope=scope, slots=count):
            return {"step": "halt", "scope": scope, "slots": count}
        case Finish():
            return {"step": "finish"}


def step_lines(steps: Iterable[Step], plan: Plan, session: Session, language: str) -> list[str]:
    """The steps for a terminal, in order."""
    zones = {shard.number: shard.zone for shard in plan.manifest.shards}
    return [_said(step, zones, session).say(language) for step in steps]


def _said(step: Step, zones: dict[int, str], session: Session) -> Text:
    match step:
        case Skip(reason=reason, slots=slots):
            return Text(f"écarter {len(slots)} : {reason.value}", f"skip {len(slots)}: {reason.value}")
        case Send(shard=shard, lane=lane, slots=slots, until=until):
            closes = opens_at(until, session)
            return Text(
                f"envoyer {len(slots)} maintenant, au plus tard {closes} (lot {shard}, {lane}, {zones[shard]})",
                f"send {len(slots)} now, until {closes} (shard {shard}, {lane}, {zones[shard]})",
            )
        case Wait(shard=shard, slots=count, until=until):
            opens = opens_at(until, session)
            return Text(
                f"attendre {opens} pour {count} (lot {shard}, {zones[shard]})",
                f"wait until {opens} for {count} (shard {shard}, {zones[shard]})",
            )
        case Halt(scope=scope, slots=count):
            return Text(f"{count} retenus par un arrêt ({scope})", f"{count} held back by a stop ({scope})")
        case Finish():
            return Text("rien d'autre à faire", "nothing else to do")
