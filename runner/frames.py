"""What the ledger process and its senders say to each other over a socketpair: fixed frames, a letter each.

Trusted bytes: both ends are this program. Compact, since they cost CPU with every message.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple, TypeVar

from compiler.language.reply import Phase, ReplyClass
from runner.ledger import Answer
from runner.transport.outcome import EndWhy, Why

# To a sender
GRANT, ANSWER, RECALL, QUIT = b"G", b"A", b"C", b"Q"
# To the ledger
READY, PERMIT, SETTLED, PROBLEM = b"R", b"P", b"S", b"E"

OPENS, CLICKS = 1, 2

_GRANT = struct.Struct("<cIIBB")
_ANSWER = struct.Struct("<cIB")
_READY = struct.Struct("<cHI")
_PERMIT = struct.Struct("<cHIBBqI")
_SETTLED = struct.Struct("<cHIBBBBBHIBH")
_PROBLEM = struct.Struct("<cHBBBHI")


class Granted(NamedTuple):
    """A slot to prepare. `flags`: the trackers that it may carry."""

    slot: int
    shard: int
    attempt: int
    flags: int


class Wanted(NamedTuple):
    """The server waits for the slot's body: may it leave? `date` is the message's own, `size` its octets."""

    place: int
    slot: int
    attempt: int
    flags: int
    date: int
    size: int


class Verdict(Enum):
    """What became of a slot that was granted, as the transport saw it; two that it never met stand last."""

    DELIVERED = 0
    DEFERRED = 1
    REFUSED = 2
    IN_DOUBT = 3
    NOT_TRIED = 4
    KEYLESS = 5  # the contact's key is gone
    NOT_RENDERED = 6


class Settled(NamedTuple):
    place: int
    slot: int
    attempt: int
    verdict: Verdict
    phase: Phase
    reply_class: ReplyClass
    why: Why
    code: int
    hold: int  # seconds that the reply's rule asks the lane to rest; 0: as its class does
    enhanced: str
    text: str


class Problem(NamedTuple):
    """A connection that ended otherwise than asked for."""

    place: int
    why: EndWhy
    phase: Phase
    reply_class: ReplyClass
    code: int
    hold: int


class Ready(NamedTuple):
    places: int
    process: int


_T = TypeVar("_T", bound=Enum)


def _numbering(members: type[_T]) -> tuple[tuple[_T, ...], dict[_T, int]]:
    order = tuple(members)
    return order, {member: number for number, member in enumerate(order)}


_PHASES, _PHASE = _numbering(Phase)
_CLASSES, _CLASS = _numbering(ReplyClass)
_WHYS, _WHY = _numbering(Why)
_ENDS, _END = _numbering(EndWhy)


def grant(granted: Granted) -> bytes:
    return _GRANT.pack(GRANT, *granted)


def answer(slot: int, answered: Answer) -> bytes:
    return _ANSWER.pack(ANSWER, slot, answered)


def ready(message: Ready) -> bytes:
    return _READY.pack(READY, *message)


def permit(wanted: Wanted) -> bytes:
    return _PERMIT.pack(PERMIT, *wanted)


def settled(m: Settled) -> bytes:
    enhanced, text = m.enhanced.encode()[:255], m.text.encode()[:1000]
    head = _SETTLED.pack(
        SETTLED,
        m.place,
        m.slot,
        m.attempt,
        m.verdict.value,
        _PHASE[m.phase],
        _CLASS[m.reply_class],
        _WHY[m.why],
        m.code,
        m.hold,
        len(enhanced),
        len(text),
    )
    return head + enhanced + text


def problem(m: Problem) -> bytes:
    numbers = (m.place, _END[m.why], _PHASE[m.phase], _CLASS[m.reply_class], m.code, m.hold)
    return _PROBLEM.pack(PROBLEM, *numbers)


class Reader:
    """Cuts a stream into messages."""

    __slots__ = ("_parse", "_rest")

    def __init__(self, parse: Callable[[bytes, int], tuple[object, int] | None]) -> None:
        self._parse = parse
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[object]:
        """The messages that these bytes complete."""
        whole = self._rest + data if self._rest else data
        position = 0
        while position < len(whole):
            parsed = self._parse(whole, position)
            if parsed is None:
                break
            message, position = parsed
            yield message
        self._rest = whole[position:]


def to_sender(data: bytes, at: int) -> tuple[object, int] | None:
    """A message for a sender at a position of the stream, and where the next begins; None: not all there yet."""
    letter = data[at : at + 1]
    if letter in (QUIT, RECALL):
        return letter, at + 1
    form = _GRANT if letter == GRANT else _ANSWER
    end = at + form.size
    if end > len(data):
        return None
    _, *numbers = form.unpack_from(data, at)
    if letter == GRANT:
        return Granted(*numbers), end
    return (numbers[0], Answer(numbers[1])), end


_FORMS = {READY: _READY, PERMIT: _PERMIT, SETTLED: _SETTLED, PROBLEM: _PROBLEM}


def to_ledger(data: bytes, at: int) -> tuple[object, int] | None:
    """A message for the ledger process, likewise."""
    letter = data[at : at + 1]
    form = _FORMS[letter]
    end = at + form.size
    if end > len(data):
        return None
    _, *numbers = form.unpack_from(data, at)
    if letter == PERMIT:
        return Wanted(*numbers), end
    if letter == SETTLED:
        return _settled(data, end, numbers)
    if letter == READY:
        return Ready(*numbers), end
    place, why, phase, reply_class, code, hold = numbers
    return Problem(place, _ENDS[why], _PHASES[phase], _CLASSES[reply_class], code, hold), end


def _settled(data: bytes, at: int, numbers: list[int]) -> tuple[object, int] | None:
    place, slot, attempt, verdict, phase, reply_class, why, code, hold, enhanced, text = numbers
    middle, end = at + enhanced, at + enhanced + text
    if end > len(data):
        return None
    message = Settled(
        place,
        slot,
        attempt,
        _VERDICTS[verdict],
        _PHASES[phase],
        _CLASSES[reply_class],
        _WHYS[why],
        code,
        hold,
        data[at:middle].decode("utf-8", "replace"),
        data[middle:end].decode("utf-8", "replace"),
    )
    return message, end


_VERDICTS = tuple(Verdict)
