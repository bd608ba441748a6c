"""`envoi test`: a campaign's messages, for a fictional person, to the addresses that the workspace declares as seeds.

Nothing of it is a sending: no contact is read, no permit is asked, no link can act, nothing is counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import click

from compiler import archive
from compiler.assemble import Recipient, Row
from compiler.door.completing import campaign_names
from compiler.language.address import Address
from compiler.language.campaign import Campaign, FieldDef, FieldType, Workspace
from compiler.language.canonical import Json
from compiler.language.contact import Contact, Identity, Kind, Person, Status, Value
from compiler.language.errors import FindingsStop, PartlySent, UsageProblem
from compiler.language.finding import Text, did_you_mean
from compiler.language.history import History
from compiler.language.lane import OTHER
from compiler.language.picture import Picture
from compiler.language.plan import Manifest, MessageTemplate, Slot
from compiler.pipeline import check_campaign
from compiler.pipeline.heading import heading_of
from compiler.pipeline.messages import Letter
from compiler.pipeline.writing import Press
from compiler.selection import rows_for
from compiler.session import Session
from runner.brakes import trouble_text
from runner.message import Composed, Composer, DkimKey
from runner.transport import Delivered, End, Endpoint, Envelope, MaildirEndpoint, Outcome, endpoint_for, serve

MARK = "[TEST] "
MOST = 20  # messages in one test
_NOBODY = "0" * 32
_CAMILLE: Mapping[str, Value] = {
    "first_name": "Camille",
    "last_name": "Exemple",
    "salutation": "Bonjour Camille",
    "company": "Atelier Exemple",
    "phone": "+33 1 99 00 00 00",  # a number that Arcep keeps for fiction
    "customer_code": "TEST",
    "city": "Rennes",
    "postcode": "35000",
    "department": "35",
}
_TRIAL: Mapping[FieldType, Value] = {
    FieldType.TEXT: "exemple",
    FieldType.INTEGER: 12,
    FieldType.DECIMAL: "12.50",
    FieldType.DATE: "2026-09-01",
    FieldType.BOOLEAN: True,
}


@click.command()
@click.argument("campaign", shell_complete=campaign_names)
@click.option("--to", "to", type=click.Choice(["seeds", "sender"]), help="The declared seeds, or the sender itself.")
@click.pass_obj
def test(session: Session, campaign: str, to: str | None) -> int:
    """Send CAMPAIGN's messages, marked [TEST], to envoi.yaml's seeds.

    Without `seeds` they go to the sender's own address. No contact is touched, and nothing of it is counted.
    """
    workspace = session.workspace()
    found = _campaign(workspace, campaign)
    seeds = _seeds(workspace, found, to)
    trial = _trial(workspace, found, at=session.clock.now())
    archive.store_pictures(trial.pictures, session.path(session.settings.plans))
    composed = list(_messages(session, trial, seeds))[:MOST]
    outcomes, end = asyncio.run(_send(_endpoint(session, found), composed, session))
    return _report(session, outcomes, trouble_text(end.why))


def _seeds(workspace: Workspace, campaign: Campaign, to: str | None) -> Sequence[Address]:
    """The declared addresses; the sender's own where that is asked for, or none is declared. Never anybody else's."""
    declared = workspace.settings.seeds
    if to == "seeds" and not declared:
        raise UsageProblem(
            Text(
                "aucune adresse de test : seeds: [...] dans envoi.yaml, ou --to sender",
                "no seeds: in envoi.yaml; add them, or --to sender",
            )
        )
    own = (workspace.settings.sender(campaign.sender).from_address,)
    return own if to == "sender" or not declared else declared


@dataclass(frozen=True, slots=True)
class Trial:
    """What a Composer needs, without a stored plan: one fictional recipient for each variant and language."""

    digest: str
    manifest: Manifest
    table: Sequence[Row]
    letters: Mapping[tuple[str, str], Letter]
    slots: tuple[Slot, ...]
    values: tuple[Mapping[str, Value], ...] = field(repr=False)
    pictures: tuple[Picture, ...] = ()

    def rows(self) -> Sequence[Row]:
        return self.table

    def template(self, variant: str, language: str) -> MessageTemplate:
        message = self.letters[variant, language].message
        return replace(message, subject=MARK + message.subject)


def _trial(workspace: Workspace, campaign: Campaign, *, at: datetime) -> Trial:
    """Raises FindingsStop where the campaign's declarations or templates do not allow a message."""
    messages, findings = check_campaign(workspace, campaign)
    person = Person(_contact(workspace), Identity("camille@clients.example", tuple(_known(workspace.fields))))
    # Nobody real is there to be matched: the first rows of each block.
    rows = rows_for(workspace, [block.for_anybody() for block in campaign.data], [person], on=at.date())
    findings = [*findings, *rows.findings]
    if any(found.stops for found in findings):
        raise FindingsStop(findings)
    manifest = heading_of(workspace, campaign, on=at.date(), book_tree="", history=History().digest)
    press = Press(manifest, messages.letters, rows.table)
    blocks = tuple(sorted(rows.by_contact.get(_NOBODY, {}).items()))
    slots, values = [], []
    for number, (variant, language) in enumerate(messages.letters):
        recipient = Recipient(_NOBODY, OTHER, person.contact.zone, variant, language, blocks, opens=False, clicks=False)
        slots.append(Slot(number, _NOBODY, variant, language, blocks, b"", opens=False, clicks=False))
        values.append(press.values(person, recipient))
    digest = hashlib.sha256(f"envoi test {campaign.name} {at.isoformat()}".encode()).hexdigest()
    return Trial(digest, manifest, rows.table, messages.letters, tuple(slots), tuple(values), messages.pictures)


def _messages(session: Session, trial: Trial, seeds: Sequence[Address]) -> Iterator[Composed]:
    """Links are signed with a key that is thrown away: the tracker believes none, so a test unsubscribes nobody."""
    dkim = session.settings.sender(trial.manifest.sender.name).dkim
    composer = Composer(
        trial,
        key=secrets.token_bytes(32),
        dkim=DkimKey.load(session.secret(dkim.key), domain=dkim.domain, selector=dkim.selector) if dkim else None,
    )
    at = session.clock.now()
    for seed in seeds:
        for slot, values in zip(trial.slots, trial.values, strict=True):
            # Its own contact for every message, so that no mailbox takes two tests for one message.
            name = f"{trial.digest} {seed.normalised} {slot.number}"
            own = replace(slot, contact=hashlib.sha256(name.encode()).hexdigest()[:32])
            addressed = {**values, "address": str(seed)}
            yield composer.compose(own, addressed, at=at, attempt=1, opens=False, clicks=False)


@dataclass(slots=True)
class _Batch:
    """Prepared messages as a MessageSource."""

    messages: Sequence[Composed]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    given: int = 0

    async def next(self) -> Envelope | None:
        if self.given >= len(self.messages):
            return None
        slot, self.given = self.given, self.given + 1
        message = self.messages[slot]
        return Envelope(slot, message.mail_from, message.rcpt, message.size, message.smtputf8)

    async def permit(self, envelope: Envelope) -> bytes | None:
        return self.messages[envelope.slot].body

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        self.outcomes[envelope.slot] = outcome


async def _send(
    endpoint: Endpoint | MaildirEndpoint, messages: Sequence[Composed], session: Session
) -> tuple[list[tuple[Composed, Outcome | None]], End]:
    """One connection, and no second try."""
    batch = _Batch(messages)
    end = await serve(endpoint, batch, limit=MOST, clock=session.clock)
    return [(message, batch.outcomes.get(slot)) for slot, message in enumerate(messages)], end


def _endpoint(session: Session, campaign: Campaign) -> Endpoint | MaildirEndpoint:
    settings = session.settings
    delivery = settings.delivery(settings.sender(campaign.sender).delivery)
    return endpoint_for(delivery, secret=session.secret, folder=session.path, hostname=socket.getfqdn())


def _report(session: Session, outcomes: Sequence[tuple[Composed, Outcome | None]], trouble: Text | None) -> int:
    """The exit code. Raises PartlySent where a message was not taken; in JSON one object says so."""
    taken = [isinstance(outcome, Delivered) for _, outcome in outcomes]
    error = None if all(taken) else _not_taken(len(taken) - sum(taken), trouble)
    if session.json:
        record: dict[str, Json] = {"sent": sum(taken), "failed": len(taken) - sum(taken)}
        if error is not None:
            record |= {"error": error.text.say(session.spoken()), "code": error.exit_code}
        click.echo(json.dumps(record, ensure_ascii=False))
        return error.exit_code if error is not None else 0
    for message, outcome in outcomes:
        click.echo(f"{_said(outcome)}  {Address.parse(message.rcpt).masked}")
    if error is not None:
        raise error
    return 0


def _not_taken(count: int, trouble: Text | None) -> PartlySent:
    text = Text(f"{count} message(s) de test non remis", f"{count} test message(s) not delivered")
    return PartlySent(Text(f"{text.fr} ; {trouble.fr}", f"{text.en}; {trouble.en}") if trouble else text)


def _said(outcome: Outcome | None) -> str:
    if isinstance(outcome, Delivered):
        return f"ok {outcome.reply.code}"
    reply = getattr(outcome, "reply", None)
    why = getattr(outcome, "why", None)
    return f"{reply.code} {reply.text}" if reply is not None else str(why.value if why is not None else "-")


def _campaign(workspace: Workspace, name: str) -> Campaign:
    found = workspace.campaign(name)
    if found is None:
        hint = did_you_mean(name, [campaign.name for campaign in workspace.campaigns])
        none = Text(f"aucune campagne « {name} »", f"no campaign {name!r}")
        raise UsageProblem(Text(f"{none.fr} ({hint.fr})", f"{none.en} ({hint.en})") if hint else none)
    return found


def _contact(workspace: Workspace) -> Contact:
    return Contact(
        id=_NOBODY,
        status=Status.ACTIVE,
        kind=Kind.PROFESSIONAL,
        country="FR",
        locale=workspace.settings.language.value,
        zone=workspace.settings.organisation.timezone,
        lane=OTHER,
    )


def _known(fields: Sequence[FieldDef]) -> Iterator[tuple[str, Value]]:
    for each in fields:
        fitting = each.type is FieldType.TEXT and not each.values
        yield each.name, _CAMILLE.get(each.name, _TRIAL[each.type]) if fitting else _first(each)


def _first(each: FieldDef) -> Value:
    return each.values[0] if each.values else _TRIAL[each.type]
