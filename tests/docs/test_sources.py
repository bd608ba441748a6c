"""What the guides on sources declare is understood, and what they tell to type works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def typed(script: str, cwd: Path) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "ENVOI_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**plain, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("guide", "language", "said"),
    [
        ("sources.md", "en", ["Dry run, nothing has changed. 20 rows: 20 new", "20 unchanged", "nothing is due"]),
        ("sources.fr.md", "fr", ["À blanc, rien n'a changé. 20 lignes", "20 inchangés", "rien à importer maintenant"]),
    ],
)
def test_the_guide_s_sources_are_understood_and_its_commands_work(
    guide: str, language: str, said: list[str], tmp_path: Path
) -> None:
    text = (GUIDES / guide).read_text("utf-8")
    sources, commands = (re.findall(rf"```{kind}\n(.*?)```", text, flags=re.DOTALL) for kind in ("yaml", "sh"))
    assert (len(sources), len(commands)) == (6, 2)
    typed(f"envoi --language {language} init atelier --no-input", tmp_path)
    workspace = tmp_path / "atelier" / "workspace"
    for number, source in enumerate(sources):
        (workspace / "sources" / f"guide-{number}.yaml").write_text(source, "utf-8")
    typed("envoi check", workspace)
    for path in (workspace / "sources").glob("guide-*.yaml"):
        path.unlink()
    shown = typed("".join(commands), workspace)
    assert [line for line in said if line not in shown] == []
