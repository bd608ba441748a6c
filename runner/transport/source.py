"""What a connection asks of the rest: the next message, leave to send it, and somebody to tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from runner.transport.outcome import Outcome

# What could end a path and begin another command (RFC 5321 4.1.2).
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message's envelope: one recipient (RFC 5321 2.3.1). `size` in octets, an estimate until the permit.

    Raises ValueError for a path that could carry another command.
    """

    slot: int
    mail_from: str
    rcpt: str = field(repr=False)
    size: int = 0
    smtputf8: bool = False

    def __post_init__(self) -> None:
        if _UNSAFE.search(self.mail_from) or _UNSAFE.search(self.rcpt):
            raise ValueError("an envelope path holds a blank, a bracket or a control character")


class MessageSource(Protocol):
    """One connection place's messages. Every envelope given out by `next` is settled exactly once.

    At most two envelopes are out at a time: one whose body is on its way, one lined up behind it.
    `settle` for the first is always called before `permit` for the second.
    """

    async def next(self) -> Envelope | None:
        """The next envelope, when the pace allows it; None: this place has nothing more to do.

        May be cancelled, and must then give nothing out.
        """
        ...

    async def permit(self, envelope: Envelope) -> bytes | None:
        """Durable leave to send, asked when the server waits for the body.

        Gives the body: CRLF lines, dot-stuffed, ending in the final dot line. None refuses: the connection is
        then closed, since DATA cannot be taken back.
        """
        ...

    def settle(self, envelope: Envelope, outcome: Outcome) -> None: ...
