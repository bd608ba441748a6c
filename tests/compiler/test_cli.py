"""The console script's own door: options where people write them, refusals in the language they read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.door.arguments import options_first

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


def envoi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL")}
    return subprocess.run(
        [sys.executable, "-m", "compiler.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**known, **environment},
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["status", "spring", "--json"], ["--json", "status", "spring"]),
        (["check", "-C", "shop", "--language=en"], ["-C", "shop", "--language=en", "check"]),
        (["check", "-C"], ["-C", "check"]),
        (["contacts", "show", "--", "--json"], ["contacts", "show", "--", "--json"]),
    ],
)
def test_options_may_follow_the_command(written: list[str], read: list[str]) -> None:
    assert options_first(written) == read


def test_a_refusal_speaks_the_workspaces_language() -> None:
    done = envoi("compile", "sprng-2027", "-C", str(CAMPAIGNS))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "envoi: aucune campagne « sprng-2027 » (vouliez-vous dire « spring-2027 » ?)\n"


def test_a_refusal_speaks_the_language_asked_for() -> None:
    done = envoi("compile", "sprng-2027", "-C", str(CAMPAIGNS), "--language=en")
    assert done.stderr == "envoi: no campaign 'sprng-2027' (did you mean 'spring-2027'?)\n"


@pytest.mark.parametrize(("terminal", "said"), [("fr_FR.UTF-8", "pas d'espace"), ("C.UTF-8", "no workspace here")])
def test_without_a_workspace_a_refusal_speaks_the_terminals_language(tmp_path: Path, terminal: str, said: str) -> None:
    done = envoi("status", "-C", str(tmp_path), LC_ALL=terminal)
    assert done.returncode == 3
    assert said in done.stderr


def test_a_workspace_that_does_not_resolve_is_still_answered_in_its_language(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\nlanguage: en\n")
    for command in (["check"], ["status"]):
        done = envoi(*command, "-C", str(tmp_path), LC_ALL="fr_FR.UTF-8")
        assert done.returncode == 1
        assert "senders is missing" in done.stdout + done.stderr


def test_a_path_that_cannot_be_written_is_no_bug(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(CAMPAIGNS, workspace)
    done = envoi("-C", str(workspace), "history", "export", str(tmp_path / "nowhere" / "history.jsonl"))
    assert done.returncode == 3
    assert done.stderr.startswith(f"envoi: impossible de lire ou d'écrire {tmp_path}/nowhere/history.jsonl (")


def test_a_port_that_cannot_be_is_a_usage_problem() -> None:
    assert envoi("-C", str(CAMPAIGNS), "tracker", "serve", "--port", "99999").returncode == 3
