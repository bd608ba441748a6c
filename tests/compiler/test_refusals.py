"""Each trouble of the machine gives one sentence that says what to do next, through the real console script."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import compiler

CODE = Path(compiler.__file__).parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `envoi init` makes, with its contacts imported."""
    folder = tmp_path_factory.mktemp("made") / "atelier"
    for args in (
        ["--language=en", "init", str(folder), "--no-input"],
        ["-C", f"{folder}/workspace", "contacts", "import"],
    ):
        done = envoi(*args)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "atelier", symlinks=True)
    return tmp_path / "atelier"


def environment(**more: str) -> dict[str, str]:
    hidden = ("LANG", "LC_ALL", "LANGUAGE")
    return {**{name: value for name, value in os.environ.items() if name not in hidden}, **more}


def envoi(
    *args: str, before: tuple[str, ...] = (), stdout: int | None = subprocess.PIPE, **more: str
) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "compiler.cli", *args]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False, env=environment(**more)
    )


def sentence(done: subprocess.CompletedProcess[str], code: int = 3) -> str:
    """The only line, which holds no trace."""
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("envoi: ")
    return line


def test_an_empty_folder_is_told_how_to_become_a_workspace(tmp_path: Path) -> None:
    assert "make one with `envoi init`" in sentence(envoi("-C", str(tmp_path), "check"))


def test_a_folder_where_the_declaration_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").mkdir()
    for command in ("check", "status", "compile"):
        assert "envoi.yaml is a folder: rename it" in sentence(envoi("-C", str(tmp_path), command, LC_ALL="C"))


def test_a_missing_keyring_is_to_be_restored(desk: Path) -> None:
    (desk / "state" / "keyring.sqlite").unlink()
    for command in (["compile"], ["contacts", "show", "x@clients.example"], ["contacts", "import"]):
        assert "restore it from a backup" in sentence(envoi("-C", f"{desk}/workspace", *command))


def test_a_missing_master_key_is_named(desk: Path) -> None:
    (desk / "state" / "keys" / "master.key").unlink()
    said = sentence(envoi("-C", f"{desk}/workspace", "compile"))
    assert "file:../state/keys/master.key" in said
    assert "restore it" in said


def test_without_git_it_is_to_be_installed(desk: Path, tmp_path: Path) -> None:
    done = envoi("-C", f"{desk}/workspace", "compile", PATH=str(tmp_path))
    assert "install it (`sudo apt install git`)" in sentence(done)


def test_a_workspace_that_is_no_repository_is_told_how_to_become_one(desk: Path) -> None:
    shutil.rmtree(desk / "workspace" / ".git")
    said = sentence(envoi("-C", f"{desk}/workspace", "propose"))
    assert "`git init -b main" in said


def test_a_full_disk_is_no_bug(desk: Path) -> None:
    with open("/dev/full", "w") as full:
        assert "the disk is full" in sentence(envoi("-C", f"{desk}/workspace", "check", stdout=full.fileno()))
        again = envoi("-C", f"{desk}/workspace", "--json", "contacts", "stats", stdout=full.fileno())
    assert "the disk is full" in sentence(again)


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(desk: Path) -> None:
    plain = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    report = desk / "closed"
    report.mkdir(mode=0o500)
    done = envoi("-C", f"{desk}/workspace", "history", "export", f"{report}/history.jsonl", before=plain)
    assert f"no right to read or write {report}/history.jsonl: see whose it is (`ls -ld" in sentence(done)
    for path in (desk / "book").rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    (desk / "book").chmod(0o500)
    done = envoi("-C", f"{desk}/workspace", "contacts", "import", before=plain)
    assert done.returncode == 0 or "no right to read or write" in sentence(done)


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "interrompu ; la même commande"), ("en", "interrupted; the same")]
)
def test_an_interruption_is_one_sentence(tmp_path: Path, language: str, said: str) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "compiler.cli", f"--language={language}", "init", str(tmp_path / "atelier")]
    child = subprocess.Popen(command, stdin=end, stderr=subprocess.PIPE, env=environment())
    assert child.stderr is not None
    asked = child.stderr.read(1)  # the first question stands there: it waits for an answer
    for _ in range(10):  # one that comes while Python imports something may be lost
        child.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=2)
            break
    _, rest = child.communicate(timeout=20)
    os.close(terminal)
    os.close(end)
    assert child.returncode == 130
    assert said in (asked + rest).decode()
    assert b"Traceback" not in rest
    assert sum(line.startswith("envoi: ") for line in rest.decode().splitlines()) == 1
    assert not (tmp_path / "atelier").exists()


def test_an_old_python_is_told_which_one_is_needed() -> None:
    program = f"import sys; sys.path.insert(0, {str(CODE)!r}); sys.version_info = (3, 9, 2); import compiler.cli"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "Python 3.11 or later is needed" in sentence(done)
    # It is read by the old Python itself: nothing newer than what every Python 3 knows may stand there.
    source = (CODE / "compiler" / "__init__.py").read_text("utf-8")
    compile(source, "__init__.py", "exec", flags=0, _feature_version=4)
    assert not re.search(r"\bf\"|:=|match ", source)


def test_a_bug_says_its_place_and_nothing_personal(desk: Path) -> None:
    program = (
        "import sys, compiler.commands as c\n"
        "def broken(*a, **k): raise RuntimeError('camille@clients.example')\n"
        "c.require_workspace = broken\n"
        f"sys.argv = ['envoi', '-C', {str(desk / 'workspace')!r}, 'check']\n"
        "from compiler.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    said = sentence(done, 70)
    assert "RuntimeError" in said
    assert "camille" not in said
