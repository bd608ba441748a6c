"""A campaign's messages for fictional contacts: what a review without keys can see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from compiler import policy
from compiler.assemble import Recipient
from compiler.language.campaign import Campaign, FieldType, Workspace
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue import template as template_entries
from compiler.language.contact import Contact, Identity, Kind, Person, Status, Value
from compiler.language.finding import Finding, finding
from compiler.language.history import History
from compiler.language.lane import OTHER
from compiler.pipeline.heading import heading_of
from compiler.pipeline.messages import Letter, Messages
from compiler.pipeline.writing import Press, Sample, Written
from compiler.render import EmptyMerge, RenderError, TooMuch, check_in_child, may_run_long
from compiler.selection import Rows, rows_for

_NOBODY = "0" * 32
_TRIAL: Mapping[FieldType, Value] = {
    FieldType.TEXT: "Camille",
    FieldType.INTEGER: 12,
    FieldType.DECIMAL: "12.50",
    FieldType.DATE: "2026-09-01",
    FieldType.BOOLEAN: True,
}


@dataclass(frozen=True, slots=True)
class _Trial:
    """A contact of whom all is known, and the recipient that they are in each variant and language."""

    known: Person
    press: Press
    recipients: Mapping[tuple[str, str], Recipient]


def rehearse(workspace: Workspace, campaign: Campaign, messages: Messages, *, on: date) -> list[Finding]:
    """What each variant and language gives for somebody of whom all is known, and for somebody of whom nothing is."""
    trial = _trial(workspace, campaign, messages, messages.letters, on=on)
    if not isinstance(trial, _Trial):
        return trial
    findings: list[Finding] = []
    nobody = replace(trial.known, identity=Identity("x@clients.example"))
    for key, letter in messages.letters.items():
        recipient = trial.recipients[key]
        for each in (recipient, replace(recipient, opens=False, clicks=False)):  # unmeasured, links are as written
            findings += _tried(workspace, campaign, trial.press, letter, (trial.known, each))
        findings += _missing(trial.press, letter, nobody, recipient)
    return findings


def tried_apart(workspace: Workspace, campaign: Campaign, messages: Messages) -> list[Finding]:
    """Messages that could fill the memory or the hours, each tried once in a process that may do neither."""
    letters = {
        key: letter for key, letter in messages.letters.items() if not _stops(messages) and may_run_long(letter.message)
    }
    trial = _trial(workspace, campaign, messages, letters, on=date.min) if letters else []
    if not isinstance(trial, _Trial):
        return []  # said where the message is rehearsed
    found: list[Finding] = []
    for key, letter in letters.items():
        recipient = trial.recipients[key]
        links = trial.press.links(trial.known, recipient)
        values = trial.press.merged(recipient, trial.press.values(trial.known, recipient), links)
        found += check_in_child(letter.message, values, letter.place)
    return [one for one in found if one.entry is template_entries.RENDER_LIMITS]


def _stops(messages: Messages) -> bool:
    return any(found.stops for found in messages.findings)


def _trial(
    workspace: Workspace,
    campaign: Campaign,
    messages: Messages,
    letters: Mapping[tuple[str, str], Letter],
    *,
    on: date,
) -> _Trial | list[Finding]:
    """The trial, or what stops it."""
    if _stops(messages):
        return []
    known = Person(_contact(workspace), Identity("camille@clients.example", tuple(_fields(workspace))))
    rows = _rows(workspace, campaign, known, on=on)
    if any(found.stops for found in rows.findings):
        return list(rows.findings)
    heading = heading_of(workspace, campaign, on=on, book_tree="", history=History().digest)
    blocks = tuple(sorted(rows.by_contact.get(_NOBODY, {}).items()))
    zone = known.contact.zone
    recipients = {
        (variant, language): Recipient(_NOBODY, OTHER, zone, variant, language, blocks, opens=True, clicks=True)
        for variant, language in letters
    }
    return _Trial(known, Press(heading, letters, rows.table), recipients)


def samples_checked(
    workspace: Workspace, campaign: Campaign, letters: Mapping[tuple[str, str], Letter], written: Written
) -> list[Finding]:
    """The rules about messages, asked of rendered samples."""
    samples: list[Sample] = [*written.samples.values()]
    if written.largest is not None and written.largest not in samples:
        samples.append(written.largest)
    return [
        found
        for sample in samples
        for letter in (letters[sample.recipient.variant, sample.recipient.language],)
        for found in policy.check_message(
            workspace,
            campaign,
            policy.Message(
                subject=sample.rendered.subject,
                html=sample.rendered.html,
                text=sample.rendered.text,
                unsubscribe_url=sample.unsubscribe_url,
                tracking_url=sample.tracking_url,
                reason=sample.reason,
                place=letter.place,
                subject_place=letter.subject_place,
            ),
        )
    ]


def _tried(
    workspace: Workspace, campaign: Campaign, press: Press, letter: Letter, trial: tuple[Person, Recipient]
) -> list[Finding]:
    person, recipient = trial
    written = Written()
    try:
        press.prove(person, recipient, press.values(person, recipient), written)
    except TooMuch as error:
        return [finding(template_entries.RENDER_LIMITS, letter.place, fr=error.limit.fr, en=error.limit.en)]
    except RenderError as error:
        return [finding(template_entries.RENDER_FAILED, letter.place, fr=error.text.fr, en=error.text.en)]
    return samples_checked(workspace, campaign, {(recipient.variant, recipient.language): letter}, written)


def _missing(press: Press, letter: Letter, person: Person, recipient: Recipient) -> list[Finding]:
    """Which value, when nothing is known, leaves a contact without a message."""
    try:
        press.prove(person, recipient, press.values(person, recipient), Written())
    except EmptyMerge as error:
        return [finding(entries.NO_FALLBACK, letter.place, name=error.name)]
    except RenderError:
        return []  # told for the contact of whom all is known
    return []


def _rows(workspace: Workspace, campaign: Campaign, person: Person, *, on: date) -> Rows:
    """The first rows of each block, as nobody real is there to be matched."""
    return rows_for(workspace, [block.for_anybody() for block in campaign.data], [person], on=on)


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


def _fields(workspace: Workspace) -> Iterator[tuple[str, Value]]:
    for field in workspace.fields:
        yield field.name, field.values[0] if field.values else _TRIAL[field.type]
