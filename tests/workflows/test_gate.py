"""Four eyes over git alone and a forge's API: which pull request brought a lock, and who saw that very lock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from compiler.git import Repository
from compiler.language.clock import FixedClock
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.plan import Lock
from compiler.lock import lock_bytes
from compiler.process import run
from compiler.review.forge import Kind
from compiler.review_commands import approvals_command
from compiler.session import Session

if TYPE_CHECKING:
    from tests.workflows.conftest import Api

KINDS = [kind.value for kind in Kind]
ROOT = Path(__file__).parents[2]
CAMPAIGN = "2027/spring-2027.yaml"
NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)


@dataclass
class Desk:
    """A clone of a bare remote, and what the forge knows of it."""

    clone: Path
    api: Api
    kind: str
    record: Callable[[str, str, str], None]

    def git(self, *args: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@clients.example"]
        return run(["git", *who, "-C", str(self.clone), *args]).stdout.decode().strip()

    def commit(self, message: str, **texts: str) -> str:
        """Files named by `lock` or `campaign`, committed; the commit."""
        for name, text in texts.items():
            file = self.clone / (f"{CAMPAIGN}.lock" if name == "lock" else CAMPAIGN)
            file.write_text(text, "utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def raised(self, bound: int) -> str:
        return (ROOT / "campaigns" / CAMPAIGN).read_text("utf-8").replace("above: 200", f"above: {bound}")

    def merge(self, branch: str, *, by: str) -> str:
        """As the forge's button does it, and as it then says it."""
        head, before = self.git("rev-parse", branch), self.git("rev-parse", "main")
        self.git("switch", "-q", "main")
        if by == "rebase":
            self.git("cherry-pick", "--allow-empty", f"{before}..{branch}")
        elif by == "squash":
            self.git("merge", "-q", "--squash", branch)
            self.git("commit", "-q", "-m", "Approve")
        else:
            self.git("merge", "-q", "--no-ff", "-m", "Approve", branch)
        after = self.git("rev-parse", "main")
        # Forgejo knows the merge's last commit alone, the others each of them.
        commits = [after] if self.kind == "forgejo" else self.git("rev-list", f"{before}..{after}").split()
        for commit in commits:
            self.record(commit, head, before)
        self.api.versions = self.git("rev-list", "--reverse", f"{before}..{head}").split()
        return head

    def ask(self, *args: str, now: datetime = NOW) -> RefusedByPolicy | None:
        """What `envoi review approvals --from` refuses."""
        self.git("push", "-q", "origin", "main")
        session = Session(self.clone, FixedClock(now), self.api.environment(self.kind), json=True)
        result = CliRunner().invoke(approvals_command, ["--from", self.kind, *args], obj=session)
        if result.exception is None:
            assert {each["campaign"] for each in json.loads(result.stdout)["plans"]} <= {"spring-2027"}
            return None
        assert isinstance(result.exception, RefusedByPolicy), result.exception
        return result.exception


def lock(recipients: int = 250, digest: str = "d" * 64) -> str:
    made = Lock("spring-2027", "", digest, date(2027, 3, 1), (("recipients", str(recipients)),), (), "")
    return lock_bytes(made).decode()


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path, api: Api, pull: Callable[..., object]) -> Desk:
    bare, clone = tmp_path / "workspace.git", tmp_path / "workspace"
    Repository.init_bare(bare)
    shutil.copytree(ROOT / "campaigns", clone)

    def record(commit: str, head: str, base: str) -> None:
        api.merged[commit] = pull("marie", head, base)  # type: ignore[assignment]

    made = Desk(clone, api, str(request.param), record)
    made.git("init", "-q", "-b", "main")
    made.git("remote", "add", "origin", str(bare))
    made.commit("Begin")
    made.git("push", "-q", "origin", "main")
    return made


@pytest.mark.parametrize("by", ["squash", "rebase", "merge"])
def test_an_approval_of_the_very_lock_holds_however_it_was_merged(desk: Desk, by: str) -> None:
    desk.git("switch", "-q", "-c", "spring")
    early = desk.commit("Write it", campaign=desk.raised(150))
    desk.commit("Propose", lock=lock())
    head = desk.commit("A word for the reviewer")
    desk.merge("spring", by=by)
    desk.api.approvals = [{"who": "marie", "commit": head}, {"who": "paul", "commit": early}]
    assert desk.ask() is not None  # the author's own, and one of before the lock
    desk.api.approvals = [{"who": "Paul", "commit": head}]
    assert desk.ask() is None
    desk.commit("Something else on main since")
    assert desk.ask() is None


def test_an_approval_of_before_a_new_lock_is_gone_and_of_after_it_holds(desk: Desk) -> None:
    desk.git("switch", "-q", "-c", "spring")
    first = desk.commit("Propose", lock=lock())
    second = desk.commit("Propose again", lock=lock(digest="e" * 64))
    desk.commit("A file that no campaign reads")
    desk.merge("spring", by="squash")
    desk.api.approvals = [{"who": "paul", "commit": first}]
    assert desk.ask() is not None
    desk.api.approvals = [{"who": "paul", "commit": second}]  # what came later did not touch the lock
    assert desk.ask() is None


@pytest.mark.parametrize("by", ["rebase", "merge"])
def test_nobody_raises_the_bound_in_the_same_pull_request(desk: Desk, by: str) -> None:
    desk.git("switch", "-q", "-c", "spring")
    desk.commit("Raise the bound", campaign=desk.raised(9000))
    desk.commit("Propose", lock=lock())
    desk.merge("spring", by=by)
    assert desk.ask() is not None


def test_a_lock_that_was_pushed_is_nobodys_even_under_a_later_merge(desk: Desk) -> None:
    desk.commit("Raise the bound", campaign=desk.raised(9000))
    desk.commit("Propose", lock=lock())
    assert desk.ask() is not None
    desk.git("switch", "-q", "-c", "other")
    head = desk.commit("Another change, on top of it")
    desk.merge("other", by="merge")
    desk.api.approvals = [{"who": "paul", "commit": head}]
    assert desk.ask() is not None


def test_a_small_plan_an_old_lock_and_an_unchanged_one_need_nobody(desk: Desk) -> None:
    desk.git("switch", "-q", "-c", "spring")
    desk.commit("Propose", lock=lock(recipients=150))
    desk.merge("spring", by="squash")
    assert desk.ask() is None
    desk.commit("Propose", lock=lock())
    assert desk.ask() is not None
    assert desk.ask("--base", "main") is None
    assert desk.ask("showroom-2027") is None
    assert desk.ask(now=datetime(2028, 1, 1, tzinfo=UTC)) is None  # past approve.max_age nothing leaves anyway


def test_a_forge_or_an_author_is_asked_for_and_not_both(desk: Desk) -> None:
    session = Session(desk.clone, FixedClock(NOW), {})
    for flags in ([], ["--from", desk.kind, "--author", "marie"]):
        assert isinstance(CliRunner().invoke(approvals_command, flags, obj=session).exception, UsageProblem)
