from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.git import Repository
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.plan import Excluded, Exclusion
from compiler.lock import (
    LockProblem,
    approved,
    changed_inputs,
    lock_bytes,
    lock_from_bytes,
    lock_of,
    lock_path,
    masked,
    same_approval,
)
from compiler.proposing import branch_for_lock, commit_lock, refuse_uncommitted
from compiler.specimen import HEADING, Specimen

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
MakePlan = Callable[..., Specimen]


@pytest.fixture
def remote(tmp_path: Path) -> Repository:
    """A bare repository whose main branch holds a workspace in a folder."""
    repository = Repository.init_bare(tmp_path / "remote.git")
    files = {"site/envoi.yaml": b"kind: workspace\n", "site/spring-2027.yaml": b"kind: campaign\n"}
    first = repository.commit(None, files, message="Begin", at=AT)
    repository.update_ref("refs/heads/main", first, None)
    return repository


@pytest.fixture
def clone(remote: Repository, tmp_path: Path) -> Repository:
    """The workspace's folder in a clone."""
    Repository.clone(str(remote.path), tmp_path / "clone", bare=False)
    return Repository(tmp_path / "clone" / "site")


def switch(clone: Repository, branch: str) -> None:
    """`git switch -c`."""
    head = clone.revision("HEAD")
    assert head
    clone.update_ref(f"refs/heads/{branch}", head, None)
    git = clone.path.parent / ".git"
    (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")


def planned(make: MakePlan, clone: Repository, slots: int = 6) -> Specimen:
    """A plan whose input is the clone's campaign file."""
    from compiler.language.canonical import sha256_hex

    inputs = (("spring-2027.yaml", sha256_hex((clone.path / "spring-2027.yaml").read_bytes())),)
    return make(slots=slots, heading=replace(HEADING, inputs=inputs))


def test_a_lock_comes_back_as_it_was(small_plan: MakePlan) -> None:
    plan = small_plan(excluded=(Excluded("f" * 32, Exclusion.CAPPED),)).plan
    lock = lock_of(plan.manifest, plan.digest, commit="abc")
    assert lock_from_bytes(lock_bytes(lock), "x.lock") == lock


def test_counts_below_five_are_masked_and_cannot_be_subtracted(small_plan: MakePlan) -> None:
    left_out = tuple(Excluded(f"{n:032x}", Exclusion.CAPPED) for n in range(4))
    plan = small_plan(slots=6, excluded=left_out).plan
    assert lock_of(plan.manifest, plan.digest).counts == (("capped", "<5"), ("recipients", "6"))
    assert [masked(n) for n in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="other line ends"),
        pytest.param(lambda data: data.replace(b'"format": 1', b'"format": 2'), id="another format"),
        pytest.param(lambda data: data.replace(b'"edition"', b'"editions"'), id="another key"),
        pytest.param(lambda data: data[:40], id="truncated"),
        pytest.param(lambda data: b"[]", id="a list"),
        pytest.param(lambda data: b"", id="nothing"),
    ],
)
def test_a_lock_that_envoi_did_not_write_approves_nothing(
    small_plan: MakePlan, spelling: Callable[[bytes], bytes]
) -> None:
    plan = small_plan().plan
    with pytest.raises(LockProblem):
        lock_from_bytes(spelling(lock_bytes(lock_of(plan.manifest, plan.digest))), "x.lock")


def test_only_what_stands_on_the_remotes_main_branch_is_approved(
    small_plan: MakePlan, remote: Repository, clone: Repository
) -> None:
    plan = planned(small_plan, clone).plan

    def on_main() -> object:
        return approved(clone, "spring-2027.yaml", remote="origin", main_branch="main")

    assert on_main() is None
    switch(clone, "propose")
    commit = commit_lock(clone, plan, at=AT)
    assert on_main() is None
    clone.push("origin", f"{commit}:refs/heads/propose")
    assert on_main() is None
    clone.push("origin", f"{commit}:refs/heads/main")
    lock = approved(clone, "spring-2027.yaml", remote="origin", main_branch="main")
    assert lock is not None
    assert lock.digest == plan.digest


def test_a_lock_taken_back_on_main_is_not_approved_any_more(
    small_plan: MakePlan, remote: Repository, clone: Repository
) -> None:
    switch(clone, "propose")
    commit = commit_lock(clone, planned(small_plan, clone).plan, at=AT)
    clone.push("origin", f"{commit}:refs/heads/main")
    assert approved(clone, "spring-2027.yaml", remote="origin", main_branch="main")
    back = remote.commit("refs/heads/main", {"site/spring-2027.yaml.lock": None}, message="Take back", at=AT)
    remote.update_ref("refs/heads/main", back, commit)
    assert approved(clone, "spring-2027.yaml", remote="origin", main_branch="main") is None


def test_a_forced_main_branch_is_followed(small_plan: MakePlan, remote: Repository, clone: Repository) -> None:
    approved(clone, "spring-2027.yaml", remote="origin", main_branch="main")
    other = remote.commit(None, {"site/spring-2027.yaml.lock": b"{}\n"}, message="Rewrite", at=AT)
    remote.update_ref("refs/heads/main", other, remote.revision("refs/heads/main"))
    with pytest.raises(LockProblem):
        approved(clone, "spring-2027.yaml", remote="origin", main_branch="main")


def test_a_lock_that_is_already_there_is_not_committed_again(small_plan: MakePlan, clone: Repository) -> None:
    plan = planned(small_plan, clone).plan
    switch(clone, "propose")
    assert commit_lock(clone, plan, at=AT)
    assert commit_lock(clone, plan, at=AT) == ""


def test_another_plan_replaces_the_lock(small_plan: MakePlan, clone: Repository) -> None:
    switch(clone, "propose")
    commit_lock(clone, planned(small_plan, clone).plan, at=AT)
    newer = planned(small_plan, clone, slots=7).plan
    assert commit_lock(clone, newer, at=AT)
    data = (clone.path / lock_path("spring-2027.yaml")).read_bytes()
    assert lock_from_bytes(data, "").digest == newer.digest


def test_a_lock_written_by_hand_is_replaced(small_plan: MakePlan, clone: Repository) -> None:
    switch(clone, "propose")
    (clone.path / "spring-2027.yaml.lock").write_text("{}")
    clone.commit_paths(["site/spring-2027.yaml.lock"], message="By hand", at=AT)
    assert commit_lock(clone, planned(small_plan, clone).plan, at=AT)


def test_the_commit_holds_the_lock_and_nothing_else(small_plan: MakePlan, clone: Repository) -> None:
    (clone.path / "draft.txt").write_text("not yet")
    switch(clone, "propose")
    before = clone.revision("HEAD")
    commit = commit_lock(clone, planned(small_plan, clone).plan, at=AT)
    assert before
    changed = set(clone.list_files(commit)) - set(clone.list_files(before))
    assert changed == {"site/spring-2027.yaml.lock"}


def test_two_locks_that_differ_by_their_commit_approve_the_same(small_plan: MakePlan) -> None:
    plan = small_plan().plan
    one, other = (lock_of(plan.manifest, plan.digest, commit=commit) for commit in ("a", "b"))
    assert same_approval(one, other)
    assert not same_approval(one, replace(other, digest="0" * 64))


def test_the_main_branch_takes_no_proposal(clone: Repository) -> None:
    with pytest.raises(RefusedByPolicy):
        branch_for_lock(clone, main="main")
    switch(clone, "propose")
    assert branch_for_lock(clone, main="main") == "propose"


def test_outside_of_a_branch_nothing_can_be_proposed(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem):
        branch_for_lock(Repository(tmp_path), main="main")


def test_an_edit_that_is_not_committed_is_refused(small_plan: MakePlan, clone: Repository) -> None:
    (clone.path / "spring-2027.yaml").write_text("kind: campaign # edited\n")
    with pytest.raises(RefusedByPolicy, match=r"spring-2027\.yaml"):
        refuse_uncommitted(clone, planned(small_plan, clone).plan.manifest)


def test_a_later_edit_is_told_apart_from_the_locked_inputs(small_plan: MakePlan, clone: Repository) -> None:
    manifest = planned(small_plan, clone).plan.manifest
    refuse_uncommitted(clone, manifest)
    assert changed_inputs(clone, dict(manifest.inputs), ref="HEAD") == []
    (clone.path / "spring-2027.yaml").write_text("kind: campaign # edited\n")
    clone.commit_paths(["site/spring-2027.yaml"], message="Edit", at=AT)
    assert changed_inputs(clone, dict(manifest.inputs), ref="HEAD") == ["spring-2027.yaml"]
