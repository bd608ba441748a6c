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
from typing import Any, ClassVar

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


@dataclass(frozen=True)
class Pull:
    """A merged pull request, whatever the forge calls it."""

    author: str
    head: str
    base: str
    number: int = 7
    into: str = "main"


class Api(ThreadingHTTPServer):
    """The three forges' APIs over one state. What is answered has the shapes that they document."""

    TOKEN = "a-token"
    BOT: ClassVar = {"github": "github-actions[bot]", "forgejo": "forgejo-actions", "gitlab": "project_1_bot"}

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.comments: dict[int, tuple[str, str]] = {}  # author, text
        self.merged: dict[str, Pull] = {}  # by commit
        self.approvals: list[dict[str, str]] = []  # who, commit, and more words of a forge
        self.versions: list[str] = []  # a merge request's heads, oldest first
        self.asked: list[str] = []
        self.broken: tuple[int, bytes] | None = None

    def url(self, forge: str) -> str:
        suffix = {"github": "", "forgejo": "/api/v1", "gitlab": "/api/v4"}[forge]
        return f"http://127.0.0.1:{self.server_address[1]}/{forge}{suffix}"

    def environment(self, forge: str) -> dict[str, str]:
        """What the forge's own pipelines are given."""
        if forge == "gitlab":
            return {
                "CI_API_V4_URL": self.url(forge),
                "CI_PROJECT_ID": "1",
                "CI_MERGE_REQUEST_IID": "7",
                "ENVOI_GITLAB_TOKEN": self.TOKEN,
            }
        return {
            "GITHUB_API_URL": self.url(forge),
            "GITHUB_REPOSITORY": "atelier/campaigns",
            "GITHUB_REF": f"refs/pull/7/{'merge' if forge == 'github' else 'head'}",
            "GITHUB_TOKEN": self.TOKEN,
        }


def _when(number: int) -> str:
    return f"2027-03-01T10:{number:02}:00.000Z"


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked.append(path)
        forge, _, path = path.strip("/").partition("/")
        if not self._known(forge):
            return
        asked = dict(part.split("=") for part in query.split("&") if part)
        answers = {"github": self._github, "forgejo": self._forgejo, "gitlab": self._gitlab}
        answer = answers[forge](re.sub(r"^api/v[14]/", "", path))
        if isinstance(answer, list) and not (forge == "forgejo" and path.endswith("comments")):
            size, page = int(asked.get("per_page", 30)), int(asked["page"])
            answer = answer[(page - 1) * size : page * size]
        self._say(answer)

    def do_POST(self) -> None:
        forge = self._written()
        if forge:
            author = self.server.BOT[forge]
            self.server.comments[len(self.server.comments) + 1] = (author, self._body())
            self._say({"id": len(self.server.comments)}, 201)

    def do_PATCH(self) -> None:
        forge = self._written()
        if forge:
            number = int(self.path.rpartition("/")[2])
            self.server.comments[number] = (self.server.comments[number][0], self._body())
            self._say({"id": number})

    def do_PUT(self) -> None:
        self.do_PATCH()

    def _written(self) -> str:
        self.server.asked.append(f"{self.command} {self.path}")
        forge = self.path.split("/")[1]
        assert self.command != {"gitlab": "PATCH"}.get(forge, "PUT")
        return forge if self._known(forge) else ""

    def _known(self, forge: str) -> bool:
        """Whether the token came as this forge wants it; says what it answers otherwise."""
        given = {
            "github": self.headers["Authorization"] == f"Bearer {self.server.TOKEN}",
            "forgejo": self.headers["Authorization"] == f"token {self.server.TOKEN}",
            "gitlab": self.headers["PRIVATE-TOKEN"] == self.server.TOKEN,
        }
        if self.server.broken:
            code, data = self.server.broken
            self._raw(code, data)
        elif not given[forge]:
            self._say({"message": "401 Unauthorized"}, 401)
        return given[forge] and not self.server.broken

    def _github(self, path: str) -> object:
        people = [*path.split("/")]
        if path == "user":  # a pipeline's own token may not ask
            return None
        if people[-1] == "comments":
            return [{"id": n, "body": b, "user": {"login": a, "type": "User"}} for n, (a, b) in self._comments()]
        if people[-1] == "pulls":
            pull = self.server.merged.get(people[-2])
            return [self._pull(pull)] if pull else []
        assert path == "repos/atelier/campaigns/pulls/7/reviews"
        return [
            {
                "id": n,
                "user": {"login": each["who"], "type": each.get("type", "User")},
                "state": each.get("state", "APPROVED"),
                "commit_id": each["commit"],
                "author_association": each.get("association", "MEMBER"),
            }
            for n, each in enumerate(self.server.approvals, 1)
        ]

    def _forgejo(self, path: str) -> object:
        if path.endswith("/pull"):  # of a merge's own commit alone
            pull = self.server.merged.get(path.split("/")[-2])
            return {**self._pull(pull), "merged": True, "merge_base": pull.base} if pull else None
        if not path.endswith("/reviews"):
            return self._github(path)
        return [
            {
                "id": n,
                "user": {"login": each["who"]},
                "state": each.get("state", "APPROVED"),
                "commit_id": each["commit"],
                "official": each.get("association") != "NONE",
                "dismissed": each.get("dismissed", "") == "yes",
                "stale": False,
            }
            for n, each in enumerate(self.server.approvals, 1)
        ]

    def _gitlab(self, path: str) -> object:
        if path == "user":
            return {"id": 3, "username": self.server.BOT["gitlab"], "bot": True}
        assert path.startswith("projects/1/")
        if path.endswith("/notes"):
            told = [{"id": n, "body": b, "system": False, "author": {"username": a}} for n, (a, b) in self._comments()]
            return [*told, *self._noted()]
        if path.endswith("/merge_requests"):
            pull = self.server.merged.get(path.split("/")[-2])
            request = {"id": 90, "iid": 7, "state": "merged", "target_branch": "main", "merged_at": _when(59)}
            return [{**request, "author": {"username": pull.author}}] if pull else []
        if path.endswith("/versions"):
            known = enumerate(self.server.versions)
            base = next(iter(self.server.merged.values())).base
            made = [(10 * n, sha) for n, sha in known][::-1]
            return [
                {"id": at, "head_commit_sha": sha, "base_commit_sha": base, "created_at": _when(at)} for at, sha in made
            ]
        assert path.endswith("/merge_requests/7/approvals")
        given = [{"user": {"username": e["who"]}, "approved_at": self._at(e)} for e in self._approving()]
        return {
            "iid": 7,
            "approved": True,
            "approved_by": [e if e["approved_at"] else {"user": e["user"]} for e in given],
        }

    def _approving(self) -> list[dict[str, str]]:
        return [each for each in self.server.approvals if each.get("state", "APPROVED") == "APPROVED"]

    def _at(self, approval: dict[str, str]) -> str:
        """Since GitLab 18; before, only the notes say it."""
        return _when(10 * self.server.versions.index(approval["commit"]) + 5) if not approval.get("noted") else ""

    def _noted(self) -> list[dict[str, Any]]:
        return [
            {
                "id": 500 + n,
                "body": "approved this merge request",
                "system": True,
                "author": {"username": each["who"]},
                "created_at": _when(10 * self.server.versions.index(each["commit"]) + 5),
            }
            for n, each in enumerate(self._approving())
        ]

    def _comments(self) -> list[tuple[int, tuple[str, str]]]:
        return sorted(self.server.comments.items())

    def _pull(self, pull: Pull) -> dict[str, Any]:
        base = {"ref": pull.into, "sha": pull.base}
        user = {"login": pull.author}
        head = {"sha": pull.head}
        return {"id": 90, "number": pull.number, "merged_at": _when(59), "user": user, "head": head, "base": base}

    def _body(self) -> str:
        return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

    def _say(self, document: object, code: int = 200) -> None:
        self._raw(
            code if document is not None else 404,
            json.dumps({"message": "Not Found"} if document is None else document).encode(),
        )

    def _raw(self, code: int, data: bytes) -> None:
        self.send_response(code)
        if code in (301, 302, 307):
            self.send_header("Location", data.decode())
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

    def shell(self, *lines: str, **environment: str) -> Completed:
        """Lines of a script, as GitLab runs them."""
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)]
        given = {**self.environment, **environment}
        return run(command, cwd=self.folder / "checkout", environment=given, timeout=120, check=False)

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
        head, merged = (self.hand.git("rev-parse", ref, cwd=clone) for ref in (f"origin/{branch}", "HEAD"))
        self.facts["github.event.before"] = before
        self.environment |= {"GITHUB_SHA": merged, "CI_COMMIT_SHA": merged, "CI_COMMIT_BEFORE_SHA": before}
        self.api.merged = {merged: Pull("marie", head, before)}
        self.api.versions = self.hand.git("rev-list", "--reverse", f"{before}..{head}", cwd=clone).split()


def document(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return loaded


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def pull() -> type[Pull]:
    return Pull


@pytest.fixture
def merge(api: Api) -> str:
    """A commit by which pull request 7 was merged, of two versions."""
    api.merged = {"c" * 40: Pull("marie", "head", "base")}
    api.versions = ["old", "head"]
    return "c" * 40


@pytest.fixture
def forge(company_copy: tuple[Path, int], tmp_path: Path, api: Api) -> Iterator[Forge]:
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
    hand = Stagehand(built, PlainVoice(), clock)
    facts = {"github.token": "a-token", "github.actor": "marie", "inputs.workspace": "."}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PATH": f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        **api.environment("gitlab"),
        **api.environment("github"),
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
