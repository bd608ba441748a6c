from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.git import PushResult, RemoteUnreachable, Repository
from compiler.language.errors import UsageProblem
from compiler.process import ProcessError

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def remote(tmp_path: Path) -> Repository:
    return Repository.init_bare(tmp_path / "remote.git")


@pytest.fixture
def clone(remote: Repository, tmp_path: Path) -> Repository:
    return Repository.clone(str(remote.path), tmp_path / "clone", bare=True)


@pytest.fixture
def desk(remote: Repository, tmp_path: Path) -> Repository:
    """A clone with a working tree and one commit."""
    first = remote.commit(None, {"a.txt": b"a\n", "b.txt": b"b\n"}, message="First", at=AT)
    assert remote.update_ref("refs/heads/main", first, None)
    return Repository.clone(str(remote.path), tmp_path / "desk", bare=False)


def test_equal_commits_have_equal_names_on_every_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, bytes | None] = {"é/ü.txt": b"\xff\x00", "plain": b""}
    first = Repository.init_bare(tmp_path / "one").commit(None, files, message="Une lampe", at=AT)
    monkeypatch.setenv("TZ", "Pacific/Noumea")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    (tmp_path / "config").write_text("[core]\n\tautocrlf = true\n[user]\n\tname = Nobody\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert Repository.init_bare(tmp_path / "two").commit(None, files, message="Une lampe", at=AT) == first


def test_a_commit_adds_replaces_and_removes(clone: Repository) -> None:
    first = clone.commit(None, {"a/1": b"1", "a/2": b"2", "b": b"b"}, message="m", at=AT)
    second = clone.commit(first, {"a/1": None, "a/2": b"two", "c": b"c", "never": None}, message="m", at=AT)
    assert clone.read_files(second, clone.list_files(second)) == {"a/2": b"two", "b": b"b", "c": b"c"}
    assert clone.is_ancestor(first, second)
    assert not clone.is_ancestor(second, first)


def test_a_commit_touches_no_ref(clone: Repository) -> None:
    clone.commit(None, {"a": b"a"}, message="m", at=AT)
    assert clone.revision("refs/heads/main") is None


def test_content_is_read_as_it_was_written(clone: Repository) -> None:
    files: dict[str, bytes | None] = {f"f{n:03}": os.urandom(n * 7) + b"\r\n\n" for n in range(150)}  # packed
    commit = clone.commit(None, files, message="m", at=AT)
    assert clone.read_files(commit, files) == files
    assert clone.read(commit, "f002") == files["f002"]


def test_what_is_not_a_file_is_left_out(clone: Repository) -> None:
    commit = clone.commit(None, {"folder/file": b"x"}, message="m", at=AT)
    assert clone.read_files(commit, ["nothing", "folder", "folder/file", "no/such thing"]) == {"folder/file": b"x"}


def test_files_are_listed_under_a_prefix(clone: Repository) -> None:
    commit = clone.commit(None, {"a/01": b"", "a/02": b"", "a/10": b"", "ab": b""}, message="m", at=AT)
    assert clone.list_files(commit, "a/0") == ["a/01", "a/02"]
    assert clone.list_files(commit, "a/") == ["a/01", "a/02", "a/10"]
    assert clone.list_files(commit, "none/") == []


def test_reading_may_be_given_up_half_way(clone: Repository) -> None:
    commit = clone.commit(None, {"a": b"1", "b": b"2"}, message="m", at=AT)
    stream = clone.stream_files(commit, ["a", "b"])
    assert next(stream) == ("a", b"1")
    del stream


def test_a_repository_that_vanishes_is_an_error_not_an_absence(tmp_path: Path) -> None:
    with pytest.raises(ProcessError):
        Repository(tmp_path).read("HEAD", "a")


def test_a_ref_moves_only_from_where_it_is_believed_to_stand(clone: Repository) -> None:
    one = clone.commit(None, {"a": b"1"}, message="m", at=AT)
    two = clone.commit(one, {"a": b"2"}, message="m", at=AT)
    assert clone.update_ref("refs/heads/main", one, None)
    assert not clone.update_ref("refs/heads/main", two, None)
    assert not clone.update_ref("refs/heads/main", two, two)
    assert clone.update_ref("refs/heads/main", two, one)


def test_a_push_never_overwrites(clone: Repository, remote: Repository) -> None:
    mine = clone.commit(None, {"a": b"1"}, message="mine", at=AT)
    theirs = remote.commit(None, {"a": b"2"}, message="theirs", at=AT)
    remote.update_ref("refs/heads/main", theirs, None)
    assert clone.push(str(remote.path), f"{mine}:refs/heads/main") is PushResult.REJECTED
    clone.fetch(str(remote.path), "+refs/heads/main:refs/heads/main")
    after = clone.commit(theirs, {"b": b"1"}, message="mine", at=AT)
    assert clone.push(str(remote.path), f"{after}:refs/heads/main") is PushResult.ACCEPTED
    assert remote.revision("refs/heads/main") == after


def test_a_leased_push_compares_before_it_sets(clone: Repository, remote: Repository) -> None:
    one, two, three = (clone.commit(None, {"n": str(n).encode()}, message="m", at=AT) for n in range(3))
    ref, url = "refs/envoi/ledger/x", str(remote.path)
    assert clone.push(url, f"{one}:{ref}", lease="") is PushResult.ACCEPTED
    assert clone.push(url, f"+{two}:{ref}", lease=three) is PushResult.REJECTED
    assert clone.push(url, f"+{two}:{ref}", lease=one) is PushResult.ACCEPTED
    assert clone.remote_refs(url, "refs/envoi/*") == {ref: two}


def test_a_ref_is_created_once(clone: Repository, remote: Repository) -> None:
    one, two = (clone.commit(None, {"n": n}, message="m", at=AT) for n in (b"1", b"2"))
    ref, url = "refs/envoi/admitted/spring/1/abc", str(remote.path)
    assert clone.create_remote_ref(url, ref, one)
    assert not clone.create_remote_ref(url, ref, two)
    assert not clone.create_remote_ref(url, ref, one)
    assert clone.remote_refs(url, ref) == {ref: one}


def test_an_unreachable_remote_is_told_apart_from_a_refusal(clone: Repository, tmp_path: Path) -> None:
    commit = clone.commit(None, {"a": b"1"}, message="m", at=AT)
    nowhere = str(tmp_path / "nowhere.git")
    assert clone.push(nowhere, f"{commit}:refs/heads/main") is PushResult.UNREACHABLE
    for attempt in (
        lambda: clone.fetch(nowhere, "refs/heads/main"),
        lambda: clone.remote_refs(nowhere, "refs/heads/*"),
        lambda: clone.create_remote_ref(nowhere, "refs/heads/x", commit),
        lambda: Repository.clone(nowhere, tmp_path / "copy", bare=True),
    ):
        with pytest.raises(RemoteUnreachable) as caught:
            attempt()
        assert "nowhere" not in str(caught.value)
    assert not (tmp_path / "copy").exists()


def test_a_remote_is_never_taken_for_an_option(clone: Repository, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    with pytest.raises(RemoteUnreachable):
        clone.remote_refs(f"--upload-pack=touch {witness};", "refs/heads/*")
    with pytest.raises(RemoteUnreachable):
        clone.remote_refs(f"ext::sh -c 'touch {witness}'", "refs/heads/*")
    assert not witness.exists()


def test_a_declined_push_is_a_refusal(clone: Repository, remote: Repository) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    commit = clone.commit(None, {"a": b"1"}, message="m", at=AT)
    assert clone.push(str(remote.path), f"{commit}:refs/heads/main") is PushResult.REJECTED


def test_no_hook_of_a_clone_runs(desk: Repository, remote: Repository, tmp_path: Path) -> None:
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        hook = desk.path / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\n")
        hook.chmod(0o755)
    (desk.path / "a.txt").write_bytes(b"changed\n")
    new = desk.commit_paths(["a.txt"], message="m", at=AT)
    assert desk.push("origin", f"{new}:refs/heads/main") is PushResult.ACCEPTED
    assert not list(tmp_path.glob("ran-*"))


def test_only_the_named_paths_are_committed(desk: Repository) -> None:
    top = desk.path
    (top / "a.txt").write_bytes(b"not for now\n")
    subprocess.run(["git", "-C", str(top), "add", "a.txt"], check=True)
    (top / "lock").write_bytes(b"{}\n")
    (top / "b.txt").unlink()
    commit = desk.commit_paths(["lock", "b.txt"], message="Propose", at=AT)
    assert desk.current_branch() == "main"
    assert desk.revision("HEAD") == commit
    assert desk.read_files(commit, desk.list_files(commit)) == {"a.txt": b"a\n", "lock": b"{}\n"}
    status = subprocess.run(["git", "-C", str(top), "status", "--porcelain"], check=True, capture_output=True)
    assert status.stdout == b"M  a.txt\n"


def test_a_detached_head_takes_no_commit(desk: Repository) -> None:
    subprocess.run(["git", "-C", str(desk.path), "checkout", "-q", "--detach"], check=True)
    assert desk.current_branch() is None
    with pytest.raises(UsageProblem):
        desk.commit_paths(["a.txt"], message="m", at=AT)


def test_a_folder_inside_a_working_tree_knows_its_top(desk: Repository) -> None:
    inside = desk.path / "campaigns"
    inside.mkdir()
    assert Repository(inside).top() == desk.path
    assert not Repository(inside).exists()
    assert desk.exists()
    assert desk.remote_url() is not None
    assert desk.remote_url("elsewhere") is None
