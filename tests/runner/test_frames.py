from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compiler.language.reply import Phase, ReplyClass
from runner import frames
from runner.frames import Granted, Problem, Reader, Ready, Settled, Verdict, Wanted
from runner.ledger import Answer
from runner.transport.outcome import EndWhy, Why

_PLACE = st.integers(0, 65535)
_SLOT = st.integers(0, 2**32 - 1)
_OCTET = st.integers(0, 255)
_TO_LEDGER = st.one_of(
    st.builds(Ready, _PLACE, _SLOT),
    st.builds(Wanted, _PLACE, _SLOT, _OCTET, _OCTET, st.integers(0, 2**40), _SLOT),
    st.builds(
        Settled,
        _PLACE,
        _SLOT,
        _OCTET,
        st.sampled_from(Verdict),
        st.sampled_from(Phase),
        st.sampled_from(ReplyClass),
        st.sampled_from(Why),
        _PLACE,
        _SLOT,
        st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}|", fullmatch=True),
        st.text(max_size=200),
    ),
    st.builds(
        Problem,
        _PLACE,
        st.sampled_from(EndWhy),
        st.sampled_from(Phase),
        st.sampled_from(ReplyClass),
        _PLACE,
        _SLOT,
    ),
)


def _spelled(message: Ready | Wanted | Settled | Problem) -> bytes:
    match message:
        case Ready():
            return frames.ready(message)
        case Wanted():
            return frames.permit(message)
        case Settled():
            return frames.settled(message)
        case Problem():
            return frames.problem(message)


def _read(reader: Reader, data: bytes, cut: int) -> list[object]:
    return [m for start in range(0, len(data), cut) for m in reader.feed(data[start : start + cut])]


@given(st.lists(_TO_LEDGER, max_size=8), st.integers(1, 40))
def test_what_a_sender_says_is_heard_however_the_stream_is_cut(
    messages: list[Ready | Wanted | Settled | Problem], cut: int
) -> None:
    assert _read(Reader(frames.to_ledger), b"".join(map(_spelled, messages)), cut) == messages


@given(
    st.lists(st.one_of(st.builds(Granted, _SLOT, _SLOT, _OCTET, _OCTET), st.tuples(_SLOT, st.sampled_from(Answer)))),
    st.integers(1, 20),
)
def test_what_the_ledger_says_is_heard_however_the_stream_is_cut(
    messages: list[Granted | tuple[int, Answer]], cut: int
) -> None:
    data = b"".join(frames.grant(m) if isinstance(m, Granted) else frames.answer(*m) for m in messages)
    heard = _read(Reader(frames.to_sender), data + frames.RECALL + frames.QUIT, cut)
    assert heard == [*messages, frames.RECALL, frames.QUIT]
