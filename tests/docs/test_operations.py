"""What the operations guide tells to type works, in its order, on a machine where a campaign was sent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "operations.md"
BEFORE = """
envoi --language en init atelier --no-input
cd atelier/workspace
envoi contacts import
git switch -qc first-news
envoi propose first-news
git switch -q main
git merge -q first-news
git push -q
envoi send first-news --rehearse
"""


def typed(script: str, cwd: Path) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "ENVOI_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**plain, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_guides_commands_work_after_a_sending(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    assert len(blocks) >= 6
    said = typed(BEFORE + "".join(blocks), tmp_path)
    assert "0 in doubt" in said
    assert "0 messages put in doubt" in said
    assert "1 stop(s) lifted" in said


@pytest.mark.parametrize("path", ["state/keyring.sqlite", "state/ledger", "state/witness", "state/events.sqlite"])
def test_what_the_guide_saves_is_what_a_sending_leaves(path: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = tmp_path_factory.getbasetemp() / "operations-made"
    if not made.exists():
        made.mkdir()
        typed(BEFORE + "envoi publish", made)
    assert (made / "atelier" / path).exists()
    assert f"`{path}" in GUIDE.read_text("utf-8")
