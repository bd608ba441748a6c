"""Where messages go: a server or a folder, with its secrets already read."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.language.settings import Delivery, SecretRef, TlsPolicy, Via

IMPLICIT_TLS_PORT = 465  # RFC 8314 3.3


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, per phase (RFC 5321 4.5.3.2). A short `dot` makes duplicates: it never goes below 600 s."""

    connect: float = 30
    greeting: float = 300
    command: float = 300  # MAIL and RCPT
    data: float = 120
    block: float = 180  # the body must move
    dot: float = 600
    idle: float = 60  # without a message to send, before the connection is given back
    quit: float = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that takes messages. `ca` holds PEM certificates to trust instead of the system's; empty: the system's.

    `hostname` is the name given in EHLO.
    """

    host: str
    port: int
    tls: TlsPolicy = TlsPolicy.REQUIRED
    ca: bytes = field(default=b"", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    hostname: str = "localhost"
    timeouts: Timeouts = Timeouts()

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)

    def tls_context(self) -> ssl.SSLContext:
        """Certificate and name are verified where TLS is required; opportunistic TLS takes any (RFC 7435)."""
        context = ssl.create_default_context(cadata=self.ca.decode("ascii") or None)
        if self.tls is TlsPolicy.OPPORTUNISTIC:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class MaildirEndpoint:
    """A Maildir folder that takes messages in a server's stead: for rehearsals and small tests."""

    path: Path
    loopback: bool = True


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def endpoint_for(
    delivery: Delivery, *, secret: Callable[[SecretRef], bytes], folder: Callable[[str], Path], hostname: str
) -> Endpoint | MaildirEndpoint:
    """The endpoint that a delivery declares (`session.secret` and `session.path` serve as readers).

    Raises UsageProblem for a missing secret or an unknown way, RefusedByPolicy for clear text beyond loopback.
    """
    match delivery.via:
        case Via.MAILDIR:
            return MaildirEndpoint(folder(delivery.path))
        case Via.MX:
            raise UsageProblem(
                Text(
                    "livraison « mx » pas encore disponible : déclarer un relais (via: smtp)",
                    "delivery by mx is not available yet: declare a relay (via: smtp)",
                )
            )
        case Via.SMTP:
            return _server(delivery, secret, hostname)


def _server(delivery: Delivery, secret: Callable[[SecretRef], bytes], hostname: str) -> Endpoint:
    if delivery.tls is TlsPolicy.NONE and not is_loopback(delivery.host):
        raise RefusedByPolicy(
            Text("tls: none n'est permis que vers cette machine", "tls: none is allowed towards this machine only")
        )
    return Endpoint(
        host=delivery.host,
        port=delivery.port,
        tls=delivery.tls,
        ca=secret(delivery.ca) if delivery.ca else b"",
        username=secret(delivery.username).decode() if delivery.username else "",
        password=secret(delivery.password).decode() if delivery.password else "",
        hostname=hostname,
    )
