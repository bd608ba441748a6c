"""Strung together: complaint, delivery report, returned text, automatic answer, in that order.

The order matters: many real returns carry `Auto-Submitted: auto-replied`, and complaints quote whole messages.
"""

from __future__ import annotations

from compiler.language.reason import Reason
from tracker.returns.autoreply import is_autoreply
from tracker.returns.judge import judged
from tracker.returns.message import Part, leaves, parse
from tracker.returns.notices import notices
from tracker.returns.prose import (
    from_daemon,
    has_failed_subject,
    is_report,
    is_technical,
    recipients,
    speaks_of_failure,
    speaks_of_success,
    told,
)
from tracker.returns.report import Delivery, Feedback, deliveries, feedback, junk_report, statuses
from tracker.returns.values import NOTHING, Kind, Record, Return

_DONE = ("delivered", "relayed", "expanded")


def classify(raw: bytes) -> Return:
    """What this message is, and what it says of whom. Any bytes have an answer."""
    message = parse(raw)
    parts = leaves(message)
    if complaint := feedback(parts) or junk_report(message, parts):
        return _complained(complaint)
    if any(part.kind == "message/disposition-notification" for part in parts):
        return NOTHING  # a reader's receipt (RFC 8098)
    reported = is_report(message)
    groups = notices(message, parts) or (deliveries(parts) if reported or has_failed_subject(message) else [])
    if any(group.action == "complained" for group in groups):
        return _complained(Feedback("abuse", tuple(group.recipient for group in groups)))
    if groups:
        return _delivered_or_not(message, groups)
    return _in_words(message, reported=reported)


def _complained(complaint: Feedback) -> Return:
    if complaint.kind == "not-spam":  # RFC 6430: the reader wants it
        return NOTHING
    named = complaint.recipients or ("",)
    return Return(Kind.FEEDBACK, tuple(_plain(each, Reason.FEEDBACK, complaint.kind) for each in named))


def _plain(recipient: str, reason: Reason, text: str = "") -> Record:
    return Record(recipient, "", "", reason, False, text)


def _delivered_or_not(message: Part, groups: list[Delivery]) -> Return:
    text = told(message)
    single = len(groups) == 1
    records = tuple(_record(group, text if single else _about(group.recipient, text)) for group in groups)
    return Return(_kind(records), records)


def _about(recipient: str, text: str) -> str:
    """The lines of a text that name somebody."""
    name = recipient.lower()
    return "\n".join(line for line in text.split("\n") if name and name in line.lower())


def _record(group: Delivery, text: str) -> Record:
    if group.action in _DONE:
        said = group.diagnostic
        status = group.status or next(iter(statuses(said)), "")
        return Record(group.recipient, status, said[:3] if said[:3].isdecimal() else "", Reason.DELIVERED, False, said)
    return judged(group.recipient, group.diagnostic, text, group)


def _kind(records: tuple[Record, ...]) -> Kind:
    """A message is what its worst record is."""
    if any(record.hard for record in records):
        return Kind.HARD
    return Kind.DELIVERED if all(record.reason is Reason.DELIVERED for record in records) else Kind.SOFT


def _in_words(message: Part, *, reported: bool) -> Return:
    text = told(message)
    daemon = from_daemon(message)
    automatic = is_autoreply(message)
    if speaks_of_success(message) and reported:
        return Return(Kind.DELIVERED, tuple(_plain(who, Reason.DELIVERED) for who, _ in recipients(message, text)))
    if _returned(message, text, reported=reported, person=automatic and not daemon):
        records = tuple(judged(who, said, "") for who, said in recipients(message, text))
        return Return(_kind(records), records)
    if automatic:
        return Return(Kind.VACATION, (_plain("", Reason.VACATION),))
    return NOTHING


def _returned(message: Part, text: str, *, reported: bool, person: bool) -> bool:
    """Whether a server gives a message back. Without a mark of it the subject and a technical text have to say so."""
    if reported:
        return not person and speaks_of_failure(message, text)
    written = "in-reply-to" in message.fields or "list-unsubscribe" in message.fields
    return not written and has_failed_subject(message) and is_technical(text)
