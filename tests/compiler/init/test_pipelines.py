"""The pipelines that `envoi init` writes: for which forge, and which envoi they run."""

from __future__ import annotations

import json
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from compiler.clock import SystemClock
from compiler.git import Repository
from compiler.init import origin
from compiler.init.commands import init
from compiler.init.origin import Source, installed_from
from compiler.init.pipelines import forge_of
from compiler.language.errors import UsageProblem
from compiler.review.forge import Kind
from compiler.session import Session

COMMIT = "0123456789" * 4  # as YAML a number, were it not in quotes
SOURCE = f"https://forge.example/atelier/envoi@{COMMIT}"


def made(folder: Path, *flags: str) -> dict[str, Any]:
    session = Session(folder, SystemClock(), {}, json=True)
    flags = ("atelier", "--no-input", "--source", SOURCE, *flags)
    said: dict[str, Any] = json.loads(CliRunner().invoke(init, flags, obj=session, catch_exceptions=False).stdout)
    return said


@pytest.mark.parametrize(
    ("flags", "place", "files"),
    [
        ((), ".github/workflows", ["publish.yml", "review.yml", "send.yml", "stop.yml"]),
        (("--forge", "gitlab"), ".gitlab-ci.yml", [".gitlab-ci.yml"]),
        (("--forge", "forgejo"), ".forgejo/workflows", ["envoi.yml"]),
        (("--remote", "git@gitlab.atelier.example:atelier/campaigns.git"), ".gitlab-ci.yml", [".gitlab-ci.yml"]),
        (("--forge", "none"), "", []),
    ],
    ids=["by-default", "gitlab", "forgejo", "by-the-remote", "none"],
)
def test_init_writes_the_pipelines_of_one_forge(
    tmp_path: Path, flags: tuple[str, ...], place: str, files: list[str]
) -> None:
    assert made(tmp_path, *flags)["pipelines"] == place
    workspace = tmp_path / "atelier" / "workspace"
    written = [path for path in Repository(workspace).list_files("HEAD") if path.endswith(".yml")]
    assert sorted(Path(path).name for path in written) == files
    for path in written:
        text = (workspace / path).read_text("utf-8")
        assert "§" not in text
        if "review" in path:
            job = yaml.safe_load(text)["jobs"]["review"]
            assert job["uses"] == f"atelier/envoi/.github/workflows/review.yml@{COMMIT}"
            assert job["with"]["commit"] == COMMIT


def test_pipelines_are_written_again_after_an_upgrade(tmp_path: Path) -> None:
    made(tmp_path)
    session = Session(tmp_path / "atelier" / "workspace", SystemClock(), {})
    newer = ["--pipelines", "--forge", "github", "--source", SOURCE.replace(COMMIT, "a" * 40)]
    changed = CliRunner().invoke(init, newer, obj=session, catch_exceptions=False).stdout.split()
    assert changed == [f".github/workflows/{name}.yml" for name in ("review", "send", "publish", "stop")]
    assert COMMIT not in (session.root / changed[0]).read_text()
    assert CliRunner().invoke(init, newer, obj=session, catch_exceptions=False).stdout == ""


@pytest.mark.parametrize(
    ("remote", "forge"),
    [
        ("", Kind.GITHUB),
        ("git@github.com:atelier/campaigns.git", Kind.GITHUB),
        ("https://codeberg.org/atelier/campaigns", Kind.FORGEJO),
        ("ssh://git@forgejo.atelier.example:2222/atelier/campaigns.git", Kind.FORGEJO),
        ("https://gitlab.com/atelier/campaigns.git", Kind.GITLAB),
        ("../../gitlab/mine.git", Kind.GITHUB),
    ],
)
def test_the_forge_is_told_by_the_remotes_host(remote: str, forge: Kind) -> None:
    assert forge_of(remote) is forge


@pytest.mark.parametrize(
    "text",
    [
        "https://forge.example/atelier/envoi",
        f"http://forge.example/atelier/envoi@{COMMIT}",
        f"https://forge.example/../envoi@{COMMIT}",
        f"https://forge.example/atelier/envoi@{COMMIT[:12]}",
        f"/srv/envoi@{COMMIT}",
        f'https://forge.example/a/b"\n  x: @{COMMIT}',
    ],
)
def test_a_source_is_an_address_and_a_whole_commit(text: str) -> None:
    with pytest.raises(UsageProblem):
        Source.parse(text)


@pytest.mark.parametrize(
    ("noted", "found"),
    [
        (
            {"url": "https://user:pass@forge.example/atelier/envoi.git", "vcs_info": {"commit_id": COMMIT}},
            Source("https://forge.example/atelier/envoi", COMMIT),
        ),
        (
            {"url": "ssh://git@forge.example/atelier/envoi.git", "vcs_info": {"commit_id": COMMIT}},
            Source("https://forge.example/atelier/envoi", COMMIT),
        ),
        ({"url": "file:///somewhere/envoi-1.whl", "archive_info": {}}, None),
        ({"url": "file:///nowhere", "dir_info": {"editable": True}}, None),
        (None, None),
    ],
    ids=["https", "ssh", "wheel", "folder-that-is-gone", "index"],
)
def test_the_installed_envoi_is_known_by_what_pip_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, noted: dict[str, Any] | None, found: Source | None
) -> None:
    folder = tmp_path / "envoi-1.dist-info"
    folder.mkdir()
    (folder / "direct_url.json").write_text(json.dumps(noted))
    monkeypatch.setattr(origin, "distribution", lambda name: Distribution.at(folder))
    assert installed_from() == found


def test_a_clone_that_was_installed_tells_its_remote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare = Repository.init_bare(tmp_path / "envoi.git")
    commit = bare.commit(None, {"a": b""}, message="Begin", at=SystemClock().now())
    bare.update_ref("refs/heads/main", commit, None)
    clone = Repository.clone(str(bare.path), tmp_path / "clone", bare=False)
    folder = tmp_path / "envoi-1.dist-info"
    folder.mkdir()
    noted = {"url": (tmp_path / "clone").as_uri(), "dir_info": {}}
    (folder / "direct_url.json").write_text(json.dumps(noted))
    monkeypatch.setattr(origin, "distribution", lambda name: Distribution.at(folder))
    assert installed_from() is None  # its remote is a path of this machine
    clone.set_remote_url("git@forge.example:atelier/envoi.git")
    assert installed_from() == Source("https://forge.example/atelier/envoi", commit)
