"""From a server's words to one record: reason, status, reply, and whether it is for good."""

from __future__ import annotations

import re

from compiler.language.reason import BY_CLASS, Reason
from compiler.language.reasons import BY_STATUS, heard, numbered_reason_in, reason_in, vague_reason_in
from compiler.language.replies import judge
from compiler.language.reply import Phase, Reply
from tracker.returns.report import Delivery, statuses
from tracker.returns.values import Record

_CODE = re.compile(r"(?<![\d.\w@/-])([45]\d\d)(?![\d./:\w@-]*\w)|(?<![\d.\w@/-])([45]\d\d)-(?=[\d#]|\w)")
# RFC 3463 3.2: what does not exist is the sender's mailbox or domain.
_SENDERS = (".1.7", ".1.8")
# PowerMTA's own sorting of replies.
_CATEGORIES: dict[str, Reason] = {
    "bad-mailbox": Reason.USER_UNKNOWN,
    "bad-domain": Reason.HOST_UNKNOWN,
    "inactive-mailbox": Reason.SUSPEND,
    "quota-issues": Reason.MAILBOX_FULL,
    "message-expired": Reason.EXPIRED,
    "no-answer-from-host": Reason.NETWORK_ERROR,
    "bad-connection": Reason.NETWORK_ERROR,
    "routing-errors": Reason.NETWORK_ERROR,
    "policy-related": Reason.POLICY_VIOLATION,
    "spam-related": Reason.SPAM_DETECTED,
    "virus-related": Reason.VIRUS_DETECTED,
    "content-related": Reason.CONTENT_ERROR,
    "relaying-issues": Reason.NO_RELAYING,
    "protocol-errors": Reason.SYNTAX_ERROR,
    "invalid-sender": Reason.REJECTED,
}
# Cisco's gateways put a sentence of their own before the server's.
_OWN = re.compile(r"^[45]\.\d\.\d - [\w ]{3,60}? (?:error|problem|rejected) (?=[45]\d\d)")
_PHASES: tuple[tuple[str, Phase], ...] = (
    ("end of data", Phase.DOT),
    ("end_of_data", Phase.DOT),
    ("final data", Phase.DOT),
    ("after i sent the message", Phase.DOT),
    ("data command", Phase.DATA),
    (">>> data", Phase.DATA),
    ("smtp command data", Phase.DATA),
    ("rcpt to command", Phase.RCPT),
    ("rcpt command", Phase.RCPT),
    (">>> rcpt", Phase.RCPT),
    ("smtp:rcpt", Phase.RCPT),
    ("<<< rcpt", Phase.RCPT),
    ("after rcpt", Phase.RCPT),
    ("our rcpt to", Phase.RCPT),
    ("rcpt to response", Phase.RCPT),
    ("rcpt_to", Phase.RCPT),
    ("does not like recipient", Phase.RCPT),
    ("mail from command", Phase.MAIL),
    (">>> mail from", Phase.MAIL),
    ("sender was rejected", Phase.MAIL),
    ("my name was rejected", Phase.EHLO),
    ("helo command", Phase.EHLO),
    ("ehlo command", Phase.EHLO),
    ("initial server greeting", Phase.CONNECT),
    ("connected but greeting failed", Phase.CONNECT),
)
#: What a passing failure may still say for good, once the server has given up: the address itself is wrong.
_REPLY = 200
_BEFORE_RCPT = frozenset({Phase.CONNECT, Phase.EHLO, Phase.MAIL})


def judged(recipient: str, diagnostic: str, text: str, delivery: Delivery | None = None) -> Record:
    """What a server's diagnostic, or the text around it, says of a recipient."""
    delivery = delivery or Delivery(recipient, "failed", "", "", "")
    final = delivery.action != "delayed"
    said = _OWN.sub("", heard(diagnostic))
    around = heard(text)
    status = _status(delivery.status, said, around)
    code = _code(said) or _code(around)
    phase = _phase(f"{around} {said}")
    reason = _reason(said, around, status, code, delivery.host, phase)
    told = said or around
    if reason.hard and status[1:] in _SENDERS:
        reason = Reason.REJECTED
    sorted_as = _CATEGORIES.get(delivery.category)
    if reason is Reason.UNDEFINED and sorted_as:
        reason = sorted_as
    if (
        sorted_as is not Reason.USER_UNKNOWN
        and reason is Reason.USER_UNKNOWN
        and code
        and not _about_address(told, status, phase, recipient)
    ):
        reason = Reason.FILTERED
    if reason is Reason.UNDEFINED and not final:
        reason = Reason.EXPIRED
    hard = reason.hard and final and phase not in _BEFORE_RCPT and not _passing(reason, status, code)
    return Record(recipient, status, code, reason, hard, diagnostic or text)


def _passing(reason: Reason, status: str, code: str) -> bool:
    """A 4xx is for later, but that a mailbox is unknown stays true when the server has given up."""
    return (code or status).startswith("4") and reason is not Reason.USER_UNKNOWN


def _about_address(told: str, status: str, phase: Phase | None, recipient: str) -> bool:
    """Whether an unknown user is the address itself, not what a filter answered to the message after taking it.

    A status of x.1.x, the command answered or the recipient's own name in the reply tell; Yahoo looks only after DATA.
    """
    if (
        numbered_reason_in(told)
        or status[1:4] == ".1."
        or phase is Phase.RCPT
        or ("doesn't have a" in told and "account" in told)
    ):
        return True
    generic = status[1:] in ("", ".0.0", ".5.0")
    return phase is None and generic and bool(recipient) and recipient.lower() in _replied(told)


def _replied(told: str) -> str:
    """The reply itself, from its code on."""
    found = _CODE.search(told)
    return told[found.start() : found.start() + _REPLY] if found else ""


def _reason(said: str, around: str, status: str, code: str, host: str, phase: Phase | None) -> Reason:
    by_status = BY_STATUS.get(status[2:]) if status else None
    found = reason_in(said) or by_status or (reason_in(around) if around else None)
    found = found or vague_reason_in(said) or vague_reason_in(around)
    if found:
        return found
    if not code:
        return Reason.UNDEFINED
    reply = Reply(int(code), status, said or around)
    return BY_CLASS.get(judge(host, phase or Phase.DOT, reply).reply_class, Reason.UNDEFINED)


def _status(given: str, said: str, around: str) -> str:
    """The most telling: the remote server's own before our server's, and any before x.0.0."""
    found = statuses(said) or [each for each in (given, *statuses(around)) if each]
    return next((each for each in found if not each.endswith(".0.0")), found[0] if found else "")


def _code(said: str) -> str:
    found = _CODE.search(said)
    return (found[1] or found[2]) if found else ""


def _phase(said: str) -> Phase | None:
    """The command answered, as far as the text tells."""
    return next((phase for words, phase in _PHASES if words in said), None)
