"""A forge in small: bare remotes, a runner that executes a workflow's `run:` steps, and the API that they call."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.clock import VARIABLE, SimulatedClock
from compiler.process import Completed, run
from runner.demo import scenery
from runner.demo.mailserver import MailServer
from runner.demo.stagehand import Stagehand
from runner.demo.voice import PlainVoice

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Api(ThreadingHTTPServer):
    """What the workflows ask of a forge: comments of a pull request, whose merge a commit is, who approved."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.comments: dict[int, str] = {}
        self.pulls: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        listed: list[Any] = []
        if query.endswith("page=1"):
            if path.endswith("/comments"):
                listed = [{"id": number, "body": body} for number, body in self.server.comments.items()]
            listed = self.server.reviews if path.endswith("/reviews") else listed
            listed = self.server.pulls if "/commits/" in path else listed
        self._say(listed)

    def do_POST(self) -> None:
        self.server.comments[len(self.server.comments) + 1] = self._body()
        self._say({})

    def do_PATCH(self) -> None:
        self.server.comments[int(self.path.rpartition("/")[2])] = self._body()
        self._say({})

    def _body(self) -> str:
        assert self.headers["Authorization"] == "Bearer a-token"
        return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

    def _say(self, document: object) -> None:
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@dataclass
class Forge:
    """`facts`: what expressions of a workflow stand for; one that is not named here fails the test."""

    hand: Stagehand
    server: MailServer
    api: Api
    folder: Path
    facts: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def job(self, workflow: str, name: str, *, until: str = "") -> Completed:
        """Executes a job's `run:` steps one after the other, up to the one named; the first that fails, or the last."""
        job = document(f".github/workflows/{workflow}.yml")["jobs"][name]
        return self.steps(job["steps"], job.get("env", {}), until=until)

    def steps(self, steps: list[dict[str, Any]], env: dict[str, str], *, until: str = "") -> Completed:
        done = Completed(0, b"", b"")
        for step in steps:
            if "run" not in step:
                continue
            given = {k: self.value(v) for k, v in {**env, **step.get("env", {})}.items()}
            assert "${{" not in step["run"], "an expression inside run: is code"
            environment = {**self.environment, **given}
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = run(command, cwd=self.folder / "checkout", environment=environment, timeout=120, check=False)
            if done.code or step["name"] == until:
                return done
        return done

    def value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.facts[found.group(1)], text)

    def push(self, branch: str, path: str, old: str, new: str) -> None:
        """A change of the workspace on a new branch of the remote."""
        clone = self.folder / f"clone-{branch}"
        run(["git", "clone", "-q", str(self.hand.scenery / "workspace.git"), str(clone)])
        self.hand.git("checkout", "-q", "-b", branch, cwd=clone)
        file = clone / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")
        self.hand.git("commit", "-q", "-a", "-m", "Change", cwd=clone)
        self.hand.git("push", "-q", "origin", branch, cwd=clone)

    def merge(self, branch: str, *, by: str) -> None:
        """As the forge's buttons do: squash, rebase or merge. Notes what the push event says."""
        clone = self.folder / f"merge-{branch}"
        run(["git", "clone", "-q", str(self.hand.scenery / "workspace.git"), str(clone)])
        before = self.hand.git("rev-parse", "HEAD", cwd=clone)
        if by == "squash":
            self.hand.git("merge", "-q", "--squash", f"origin/{branch}", cwd=clone)
            self.hand.git("commit", "-q", "-m", "Approve", cwd=clone)
        elif by == "rebase":
            self.hand.git("cherry-pick", f"HEAD..origin/{branch}", cwd=clone)
        else:
            self.hand.git("merge", "-q", "--no-ff", "-m", "Approve", f"origin/{branch}", cwd=clone)
        self.hand.git("push", "-q", "origin", "main", cwd=clone)
        self.facts["github.event.before"] = before
        self.environment["GITHUB_SHA"] = self.hand.git("rev-parse", "HEAD", cwd=clone)


def document(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return loaded


@pytest.fixture
def forge(company_copy: tuple[Path, int], tmp_path: Path) -> Iterator[Forge]:
    folder, port = company_copy
    built = scenery.Scenery(folder)
    clock = SimulatedClock(built.clock)
    certificate = (built.keys / "relay-ca.pem", built.keys / "relay.pem")
    server = MailServer(built.mailbox, clock, port=port, login=scenery.RELAY_LOGIN, certificate=certificate)
    for name in ("bin", "checkout", "temp"):
        (tmp_path / name).mkdir()
    shim = tmp_path / "bin" / "envoi"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m compiler.cli "$@"\n')
    shim.chmod(0o755)
    api = Api()
    threading.Thread(target=api.serve_forever, daemon=True).start()
    hand = Stagehand(built, PlainVoice(), clock)
    facts = {"github.token": "a-token", "github.actor": "marie", "inputs.workspace": "."}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PATH": f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_API_URL": api.url,
        "GITHUB_REPOSITORY": "atelier/campaigns",
        "GITHUB_WORKSPACE": str(tmp_path / "checkout"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "temp" / "summary.md"),
        "ENVOI_WORKSPACE": str(built.workspace),
        VARIABLE: str(built.clock),
    }
    server.start()
    try:
        yield Forge(hand, server, api, tmp_path, facts, environment)
    finally:
        server.stop()
        api.shutdown()
        api.server_close()
