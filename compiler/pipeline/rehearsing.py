"""A campaign's messages for fictional contacts: what a review without keys can see of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from compiler import policy
from compiler.assemble import Recipient
from compiler.language.campaign import Campaign, FieldType, Workspace
from compiler.language.catalogue import plan as entries
from compiler.language.catalogue import template as template_entries
from compiler.language.catalogue.message_rules import SIZE, SUBJECT_STYLE
from compiler.language.contact import Contact, Identity, Kind, Person, Status, Value
from compiler.language.finding import Finding, Place, finding
from compiler.language.history import History
from compiler.language.lane import OTHER
from compiler.lint import check_look
from compiler.pipeline.casting import Cast, cast_for
from compiler.pipeline.heading import heading_of
from compiler.pipeline.messages import Letter, Messages
from compiler.pipeline.writing import Press, Sample, Written
from compiler.render import EmptyMerge, RenderError, TooMuch, check_in_child, may_run_long
from compiler.review.preview import Case
from compiler.selection import Engine, Rows, locked_engine, rows_for

#: The rows of each data block, by number.
Blocks: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]
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
    worst: tuple[tuple[Person, Blocks], ...] = ()  # the longest values, the most rows


def rehearse(
    workspace: Workspace, campaign: Campaign, messages: Messages, *, on: date, engine: Engine | None = None
) -> list[Finding]:
    """What each variant and language gives for somebody of whom all is known, for somebody of whom nothing is, and
    for those whose message is the largest. `engine` is one that is open already.
    """
    trial = _trial(workspace, campaign, messages, messages.letters, on=on, worst=True, engine=engine)
    if not isinstance(trial, _Trial):
        return trial
    findings: list[Finding] = []
    nobody = replace(trial.known, identity=Identity("x@clients.example"))
    for key, letter in messages.letters.items():
        recipient = trial.recipients[key]
        written = Written()
        for each in (recipient, replace(recipient, opens=False, clicks=False)):  # unmeasured, links are as written
            findings += _tried(trial.press, letter, (trial.known, each), written)
        findings += samples_checked(workspace, campaign, {key: letter}, written)
        findings += _extremes(workspace, campaign, trial, letter, recipient)
        emptiest = Written()
        findings += _missing(trial.press, letter, nobody, recipient, emptiest)
        findings += samples_checked(workspace, campaign, {key: letter}, emptiest)
    return _largest_alone(findings)


def _largest_alone(findings: list[Finding]) -> list[Finding]:
    """Of the sizes told of one template only the largest."""
    sizes: dict[Place, Finding] = {}
    for found in findings:
        if found.entry == SIZE and (found.place not in sizes or _size(found) > _size(sizes[found.place])):
            sizes[found.place] = found
    return [found for found in findings if found.entry != SIZE or found == sizes[found.place]]


def _size(found: Finding) -> int:
    return int(dict(found.arguments)["size"])


def _extremes(
    workspace: Workspace, campaign: Campaign, trial: _Trial, letter: Letter, recipient: Recipient
) -> list[Finding]:
    """Whether the largest messages can be rendered, and what is found in those that Gmail may clip.

    Of their subjects nothing: fictional names are longer than anybody's.
    """
    findings: list[Finding] = []
    for person, blocks in trial.worst:
        written, one = Written(), replace(recipient, rows=blocks)
        try:
            size = trial.press.size(trial.press.values(person, one), one)
        except RenderError:
            size = policy.CLIPPED + 1  # let it be told
        if size > policy.CLIPPED:
            findings += _tried(trial.press, letter, (person, one), written)
            key = recipient.variant, recipient.language
            findings += samples_checked(workspace, campaign, {key: letter}, written)
    return [found for found in findings if found.entry != SUBJECT_STYLE]


def spam_scored(
    workspace: Workspace, campaign: Campaign, messages: Messages, *, on: date, most: float
) -> list[Finding]:
    """What SpamAssassin says of each variant and language: never when compiling, for a plan is the same everywhere."""
    from concurrent.futures import ThreadPoolExecutor

    from compiler.lint.spam import composed, spam_findings

    trial = _trial(workspace, campaign, messages, messages.letters, on=on)
    if not isinstance(trial, _Trial):
        return []  # said where the message is rehearsed
    sender = workspace.settings.sender(campaign.sender)
    asked: list[tuple[bytes, Place]] = []
    for key, letter in messages.letters.items():
        written = Written()
        _tried(trial.press, letter, (trial.known, replace(trial.recipients[key], opens=False, clicks=False)), written)
        for sample in written.samples.values():
            message = composed(
                sample.rendered.subject, sample.rendered.text, sample.rendered.html,
                sender=f"{sender.from_name} <{sender.from_address}>", unsubscribe_url=sample.unsubscribe_url, on=on,
            )  # fmt: skip
            asked.append((message, letter.place))
    with ThreadPoolExecutor(max_workers=4) as threads:
        answers = threads.map(lambda each: list(spam_findings(each[0], each[1], most=Decimal(str(most)))), asked)
        return [found for answer in answers for found in answer]


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


def _stopped(rows: Rows) -> bool:
    return any(found.stops for found in rows.findings)


def _stops(messages: Messages) -> bool:
    return any(found.stops for found in messages.findings)


def _trial(
    workspace: Workspace,
    campaign: Campaign,
    messages: Messages,
    letters: Mapping[tuple[str, str], Letter],
    *,
    on: date,
    worst: bool = False,
    engine: Engine | None = None,
) -> _Trial | list[Finding]:
    """The trial, or what stops it."""
    if _stops(messages):
        return []
    known = Person(_contact(workspace), Identity("camille@clients.example", tuple(_fields(workspace))))
    with nullcontext(engine) if engine or not campaign.data else locked_engine(threads=1) as opened:
        rows = _rows(workspace, campaign, known, on=on, engine=opened)
        cast = cast_for(workspace, campaign, on=on, engine=opened) if worst and not _stopped(rows) else None
    if _stopped(rows):
        return list(rows.findings)
    heading = heading_of(workspace, campaign, on=on, book_tree="", history=History().digest)
    blocks = tuple(sorted(rows.by_contact.get(_NOBODY, {}).items()))
    zone = known.contact.zone
    recipients = {
        (variant, language): Recipient(_NOBODY, OTHER, zone, variant, language, blocks, opens=True, clicks=True)
        for variant, language in letters
    }
    table = [*rows.table, *(cast.rows.table if cast else ())]
    extremes = tuple(_worst(cast, len(rows.table))) if cast else ()
    return _Trial(known, Press(heading, letters, table), recipients, extremes)


def _worst(cast: Cast, first: int) -> Iterator[tuple[Person, Blocks]]:
    """Those whose message is the largest: the longest values, with the most rows, which stand in the table from
    `first` on.
    """
    longest = next((role for role in cast.roles if role.case is Case.LONGEST), None)
    most = next((role for role in cast.roles if role.case is Case.MOST), longest)
    if longest is not None and most is not None:
        yield longest.person, tuple((name, tuple(first + n for n in numbers)) for name, numbers in most.rows)


def samples_checked(
    workspace: Workspace,
    campaign: Campaign,
    letters: Mapping[tuple[str, str], Letter],
    written: Written,
    *,
    lanes: Mapping[str, int] | None = None,
) -> list[Finding]:
    """The rules about messages, asked of rendered samples, then how they look. `lanes` counts whom they are for."""
    samples: list[Sample] = [*written.samples.values(), *([written.largest] if written.largest else [])]
    found: list[Finding] = []
    for sample in {id(sample): sample for sample in samples}.values():
        letter = letters[sample.recipient.variant, sample.recipient.language]
        message = policy.Message(
            subject=sample.rendered.subject,
            html=sample.rendered.html,
            text=sample.rendered.text,
            unsubscribe_url=sample.unsubscribe_url,
            tracking_url=sample.tracking_url,
            reason=sample.reason,
            place=letter.place,
            subject_place=letter.subject_place,
        )
        found += [_located(one, letter) for one in policy.check_message(workspace, campaign, message)]
        found += check_look(
            message.page,
            subject=message.subject,
            html=message.html,
            text=message.text,
            language=sample.recipient.language,
            tracker=workspace.settings.tracking.url if workspace.settings.tracking else "",
            origin=letter.origin,
            lanes=lanes or {},
        )
    return found


def _located(found: Finding, letter: Letter) -> Finding:
    """A finding about a host, where that host is written."""
    host = dict(found.arguments).get("host", "")
    place = letter.origin.of_literal(f"//{host}") if len(host) > 1 and found.place == letter.place else None
    return replace(found, place=place) if place else found


def _tried(press: Press, letter: Letter, trial: tuple[Person, Recipient], written: Written) -> list[Finding]:
    """Render the message into `written`, or say why it cannot be."""
    person, recipient = trial
    try:
        press.prove(person, recipient, press.values(person, recipient), written)
    except TooMuch as error:
        return [finding(template_entries.RENDER_LIMITS, letter.place, fr=error.limit.fr, en=error.limit.en)]
    except RenderError as error:
        return [finding(template_entries.RENDER_FAILED, letter.place, fr=error.text.fr, en=error.text.en)]
    return []


def _missing(press: Press, letter: Letter, person: Person, recipient: Recipient, written: Written) -> list[Finding]:
    """Which value, when nothing is known, leaves a contact without a message; else what they get."""
    try:
        press.prove(person, recipient, press.values(person, recipient), written)
    except EmptyMerge as error:
        return [finding(entries.NO_FALLBACK, letter.place, name=error.name)]
    except RenderError:
        return []  # told for the contact of whom all is known
    return []


def _rows(workspace: Workspace, campaign: Campaign, person: Person, *, on: date, engine: Engine | None) -> Rows:
    """The first rows of each block, as nobody real is there to be matched."""
    return rows_for(workspace, [block.for_anybody() for block in campaign.data], [person], on=on, engine=engine)


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
