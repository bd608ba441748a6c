"""`envoi check`: what it prints, and the exit code that programs read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from compiler.cli import envoi
from compiler.language.errors import UsageProblem

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


def run(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(
        envoi, ["-C", str(root), *arguments], standalone_mode=False, catch_exceptions=False, env=environment
    )
    assert isinstance(result.return_value, int)
    return result.return_value, result.output


def test_a_whole_workspace_exits_0(tmp_path: Path) -> None:
    shutil.copytree(CAMPAIGNS, tmp_path / "workspace")
    assert run(tmp_path / "workspace", "check") == (0, "rien à signaler\n")


def test_an_error_exits_1_with_its_place_and_line(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\nlangage: fr\n")
    code, output = run(tmp_path, "--language", "en", "check")
    assert code == 1
    assert "error[SCHEMA-KEY-01]: there is no key langage here\n --> envoi.yaml:2:1\n" in output
    assert "2 | langage: fr\n  | ^^^^^^^" in output


@pytest.mark.parametrize("arguments", [["--json", "check"], ["check", "--format", "json"]])
def test_programs_read_one_json_object(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\n\tlanguage: fr\n")
    code, output = run(tmp_path, *arguments)
    assert code == 1
    assert [one["code"] for one in json.loads(output)["findings"]] == ["YAML-TAB-02"]


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif", "junit"])
def test_forges_read_their_own_reports_with_paths_from_the_top(tmp_path: Path, form: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    root = tmp_path / "mail" / "workspace"
    root.mkdir(parents=True)
    (root / "envoi.yaml").write_text("kind: workspace\nlangage: fr\n")
    code, output = run(root, "check", "--format", form)
    assert code == 1
    assert "SCHEMA-KEY-01" in output
    assert "mail/workspace/envoi.yaml" in output


def test_the_summary_of_a_step_holds_every_finding(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\nlangage: fr\n")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    environment = {"GITHUB_STEP_SUMMARY": str(summary)}
    code, output = run(tmp_path, "check", "--format", "github", environment=environment)
    assert code == 1
    assert "::error file=envoi.yaml,line=2" in output
    assert summary.read_text("utf-8").startswith("before\n### envoi")
    assert "`envoi.yaml:2:1`" in summary.read_text("utf-8")


def test_advice_is_counted_when_quiet(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\n")
    (tmp_path / "more.yml").write_text("")
    loud, quiet = run(tmp_path, "check")[1], run(tmp_path, "check", "-q")[1]
    assert len(quiet) <= len(loud)


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_no_workspace_is_a_usage_problem(tmp_path: Path, folder: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        run(tmp_path / folder, "check")
    assert refused.value.exit_code == 3


def test_the_console_script_exits_with_the_code(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\n")
    done = subprocess.run(
        [sys.executable, "-c", "from compiler.cli import main; main()", "-C", str(tmp_path), "check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
