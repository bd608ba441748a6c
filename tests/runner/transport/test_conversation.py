"""What is said over one connection, and what each envelope is told, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from compiler.clock import SystemClock
from compiler.language.clock import FixedClock
from compiler.language.errors import RefusedByPolicy
from compiler.language.reply import Phase, ReplyClass
from runner.transport import (
    Deferred,
    Delivered,
    End,
    Endpoint,
    EndWhy,
    InDoubt,
    NotTried,
    Refused,
    Timeouts,
    Why,
    serve,
)
from runner.transport.fakes import BODY, DROP, QUICK, SILENT, ListSource, ScriptedServer

Send = Callable[..., End]
STORED = BODY[: -len(b".\r\n")].rstrip(b"\r\n")


def test_the_next_message_rides_with_this_ones_body(send: Send) -> None:
    server, source = ScriptedServer(), ListSource(3)
    end = send(server, source)
    assert end == End(EndWhy.FINISHED, 3)
    assert all(isinstance(outcome, Delivered) for outcome in source.outcomes.values())
    assert server.accepted == [STORED] * 3
    assert any(
        BODY + b"MAIL FROM:<b1@envoi.example>\r\nRCPT TO:<p1@clients.example>\r\nDATA\r\n" in c for c in server.chunks
    )


def test_without_pipelining_every_command_waits_for_its_answer(send: Send) -> None:
    server, source = ScriptedServer(extensions=()), ListSource(2)
    assert send(server, source).why is EndWhy.FINISHED
    commands = [chunk for chunk in server.chunks if not chunk.startswith(b"EHLO")]
    assert commands == [
        b"MAIL FROM:<b0@envoi.example>\r\n",
        b"RCPT TO:<p0@clients.example>\r\n",
        b"DATA\r\n",
        BODY,
        b"MAIL FROM:<b1@envoi.example>\r\n",
        b"RCPT TO:<p1@clients.example>\r\n",
        b"DATA\r\n",
        BODY,
        b"QUIT\r\n",
    ]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)], ids=["plain", "pipelined"])
@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT])
@pytest.mark.parametrize("code", [451, 550])
def test_a_refusal_is_told_with_its_phase_and_the_next_message_goes_on(
    send: Send, phase: Phase, code: int, extensions: tuple[str, ...]
) -> None:
    answers: dict[str, bytes | list[bytes]] = {phase.name: [f"{code} {code // 100}.7.0 no\r\n".encode()]}
    if phase is Phase.MAIL:
        answers |= {"RCPT": [b"503 5.5.1 no\r\n"], "DATA": [b"503 5.5.1 no\r\n"]} if extensions else {}
    if phase is Phase.RCPT:
        answers |= {"DATA": [b"554 5.5.1 no valid recipients\r\n"]} if extensions else {}
    server, source = ScriptedServer(answers, extensions=extensions), ListSource(2)
    assert send(server, source).why is EndWhy.FINISHED
    first = source.outcomes[0]
    assert isinstance(first, Refused if code == 550 else Deferred)
    assert (first.phase, first.reply.code) == (phase, code)
    assert isinstance(source.outcomes[1], Delivered)
    assert (b"RSET" in server.lines) is (phase in (Phase.RCPT, Phase.DATA))
    assert server.connections == 1


def test_a_354_without_a_recipient_is_ended_by_a_lone_dot(send: Send) -> None:
    server = ScriptedServer({"RCPT": [b"550 5.1.1 no such user\r\n"], "DOT": [b"554 5.5.1 no recipient\r\n"]})
    source = ListSource(2)
    assert send(server, source) == End(EndWhy.FINISHED, 1)
    first = source.outcomes[0]
    assert isinstance(first, Refused)
    assert (first.phase, first.reply_class) == (Phase.RCPT, ReplyClass.DEAD)
    assert source.permitted == [1]
    assert b"DATA\r\n" in server.chunks[1]
    assert server.chunks[2].startswith(b".\r\n")
    assert b"RSET" not in server.lines


def test_a_refused_permit_closes_the_connection_inside_data(send: Send) -> None:
    server, source = ScriptedServer(), ListSource(2, refuse=(0,))
    assert send(server, source).why is EndWhy.PERMIT
    assert source.outcomes[0] == NotTried(Why.PERMIT)
    assert server.accepted == []
    assert server.lines[-1] == b"DATA"  # neither RSET nor QUIT: both would be text of the message
    assert server.chunks[-1].endswith(b"DATA\r\n")


@pytest.mark.parametrize("name", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("code", [b"421 4.7.0 later\r\n", b"421 4.7.0 later\r\n421 4.7.0 later\r\n"])
def test_421_defers_the_message_and_ends_the_connection(send: Send, name: str, code: bytes) -> None:
    server, source = ScriptedServer({name: code}), ListSource(3)
    end = send(server, source)
    assert end.why is EndWhy.SERVER
    assert end.reply is not None
    assert end.reply.code == 421
    first = source.outcomes[0]
    assert isinstance(first, Deferred)
    assert first.phase is Phase[name]
    assert len(source.outcomes) == source.given
    assert not any(isinstance(outcome, Delivered | InDoubt) for outcome in source.outcomes.values())


@pytest.mark.parametrize(
    ("name", "expected", "end"),
    [
        ("CONNECT", NotTried(Why.CONNECT), EndWhy.CONNECT),
        ("EHLO", NotTried(Why.CLOSED), EndWhy.CLOSED),
        ("MAIL", NotTried(Why.CLOSED), EndWhy.CLOSED),
        ("RCPT", NotTried(Why.CLOSED), EndWhy.CLOSED),
        ("DATA", NotTried(Why.CLOSED), EndWhy.CLOSED),
        ("DOT", InDoubt(Why.CLOSED), EndWhy.CLOSED),
    ],
)
def test_a_dropped_connection_leaves_doubt_only_after_the_dot(
    send: Send, name: str, expected: object, end: EndWhy
) -> None:
    server, source = ScriptedServer({name: DROP}), ListSource(3)
    assert send(server, source).why is end
    assert source.outcomes[0] == expected
    assert all(isinstance(o, NotTried) for slot, o in source.outcomes.items() if slot)
    assert len(source.outcomes) == source.given


@pytest.mark.parametrize("name", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_a_silent_server_is_given_up(send: Send, name: str) -> None:
    server, source = ScriptedServer({name: SILENT}), ListSource(2)
    quick = Timeouts(0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)
    assert send(server, source, timeouts=quick).why is EndWhy.TIMEOUT
    assert source.outcomes[0] == (InDoubt if name == "DOT" else NotTried)(Why.TIMEOUT)


def after_354(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> ScriptedServer:
    """A server that behaves until it has asked for the body."""

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 PIPELINING\r\n")
        for _ in range(3):
            await reader.readline()
        writer.write(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await talk(reader, writer)

    return ScriptedServer(talk=whole)


def test_an_answer_that_drips_is_given_up_too(send: Send) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for octet in b"250 " + b"x" * 96:
            if not writer.is_closing():
                writer.write(bytes((octet,)))
                await asyncio.sleep(0.02)

    source = ListSource()
    assert send(after_354(drip), source).why is EndWhy.TIMEOUT
    assert source.outcomes[0] == InDoubt(Why.TIMEOUT)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("DATA", b"250 2.0.0 ok\r\n", id="250-where-354-is-due"),
        pytest.param("DATA", b"354 go\r\n250 2.0.0 ok\r\n", id="250-before-the-body"),
        pytest.param("MAIL", b"250 ok\r\n250 ok\r\n", id="two-replies-for-one-command"),
        pytest.param("RCPT", b"250-ok\r\n251 ok\r\n", id="code-changes-within-a-reply"),
        pytest.param("RCPT", b"\0\0\0\r\n", id="nuls"),
        pytest.param("RCPT", b"25\r\n", id="short-code"),
        pytest.param("RCPT", b"999 ok\r\n", id="no-such-code"),
        pytest.param("RCPT", b"x" * 1_000_000, id="a-line-without-an-end"),
        pytest.param("RCPT", b"250-more\r\n" * 5000, id="a-reply-without-an-end"),
        pytest.param("RCPT", b"250 ok\n", id="bare-lf"),
        pytest.param("RCPT", "250 é\r\n".encode("utf-16"), id="utf-16"),
        pytest.param("MAIL", b"334 go on\r\n", id="3xx-out-of-place"),
    ],
)
def test_nonsense_before_the_body_ends_the_connection_and_leaves_no_doubt(send: Send, name: str, answer: bytes) -> None:
    server, source = ScriptedServer({name: answer}), ListSource(2)
    assert send(server, source).why in (EndWhy.PROTOCOL, EndWhy.TIMEOUT)
    assert isinstance(source.outcomes[0], NotTried)
    assert server.accepted == []


@pytest.mark.parametrize("answer", [b"354 what\r\n", b"hello\r\n", b"220\r\nzzz\r\n", b"250-\r\n251 \r\n"])
def test_nonsense_after_the_dot_leaves_doubt(send: Send, answer: bytes) -> None:
    source = ListSource(1)
    assert send(ScriptedServer({"DOT": answer}), source).why in (EndWhy.PROTOCOL, EndWhy.FINISHED)
    assert isinstance(source.outcomes[0], Delivered if answer.startswith(b"220") else InDoubt)


LARGE = b"x" * 60 + b"\r\n" + BODY * 500_000  # more than two kernels hold in between


def test_a_yes_before_the_message_has_left_is_no_yes(send: Send) -> None:
    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"250 thank you\r\n")
        await asyncio.sleep(0.2)
        writer.transport.abort()

    source = ListSource(body=LARGE)
    assert send(after_354(hasty), source).why is EndWhy.PROTOCOL
    assert source.outcomes[0] == NotTried(Why.PROTOCOL)


def test_a_body_that_does_not_move_is_taken_back(send: Send) -> None:
    async def full(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)  # a window of zero
        writer.transport.abort()

    source = ListSource(body=LARGE)
    assert send(after_354(full), source).why is EndWhy.TIMEOUT
    assert source.outcomes[0] == NotTried(Why.TIMEOUT)


def test_a_connection_carries_as_many_messages_as_its_limit(send: Send) -> None:
    server, source = ScriptedServer(), ListSource(5)
    assert send(server, source, limit=3) == End(EndWhy.LIMIT, 3)
    assert source.given == 3
    assert server.lines[-1] == b"QUIT"


def test_an_idle_connection_is_given_back(send: Send) -> None:
    async def slow(slot: int) -> None:
        if slot == 1:
            await asyncio.sleep(5)

    server, source = ScriptedServer(), ListSource(2, wait=slow)
    assert send(server, source) == End(EndWhy.IDLE, 1)
    assert source.given == 1
    assert server.lines[-1] == b"QUIT"


def test_a_message_that_comes_late_goes_over_the_same_connection(send: Send) -> None:
    async def slow(slot: int) -> None:
        await asyncio.sleep(0.05)

    server, source = ScriptedServer(), ListSource(3, wait=slow)
    assert send(server, source) == End(EndWhy.FINISHED, 3)
    assert server.connections == 1


@pytest.mark.parametrize(("name", "expected"), [("RCPT", NotTried(Why.CANCELLED)), ("DOT", InDoubt(Why.CANCELLED))])
def test_a_cancelled_connection_settles_what_it_holds(
    run: Callable[[Awaitable[Any]], Any], name: str, expected: object
) -> None:
    async def serving() -> None:
        async with ScriptedServer({name: SILENT}) as server:
            endpoint = server.endpoint(timeouts=Timeouts())
            place = asyncio.ensure_future(serve(endpoint, source, limit=9, clock=SystemClock()))
            await asyncio.sleep(0.2)
            place.cancel()
            await asyncio.wait({place})
            assert place.cancelled()

    source = ListSource(3)
    run(serving())
    assert source.outcomes[0] == expected
    assert len(source.outcomes) == source.given


def test_a_message_larger_than_the_server_takes_is_not_offered(send: Send) -> None:
    server, source = ScriptedServer(extensions=("PIPELINING", "SIZE 100")), ListSource(1, size=101)
    assert send(server, source).why is EndWhy.FINISHED
    outcome = source.outcomes[0]
    assert isinstance(outcome, Refused)
    assert (outcome.reply.code, outcome.reply_class) == (552, ReplyClass.CONTENT)
    assert server.lines[1:] == [b"QUIT"]


def test_the_size_is_declared_where_the_server_asks_for_it(send: Send) -> None:
    server = ScriptedServer(extensions=("PIPELINING", "SIZE", "SMTPUTF8"))
    send(server, ListSource(1, size=77, smtputf8=True))
    assert server.lines[1] == b"MAIL FROM:<b0@envoi.example> SMTPUTF8 SIZE=77"


def test_a_utf8_address_needs_a_server_that_takes_it(send: Send) -> None:
    source = ListSource(1, smtputf8=True)
    send(ScriptedServer(), source)
    outcome = source.outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.phase is Phase.MAIL
    assert outcome.reply.enhanced == "5.6.7"


def test_a_stored_reply_names_nobody(send: Send) -> None:
    source = ListSource(1)
    send(ScriptedServer({"RCPT": b"550 5.1.1 <p0@clients.example>: no\r\n"}), source)
    outcome = source.outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reply.text == "<<address>>: no"


def test_nothing_is_connected_while_there_is_nothing_to_send(send: Send) -> None:
    server = ScriptedServer()
    assert send(server, ListSource(0)) == End(EndWhy.FINISHED)
    assert server.connections == 0


def test_a_simulated_clock_keeps_messages_on_this_machine() -> None:
    from datetime import UTC, datetime

    clock = FixedClock(datetime(2027, 3, 2, tzinfo=UTC))
    source = ListSource(1)
    with pytest.raises(RefusedByPolicy):
        asyncio.run(serve(Endpoint("192.0.2.1", 25), source, limit=1, clock=clock))
    assert source.given == 0


def test_the_answer_to_the_dot_is_awaited_ten_minutes_at_least() -> None:
    assert Timeouts().dot >= 600
    assert QUICK.dot < 1


@pytest.mark.parametrize(
    "path", ["a b@x.example", "a@x.example>\r\nRCPT TO:<c@z.example", "a\0@x.example", "<a@x.example"]
)
def test_no_envelope_can_carry_a_second_command(path: str) -> None:
    from runner.transport import Envelope

    with pytest.raises(ValueError):
        Envelope(0, "b@envoi.example", path)
    with pytest.raises(ValueError):
        Envelope(0, path, "b@envoi.example")
