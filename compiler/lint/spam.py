"""What SpamAssassin, where it is installed, thinks of a message: by its own rules, offline, within seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from compiler import process
from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, Place, finding

SECONDS = 30.0
_NAMED = 4  # rules
_POINTS = re.compile(r"^\s*(-?[0-9]+\.[0-9])\s+([A-Z][A-Z0-9_]+)\s", re.MULTILINE)
_SCORE = re.compile(r"^X-Spam-Status: \w+, score=(-?[0-9.]+)", re.MULTILINE)


def composed(subject: str, text: str, html: str, *, sender: str, unsubscribe_url: str, on: date) -> bytes:
    """The message as it would stand in a mailbox, but for signatures and what relays add."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=76))
    message["From"] = sender
    message["To"] = "camille@clients.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime(on.year, on.month, on.day, 9, tzinfo=UTC))
    message["Message-ID"] = f"<20270301090000.0123456789abcdef@{sender.rpartition('@')[2].rstrip('>')}>"
    if unsubscribe_url:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def spam_findings(message: bytes, place: Place, *, most: Decimal, program: str = "spamassassin") -> Iterator[Finding]:
    """MSG-SPAM-32 above `most` points, MSG-SPAM-33 where the program is missing, fails or is too slow."""
    try:
        # -L: no network; -t: always report, and end with code 0.
        said = process.run([program, "-L", "-t"], input=message, timeout=SECONDS).stdout.decode("utf-8", "replace")
    except process.ProcessError as error:
        yield finding(entries.SPAM_UNKNOWN, place, why_fr=error.text.fr, why_en=error.text.en)
        return
    score = _SCORE.search(said)
    if score is None:
        yield finding(entries.SPAM_UNKNOWN, place, why_fr="pas de score", why_en="no score")
    elif Decimal(score[1]) > most:
        report = said.rpartition("Content analysis details:")[2]
        points = sorted(((Decimal(p), rule) for p, rule in _POINTS.findall(report)), reverse=True)
        rules = ", ".join(f"{rule} {p}" for p, rule in points[:_NAMED] if p > 0)
        yield finding(entries.SPAM, place, score=score[1], most=most, rules=rules)
