"""What an SMTP server said, and what it means (classes: table 3a of the design's material)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The command that a reply answers."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"  # the final dot: after it, only the server knows


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply (RFC 5321 4.2). `enhanced` as in RFC 3463 ("5.1.1") or empty."""

    code: int
    enhanced: str
    text: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        return 500 <= self.code < 600


class ReplyClass(StrEnum):
    OK = "ok"
    THROTTLE = "throttle"
    TEMP = "temp"
    RECIPIENT_RATE = "recipient_rate"
    LANE_BLOCK = "lane_block"
    AUTH = "auth"
    CONFIG = "config"
    CONTENT = "content"
    FULL = "full"
    DEAD = "dead"
    MOVED = "moved"
    UNKNOWN_PERM = "unknown_perm"
