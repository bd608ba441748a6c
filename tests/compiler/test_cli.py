"""The console script's own door: options where people write them, one object for programs, two languages."""

from __future__ import annotations

import gettext
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from compiler.cli import envoi as root_group
from compiler.door.arguments import asked, first_language, options_first
from compiler.door.wording import SUMMARIES, WORDS, paragraphs, placeholder, said, speak, translated

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


def envoi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LANGUAGE")}
    return subprocess.run(
        [sys.executable, "-m", "compiler.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**known, **environment},
    )


def registered() -> dict[str, click.Command]:
    """Every command there is, by what is typed for it."""

    def within(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from within(inner, f"{path} {name}")

    points = entry_points(group="envoi.commands")
    return {path: command for point in points for path, command in within(point.load(), point.name)}


COMMANDS = registered()
LEAVES = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}


def catalogue() -> Catalog:
    with (WORDS / "fr" / "LC_MESSAGES" / "envoi.po").open("rb") as file:
        return read_po(file, locale="fr")


@pytest.fixture
def french() -> Iterator[None]:
    before = os.environ.get("LANGUAGE")
    speak("fr")
    yield
    speak("en") if before is None else speak(before)
    gettext.textdomain("messages")
    if before is None:
        del os.environ["LANGUAGE"]


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


def test_the_language_of_usage_is_the_one_asked_for_then_the_workspaces_then_the_terminals(tmp_path: Path) -> None:
    home = ["-C", str(tmp_path)]
    assert first_language(asked(["--language=en", *home]), {"LANG": "fr_FR"}) == "en"
    assert first_language(asked(home), {"LANG": "fr_FR"}) == "fr"
    assert first_language(asked(home), {"LANG": "C"}) == "en"
    (tmp_path / "envoi.yaml").write_text("kind: workspace\nlanguage: en\n")
    assert first_language(asked(["status", *home]), {"LANG": "fr_FR"}) == "en"
    (tmp_path / "envoi.yaml").write_text("kind: [\n")
    assert first_language(asked(home), {"LANG": "C"}) == "fr"


def test_a_refusal_speaks_the_workspaces_language() -> None:
    done = envoi("compile", "sprng-2027", "-C", str(CAMPAIGNS))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "envoi: aucune campagne « sprng-2027 » (vouliez-vous dire « spring-2027 » ?)\n"


def test_a_refusal_speaks_the_language_asked_for() -> None:
    done = envoi("compile", "sprng-2027", "-C", str(CAMPAIGNS), "--language=en")
    assert done.stderr == "envoi: no campaign 'sprng-2027' (did you mean 'spring-2027'?)\n"


@pytest.mark.parametrize(
    ("typed", "said_back"),
    [
        (["stauts"], "Il n'y a pas de commande 'stauts'. Vouliez-vous dire 'status' ?"),
        (["contacts", "shwo"], "Il n'y a pas de commande 'shwo'. Vouliez-vous dire 'show' ?"),
        (["contacts", "show"], "Il manque l'argument 'QUI'."),
        (["contacts", "erase", "x", "--requset", "r"], "pas d'option '--requset'. Vouliez-vous dire '--request' ?"),
        (["plan", "show", "x", "--jsn"], "Il n'y a pas d'option '--jsn'. Vouliez-vous dire '--json' ?"),
        (["stop", "one", "two"], "Argument de trop (two)"),
        (["check", "--format", "xml"], "'xml' n'est pas parmi 'text'"),
        (["tracker", "serve", "--port", "99999"], "99999 n'est pas entre les bornes 0<=x<=65535."),
        (["contacts"], "Usage : envoi contacts [OPTIONS] COMMANDE [ARGUMENTS]..."),
    ],
)
def test_usage_errors_are_french_in_a_french_workspace_and_know_what_was_meant(
    typed: list[str], said_back: str
) -> None:
    done = envoi("-C", str(CAMPAIGNS), *typed)
    assert (done.returncode, done.stdout) == (3, "")
    assert said_back in done.stderr
    assert "Usage :" in done.stderr
    for english in ("Usage:", "Error", "Try ", "No such", "Missing"):
        assert english not in done.stderr


@pytest.mark.parametrize("typed", [["contacts", "shwo"], ["plan", "show"], ["contacts"], ["nothing"], ["send", "--x"]])
def test_a_usage_error_is_one_object_for_a_program(typed: list[str]) -> None:
    done = envoi(*typed, "--json", "--language=en")
    document = json.loads(done.stdout)
    assert (document["code"], done.returncode, done.stderr) == (3, 3, "")
    assert document["error"]
    assert document["findings"] == []


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_answers_a_program_with_one_object_where_there_is_no_workspace(path: str, tmp_path: Path) -> None:
    command = LEAVES[path]
    if path in ("demo", "completion", "init"):
        pytest.skip("needs no workspace")
    given = ["x" for param in command.params if isinstance(param, click.Argument) and param.required]
    needed = [
        value
        for param in command.params
        if isinstance(param, click.Option) and param.required
        for value in (param.opts[0], param.type.choices[0] if isinstance(param.type, click.Choice) else "x")
    ]
    needed += ["--all"] if path == "stop" else []
    given = [] if path == "stop" else given
    done = envoi("-C", str(tmp_path), *path.split(), *given, *needed, "--json", LC_ALL="C.UTF-8")
    document = json.loads(done.stdout)
    assert document["code"] == done.returncode == 3, done.stderr
    assert document["error"]
    assert done.stderr == ""


def test_findings_that_stop_a_command_stand_in_its_one_object(tmp_path: Path) -> None:
    (tmp_path / "envoi.yaml").write_text("kind: workspace\nlanguage: en\n")
    done = envoi("-C", str(tmp_path), "status", "--json")
    document = json.loads(done.stdout)
    assert (document["code"], done.returncode) == (1, 1)
    assert document["errors"] == len([one for one in document["findings"] if one["severity"] == "error"]) > 0


def test_help_is_french_where_french_is_spoken(french: None) -> None:
    known = catalogue()
    for path, command in {**COMMANDS, "": root_group}.items():
        texts = paragraphs(command.help or "")
        texts += [p.help for p in command.params if isinstance(p, click.Option) and p.help and not p.hidden]
        texts += [word for param in command.params if (word := placeholder(param))]
        for text in texts:
            assert known.get(text) is not None, (path, text)
        own = translated(command)
        assert own is not command
        assert said(command.help or "") == own.help


def test_the_french_words_are_compiled_as_they_stand() -> None:
    """`make docs` writes the compiled catalogue again."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    assert (WORDS / "fr" / "LC_MESSAGES" / "envoi.mo").read_bytes() == compiled.getvalue()


def test_nothing_is_translated_that_is_not_said() -> None:
    """What is neither ours nor click's has been left behind by a sentence that changed."""
    ours = set(SUMMARIES.values())
    for command in (*COMMANDS.values(), root_group):
        ours |= set(paragraphs(command.help or ""))
        ours |= {p.help for p in command.params if isinstance(p, click.Option) and p.help}
        ours |= {placeholder(param) for param in command.params}
    clicks = "".join(path.read_text("utf-8") for path in Path(click.__file__).parent.glob("*.py"))
    for message in catalogue():
        first = message.id if isinstance(message.id, str) else message.id[0]
        if first and first not in ours and first.strip("[]") not in ours:
            assert json.dumps(first, ensure_ascii=False)[1:-1] in clicks or first in clicks, first


def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with() -> None:
    for path, command in COMMANDS.items():
        if " " not in path:
            assert command.get_short_help_str(64) == SUMMARIES[path], path


def test_the_list_of_commands_fits_in_french_too(french: None) -> None:
    for summary in SUMMARIES.values():
        assert gettext.gettext(summary) != summary
        assert len(gettext.gettext(summary)) <= 65, summary


def test_help_comes_at_once_since_it_imports_no_command() -> None:
    program = "import sys; sys.argv = ['envoi', '--help']\ntry:\n from compiler.cli import main; main()\n"
    program += "except SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "--workspace" in done.stdout
    loaded = set(done.stderr.split())
    assert not loaded & {"yaml", "jinja2", "duckdb", "rich", "sqlite3", "compiler.plan_commands", "runner.commands"}


@pytest.mark.parametrize(("terminal", "answer"), [("fr_FR.UTF-8", "pas d'espace"), ("C.UTF-8", "no workspace here")])
def test_without_a_workspace_a_refusal_speaks_the_terminals_language(
    tmp_path: Path, terminal: str, answer: str
) -> None:
    done = envoi("status", "-C", str(tmp_path), LC_ALL=terminal)
    assert done.returncode == 3
    assert answer in done.stderr


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
