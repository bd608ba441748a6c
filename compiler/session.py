"""What every command is given: the workspace's folder, the clock, the environment, and the doors they open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.language.clock import Clock
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.finding import Text
from compiler.language.settings import SecretRef, Settings
from compiler.secrets import read_key, read_secret

if TYPE_CHECKING:  # imported when first used: `envoi --version` must stay instant
    from compiler.book.keyring import Keyring
    from compiler.book.store import Book
    from compiler.language.campaign import Workspace


@dataclass
class Session:
    """One invocation. `language` is the one asked for, empty for the workspace's own.

    Declarations are read from `root`. Declared paths begin at `home`: another folder only where a branch is read
    aside, from a copy of its files.
    """

    root: Path
    clock: Clock
    environment: Mapping[str, str]
    json: bool = False
    language: str = ""
    aside: Path | None = None

    @property
    def home(self) -> Path:
        """The keyed host's own clone, at the workspace's folder."""
        return self.aside or self.root

    def spoken(self) -> str:
        """The language to answer in, whatever is wrong: the one asked for, the workspace's, else the terminal's."""
        return self.language or _declared_language(self.root) or terminal_language(self.environment)

    def workspace(self) -> Workspace:
        """The resolved workspace. Raises FindingsStop where its declarations hold errors."""
        return self._workspace

    @cached_property
    def _workspace(self) -> Workspace:
        from compiler.pipeline import read_workspace

        require_workspace(self.root)
        workspace, findings = read_workspace(self.root)
        if workspace is None or any(f.stops for f in findings):
            raise FindingsStop(findings)
        return workspace

    @property
    def settings(self) -> Settings:
        return self.workspace().settings

    def path(self, text: str) -> Path:
        """A declared path, relative to the workspace's home."""
        return (self.home / text).resolve()

    def secret(self, reference: SecretRef) -> bytes:
        return read_secret(reference, self.home, self.environment)

    def key(self, reference: SecretRef) -> bytes:
        return read_key(reference, self.home, self.environment)

    def suppression_key(self) -> bytes:
        return self.key(self.settings.keyring.suppression_key)

    def tracking_keys(self) -> dict[int, bytes]:
        """Key number → key; 1 is the one that signs."""
        tracking = self.settings.tracking
        declared = tracking.keys if tracking else ()
        return {number: self.key(reference) for number, (_, reference) in enumerate(declared, 1)}

    def keyring(self) -> Keyring:
        from compiler.book.keyring import Keyring

        settings = self.settings.keyring
        return Keyring.open(self.path(settings.path), self.key(settings.master_key))

    def book(self) -> Book:
        from compiler.book.store import Book

        settings = self.settings.book
        remote = settings.remote
        if remote and "://" not in remote and ":" not in remote:
            remote = str(self.path(remote))
        return Book.open(self.path(settings.path), remote, settings.branch)

    def state(self, name: str) -> Path:
        """A file or folder of the keyed host's state."""
        return self.path(self.settings.state) / name


def require_workspace(root: Path) -> None:
    """Raises UsageProblem, which says what to do, unless there is an envoi.yaml to read."""
    home = root / "envoi.yaml"
    if home.is_dir():
        raise UsageProblem(
            Text(
                "envoi.yaml est un dossier : le renommer, puis `envoi init`, ou choisir un espace de travail avec -C",
                "envoi.yaml is a folder: rename it, then `envoi init`, or choose a workspace with -C",
            )
        )
    if not home.is_file():
        raise UsageProblem(
            Text(
                "pas d'espace de travail ici : en choisir un avec -C, ou en faire un par `envoi init`",
                "no workspace here: choose one with -C, or make one with `envoi init`",
            )
        )


def terminal_language(environment: Mapping[str, str]) -> str:
    """French where the terminal is French, else English."""
    return "fr" if environment.get("LC_ALL", environment.get("LANG", "")).startswith("fr") else "en"


def _declared_language(root: Path) -> str:
    """What envoi.yaml says, readable or not as the rest may be; French where it is silent."""
    from compiler.load import load

    if not (root / "envoi.yaml").is_file():
        return ""
    declared = [document.data.get("language") for document in load(root).documents if document.kind == "workspace"]
    return "en" if "en" in declared else "fr"
