"""What people are told, as a short plain mail through the sender's own delivery. Counts only: nobody is named."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.charset import QP, Charset
from email.message import Message

from compiler.language.address import Address
from compiler.language.canonical import sha256_hex
from compiler.language.finding import Text
from compiler.language.settings import Occasion, Sender
from compiler.lock import masked
from compiler.session import Session
from runner.account import Account
from runner.agent.news import News
from runner.brakes import reason_text
from runner.message.dkim import DkimKey, signatures
from runner.message.headers import date_text, mailbox, plain, unstructured
from runner.orders import EVENTS
from runner.transport import Delivered, Envelope, Outcome, endpoint_for, serve
from tracker.events.sqlite import SqliteEventStore
from tracker.report import build

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_SUBJECTS = {
    Occasion.STARTED: Text("l'envoi a commencé", "sending has begun"),
    Occasion.HELD: Text("envoi arrêté par un frein", "sending held by a brake"),
    Occasion.STOPPED: Text("envoi arrêté", "sending stopped"),
    Occasion.FINISHED: Text("l'envoi est fini", "sending has finished"),
    Occasion.MISSED_WINDOW: Text("des messages n'ont pas pu partir à temps", "some messages could not leave in time"),
    Occasion.REPORT: Text("le bilan", "the report"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail to one address. `name` is its own: the same notice, made again, has the same."""

    to: Address = field(repr=False)
    subject: str
    body: str
    name: str


def notices_of(session: Session, account: Account, news: News) -> Iterator[Notice]:
    """The mails for one piece of news, in the workspace's language."""
    language = session.settings.language.value
    manifest = account.plan.manifest
    what = _SUBJECTS[news.occasion].say(language)
    head = Text(
        f"{manifest.campaign}, {manifest.edition} : {what}.", f"{manifest.campaign}, {manifest.edition}: {what}."
    )
    lines = [head.say(language)]
    lines += [text.say(language) for text in _lines(session, account, news)]
    for address in session.settings.notify.to:
        name = sha256_hex(f"envoi notice v1\0{account.plan.digest}\0{news.key}\0{address.normalised}".encode())[:40]
        yield Notice(address, f"[envoi] {manifest.campaign} : {what}", "\n\n".join(lines) + "\n", name)


def deliver(session: Session, account: Account, notices: list[Notice]) -> bool:
    """Hand notices to the server of the plan's sender, over one connection. Whether it took them all.

    Raises UsageProblem for a delivery that cannot be used.
    """
    settings = session.settings
    sender = settings.sender(account.plan.manifest.sender.name)
    endpoint = endpoint_for(
        settings.delivery(sender.delivery), secret=session.secret, folder=session.path, hostname=socket.getfqdn()
    )
    batch = _Batch([_written(session, sender, notice, session.clock.now()) for notice in notices])
    asyncio.run(serve(endpoint, batch, limit=len(notices), clock=session.clock))
    return len(batch.outcomes) == len(notices) and all(isinstance(o, Delivered) for o in batch.outcomes)


def _lines(session: Session, account: Account, news: News) -> Iterator[Text]:
    counts, digest = account.counts, account.plan.digest[:12]
    match news.occasion:
        case Occasion.REPORT:
            yield _report(session, account)
            yield Text(f"Le détail : envoi report {digest}", f"In detail: envoi report {digest}")
            return
        case Occasion.HELD | Occasion.STOPPED:
            reason = reason_text(news.reason)
            yield Text(f"Pourquoi : {reason.fr}.", f"Why: {reason.en}.")
            yield Text(f"Reprendre : envoi resume {digest}", f"Go on: envoi resume {digest}")
        case Occasion.STARTED:
            yield Text(f"Arrêter : envoi stop {digest}", f"Stop it: envoi stop {digest}")
        case Occasion.MISSED_WINDOW:
            late = masked(account.skipped.get("expired", 0))
            yield Text(f"Hors délai, non envoyés : {late}", f"Out of time, not sent: {late}")
        case Occasion.FINISHED:
            pass
    n = {name: masked(count) for name, count in counts.items()}
    yield Text(
        f"Remis : {n['sent']}, refusés : {n['refused']}, écartés : {n['skipped']}, en attente : {n['pending']}, "
        f"en doute : {n['in_doubt']}",
        f"Handed over: {n['sent']}, refused: {n['refused']}, skipped: {n['skipped']}, pending: {n['pending']}, "
        f"in doubt: {n['in_doubt']}",
    )


def _report(session: Session, account: Account) -> Text:
    with SqliteEventStore(session.state(EVENTS)) as store:
        report = build(account.plan, store, clock=session.clock)
    sent, left = masked(report.outcomes.sent), masked(report.departures.purpose + report.departures.everything)
    opened, clicked = masked(report.engagement.opened), masked(report.engagement.clicked)
    return Text(
        f"Remis : {sent}, ont ouvert : {opened}, ont cliqué : {clicked}, désinscrits : {left}",
        f"Delivered: {sent}, opened: {opened}, clicked: {clicked}, unsubscribed: {left}",
    )


def _written(session: Session, sender: Sender, notice: Notice, at: datetime) -> _Letter:
    """The mail's octets: signed as the sender's messages are, marked as a machine's (RFC 3834)."""
    fields = [
        plain("Date", date_text(at)),
        mailbox("From", sender.from_name, str(sender.from_address)),
        plain("To", str(notice.to)),
        unstructured("Subject", notice.subject),
        plain("Message-ID", f"<{notice.name}@{sender.from_address.domain}>"),
        plain("MIME-Version", "1.0"),
        plain("Content-Type", "text/plain; charset=utf-8"),
        plain("Content-Transfer-Encoding", "quoted-printable"),
        plain("Auto-Submitted", "auto-generated"),
    ]
    body = _quoted(notice.body)
    keys = []
    if (dkim := sender.dkim) is not None:
        keys = [DkimKey.load(session.secret(dkim.key), domain=dkim.domain, selector=dkim.selector)]
    whole = b"".join((signatures(keys, fields, body) if keys else b"", *fields, b"\r\n", body))
    envelope = Envelope(
        int(notice.name[:12], 16), str(sender.from_address), str(notice.to), len(whole), notice.to.needs_smtputf8
    )
    return _Letter(envelope, _LEADING_DOT.sub(b"..", whole) + b".\r\n")


def _quoted(text: str) -> bytes:
    charset = Charset("utf-8")
    charset.body_encoding = QP
    message = Message()
    message.set_payload(text, charset)
    encoded = str(message.get_payload())
    return "\r\n".join(encoded.splitlines()).encode("ascii") + b"\r\n"


@dataclass(frozen=True, slots=True)
class _Letter:
    envelope: Envelope
    body: bytes = field(repr=False)


class _Batch:
    """Prepared mails as a MessageSource."""

    def __init__(self, letters: list[_Letter]) -> None:
        self._waiting = list(letters)
        self._bodies = {letter.envelope.slot: letter.body for letter in letters}
        self.outcomes: list[Outcome] = []

    async def next(self) -> Envelope | None:
        return self._waiting.pop(0).envelope if self._waiting else None

    async def permit(self, envelope: Envelope) -> bytes | None:
        return self._bodies[envelope.slot]

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
