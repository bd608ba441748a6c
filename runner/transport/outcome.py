"""What became of one message on the wire, and why a connection ended: closed sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from compiler.language.reply import Phase, Reply, ReplyClass


class Why(StrEnum):
    """Why the server's word is missing."""

    CONNECT = "connect"  # no TCP connection
    TLS = "tls"  # required and not offered, or a certificate that does not hold
    AUTH = "auth"  # no way to authenticate
    SERVER = "server"  # the server said why: see the reply
    CLOSED = "closed"  # the server closed the connection without a word
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"  # the server does not speak SMTP
    PERMIT = "permit"  # the permit was refused after the 354
    CANCELLED = "cancelled"  # this side was told to stop


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took responsibility (RFC 5321 4.2.5)."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Deferred:
    """A 4xx: not now. Nothing of the message is at the server. `hold` is the wait that the reply's rule asks for."""

    phase: Phase
    reply: Reply
    reply_class: ReplyClass
    hold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A 5xx: never this message to this recipient (not: a dead address; see the class)."""

    phase: Phase
    reply: Reply
    reply_class: ReplyClass
    hold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The final dot may have reached the server and its answer did not reach us (RFC 1047)."""

    why: Why


@dataclass(frozen=True, slots=True)
class NotTried:
    """The final dot has surely not left this machine: the slot is as it was, whether or not a permit was given."""

    why: Why


Outcome: TypeAlias = Delivered | Deferred | Refused | InDoubt | NotTried


class EndWhy(StrEnum):
    """Why a connection ended."""

    FINISHED = "finished"  # the source has nothing more for this place
    LIMIT = "limit"  # as many messages as one connection may carry
    IDLE = "idle"  # nothing to send for a while: a courtesy to the server
    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    SERVER = "server"  # refused at connect, EHLO or AUTH, or 421
    CLOSED = "closed"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    PERMIT = "permit"


@dataclass(frozen=True, slots=True)
class End:
    """How one connection went. `reply` is the server's, with its class, where it said why.

    FINISHED means that the place is done; after LIMIT, IDLE and PERMIT it may connect again at once; after the
    others it must wait first.
    """

    why: EndWhy
    messages: int = 0  # final replies read
    phase: Phase | None = None
    reply: Reply | None = None
    reply_class: ReplyClass | None = None
    hold: timedelta | None = None
