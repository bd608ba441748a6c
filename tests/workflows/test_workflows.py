"""Every step of every workflow is executed here, and what they must refuse is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import compiler
from compiler.init.origin import Source
from compiler.init.pipelines import pipeline_files, write_pipelines
from compiler.process import Completed, run
from compiler.review.forge import Kind

if TYPE_CHECKING:
    from tests.workflows.conftest import Forge

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOUR_EYES = "Four eyes where the plan asks for them"
KINDS = [kind.value for kind in Kind]
SOURCE = Source("https://forge.example/atelier/envoi", "a" * 40)
ACTIONLINT = Path.home() / ".cache" / "envoi-actionlint" / "actionlint"
CAMPAIGN = "2027/spring-2027.yaml"


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return found


def opened(forge: Forge, branch: str) -> None:
    """A pull request of the repository's own branch."""
    forge.facts |= {
        "github.head_ref": branch,
        "github.event.pull_request.head.repo.full_name": "atelier/campaigns",
    }
    forge.environment["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"] = branch


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_hold_the_rules_for_strangers_code(path: Path) -> None:
    text = path.read_text("utf-8")
    document = yaml.safe_load(text)
    assert document["permissions"] == {}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(document[True])
    for use in re.findall(r"uses: (\S+)", text):
        assert use == "./envoi" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", use), use
    for name, job in document["jobs"].items():
        assert job["timeout-minutes"], name
        assert "permissions" in job, name
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")], name
        if "self-hosted" in job["runs-on"]:
            assert not [step for step in job["steps"] if "uses" in step], "the keyed host runs what it has installed"


def test_a_sending_is_gated_and_never_cancelled() -> None:
    send = yaml.safe_load((ROOT / ".github/workflows/send.yml").read_text("utf-8"))
    assert send["concurrency"]["cancel-in-progress"] is False
    assert send["jobs"]["send"]["environment"] == "${{ inputs.environment || 'envoi-production' }}"


def test_planning_is_for_branches_of_the_repository_itself() -> None:
    for plan in (jobs(ROOT / ".github/workflows/review.yml")["plan"], written("forgejo")["jobs"]["plan"]):
        assert "head.repo.full_name == github.repository" in plan["if"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in written("gitlab")["plan"]["rules"][0]["if"]


def test_what_init_writes_holds_the_same_rules() -> None:
    for path, content in pipeline_files(Kind.GITHUB, SOURCE).items():
        called = yaml.safe_load((ROOT / path).read_text("utf-8"))
        (job,) = yaml.safe_load(content)["jobs"].values()
        assert job["uses"] == f"atelier/envoi/{path}@{SOURCE.commit}"
        wanted = called[True]["workflow_call"]
        inputs = (wanted or {}).get("inputs", {})
        assert set(job.get("with", {})) <= set(inputs)
        assert {name for name, each in inputs.items() if each.get("required")} <= set(job.get("with", {}))
        # A called workflow can only have what its caller was given.
        granted: dict[str, str] = {}
        for each in called["jobs"].values():
            granted |= each["permissions"]
        assert job["permissions"] == granted
    for kind in (Kind.FORGEJO, Kind.GITHUB):
        for content in pipeline_files(kind, SOURCE).values():
            assert yaml.safe_load(content)["permissions"] == {}
    for job in written("forgejo")["jobs"].values():
        assert job["timeout-minutes"]
        assert "permissions" in job
        assert not [step for step in job["steps"] if "${{" in step.get("run", "") or "uses" in step]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_source_is_said_and_not_guessed(kind: str) -> None:
    for content in pipeline_files(Kind(kind), None).values():
        assert b"OWNER/envoi" in content or b'ENVOI_COMMIT: ""' in content


def test_the_workflow_linter_finds_nothing(tmp_path: Path) -> None:
    program = shutil.which("actionlint") or (str(ACTIONLINT) if ACTIONLINT.exists() else None)
    if program is None:
        reason = "actionlint is not installed: make actionlint (needs Go)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    files = [str(path) for path in WORKFLOWS]
    for kind in (Kind.GITHUB, Kind.FORGEJO):
        for source in (SOURCE, None):
            folder = tmp_path / kind.value / str(source is None)
            files += [str(folder / name) for name in write_pipelines(folder, kind, source)]
    assert len(files) == len(WORKFLOWS) + 10
    command = [program, "-no-color", "-config-file", str(ROOT / ".github" / "actionlint.yaml"), *files]
    assert run(command, check=False).stdout.decode() == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / ".github/workflows/stop.yml").read_text("utf-8").replace("inputs.campaign", "inputs.name"))
    assert run([program, str(wrong)], check=False).code != 0


def planned(forge: Forge, kind: str) -> Completed:
    """What happens on the keyed host when a pull request is opened or pushed to."""
    if kind == "gitlab":
        return forge.shell(*written(kind)["plan"]["script"])
    steps = jobs(ROOT / ".github/workflows/review.yml") if kind == "github" else written(kind)["jobs"]
    return forge.steps(steps["plan"]["steps"], steps["plan"]["env"])


def released(forge: Forge, kind: str) -> Completed:
    """What happens there after a merge, the sending itself left out where it would wait for its window."""
    if kind == "gitlab":
        return forge.shell(written(kind)["send"]["script"][0])
    if kind == "github":
        return forge.job("send", "send", until=FOUR_EYES)
    send = written(kind)["jobs"]["send"]["steps"][-1]["run"]
    return forge.shell(send.replace("--until-sent", "--once"))


def written(kind: str, source: Source | None = SOURCE) -> dict[str, Any]:
    """The pipeline that `envoi init` writes."""
    (text,) = pipeline_files(Kind(kind), source).values()
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_pull_request_is_planned_and_commented_once_and_four_eyes_are_asked_for(forge: Forge, kind: str) -> None:
    forge.push("spring", CAMPAIGN, "four_eyes_above: 200", "four_eyes_above: 100")
    opened(forge, "spring")
    forge.environment |= forge.api.environment(kind)
    mark = "<!-- envoi:review spring-2027 -->"
    forge.api.comments[1] = ("stranger", f"{mark}\nWhoever may edit this one must not speak for envoi.")
    for _ in range(2):  # its own push of the lock starts it again
        assert planned(forge, kind).code == 0
        assert list(forge.api.comments) == [1, 2]
    assert [each.split()[0] for each in forge.api.asked if " " in each] == ["POST"]
    author, text = forge.api.comments[2]
    assert author == forge.api.BOT[kind]
    assert text.startswith(mark)
    assert "approuve exactement le plan" in text  # of the branch: main has no lock
    assert "car le plan dépasse 100" in text
    assert "@" not in re.sub(r"\S*atelier-lumen\.example", "", text)

    forge.merge("spring", by="squash")
    author, head = "marie", forge.api.merged[forge.environment["GITHUB_SHA"]].head
    assert released(forge, kind).code == 4
    if kind == "forgejo":  # a sending that began before waits for nobody, and sends nothing of this merge
        earlier = forge.shell(
            'envoi -C "$ENVOI_WORKSPACE" --json agent --once --only send --approvals forgejo --locked-at "$BEFORE"',
            BEFORE=forge.environment["CI_COMMIT_BEFORE_SHA"],
        )
        assert (earlier.code, json.loads(earlier.stdout)["sent"]) == (0, [])
    for who, commit in ((author, head), ("paul", forge.api.versions[0])):  # their own, and before the lock stood there
        forge.api.approvals = [{"who": who, "commit": commit}]
        assert released(forge, kind).code == 4
    forge.api.approvals = [{"who": "paul", "commit": head}]
    assert released(forge, kind).code == 0
    forge.api.broken = (502, b"")
    assert released(forge, kind).code == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_edit_fails_the_check_until_the_plan_job_renews_the_lock(forge: Forge, kind: str) -> None:
    if kind == "gitlab":
        assert written(kind)["plan"]["needs"] == []
    else:  # a job that needs `check` is skipped where it fails: the lock would stay outdated for ever
        found = jobs(ROOT / ".github/workflows/review.yml") if kind == "github" else written(kind)["jobs"]
        assert "needs" not in found["plan"]
    forge.push("spring", CAMPAIGN, "trois lampes", "deux lampes")
    opened(forge, "spring")
    forge.environment |= forge.api.environment(kind)
    assert planned(forge, kind).code == 0
    clone = forge.folder / "clone-spring"
    forge.hand.git("pull", "-q", "--ff-only", "origin", "spring", cwd=clone)
    file = clone / CAMPAIGN
    file.write_text(file.read_text("utf-8").replace("deux lampes", "quatre lampes"), "utf-8")
    forge.hand.git("commit", "-q", "-a", "-m", "Change again", cwd=clone)
    forge.hand.git("push", "-q", "origin", "spring", cwd=clone)
    assert b"LOCK-STALE-03" in forge.hand.envoi("-C", str(clone), "check", codes=(1,)).stdout
    assert planned(forge, kind).code == 0
    forge.hand.git("pull", "-q", "--ff-only", "origin", "spring", cwd=clone)
    assert b"LOCK-STALE-03" not in forge.hand.envoi("-C", str(clone), "check").stdout
    assert len(forge.api.comments) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_forks_branch_is_refused(forge: Forge, kind: str) -> None:
    opened(forge, "only-on-the-fork")
    forge.environment |= forge.api.environment(kind)
    assert planned(forge, kind).code == 4
    done = forge.shell(f'envoi -C "$ENVOI_WORKSPACE" review post --to {kind} --branch only-on-the-fork')
    assert done.code == 4
    if kind != "gitlab":  # whose rule keeps forks away, tried below
        opened(forge, "main")
        forge.facts["github.event.pull_request.head.repo.full_name"] = "somebody/campaigns"
        assert planned(forge, kind).code == 4
    assert forge.api.asked == []


@pytest.mark.parametrize("by", ["squash", "rebase", "merge"])
def test_an_approval_holds_however_it_was_merged(forge: Forge, by: str) -> None:
    """The plan's inputs are files, never commits: the lock is as valid on main as on its branch."""
    hand = forge.hand
    hand.git("checkout", "-q", "-b", "spring")
    (hand.scenery.workspace / "note.txt").write_text("Nothing that a campaign is made of.")
    hand.git("add", "note.txt")
    hand.git("commit", "-q", "-m", "Note")
    plan = hand.ask("propose", "spring-2027")["digest"]
    hand.git("push", "-q", "origin", "spring")
    hand.git("checkout", "-q", "main")
    forge.merge("spring", by=by)
    assert hand.ask("agent", "--once", "--only", "send")["sent"] == []  # two minutes before its window
    assert hand.ask("send", plan, "--dry-run")["approved"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_without_keys_or_clone_sends_nothing(forge: Forge, kind: str) -> None:
    forge.facts["github.event.before"] = "0" * 40
    forge.environment |= {"CI_COMMIT_BEFORE_SHA": "0" * 40, "CI_COMMIT_SHA": "0" * 40, "GITHUB_SHA": "0" * 40}
    forge.environment |= forge.api.environment(kind)

    def sent() -> Completed:
        if kind == "gitlab":
            return forge.shell(*written(kind)["send"]["script"])
        job = jobs(ROOT / ".github/workflows/send.yml") if kind == "github" else written(kind)["jobs"]
        return forge.steps(job["send"]["steps"], job["send"]["env"])

    (forge.hand.scenery / "state" / "keyring.sqlite").unlink()
    assert sent().code == 4
    del forge.environment["ENVOI_WORKSPACE"]
    assert sent().code != 0
    assert forge.server.receiver.kept == 0


def test_send_ends_when_nothing_is_locked_and_publish_and_stop_do_their_work(forge: Forge) -> None:
    forge.facts |= {"github.event.before": "", "inputs.campaign": "all"}
    forge.environment["GITHUB_SHA"] = forge.hand.git("rev-parse", "HEAD")
    assert forge.job("send", "send").code == 0
    assert forge.job("publish", "publish").code == 0
    assert forge.job("stop", "stop").code == 0
    forge.facts["inputs.campaign"] = "spring-2027; touch pwned"
    assert forge.job("stop", "stop").code == 3
    assert not list(forge.folder.rglob("pwned"))


def test_this_repositorys_own_pipeline_runs_what_people_run(forge: Forge) -> None:
    steps = jobs(ROOT / ".github/workflows/ci.yml")["test"]["steps"]
    (forge.folder / "checkout" / ".ci").mkdir()
    for path in (forge.folder / "bin" / "make", forge.folder / "checkout" / ".ci" / "run"):
        path.write_text(f'#!/bin/sh\necho "$(basename "$0") $@" >>"{forge.folder}/ran"\n')
        path.chmod(0o755)
    assert forge.steps(steps, {}).code == 0
    assert (forge.folder / "ran").read_text().splitlines() == ["run ", "make check", "make demo"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_action_sets_envoi_up_and_checks(forge: Forge) -> None:
    """The lock file is left out: tests have no network. The package is built and installed for real."""
    source = forge.folder / "source"
    (source / "requirements").mkdir(parents=True)
    (source / "requirements" / "run.txt").write_text("")
    (source / "stand_in.py").write_text("from compiler.cli import main\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "stand-in"\nversion = "1"\n[project.scripts]\nenvoi = "stand_in:main"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["stand_in.py"]\n'
    )
    shutil.copytree(ROOT / "campaigns", forge.folder / "checkout" / "campaigns")
    forge.facts["inputs.workspace"] = "campaigns"
    packages = str(Path(compiler.__path__[0]).parent)
    forge.environment |= {
        "GITHUB_ACTION_PATH": str(source),
        "PYTHONPATH": os.pathsep.join((packages, sysconfig.get_paths()["purelib"])),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
    }
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert forge.steps(steps, {}).code == 0
    file = forge.folder / "checkout" / "campaigns" / CAMPAIGN
    file.write_text(file.read_text("utf-8").replace("segment: ", "segment: nobody-"), "utf-8")
    failed = forge.steps(steps[1:], {})
    assert failed.code == 1
    assert b"::error" in failed.stdout


def _elsewhere(forge: Forge) -> Source:
    """What GitLab's and Forgejo's runners say of themselves, and a repository that envoi can be fetched from."""
    source, bare = forge.folder / "source", forge.hand.scenery / "workspace.git"
    forge.hand.git("init", "-q", "--initial-branch=main", str(source), cwd=forge.folder)
    (source / "requirements.txt").write_text("")
    forge.hand.git("add", "-A", cwd=source)
    forge.hand.git("commit", "-q", "-m", "Sources", cwd=source)
    for name in ("pip", "apt-get"):  # what they install is the action's own test's affair
        shim = forge.folder / "bin" / name
        shim.write_text(f'#!/bin/sh\necho "{name} $@" >>"{forge.folder}/installed"\n')
        shim.chmod(0o755)
    (forge.folder / "atelier").mkdir()
    (forge.folder / "atelier" / "campaigns").symlink_to(bare)
    forge.hand.git("update-ref", "refs/pull/7/head", "refs/heads/spring", cwd=bare)
    head = forge.hand.git("rev-parse", "main", cwd=bare)
    forge.environment |= {"GITHUB_SERVER_URL": str(forge.folder), "GITHUB_SHA": head, "CI_COMMIT_SHA": head}
    forge.environment |= {"CI_COMMIT_BEFORE_SHA": "0" * 40}
    return Source(str(source), forge.hand.git("rev-parse", "HEAD", cwd=source))


def test_every_step_for_forgejo_is_executed(forge: Forge) -> None:
    forge.push("spring", CAMPAIGN, "trois lampes", "deux lampes")
    opened(forge, "spring")
    source = _elsewhere(forge)
    forge.environment |= forge.api.environment("forgejo")
    found = written("forgejo", source)["jobs"]
    assert list(found) == ["check", "plan", "send", "publish", "stop"]
    for name, job in found.items():
        assert forge.steps(job["steps"], job.get("env", {})).code == 0, name
    assert "--require-hashes" in (forge.folder / "installed").read_text()
    assert forge.hand.git("show", f"spring:{CAMPAIGN}.lock", cwd=forge.hand.scenery / "workspace.git")
    assert len(forge.api.comments) == 1
    unset = written("forgejo", None)["jobs"]["check"]
    assert b"where envoi is" in forge.steps(unset["steps"], unset["env"]).stderr


def test_every_step_for_gitlab_is_executed(forge: Forge) -> None:
    forge.push("spring", CAMPAIGN, "trois lampes", "deux lampes")
    opened(forge, "spring")
    document = written("gitlab", _elsewhere(forge))
    checkout = forge.folder / "checkout"
    forge.hand.git("clone", "-q", str(forge.hand.scenery / "workspace.git"), str(checkout), cwd=forge.folder)
    for name in ("check", "plan", "send", "publish", "stop"):
        job = document[name]
        # GitLab runs before_script and script as one.
        lines = [*job.get("before_script", []), *job["script"]]
        assert forge.shell(*lines, **document["variables"]).code == 0, name
    assert (checkout / "codequality.json").read_text().startswith("[")
    assert forge.hand.git("show", f"spring:{CAMPAIGN}.lock", cwd=forge.hand.scenery / "workspace.git")
    assert len(forge.api.comments) == 1
    file = checkout / CAMPAIGN
    file.write_text(file.read_text("utf-8").replace("segment: ", "segment: nobody-"), "utf-8")
    failed = forge.shell(*document["check"]["script"])
    assert failed.code == 1
    assert b"nobody-" in failed.stdout
    assert "nobody-" in (checkout / "codequality.json").read_text()
