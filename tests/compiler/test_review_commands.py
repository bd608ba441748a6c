"""`envoi review`: the comment from a real branch, and who must have approved before anything is released."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from compiler import archive
from compiler.git import Repository
from compiler.language.errors import EnvoiError, RefusedByPolicy, UsageProblem
from compiler.lock import LockProblem
from compiler.pipeline.heading import heading_of
from compiler.plan_commands import propose
from compiler.review_commands import approvals_command, comment_command

if TYPE_CHECKING:
    from tests.conftest import Example

CAMPAIGN = "2027/spring-2027.yaml"
LOCK = f"{CAMPAIGN}.lock"


def git(folder: Path, *args: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@clients.example", "-C", str(folder), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def run(command: Any, example: Example, *args: str, as_json: bool = False, language: str = "en") -> Result:
    session = example.session(language=language, as_json=as_json)
    result = CliRunner().invoke(command, list(args), obj=session)
    if result.exception is not None and not isinstance(result.exception, EnvoiError | SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def proposed(shared_example: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    """A branch with the lock of a plan above its `four_eyes_above`, beside a bare remote without any."""
    root = tmp_path_factory.mktemp("proposed") / "example"
    shutil.copytree(shared_example.root, root, symlinks=True)
    example = type(shared_example)(root)
    Repository.init_bare(root / "workspace.git")
    git(example.workspace, "init", "-q", "-b", "main")
    git(example.workspace, "add", "-A")
    git(example.workspace, "commit", "-q", "-m", "Begin")
    git(example.workspace, "remote", "add", "origin", str(root / "workspace.git"))
    git(example.workspace, "push", "-q", "origin", "main")
    git(example.workspace, "switch", "-q", "-c", "spring")
    assert run(propose, example, "spring-2027").exit_code == 0
    yield example
    for folder in archive.plan_folders(root / "plans"):
        archive.remove(folder)


@pytest.fixture
def desk(proposed: Example, tmp_path: Path) -> Example:
    """A copy of it, with the same plans, that a test may change."""
    shutil.copytree(proposed.workspace, tmp_path / "workspace", symlinks=True)
    shutil.copytree(proposed.root / "workspace.git", tmp_path / "workspace.git")
    git(tmp_path / "workspace", "remote", "set-url", "origin", str(tmp_path / "workspace.git"))
    for name in ("book.git", "book", "plans", "state"):
        if (proposed.root / name).exists():
            (tmp_path / name).symlink_to(proposed.root / name)
    return type(proposed)(tmp_path)


def test_the_comment_shows_the_locked_plan_and_names_nobody(proposed: Example, tmp_path: Path) -> None:
    digest = json.loads((proposed.workspace / LOCK).read_text())["digest"]
    text = run(comment_command, proposed, "spring-2027").stdout
    assert text.startswith("<!-- envoi:review spring-2027 -->\n## envoi · `spring-2027` · ")
    assert f"`{digest}`" in text
    assert "Merging into `main` approves exactly plan" in text
    assert "no lock for this campaign yet" in text
    assert run(comment_command, proposed, digest[:12]).stdout == text
    for row in (proposed.root / "crm" / "contacts.csv").read_text("utf-8-sig").splitlines()[1:]:
        address = next((cell for cell in row.split(";") if "@" in cell), "@clients.example")
        assert address not in text


@pytest.mark.raises_code("REPO-PIPELINE-10")
def test_the_comment_tells_that_the_branch_changes_a_pipeline(desk: Example) -> None:
    workflow = desk.workspace / ".github" / "workflows" / "send.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\n")
    assert "REPO-PIPELINE-10" not in run(comment_command, desk, "spring-2027").stdout  # it is no part of the branch yet
    git(desk.workspace, "add", "-A")
    git(desk.workspace, "commit", "-q", "-m", "Harmless")
    git(desk.workspace, "push", "-q", "origin", "spring")
    for args in ((), ("--branch", "spring")):
        text = run(comment_command, desk, "spring-2027", *args).stdout
        assert "⚠️ `.github/workflows/send.yml:1` · **REPO-PIPELINE-10**" in text


def test_the_comment_speaks_the_workspace_language_and_writes_a_page(proposed: Example, tmp_path: Path) -> None:
    out = tmp_path / "new" / "comment.html"
    said = run(comment_command, proposed, "spring-2027", "--format", "html", "--out", str(out), language="")
    assert said.stdout.strip() == str(out)
    assert '<html lang="fr">' in out.read_text("utf-8")
    report = run(comment_command, proposed, "spring-2027", "--out", str(out), as_json=True)
    assert json.loads(report.stdout)["path"] == str(out)
    whole = json.loads(run(comment_command, proposed, "spring-2027", as_json=True).stdout)
    assert whole == {"comment": run(comment_command, proposed, "spring-2027").stdout}


def test_a_later_edit_stands_above_all_in_the_comment(desk: Example) -> None:
    desk.edit("templates/product-news.fr.mjml", "Bonjour", "Bonsoir")
    text = run(comment_command, desk, "spring-2027").stdout
    assert "What stops this from being sent" in text
    assert "`templates/product-news.fr.mjml` · **LOCK-STALE-03**" in text


def test_the_difference_to_main_is_told_once_it_has_a_lock(desk: Example) -> None:
    git(desk.workspace, "push", "-q", "origin", "spring:main")
    assert "is approved already" in run(comment_command, desk, "spring-2027").stdout
    (desk.workspace / CAMPAIGN).write_text((desk.workspace / CAMPAIGN).read_text("utf-8") + "holdout: 20 %\n", "utf-8")
    git(desk.workspace, "commit", "-q", "-a", "-m", "Hold some out")
    assert run(propose, desk, "spring-2027").exit_code == 0
    text = run(comment_command, desk, "spring-2027").stdout
    assert "since main)" in text.splitlines()[1]
    assert "What changes since main" in text
    assert f"`{CAMPAIGN}` changed" in text


def test_a_remote_that_is_gone_is_said(desk: Example) -> None:
    git(desk.workspace, "remote", "set-url", "origin", str(desk.root / "gone.git"))
    assert "did not answer" in run(comment_command, desk, "spring-2027").stdout


def test_an_author_alone_may_not_release_a_large_plan(proposed: Example) -> None:
    for approvers in ("", "ana", "ANA , "):
        refused = run(approvals_command, proposed, "--author", "Ana", "--approvers", approvers)
        assert isinstance(refused.exception, RefusedByPolicy)
        assert refused.exception.exit_code == 4
        assert "spring-2027" in refused.exception.text.en


def test_a_second_person_is_enough(proposed: Example) -> None:
    said = run(approvals_command, proposed, "--author", "ana", "--approvers", "ana,bo")
    assert said.exit_code == 0
    assert "1 lock" in said.stdout
    found = json.loads(run(approvals_command, proposed, "--author", "ana", "--approvers", "bo", as_json=True).stdout)
    assert found == {"plans": [{"campaign": "spring-2027", "second_person": True}]}


def test_the_plan_holds_the_smaller_of_both_bounds(proposed: Example) -> None:
    manifest = archive.open_plan(proposed.root / "plans", "spring-2027").manifest
    assert dict(manifest.approval)["four_eyes_above"] == "200"
    session = proposed.session()
    campaign = session.workspace().campaign("spring-2027")
    assert campaign is not None
    for workspace, expected in ((150, "150"), (300, "200")):
        settings = replace(session.settings, four_eyes_above=workspace)
        strict = replace(session.workspace(), settings=settings)
        heading = heading_of(strict, campaign, on=manifest.compiled_on, book_tree="", history="")
        assert dict(heading.approval)["four_eyes_above"] == expected


def test_a_small_plan_needs_nobody_else(desk: Example) -> None:
    desk.edit(CAMPAIGN, "four_eyes_above: 200", "four_eyes_above: 9000")
    assert run(approvals_command, desk, "--author", "ana").exit_code == 0


def test_nobody_raises_the_bound_for_themselves(desk: Example) -> None:
    desk.edit(CAMPAIGN, "four_eyes_above: 200", "four_eyes_above: 9000")
    refused = run(approvals_command, desk, "--author", "ana", "--base", "main")
    assert isinstance(refused.exception, RefusedByPolicy)


@pytest.mark.parametrize("workspace", [100, 9000])
def test_a_campaign_can_only_lower_the_bound_of_its_workspace(desk: Example, workspace: int) -> None:
    desk.edit(CAMPAIGN, ", four_eyes_above: 200", "")
    home = desk.workspace / "envoi.yaml"
    home.write_text(home.read_text("utf-8") + f"approve: {{four_eyes_above: {workspace}}}\n", "utf-8")
    alone = run(approvals_command, desk, "--author", "ana")
    assert isinstance(alone.exception, RefusedByPolicy) == (workspace == 100)
    desk.edit(CAMPAIGN, "drift: 10 %", "drift: 10 %, four_eyes_above: 9000")
    again = run(approvals_command, desk, "--author", "ana")
    assert isinstance(again.exception, RefusedByPolicy) == (workspace == 100)


def test_nobody_drops_the_bound_of_the_workspace_for_themselves(desk: Example) -> None:
    text = (desk.workspace / "envoi.yaml").read_text("utf-8")
    git(desk.workspace, "switch", "-q", "-c", "strict", "main")
    (desk.workspace / "envoi.yaml").write_text(f"{text}approve: {{four_eyes_above: 10}}\n", "utf-8")
    desk.edit(CAMPAIGN, ", four_eyes_above: 200", "")
    git(desk.workspace, "commit", "-q", "-a", "-m", "Four eyes for all")
    git(desk.workspace, "checkout", "-q", "spring", "--", LOCK)
    (desk.workspace / "envoi.yaml").write_text(text, "utf-8")
    assert run(approvals_command, desk, "--author", "ana").exit_code == 0
    refused = run(approvals_command, desk, "--author", "ana", "--base", "HEAD")
    assert isinstance(refused.exception, RefusedByPolicy)


def test_only_locks_that_changed_since_the_base_are_asked(proposed: Example) -> None:
    assert "0 lock" in run(approvals_command, proposed, "--author", "ana", "--base", "HEAD").stdout
    assert isinstance(run(approvals_command, proposed, "--author", "ana", "--base", "main").exception, RefusedByPolicy)
    assert "0 lock" in run(approvals_command, proposed, "showroom-2027", "--author", "ana").stdout


@pytest.mark.parametrize(
    "arguments",
    [("--author", " "), ("--author", "a", "--base", "nowhere"), ("nothing", "--author", "a")],
    ids=["no-author", "no-commit", "no-campaign"],
)
def test_what_is_asked_wrongly_is_a_usage_problem(proposed: Example, arguments: tuple[str, ...]) -> None:
    assert isinstance(run(approvals_command, proposed, *arguments).exception, UsageProblem)


def test_a_lock_whose_count_was_lowered_by_hand_is_refused(desk: Example) -> None:
    recipients = json.loads((desk.workspace / LOCK).read_text())["counts"]["recipients"]
    desk.edit(LOCK, f'"recipients": "{recipients}"', '"recipients": "12"')
    assert isinstance(run(approvals_command, desk, "--author", "ana").exception, LockProblem)


def test_without_the_plan_the_lock_says_how_many(desk: Example) -> None:
    (desk.root / "plans").unlink()
    assert isinstance(run(approvals_command, desk, "--author", "ana").exception, RefusedByPolicy)
    assert run(approvals_command, desk, "--author", "ana", "--approvers", "bo").exit_code == 0
