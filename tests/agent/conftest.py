"""A company whose people only ever push: bare remotes, the keyed host's clone, a marketer's clone, a mail server."""

from __future__ import annotations

import csv
import mailbox
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from compiler.clock import SimulatedClock
from compiler.process import run
from runner.demo import scenery
from runner.demo.mailserver import MailServer
from runner.demo.stagehand import Stagehand
from runner.demo.voice import PlainVoice

_PEOPLE = {
    **{f"GIT_{who}_NAME": "Marketing" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "marketing@atelier-lumen.example" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass
class Marketer:
    """Somebody with git and an editor, and no key."""

    clone: Path
    environment: dict[str, str] = field(default_factory=lambda: {**os.environ, **_PEOPLE})

    def git(self, *args: str) -> str:
        return run(["git", *args], cwd=self.clone, environment=self.environment).stdout.decode().strip()

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.clone / path
        text = file.read_text("utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new), "utf-8")

    def push_branch(self, name: str, message: str = "Change the campaign") -> str:
        """Commits everything on a new branch and pushes it; the commit."""
        if self.git("branch", "--show-current") != name:
            self.git("checkout", "-q", "-b", name)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "origin", name)
        return self.git("rev-parse", "HEAD")

    def merge(self, name: str) -> None:
        """A squash merge, as a forge's button does it."""
        self.git("fetch", "-q", "origin")
        self.git("checkout", "-q", "main")
        self.git("reset", "-q", "--hard", "origin/main")
        self.git("merge", "-q", "--squash", f"origin/{name}")
        self.git("commit", "-q", "-m", f"Approve {name}")
        self.git("push", "-q", "origin", "main")


@dataclass
class Company:
    hand: Stagehand
    marketer: Marketer
    server: MailServer

    def agent(self, *args: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        answer: dict[str, Any] = self.hand.ask("agent", "--once", *args, codes=codes)
        return answer

    @property
    def contacts(self) -> list[dict[str, str]]:
        """The customer file, as it was imported."""
        with (self.hand.scenery / "crm" / "contacts.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))

    @property
    def kept(self) -> list[mailbox.MaildirMessage]:
        return list(mailbox.Maildir(self.hand.scenery.mailbox, factory=None))


@pytest.fixture
def company(company_copy: tuple[Path, int], tmp_path: Path) -> Iterator[Company]:
    folder, port = company_copy
    built = scenery.Scenery(folder)
    clock = SimulatedClock(built.clock)
    certificate = (built.keys / "relay-ca.pem", built.keys / "relay.pem")
    server = MailServer(built.mailbox, clock, port=port, login=scenery.RELAY_LOGIN, certificate=certificate)
    run(["git", "clone", "-q", str(built / "workspace.git"), str(tmp_path / "marketer")])
    server.start()
    try:
        yield Company(Stagehand(built, PlainVoice(), clock), Marketer(tmp_path / "marketer"), server)
    finally:
        server.stop()
