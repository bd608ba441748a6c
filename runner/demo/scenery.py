"""Sets the rehearsal's stage: folders, keys, certificate, bare remotes, the company's CSV, the workspace's clone."""

from __future__ import annotations

import secrets
import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from compiler.clock import set_simulated_clock
from compiler.git import Repository
from runner.demo.crm import write_crm

#: Tuesday 2 March 2027, 08:58 in Paris.
CURTAIN = datetime(2027, 3, 2, 7, 58, tzinfo=UTC)
RELAY_LOGIN = ("envoi", "rehearsal")


@dataclass(frozen=True, slots=True)
class Scenery:
    """Where everything of one rehearsal stands, all of it under `folder`."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox"

    @property
    def crm(self) -> Path:
        return self.folder / "crm" / "contacts.csv"

    @property
    def clock(self) -> Path:
        return self.folder / "state" / "clock"

    @property
    def keys(self) -> Path:
        return self.folder / "state" / "keys"


def build(folder: Path) -> Scenery:
    """An empty stage in a new or empty folder: keys, CSV, clock and bare remotes, no workspace yet."""
    scenery = Scenery(folder)
    for name in ("crm", "plans", "state/keys", "state/accounts", "report"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    scenery.keys.chmod(0o700)
    for maildir in ("mailbox", "returns"):
        for name in ("cur", "new", "tmp"):
            (folder / maildir / name).mkdir(parents=True, exist_ok=True)
    write_crm(scenery.crm, seed=2027)
    set_simulated_clock(scenery.clock, CURTAIN, rate=1.0)
    _write_keys(scenery.keys)
    Repository.init_bare(folder / "book.git")
    Repository.init_bare(folder / "workspace.git")
    return scenery


def example_workspace() -> Path:
    """The example workspace: beside the package when installed, `campaigns/` in the source tree."""
    installed = Path(__file__).parent / "_workspace"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "campaigns"


def publish_workspace(scenery: Scenery, *, relay_port: int, tracker_port: int) -> None:
    """The example workspace, turned towards this machine's ports, as the first commit of the bare remote."""
    files: dict[str, bytes | None] = {}
    source = example_workspace()
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[path.relative_to(source).as_posix()] = path.read_bytes()
    settings = files["envoi.yaml"] or b""
    for old, new in (
        ("https://t.atelier-lumen.example", f"http://127.0.0.1:{tracker_port}"),
        ("port: 2525", f"port: {relay_port}"),
    ):
        if old.encode() not in settings:
            raise AssertionError(f"the example workspace no longer says {old}")
        settings = settings.replace(old.encode(), new.encode())
    files["envoi.yaml"] = settings
    remote = Repository(scenery / "workspace.git")
    commit = remote.commit(None, files, message="Declare the workspace of Atelier Lumen", at=CURTAIN)
    remote.update_ref("refs/heads/main", commit, None)
    Repository.clone(str(scenery / "workspace.git"), scenery.workspace, bare=False)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def empty(folder: Path) -> None:
    """Removes what an earlier rehearsal left in a folder that is one. Refuses any other folder."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "state" / "clock").is_file():
            from compiler.language.errors import UsageProblem
            from compiler.language.finding import Text

            raise UsageProblem(
                Text(
                    f"{folder} n'est pas vide et n'est pas une répétition : choisir un autre dossier",
                    f"{folder} is not empty and no rehearsal: choose another folder",
                )
            )
        for child in folder.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
            else:
                child.unlink()


def _write_keys(keys: Path) -> None:
    for name in ("master.key", "suppression.key", "tracking.key"):
        _private(keys / name, secrets.token_hex(32).encode())
    dkim = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _private(keys / "dkim.pem", _pem(dkim))
    (keys / "dkim.pub.pem").write_bytes(
        dkim.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    _private(keys / "relay-user", RELAY_LOGIN[0].encode())
    _private(keys / "relay-password", RELAY_LOGIN[1].encode())
    _write_certificate(keys)


def _write_certificate(keys: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal relay")])
    # Certificates live on the wall's clock: TLS does not know of the simulated one.
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _private(keys / "relay.pem", _pem(key))
    (keys / "relay-ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
