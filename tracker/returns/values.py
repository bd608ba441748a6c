"""A returned message, classified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compiler.language.canonical import Json
from compiler.language.reason import Reason
from compiler.language.replies import scrub_text


class Kind(StrEnum):
    """What a message is among those that come back."""

    HARD = "hard"
    SOFT = "soft"
    FEEDBACK = "feedback"
    VACATION = "vacation"
    DELIVERED = "delivered"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Record:
    """What is said of one recipient. `status` as in RFC 3463, `reply` as in RFC 5321, each empty where nobody says it;
    `text` is the server's own words, addresses included: `scrubbed` before it is stored or logged.
    """

    recipient: str
    status: str
    reply: str
    reason: Reason
    hard: bool
    text: str = ""

    def document(self) -> dict[str, Json]:
        return {
            "recipient": self.recipient,
            "status": self.status,
            "reply": self.reply,
            "reason": str(self.reason),
            "hard": self.hard,
        }


@dataclass(frozen=True, slots=True)
class Return:
    """A message's kind; its records are empty where it is not a return."""

    kind: Kind
    records: tuple[Record, ...] = ()


NOTHING = Return(Kind.NONE)


def scrubbed(record: Record) -> str:
    """The server's words without any address, nor the words of the recipient's own."""
    return scrub_text(record.text, record.recipient)
