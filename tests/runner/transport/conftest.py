"""Certificates, and both event loops to run on."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from compiler.clock import SystemClock
from runner.transport import End, serve
from runner.transport.fakes import ListSource, ScriptedServer

T = TypeVar("T")


@pytest.fixture(scope="session")
def tls_kit(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, ssl.SSLContext]]:
    """An authority's PEM, and server contexts: `good`, for `another-name`, of an `unknown` authority, `expired`."""
    folder = tmp_path_factory.mktemp("certificates")
    key, ca = _certificate("Test CA", None, None)
    other_key, other_ca = _certificate("Other CA", None, None)
    contexts = {
        "good": _context(folder / "good", *_certificate("127.0.0.1", key, ca)),
        "another-name": _context(folder / "other", *_certificate("127.0.0.2", key, ca)),
        "unknown": _context(folder / "unknown", *_certificate("127.0.0.1", other_key, other_ca)),
        "expired": _context(folder / "expired", *_certificate("127.0.0.1", key, ca, days=-1)),
    }
    return ca.public_bytes(serialization.Encoding.PEM), contexts


def _certificate(
    name: str, issuer_key: ec.EllipticCurvePrivateKey | None, issuer: x509.Certificate | None, days: int = 30
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    authority = (issuer_key or key).public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())


def _context(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Awaitable[T]], T]:
    """Runs a coroutine on each of the two event loops, and fails where it leaves a task behind."""

    def runner(work: Awaitable[T]) -> T:
        async def watched() -> T:
            result = await asyncio.wait_for(work, 20)
            await asyncio.sleep(0.01)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, left
            return result

        factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as loop:
            return loop.run(watched())

    return runner


@pytest.fixture
def send(run: Callable[[Awaitable[End]], End]) -> Callable[..., End]:
    """Serves a source into a sink over one connection: `send(server, source, limit=…, **endpoint)`."""

    def sending(sink: ScriptedServer, source: ListSource, limit: int = 100, **changes: Any) -> End:
        async def serving() -> End:
            async with sink:
                return await serve(sink.endpoint(**changes), source, limit=limit, clock=SystemClock())

        return run(serving())

    return sending
