"""The keys of a new workspace, readable by their owner alone, and the page for the safe."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from compiler.init.answers import Answers
from compiler.init.pages import SAFE_PAGE, page
from compiler.language.canonical import sha256_hex
from compiler.language.finding import Language

KEYS = ("master", "suppression", "tracking")
_CHECK = {Language.FR: "somme de contrôle", Language.EN: "check"}


def make_keys(folder: Path, answers: Answers, *, entropy: Callable[[int], bytes], today: date) -> Path:
    """Makes every key in a new folder, and beside them the page for the safe, whose path is returned."""
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    keys = {name: entropy(32).hex() for name in KEYS}
    for name, key in keys.items():
        private(folder / f"{name}.key", key.encode() + b"\n")
    signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private(folder / "dkim.pem", _pem(signing))
    safe = folder / SAFE_PAGE[answers.language]
    words = {
        "title": answers.name,
        "day": today.isoformat(),
        "keys": _spelled(keys, answers.language),
        "domain": answers.domain,
        "sender_domain": answers.sender.domain,
        "dkim": f"v=DKIM1; k=rsa; p={_public(signing)}",
    }
    private(safe, page(answers.language, safe.name, words))
    return safe


def private(path: Path, content: bytes) -> None:
    """Writes a new file that nobody else may ever read."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def _spelled(keys: Mapping[str, str], language: Language) -> str:
    """Each key in groups of four digits, with the beginning of its SHA-256 to check what was typed."""
    lines = []
    for name, key in keys.items():
        groups = [key[at : at + 4] for at in range(0, len(key), 4)]
        rows = [" ".join(groups[:8]), " ".join(groups[8:])]
        check = f"{_CHECK[language]} {sha256_hex(key.encode())[:8]}"
        lines.append("\n".join([f"    {name}.key", *(f"    {row}" for row in rows), f"    {check}"]))
    return "\n\n".join(lines)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public(key: rsa.RSAPrivateKey) -> str:
    """As the DNS record of RFC 6376 holds it."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
