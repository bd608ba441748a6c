"""No silent clear text: what is said before the first message, and to whom."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Place
from compiler.language.reply import Phase, ReplyClass
from compiler.language.settings import Delivery, SecretRef, TlsPolicy, Via
from runner.transport import Delivered, End, EndWhy, MaildirEndpoint, NotTried, Why, endpoint_for
from runner.transport.fakes import ListSource, ScriptedServer

Send = Callable[..., End]
Kit = tuple[bytes, dict[str, ssl.SSLContext]]
OFFERS = ("STARTTLS", "PIPELINING", "AUTH PLAIN LOGIN")


def test_required_tls_is_negotiated_before_anything_else(send: Send, tls_kit: Kit) -> None:
    ca, contexts = tls_kit
    server, source = ScriptedServer(extensions=OFFERS, context=contexts["good"]), ListSource(3)
    server.answers["AUTH"] = b"235 2.7.0 welcome\r\n"
    end = send(server, source, tls=TlsPolicy.REQUIRED, ca=ca, username="someone", password="secret")
    assert end == End(EndWhy.FINISHED, 3)
    assert [line.split()[0] for line in server.lines[:4]] == [b"EHLO", b"STARTTLS", b"EHLO", b"AUTH"]
    assert len(server.accepted) == 3


@pytest.mark.parametrize("certificate", ["another-name", "unknown", "expired"])
def test_a_certificate_that_does_not_hold_gets_no_message(send: Send, tls_kit: Kit, certificate: str) -> None:
    ca, contexts = tls_kit
    server, source = ScriptedServer(extensions=OFFERS, context=contexts[certificate]), ListSource(1)
    assert send(server, source, tls=TlsPolicy.REQUIRED, ca=ca).why is EndWhy.TLS
    assert source.outcomes[0] == NotTried(Why.TLS)
    assert server.lines == [b"EHLO envoi.example", b"STARTTLS"]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"EHLO": b"250-x\r\n250 PIPELINING\r\n"}, id="stripped-from-ehlo"),
        pytest.param({"STARTTLS": b"454 4.7.0 not now\r\n"}, id="refused"),
        pytest.param({"STARTTLS": b"500 5.5.1 what\r\n"}, id="unknown"),
    ],
)
def test_where_starttls_is_stripped_nothing_is_sent(send: Send, answers: dict[str, bytes | list[bytes]]) -> None:
    server, source = ScriptedServer(answers, extensions=OFFERS), ListSource(1)
    assert send(server, source, tls=TlsPolicy.REQUIRED).why in (EndWhy.TLS, EndWhy.SERVER)
    assert isinstance(source.outcomes[0], NotTried)
    assert all(line.startswith((b"EHLO", b"STARTTLS")) for line in server.lines)


def test_replies_injected_before_the_handshake_are_worth_nothing(send: Send, tls_kit: Kit) -> None:
    ca, contexts = tls_kit
    injected = b"220 2.0.0 go\r\n250-evil.example\r\n250 XEVIL\r\n250 ok\r\n"
    server = ScriptedServer({"STARTTLS": injected}, extensions=OFFERS, context=contexts["good"])
    source = ListSource(1)
    end = send(server, source, tls=TlsPolicy.REQUIRED, ca=ca)
    # Refused or ignored, never believed: had the forged EHLO been read, no second EHLO would have been needed.
    assert server.lines.count(b"EHLO envoi.example") == (2 if end.why is EndWhy.FINISHED else 1)
    assert isinstance(source.outcomes[0], Delivered if end.why is EndWhy.FINISHED else NotTried)


def test_opportunistic_tls_takes_what_is_offered(send: Send, tls_kit: Kit) -> None:
    server = ScriptedServer(extensions=OFFERS, context=tls_kit[1]["unknown"])
    assert send(server, ListSource(1), tls=TlsPolicy.OPPORTUNISTIC) == End(EndWhy.FINISHED, 1)
    assert b"STARTTLS" in server.lines


def test_opportunistic_tls_goes_on_without(send: Send) -> None:
    server = ScriptedServer()
    assert send(server, ListSource(1), tls=TlsPolicy.OPPORTUNISTIC) == End(EndWhy.FINISHED, 1)
    assert len(server.accepted) == 1


def test_refused_credentials_stop_before_any_message(send: Send, tls_kit: Kit) -> None:
    ca, contexts = tls_kit
    server = ScriptedServer({"AUTH": b"535 5.7.8 no\r\n"}, extensions=OFFERS, context=contexts["good"])
    source = ListSource(1)
    end = send(server, source, tls=TlsPolicy.REQUIRED, ca=ca, username="someone", password="wrong")
    assert (end.why, end.phase, end.reply_class) == (EndWhy.AUTH, Phase.AUTH, ReplyClass.AUTH)
    assert source.outcomes[0] == NotTried(Why.AUTH)


@pytest.mark.parametrize(
    ("answer", "why", "reply_class"),
    [
        (b"421 4.7.0 too many connections\r\n", EndWhy.SERVER, ReplyClass.THROTTLE),
        (b"554 5.7.1 blocked using dnsbl\r\n", EndWhy.SERVER, ReplyClass.LANE_BLOCK),
        (b"550 5.1.1 user unknown\r\n", EndWhy.SERVER, ReplyClass.LANE_BLOCK),
        (b"hello\r\n", EndWhy.PROTOCOL, None),
    ],
)
def test_a_refusal_to_greet_is_about_us(send: Send, answer: bytes, why: EndWhy, reply_class: ReplyClass | None) -> None:
    source = ListSource(1)
    end = send(ScriptedServer({"CONNECT": answer}), source)
    assert (end.why, end.phase, end.reply_class) == (why, Phase.CONNECT, reply_class)
    assert isinstance(source.outcomes[0], NotTried)


def test_nobody_listening_is_said(send: Send) -> None:
    async def closed_port() -> int:
        listener = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port: int = listener.sockets[0].getsockname()[1]
        listener.close()
        await listener.wait_closed()
        return port

    source = ListSource(1)
    assert send(ScriptedServer(), source, port=asyncio.run(closed_port())).why is EndWhy.CONNECT
    assert source.outcomes[0] == NotTried(Why.CONNECT)


def delivery(via: Via, **changes: object) -> Delivery:
    return Delivery(name="relay", via=via, place=Place("envoi.yaml"), **changes)  # type: ignore[arg-type]


def test_an_endpoint_never_shows_its_secrets() -> None:
    secrets = {"user": b"someone", "password": b"hush"}
    declared = delivery(
        Via.SMTP, host="relay.example", username=SecretRef("env", "user"), password=SecretRef("env", "password")
    )
    endpoint = endpoint_for(declared, secret=lambda ref: secrets[ref.name], folder=Path, hostname="me.example")
    assert "hush" not in repr(endpoint)
    assert "someone" not in repr(endpoint)


def test_clear_text_beyond_this_machine_is_refused() -> None:
    declared = delivery(Via.SMTP, host="relay.example", tls=TlsPolicy.NONE)
    with pytest.raises(RefusedByPolicy):
        endpoint_for(declared, secret=lambda ref: b"", folder=Path, hostname="me.example")


def test_direct_delivery_is_refused_until_it_exists() -> None:
    with pytest.raises(UsageProblem):
        endpoint_for(delivery(Via.MX), secret=lambda ref: b"", folder=Path, hostname="me.example")


def test_a_maildir_is_an_endpoint() -> None:
    endpoint = endpoint_for(delivery(Via.MAILDIR, path="box"), secret=lambda ref: b"", folder=Path, hostname="me")
    assert endpoint == MaildirEndpoint(Path("box"))
