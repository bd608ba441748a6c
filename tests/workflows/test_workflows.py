"""Every step of every workflow is executed here, and what they must refuse is refused."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import compiler

if TYPE_CHECKING:
    from tests.workflows.conftest import Forge

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOUR_EYES = "Four eyes where the plan asks for them"
CAMPAIGN = "2027/spring-2027.yaml"


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return found


def opened(forge: Forge, branch: str) -> None:
    """A pull request of the repository's own branch."""
    forge.facts |= {
        "github.head_ref": branch,
        "github.event.pull_request.head.repo.full_name": "atelier/campaigns",
        "github.event.pull_request.number": "7",
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_hold_the_rules_for_strangers_code(path: Path) -> None:
    text = path.read_text("utf-8")
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(document[True])
    for use in re.findall(r"uses: (\S+)", text):
        assert use == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use), use
    for name, job in document["jobs"].items():
        assert job["timeout-minutes"], name
        assert "permissions" in job, name
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")], name
        if "self-hosted" in job["runs-on"]:
            assert not [step for step in job["steps"] if "uses" in step], "the keyed host runs what it has installed"


def test_a_sending_is_gated_and_never_cancelled() -> None:
    send = yaml.safe_load((ROOT / ".github/workflows/send.yml").read_text("utf-8"))
    assert send["concurrency"]["cancel-in-progress"] is False
    assert send["jobs"]["send"]["environment"] == "envoi-production"


def test_planning_is_for_branches_of_the_repository_itself() -> None:
    plan = jobs(ROOT / ".github/workflows/review.yml")["plan"]
    assert "head.repo.full_name == github.repository" in plan["if"]


def test_a_pull_request_is_planned_and_commented_once_and_four_eyes_are_asked_for(forge: Forge) -> None:
    forge.push("spring", CAMPAIGN, "four_eyes_above: 200", "four_eyes_above: 100")
    opened(forge, "spring")
    for _ in range(2):  # its own push of the lock starts it again
        assert forge.job("review", "plan").code == 0
        assert list(forge.api.comments) == [1]
    assert forge.api.comments[1].startswith("<!-- envoi:review spring-2027 -->")
    assert "@" not in re.sub(r"\S*atelier-lumen\.example", "", forge.api.comments[1])

    forge.merge("spring", by="squash")
    forge.api.pulls = [{"number": 7, "merged_at": "2027-03-02T08:00:00Z", "user": {"login": "marie"}}]
    assert forge.job("send", "send", until=FOUR_EYES).code == 4
    forge.api.reviews = [{"user": {"login": "marie"}, "state": "APPROVED"}]
    assert forge.job("send", "send", until=FOUR_EYES).code == 4
    forge.api.reviews.append({"user": {"login": "paul"}, "state": "APPROVED"})
    assert forge.job("send", "send", until=FOUR_EYES).code == 0


def test_a_forks_branch_is_refused(forge: Forge) -> None:
    opened(forge, "spring")
    forge.facts["github.event.pull_request.head.repo.full_name"] = "somebody/campaigns"
    assert forge.job("review", "plan").code == 4
    opened(forge, "only-on-the-fork")
    assert forge.job("review", "plan").code == 4


@pytest.mark.parametrize("by", ["squash", "rebase", "merge"])
def test_an_approval_holds_however_it_was_merged(forge: Forge, by: str) -> None:
    """The plan's inputs are files, never commits: the lock is as valid on main as on its branch."""
    hand = forge.hand
    hand.git("checkout", "-q", "-b", "spring")
    (hand.scenery.workspace / "note.txt").write_text("Nothing that a campaign is made of.")
    hand.git("add", "note.txt")
    hand.git("commit", "-q", "-m", "Note")
    plan = hand.ask("propose", "spring-2027")["digest"]
    hand.git("push", "-q", "origin", "spring")
    hand.git("checkout", "-q", "main")
    forge.merge("spring", by=by)
    assert hand.ask("agent", "--once", "--only", "send")["sent"] == []  # two minutes before its window
    assert hand.ask("send", plan, "--dry-run")["approved"]


def test_a_machine_without_keys_or_clone_sends_nothing(forge: Forge) -> None:
    forge.facts["github.event.before"] = "0" * 40
    (forge.hand.scenery / "state" / "keyring.sqlite").unlink()
    assert forge.job("send", "send").code == 4
    del forge.environment["ENVOI_WORKSPACE"]
    assert forge.job("send", "send").code != 0
    assert forge.server.receiver.kept == 0


def test_send_ends_when_nothing_is_locked_and_publish_and_stop_do_their_work(forge: Forge) -> None:
    forge.facts |= {"github.event.before": "", "inputs.campaign": "all"}
    forge.environment["GITHUB_SHA"] = forge.hand.git("rev-parse", "HEAD")
    assert forge.job("send", "send").code == 0
    assert forge.job("publish", "publish").code == 0
    assert forge.job("stop", "stop").code == 0
    forge.facts["inputs.campaign"] = "spring-2027; touch pwned"
    assert forge.job("stop", "stop").code == 3
    assert not list(forge.folder.rglob("pwned"))


def test_this_repositorys_own_pipeline_runs_what_people_run(forge: Forge) -> None:
    steps = jobs(ROOT / ".github/workflows/ci.yml")["test"]["steps"]
    (forge.folder / "checkout" / ".ci").mkdir()
    for path in (forge.folder / "bin" / "make", forge.folder / "checkout" / ".ci" / "run"):
        path.write_text(f'#!/bin/sh\necho "$(basename "$0") $@" >>"{forge.folder}/ran"\n')
        path.chmod(0o755)
    assert forge.steps(steps, {}).code == 0
    assert (forge.folder / "ran").read_text().splitlines() == ["run ", "make check", "make demo"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_action_sets_envoi_up_and_checks(forge: Forge) -> None:
    """The lock file is left out: tests have no network. The package is built and installed for real."""
    source = forge.folder / "source"
    (source / "requirements").mkdir(parents=True)
    (source / "requirements" / "run.txt").write_text("")
    (source / "stand_in.py").write_text("from compiler.cli import main\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "stand-in"\nversion = "1"\n[project.scripts]\nenvoi = "stand_in:main"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["stand_in.py"]\n'
    )
    shutil.copytree(ROOT / "campaigns", forge.folder / "checkout" / "campaigns")
    forge.facts["inputs.workspace"] = "campaigns"
    packages = str(Path(compiler.__path__[0]).parent)
    forge.environment |= {
        "GITHUB_ACTION_PATH": str(source),
        "PYTHONPATH": os.pathsep.join((packages, sysconfig.get_paths()["purelib"])),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
    }
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert forge.steps(steps, {}).code == 0
    file = forge.folder / "checkout" / "campaigns" / CAMPAIGN
    file.write_text(file.read_text("utf-8").replace("segment: ", "segment: nobody-"), "utf-8")
    failed = forge.steps(steps[1:], {})
    assert failed.code == 1
    assert b"::error" in failed.stdout


def _elsewhere(forge: Forge) -> None:
    """What GitLab's and Forgejo's runners say of themselves, and a repository that envoi can be fetched from."""
    source = forge.folder / "source"
    forge.hand.git("init", "-q", "--initial-branch=main", str(source), cwd=forge.folder)
    (source / "requirements.txt").write_text("")
    forge.hand.git("add", "-A", cwd=source)
    forge.hand.git("commit", "-q", "-m", "Sources", cwd=source)
    commit = forge.hand.git("rev-parse", "HEAD", cwd=source)
    for name in ("pip", "apt-get"):  # what they install is the action's own test's affair
        shim = forge.folder / "bin" / name
        shim.write_text(f'#!/bin/sh\necho "{name} $@" >>"{forge.folder}/installed"\n')
        shim.chmod(0o755)
    forge.facts |= {"vars.ENVOI_REPOSITORY": str(source), "vars.ENVOI_COMMIT": commit}
    forge.environment |= {
        "ENVOI_REPOSITORY": str(source),
        "ENVOI_COMMIT": commit,
        "GITHUB_SERVER_URL": str(forge.hand.scenery.folder),
        "GITHUB_REPOSITORY": "workspace.git",
        "GITHUB_REF": "refs/heads/spring",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "spring",
    }


def test_every_step_for_forgejo_is_executed(forge: Forge) -> None:
    forge.push("spring", CAMPAIGN, "trois lampes", "deux lampes")
    opened(forge, "spring")
    _elsewhere(forge)
    found = jobs(ROOT / "docs" / "pipelines" / "forgejo.yml")
    assert list(found) == ["check", "plan", "send", "publish", "stop"]
    for name, job in found.items():
        assert forge.steps(job["steps"], job.get("env", {})).code == 0, name
    assert "--require-hashes" in (forge.folder / "installed").read_text()
    assert forge.hand.git("show", f"spring:{CAMPAIGN}.lock", cwd=forge.hand.scenery / "workspace.git")


def test_every_step_for_gitlab_is_executed(forge: Forge) -> None:
    forge.push("spring", CAMPAIGN, "trois lampes", "deux lampes")
    _elsewhere(forge)
    document = yaml.safe_load((ROOT / "docs" / "pipelines" / "gitlab-ci.yml").read_text("utf-8"))
    checkout = forge.folder / "checkout"
    forge.hand.git("clone", "-q", str(forge.hand.scenery / "workspace.git"), str(checkout), cwd=forge.folder)
    for name in ("check", "plan", "send", "publish", "stop"):
        job = document[name]
        # GitLab runs before_script and script as one.
        lines = "\n".join([*job.get("before_script", []), *job["script"]])
        assert forge.steps([{"name": name, "run": lines}], {}).code == 0, name
    assert (checkout / "codequality.json").read_text().startswith("[")
    assert forge.hand.git("show", f"spring:{CAMPAIGN}.lock", cwd=forge.hand.scenery / "workspace.git")
