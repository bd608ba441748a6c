"""Secrets by reference: `env:NAME` or `file:PATH`, read at the last moment, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.language.settings import SecretRef


def read_secret(reference: SecretRef, root: Path, environment: Mapping[str, str]) -> bytes:
    """The secret's bytes, without a final newline. Raises UsageProblem where it is missing or empty."""
    value = (
        _from_file(root, reference.name) if reference.scheme == "file" else environment.get(reference.name, "").encode()
    )
    value = value.rstrip(b"\r\n")
    if not value:
        raise UsageProblem(_missing(reference))
    return value


def read_key(reference: SecretRef, root: Path, environment: Mapping[str, str]) -> bytes:
    """A key of 32 bytes, stored as 64 hexadecimal digits. Raises UsageProblem."""
    text = read_secret(reference, root, environment)
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageProblem(
            Text(f"{reference} : 64 chiffres hexadécimaux attendus", f"{reference}: expected 64 hexadecimal digits")
        )
    return key


def _missing(reference: SecretRef) -> Text:
    french, english = f"secret introuvable ou vide : {reference}", f"secret not found, or empty: {reference}"
    if reference.scheme == "file":
        return Text(
            f"{french} (chemin depuis l'espace de travail ; le restaurer, ou corriger envoi.yaml)",
            f"{english} (a path from the workspace; restore it, or correct envoi.yaml)",
        )
    return Text(
        f"{french} (définir cette variable d'environnement)",
        f"{english} (set that environment variable)",
    )


def _from_file(root: Path, name: str) -> bytes:
    try:
        return (root / name).read_bytes()
    except OSError:
        return b""
