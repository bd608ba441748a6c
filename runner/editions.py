"""Editions that one merge approves: `approve: {editions: automatic}` of a repeating campaign.

The lock on main approves one edition. A later one may leave without another merge where a reviewer would see nothing
new: it is made of the very files that the lock lists, which main still holds, by the same versions of the same tools,
on the day that `repeat` says, with no new finding and a size within `drift` of the approved one. Which plan that is,
is recorded on the workspace's remote before anything leaves, once for each edition: refs/envoi/editions/…

Taking the lock back on main ends it, as it ends every approval.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from compiler.archive import Plan
from compiler.git import Repository
from compiler.language.campaign import Campaign, Editions
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.plan import Lock, Manifest
from compiler.lock import APPROVED_REF, changed_inputs, lock_bytes, lock_from_bytes, lock_of
from compiler.schedule import zone
from compiler.session import Session

_FILE = "edition.lock"


def is_automatic(manifest: Manifest) -> bool:
    """Whether the plan was approved together with the editions that follow it."""
    return dict(manifest.approval).get("editions") == Editions.AUTOMATIC


def departs_from(approved: Manifest, later: Manifest, *, once: bool) -> Text | None:
    """What a reviewer of the approved plan has not seen of a later edition; None: nothing but who is written to.

    `once`: the campaign greets newcomers, so that fewer people are what one expects.
    """
    if not is_automatic(approved):
        return Text("editions: automatic n'a pas été approuvé", "editions: automatic was not approved")
    if later.campaign != approved.campaign or later.start <= approved.start or later.supersedes:
        return Text("ce n'est pas une édition suivante", "it is no later edition")
    if later.inputs != approved.inputs:
        return Text("ses fichiers ne sont pas ceux qui furent approuvés", "its files are not those that were approved")
    if later.toolchain != approved.toolchain:
        return Text("les versions des outils ont changé", "versions of tools have changed")
    if new := sorted(set(later.findings) - set(approved.findings)):
        return Text(f"un constat nouveau : {new[0]}", f"a new finding: {new[0]}")
    return _size(approved, later, once=once)


def _size(approved: Manifest, later: Manifest, *, once: bool) -> Text | None:
    drift = Fraction(dict(approved.approval)["drift"]) * approved.recipients
    grown = later.recipients - approved.recipients
    if grown > drift or (grown < -drift and not once):
        return Text(
            f"{later.recipients} destinataires, {approved.recipients} approuvés : au-delà de drift",
            f"{later.recipients} recipients, {approved.recipients} approved: beyond drift",
        )
    four_eyes = dict(approved.approval).get("four_eyes_above", "")
    if four_eyes and later.recipients > int(four_eyes) >= approved.recipients:
        return Text("il faut désormais une seconde personne", "it takes a second person now")
    return None


def check_edition(session: Session, lock: Lock, approved: Plan, later: Plan) -> None:
    """Raises RefusedByPolicy unless the lock that stands on main also approves this later edition, as recorded."""
    why = what_is_new(session, lock, approved, later)
    if why is None and recorded(session, later.manifest.campaign, later.manifest.start) != later.digest:
        why = Text("l'agent n'en a rien consigné", "the agent has recorded nothing of it")
    if why is not None:
        raise refused(later, why)


def what_is_new(session: Session, lock: Lock, approved: Plan, later: Plan) -> Text | None:
    """What nobody has approved of a later edition: of the plan, of main, or of the calendar."""
    campaign = session.workspace().campaign(later.manifest.campaign)
    if campaign is None or campaign.repeat is None:
        return Text("la campagne ne se répète plus", "the campaign does not repeat any more")
    why = departs_from(approved.manifest, later.manifest, once=campaign.repeat.once_per_contact)
    return why or _moved(session, campaign, lock, later.manifest)


def _moved(session: Session, campaign: Campaign, lock: Lock, later: Manifest) -> Text | None:
    """Whether main or the calendar say something else than the plan."""
    if changed_inputs(Repository(session.home), dict(lock.inputs), ref=APPROVED_REF):
        return Text("main a changé depuis l'approbation", "main has changed since the approval")
    local = zone(session.settings.organisation.timezone)
    day = campaign.latest_edition(later.start.astimezone(local).date(), local)
    if day is None or (day.start, day.finish_by, day.edition) != (later.start, later.finish_by, later.edition):
        return Text("repeat ne prévoit pas d'édition à cet instant", "repeat has no edition at that time")
    return None


def current_edition(session: Session, campaign: Campaign) -> Campaign | None:
    """The edition whose hour has come, while it may still leave."""
    local, now = zone(session.settings.organisation.timezone), session.clock.now()
    found = campaign.latest_edition(now.astimezone(local).date(), local)
    if found is None or found.start > now or (found.finish_by is not None and found.finish_by <= now):
        return None
    return found


def record(session: Session, plan: Plan) -> None:
    """Write down on the remote which plan is the edition's: once, whoever asks. Raises RefusedByPolicy for a second."""
    repository, remote = Repository(session.home), session.settings.workspace_remote
    content = lock_bytes(lock_of(plan.manifest, plan.digest, commit=repository.revision(APPROVED_REF) or ""))
    name, start = plan.manifest.campaign, plan.manifest.start
    message = f"Edition {plan.manifest.edition} of {name}: plan {plan.digest[:12]}, as approved by declaration"
    commit = repository.commit(None, {_FILE: content}, message=message, at=session.clock.now())
    made = repository.create_remote_ref(remote, _ref(name, start), commit)
    if not made and recorded(session, name, start) != plan.digest:
        raise refused(plan, Text("un autre plan est consigné pour elle", "another plan is recorded for it"))


def recorded(session: Session, campaign: str, start: datetime) -> str:
    """The digest that the remote holds for an edition; empty where it holds none."""
    repository, ref = Repository(session.home), _ref(campaign, start)
    commit = repository.remote_refs(session.settings.workspace_remote, ref).get(ref)
    if commit is None:
        return ""
    if repository.revision(commit) is None:
        repository.fetch(session.settings.workspace_remote, f"+{ref}:{ref}")
    data = repository.read(commit, _FILE)
    return lock_from_bytes(data, _FILE).digest if data is not None else ""


def _ref(campaign: str, start: datetime) -> str:
    return f"refs/envoi/editions/{campaign}/{start:%Y-%m-%d}"


def refused(plan: Plan, why: Text) -> RefusedByPolicy:
    name, edition = plan.manifest.campaign, plan.manifest.edition
    return RefusedByPolicy(
        Text(
            f"l'édition {edition} de {name} attend une fusion (envoi propose) : {why.fr}",
            f"edition {edition} of {name} waits for a merge (envoi propose): {why.en}",
        )
    )
