"""The README's first ten minutes, typed as they stand by somebody who accepts every answer that is proposed."""

from __future__ import annotations

import mailbox
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def blocks() -> list[str]:
    """What stands between the heading and the next one, in its shell blocks."""
    text = README.read_text("utf-8")
    section = text[text.index("## With your own contacts") : text.index("## What it promises")]
    return re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)


def shown_after(words: str) -> list[str]:
    """The lines of the output that the README shows after some words."""
    text = README.read_text("utf-8")
    return text[text.index(words) :].split("```text\n", 1)[1].split("```", 1)[0].splitlines()


def plain(line: str) -> str:
    """A line without what differs from day to day: numbers, the names of days and months, alignment."""
    days = r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    months = r"(January|February|March|April|May|June|July|August|September|October|November|December)"
    line = re.sub(days, "DAY", re.sub(months, "MONTH", line))
    return " ".join(re.sub(r"\d+", "N", line).split())


def typed(script: str, cwd: Path) -> str:
    """The blocks in one shell at a terminal where Enter is pressed three times; a machine where git knows nobody."""
    terminal, end = pty.openpty()
    os.write(terminal, b"\n\n\n")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "ENVOI_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**plain, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=cwd,
        env=environment,
        stdin=end,
        capture_output=True,
        timeout=150,
    )
    os.close(terminal)
    os.close(end)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def test_the_first_ten_minutes_end_with_a_mailing_and_its_report(tmp_path: Path) -> None:
    said = typed("".join(blocks()), tmp_path)
    assert "simulated clock" in said
    outbox = mailbox.Maildir(tmp_path / "atelier" / "outbox", create=False)
    tests = [message for message in outbox if str(message["Subject"]).startswith("[TEST]")]
    assert (len(outbox), len(tests)) == (18, 1)
    shown = shown_after("The *plan* made of it says")
    told = [plain(line) for line in said.splitlines()]
    for line in shown:
        assert any(plain(line) in each for each in told), line
    assert (tmp_path / "atelier" / "preview" / "index.html").is_file()
    assert (tmp_path / "atelier" / "report" / "index.html").is_file()


def test_the_campaign_and_the_segment_shown_are_like_those_that_init_writes(tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    shown = re.findall(r"```yaml\n(kind: campaign\n.*?)```", text, flags=re.DOTALL)
    typed(next(block for block in blocks() if "envoi init" in block).split("envoi check")[0], tmp_path)
    campaign = (tmp_path / "atelier" / "workspace" / "campaigns" / "first-news.yaml").read_text()
    written = re.sub(r"start: .*", "start: 2027-03-02T09:00", campaign.partition("\n")[2])
    assert shown[0] == written
