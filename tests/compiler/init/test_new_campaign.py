"""`envoi new campaign` writes what compiles; `envoi completion` prints what a shell takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from compiler.cli import envoi
from compiler.init.commands import completion, new
from compiler.init.opening import next_start
from compiler.language.clock import FixedClock
from compiler.language.errors import UsageProblem
from compiler.language.finding import Place
from compiler.pipeline import check_workspace
from compiler.resolve.settings import office_hours
from compiler.session import Session

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
NOW = datetime(2027, 3, 5, 17, tzinfo=UTC)  # a Friday, after hours in Paris


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(CAMPAIGNS, tmp_path / "workspace")
    return tmp_path / "workspace"


def run(root: Path, *args: str, command: click.Command = new) -> str:
    session = Session(root, FixedClock(NOW), {}, json=True)
    result = CliRunner().invoke(command, args, obj=session, catch_exceptions=False, standalone_mode=False)
    return result.output


def test_a_copy_keeps_everything_but_its_name_and_days(root: Path) -> None:
    said = json.loads(run(root, "campaign", "spring-2028", "--from", "spring-2027"))
    assert said == {"path": "2027/spring-2028.yaml", "start": "2027-03-08T09:00"}
    former = (root / "2027" / "spring-2027.yaml").read_text().splitlines()
    copy = (root / said["path"]).read_text().splitlines()
    assert [line for line in copy if line not in former] == ["name: spring-2028", "start: 2027-03-08T09:00"]
    gone = ("name:", "start:", "finish_by:")
    assert [line for line in former if line not in copy and not line.startswith(gone)] == []
    _, findings = check_workspace(root, on=NOW.date())
    assert not [found for found in findings if found.stops]


def test_a_copy_from_a_file_of_several_documents_takes_its_own_alone(root: Path) -> None:
    several = root / "2027" / "several.yaml"
    several.write_text(
        "kind: segment\nname: all\nmatch: {everyone: true}\n---\n# Autumn\nkind: campaign\nname: autumn\nsegment: all\n"
        "template: product-news\nsubject: {fr: Bonjour, en: Hello}\nstart: 2027-03-02T09:00\nedition: '2'\n"
        "data: {products: {dataset: catalogue}}\n---\nkind: segment\nname: none\nmatch: {not: {everyone: true}}\n"
    )
    run(root, "campaign", "winter", "--from", "autumn")
    assert (root / "2027" / "winter.yaml").read_text() == (
        "# Autumn\nkind: campaign\nname: winter\nsegment: all\ntemplate: product-news\n"
        "subject: {fr: Bonjour, en: Hello}\nstart: 2027-03-08T09:00\ndata: {products: {dataset: catalogue}}\n"
    )


def test_six_lines_with_a_segment_and_a_template_that_were_named(root: Path) -> None:
    said = json.loads(run(root, "campaign", "autumn", "--segment", "west", "--template", "showroom-invitation"))
    lines = (root / said["path"]).read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["kind", "name", "segment", "template", "subject", "start"]
    workspace, _ = check_workspace(root, on=NOW.date())
    assert workspace is not None
    assert workspace.campaign("autumn") is not None


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(["spring-2027", "--from", "showroom-2027"], "exists already", id="taken"),
        pytest.param(["Spring"], "a-z, 0-9 and -", id="no-name"),
        pytest.param(["../outside"], "a-z, 0-9 and -", id="outside"),
        pytest.param(["autumn", "--from", "sprin-2027"], "did you mean 'spring-2027'", id="unknown"),
        pytest.param(["autumn"], "--segment (architects-west, ", id="several-segments"),
        pytest.param(["autumn", "--segment", "nobody", "--template", "product-news"], "--segment", id="no-segment"),
        pytest.param(["autumn", "--from", "spring-2027", "--segment", "west"], "--from copies", id="both"),
    ],
)
def test_a_refusal_says_what_to_choose_and_writes_nothing(root: Path, args: list[str], said: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(UsageProblem) as refusal:
        run(root, "campaign", *args)
    assert said in refusal.value.text.en
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    ("now", "start"),
    [
        pytest.param(datetime(2027, 3, 2, 9, tzinfo=UTC), "2027-03-02T09:00", id="open-now"),
        pytest.param(datetime(2027, 3, 2, 10, 50, tzinfo=UTC), "2027-03-02T14:00", id="about-to-close"),
        pytest.param(datetime(2027, 3, 5, 17, tzinfo=UTC), "2027-03-08T09:00", id="friday-night"),
        pytest.param(datetime(2027, 3, 27, 12, tzinfo=UTC), "2027-03-30T09:00", id="easter-monday"),
    ],
)
def test_a_campaign_starts_at_the_next_window(now: datetime, start: str) -> None:
    assert next_start(office_hours(Place("envoi.yaml")), "Europe/Paris", now) == start


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_envoi_itself(root: Path, shell: str) -> None:
    script = run(root, shell, command=completion)
    assert "_ENVOI_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", script], check=True, timeout=20)


@pytest.mark.parametrize(
    "words",
    ["preview", "propose", "plan show", "send", "stop", "report", "test", "review comment", "new campaign x --from"],
)
def test_a_shell_is_offered_the_campaigns_names(root: Path, words: str) -> None:
    asked = ShellComplete(envoi, {}, "envoi", "_ENVOI_COMPLETE").get_completions
    assert [one.value for one in asked(["-C", str(root), *words.split()], "spr")] == ["spring-2027"]
    (root / "envoi.yaml").write_text("kind: [")
    assert asked(["-C", str(root), *words.split()], "") == []
    assert asked(["-C", str(root / "segments"), *words.split()], "") == []
