"""The only door to aiosmtplib: it connects, negotiates TLS, greets and authenticates; then it hands the wire over."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import cast

import aiosmtplib

from compiler.language.reply import Phase
from compiler.language.settings import TlsPolicy
from runner.replies import judge, scrub
from runner.transport.endpoint import IMPLICIT_TLS_PORT, Endpoint
from runner.transport.outcome import End, EndWhy
from runner.transport.parser import reply_of


@dataclass(frozen=True, slots=True)
class Extensions:
    """What this connection's EHLO offered: decided anew at each connection."""

    pipelining: bool
    smtputf8: bool
    size: int | None  # None: not offered; 0: offered without a bound (RFC 1870 3)


@dataclass(frozen=True, slots=True)
class Connected:
    transport: asyncio.Transport
    extensions: Extensions


class NotConnected(Exception):
    """No conversation; `end` says why."""

    def __init__(self, end: End) -> None:
        super().__init__(end.why.value)
        self.end = end


async def connect(endpoint: Endpoint) -> Connected:
    """A greeted, encrypted and authenticated connection as the endpoint demands. Raises NotConnected.

    Where TLS is required nothing but EHLO and STARTTLS is ever said in clear (RFC 3207); credentials are given
    in clear to this machine alone.
    """
    client = _client(endpoint)
    phase = Phase.CONNECT
    try:
        await client.connect(timeout=endpoint.timeouts.connect)
        client.timeout = endpoint.timeouts.greeting
        phase = Phase.EHLO
        await _greet(client)
        phase = Phase.STARTTLS
        await _secure(client, endpoint)
        phase = Phase.AUTH
        await _authenticate(client, endpoint)
        return _take_over(client)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise NotConnected(_end_of(error, phase, endpoint.host)) from error
    finally:
        client.close()


def _client(endpoint: Endpoint) -> aiosmtplib.SMTP:
    implicit = endpoint.port == IMPLICIT_TLS_PORT and endpoint.tls is not TlsPolicy.NONE
    return aiosmtplib.SMTP(
        hostname=endpoint.host,
        port=endpoint.port,
        local_hostname=endpoint.hostname,
        use_tls=implicit,
        start_tls=False,  # its automatic mode goes on in clear where STARTTLS is stripped
        tls_context=endpoint.tls_context() if endpoint.tls is not TlsPolicy.NONE else None,
    )


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refused:
        if refused.code < 500 or not client.is_connected:
            raise
        await client.helo()  # RFC 5321 3.2: a server of before 1995


async def _secure(client: aiosmtplib.SMTP, endpoint: Endpoint) -> None:
    encrypted = client.get_transport_info("sslcontext") is not None
    offered = client.supports_extension("starttls")
    if encrypted or endpoint.tls is TlsPolicy.NONE:
        return
    if offered:
        await client.starttls()
        await client.ehlo()  # RFC 3207 4.2: what was said in clear is forgotten
    elif endpoint.tls is TlsPolicy.REQUIRED:
        raise ssl.SSLError("STARTTLS is required and not offered")


async def _authenticate(client: aiosmtplib.SMTP, endpoint: Endpoint) -> None:
    if not endpoint.username:
        return
    if client.get_transport_info("sslcontext") is None and not endpoint.loopback:
        raise ssl.SSLError("credentials are not given in clear")
    await client.login(endpoint.username, endpoint.password)


def _take_over(client: aiosmtplib.SMTP) -> Connected:
    """The transport and what EHLO said; the client forgets both, so that closing it leaves the wire open."""
    transport = cast("asyncio.Transport | None", client.transport)
    if transport is None or transport.is_closing():
        raise aiosmtplib.SMTPServerDisconnected("closed before the first message")
    size = client.esmtp_extensions.get("size")
    extensions = Extensions(
        pipelining=client.supports_extension("pipelining"),
        smtputf8=client.supports_extension("smtputf8"),
        size=None if size is None else int(size) if size.isascii() and size.isdigit() else 0,
    )
    client.transport = None
    client.protocol = None
    return Connected(transport, extensions)


def _end_of(error: Exception, phase: Phase, host: str) -> End:
    match error:
        case aiosmtplib.SMTPResponseException(code=code, message=message) if 400 <= code < 600:
            reply = scrub(reply_of(code, message), "")
            judgement = judge(host, phase, reply)
            why = EndWhy.AUTH if phase is Phase.AUTH else EndWhy.SERVER
            return End(why, 0, phase, reply, judgement.reply_class, judgement.hold)
        case aiosmtplib.SMTPResponseException():
            return End(EndWhy.PROTOCOL, 0, phase)
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return End(EndWhy.TIMEOUT, 0, phase)
        case ssl.SSLError():
            return End(EndWhy.TLS, 0, Phase.STARTTLS)
        case aiosmtplib.SMTPConnectError():
            tls = isinstance(error.__cause__, ssl.SSLError)
            return End(EndWhy.TLS if tls else EndWhy.CONNECT, 0, phase)
        case aiosmtplib.SMTPServerDisconnected() | OSError():
            return End(EndWhy.TLS if phase is Phase.STARTTLS else EndWhy.CLOSED, 0, phase)
        case _:
            return End(EndWhy.AUTH if phase is Phase.AUTH else EndWhy.PROTOCOL, 0, phase)
