"""From nothing to a first mailing: `envoi init`, then the commands that it and the README name, as a user runs them."""

from __future__ import annotations

import email
import json
import mailbox
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import time
from email import policy
from pathlib import Path

import pytest
from click.testing import CliRunner

from compiler.book.problems import BookMissing
from compiler.clock import VARIABLE, SystemClock
from compiler.init.commands import init
from compiler.language.errors import EnvoiError, FindingsStop, UsageProblem
from compiler.session import Session

COMMAND = [sys.executable, "-m", "compiler.cli"]


def run(*args: str, cwd: Path, code: int = 0, **environment: str) -> str:
    """A command as a user without a git identity runs it; its two outputs."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", VARIABLE))}
    given = {**plain, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **environment}
    program = COMMAND if args[0] == "envoi" else [args[0]]
    done = subprocess.run([*program, *args[1:]], cwd=cwd, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `envoi init atelier --no-input` makes at a French terminal."""
    folder = tmp_path_factory.mktemp("new")
    said = run("envoi", "init", "atelier", "--no-input", cwd=folder, LANG="fr_FR.UTF-8")
    assert said.splitlines() == [
        "À mettre au coffre : atelier/state/keys/LA-CLE.md",
        "Chaînes de la forge : .github/workflows",
        "Ensuite :",
        "  cd atelier/workspace",
        "  envoi check",
        "  envoi contacts import",
    ]
    return folder / "atelier"


def test_the_whole_way_from_init_to_the_report(made: Path) -> None:
    workspace = made / "workspace"
    assert run("envoi", "check", cwd=workspace) == "rien à signaler\n"
    assert "20 nouveaux" in run("envoi", "contacts", "import", cwd=workspace)
    run("git", "switch", "-q", "-c", "first-news", cwd=workspace)
    proposed = json.loads(run("envoi", "--json", "propose", "first-news", cwd=workspace))
    assert (proposed["recipients"], proposed["exclusions"]) == (17, {"no_basis": 2, "unsubscribed": 1})
    assert proposed["findings"] == []
    refused = run("envoi", "send", "first-news", "--rehearse", cwd=workspace, code=4)
    assert "propose" in refused  # nothing leaves before somebody merged
    run("git", "switch", "-q", "main", cwd=workspace)
    run("git", "merge", "-q", "first-news", cwd=workspace)
    run("git", "push", "-q", cwd=workspace)
    assert "horloge simulée" in run("envoi", "send", "first-news", "--rehearse", cwd=workspace)
    kept = [email.message_from_bytes(m.as_bytes(), policy=policy.SMTP) for m in mailbox.Maildir(made / "outbox")]
    assert len({str(m["Delivered-To"]) for m in kept}) == len(kept) == 17
    assert all("voici nos premières nouvelles" in str(m["Subject"]) for m in kept)
    assert all("List-Unsubscribe" in m and "DKIM-Signature" in m for m in kept)
    assert json.loads(run("envoi", "--json", "status", "first-news", cwd=workspace))["sent"] == 17
    run("envoi", "publish", cwd=workspace)
    assert "17 messages ont été remis" in run("envoi", "report", "first-news", "--html", "../report", cwd=workspace)
    assert (made / "report" / "index.html").is_file()
    assert run("git", "status", "--short", cwd=workspace) == ""
    settings = workspace / "envoi.yaml"
    settings.write_text(settings.read_text().replace("via: maildir, path: ../outbox", "via: smtp, host: 127.0.0.1"))
    assert "via: maildir" in run("envoi", "send", "first-news", "--rehearse", cwd=workspace, code=4)
    run("git", "restore", "envoi.yaml", cwd=workspace)
    (made / "state" / "keyring.sqlite").rename(made / "state" / "aside")
    assert run("envoi", "propose", "first-news", cwd=workspace, code=4).count("\n") == 1  # on main: an act of merging
    run("git", "switch", "-q", "first-news", cwd=workspace)
    without = run("envoi", "propose", "first-news", cwd=workspace, code=3)
    assert re.fullmatch(r"envoi: .*keyring.*\n", without)
    (made / "state" / "aside").rename(made / "state" / "keyring.sqlite")


def test_keys_are_their_owners_alone_and_stand_on_the_page_for_the_safe(made: Path) -> None:
    keys = made / "state" / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    files = sorted(keys.iterdir())
    assert [file.name for file in files] == ["LA-CLE.md", "dkim.pem", "master.key", "suppression.key", "tracking.key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    page = re.sub(r"\s", "", (keys / "LA-CLE.md").read_text())
    history = run("git", "log", "-p", "--all", cwd=made / "workspace")
    for file in files[2:]:
        key = file.read_text().strip()
        assert len(bytes.fromhex(key)) == 32
        assert key in page
        assert key not in history
    assert "example" in history
    assert "clients.example" not in history


def test_the_workspace_is_a_clone_of_the_repository_beside_it(made: Path) -> None:
    workspace = made / "workspace"
    assert run("git", "remote", "get-url", "origin", cwd=workspace) == "../workspace.git\n"
    assert run("git", "branch", "--show-current", cwd=workspace) in ("main\n", "first-news\n")
    campaign = (workspace / "campaigns" / "first-news.yaml").read_text()
    assert len(campaign.splitlines()) == 1 + 6  # the editor's line, and six


def test_english_answers_given_as_flags_and_a_remote_of_ones_own(tmp_path: Path) -> None:
    run("git", "init", "-q", "--bare", "mine.git", cwd=tmp_path)
    flags = [
        "--organisation",
        "Lumen: Works & Sons",
        "--from",
        "news@mail.lumen.example",
        "--address",
        'The "Old" Mill',
    ]
    remote = ["--remote", "../../mine.git", "--timezone", "Europe/London"]
    made = run("envoi", "--json", "init", "lumen", "--no-input", *flags, *remote, cwd=tmp_path, LANG="en_GB.UTF-8")
    said = json.loads(made)
    assert said["next"] == ["cd lumen/workspace", "git push -u origin main", "envoi check"]
    assert said["safe_page"].endswith("KEYS.md")
    workspace = tmp_path / "lumen" / "workspace"
    run("git", "push", "-q", "-u", "origin", "main", cwd=workspace)
    assert run("envoi", "check", cwd=workspace) == "nothing to report\n"
    assert not (tmp_path / "lumen" / "workspace.git").exists()
    assert "timezone: Europe/London" in (workspace / "envoi.yaml").read_text()


def test_the_schemas_of_an_older_envoi_are_written_again(made: Path) -> None:
    stale = made / "workspace" / ".schemas" / "campaign.json"
    now = stale.read_bytes()
    stale.write_text("{}")
    assert run("envoi", "init", "--schemas", cwd=made / "workspace") == ".schemas/campaign.json\n"
    assert stale.read_bytes() == now
    assert run("envoi", "init", "--schemas", cwd=made, code=3).count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "error", "said"),
    [
        pytest.param([], UsageProblem, "nobody to ask: --organisation --from --address, or --no-input", id="nobody"),
        pytest.param(["--no-input", "--from", "me@gmail.com"], UsageProblem, "everybody's", id="mailbox-of-everybody"),
        pytest.param(["--no-input", "--from", "news"], UsageProblem, "this is no address", id="no-address"),
        pytest.param(["--no-input", "--from", "noreply@a.example"], FindingsStop, "findings stop this", id="no-reply"),
        pytest.param(["--no-input", "--timezone", "Paris"], UsageProblem, "such as Europe/Paris", id="zone"),
        pytest.param(["--no-input", "--organisation", "a <b>"], UsageProblem, "on one line", id="name"),
        pytest.param(["--no-input", "--book-remote", "../nowhere.git"], BookMissing, "book", id="book-unreachable"),
    ],
)
def test_a_refusal_leaves_nothing_behind(tmp_path: Path, flags: list[str], error: type[EnvoiError], said: str) -> None:
    session = Session(tmp_path, SystemClock(), {})
    with pytest.raises(error) as refusal:
        CliRunner().invoke(init, ["atelier", *flags], obj=session, catch_exceptions=False, standalone_mode=False)
    assert said in refusal.value.text.en
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused(made: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run("envoi", "init", "--no-input", cwd=tmp_path, code=3) == (
        "envoi: this folder is not empty: choose another\n"
    )
    assert run("envoi", "init", str(made), "--no-input", cwd=tmp_path, code=3) == (
        "envoi: there is a workspace here: `envoi check`\n"
    )
    assert "envoi init" in run("envoi", "check", cwd=tmp_path, code=3)


def test_keys_made_inside_somebodys_repository_are_not_theirs_to_commit(tmp_path: Path) -> None:
    run("git", "init", "-q", cwd=tmp_path)
    run("envoi", "init", "atelier", "--no-input", cwd=tmp_path)
    assert run("git", "status", "--short", cwd=tmp_path) == ""


def test_a_terminal_is_asked_three_things_and_control_c_leaves_nothing(tmp_path: Path) -> None:
    assert answered(tmp_path, "asked", [b"Atelier Lumen\n", b"me@gmail.com\n", b"\n", b"\n"]) == 0
    settings = (tmp_path / "asked" / "workspace" / "envoi.yaml").read_text()
    assert 'name: "Atelier Lumen"' in settings
    assert "nouvelles@mail.asked.example" in settings
    assert answered(tmp_path, "given-up", [b"Atelier\n", b"\x03"]) == 130
    assert not (tmp_path / "given-up").exists()


def answered(cwd: Path, name: str, lines: list[bytes]) -> int:
    """The exit code of `envoi init NAME` on a terminal where somebody types, a line for each question."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(cwd)
        os.environ.update(LANG="fr_FR.UTF-8", LC_ALL="fr_FR.UTF-8")
        os.execv(sys.executable, [*COMMAND, "init", name])
    seen = b""
    for asked, line in enumerate(lines, 1):
        while len(re.findall(rb"\[[^\]]*\]: ", seen)) < asked:
            assert select.select([terminal], [], [], 60)[0], seen
            seen += os.read(terminal, 4096)
        os.write(terminal, line)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if select.select([terminal], [], [], 5)[0]:
                os.read(terminal, 4096)
            elif lines[-1] == b"\x03":  # it came before readline listened: people press it again
                os.write(terminal, lines[-1])
        except OSError:  # the terminal is closed: the command has ended
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("envoi init did not end")


def test_an_old_python_is_told_in_one_sentence() -> None:
    program = "import sys; sys.version_info = (3, 10, 1, 'final', 0); import compiler"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert done.returncode == 3
    assert re.fullmatch(r"envoi: Python 3\.11 or later is needed, this is \S+: install one, .*\n", done.stderr)
