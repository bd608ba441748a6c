from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.git import RemoteUnreachable, Repository
from compiler.language.clock import FixedClock
from compiler.language.errors import RefusedByPolicy
from runner.admission import Admission, check_witness
from runner.ledger import PlanRecord
from runner.ledger.identity import Witness
from runner.ledger.sqlite import SqliteLedger

NOON = datetime(2027, 3, 2, 11, tzinfo=UTC)
CLOCK = FixedClock(NOON)
DIGEST = "a" * 64
PLAN = PlanRecord(DIGEST, "spring", "1", "newsletter", 3, ((0, "other"),))
CONTACTS = tuple((slot, 1, bytes([slot]) * 16) for slot in range(3))

Host = Callable[[str], tuple[SqliteLedger, Admission]]


@pytest.fixture
def remote(tmp_path: Path) -> str:
    bare = Repository.init_bare(tmp_path / "workspace.git")
    first = bare.commit(None, {"envoi.yaml": b"kind: workspace\n"}, message="Begin", at=NOON)
    bare.update_ref("refs/heads/main", first, None)
    return str(tmp_path / "workspace.git")


@pytest.fixture
def host(tmp_path: Path, remote: str) -> Iterator[Host]:
    ledgers = []

    def named(name: str) -> tuple[SqliteLedger, Admission]:
        clone = tmp_path / f"clone-{name}"
        repository = Repository(clone) if clone.exists() else Repository.clone(remote, clone, bare=False)
        ledger = SqliteLedger.open(tmp_path / name)
        ledgers.append(ledger)
        return ledger, Admission(repository, "origin", ledger, CLOCK)

    yield named
    for ledger in ledgers:
        ledger.close()


def test_a_plan_is_admitted_once_and_again_by_the_same_ledger(host: Host) -> None:
    ledger, admission = host("a")
    admission.admit("spring", "1", DIGEST)
    admission.admit("spring", "1", DIGEST)
    assert admission.admitted("spring", "1") == {DIGEST: ledger.identity}


def test_another_ledger_is_refused_the_plan_and_every_correction_of_it(host: Host) -> None:
    host("a")[1].admit("spring", "1", DIGEST)
    other = host("b")[1]
    for digest in (DIGEST, "b" * 64):
        with pytest.raises(RefusedByPolicy, match="another ledger"):
            other.admit("spring", "1", digest)
    other.admit("spring", "2", "c" * 64)


def test_an_adopted_plan_is_the_other_ledgers(host: Host) -> None:
    old, new = host("a")[1], host("b")[1]
    old.admit("spring", "1", DIGEST)
    new.adopt("spring", "1", DIGEST)
    new.admit("spring", "1", DIGEST)
    with pytest.raises(RefusedByPolicy):
        old.admit("spring", "1", DIGEST)


def test_a_mark_moves_forward_with_its_ledger(host: Host) -> None:
    ledger, admission = host("a")
    ledger.enter(PLAN, NOON)
    ledger.begin_run("r1", NOON)
    known = admission.push_mark("r1", ledger.mark(), known=None)
    ledger.restore_permits(DIGEST, CONTACTS, NOON)
    admission.push_mark("r1", ledger.mark(), known=known)
    standing = admission.remote_mark()
    assert standing is not None
    assert standing.mark.count == 3
    admission.check_mark(standing)


def test_a_ledger_behind_its_mark_is_refused(host: Host, tmp_path: Path) -> None:
    ledger, admission = host("a")
    ledger.enter(PLAN, NOON)
    ledger.begin_run("r1", NOON)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    ledger.restore_permits(DIGEST, CONTACTS, NOON)
    admission.push_mark("r1", ledger.mark(), known=None)
    copy, its = host("copy")
    assert copy.identity == ledger.identity
    with pytest.raises(RefusedByPolicy, match="reconcile"):
        its.check_mark(its.remote_mark())


def test_a_copied_ledger_meets_the_run_that_it_never_began(host: Host, tmp_path: Path) -> None:
    ledger, admission = host("a")
    ledger.begin_run("r1", NOON)
    known = admission.push_mark("r1", ledger.mark(), known=None)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    copy, its = host("copy")
    seen = its.remote_mark()
    ledger.begin_run("r2", NOON)
    admission.push_mark("r2", ledger.mark(), known=known)
    with pytest.raises(RefusedByPolicy, match="reconcile"):
        its.check_mark(its.remote_mark())
    with pytest.raises(RefusedByPolicy, match="reconcile"):  # even where it looked just before
        its.push_mark("r9", copy.mark(), known=seen)


def test_without_the_remote_nothing_is_admitted(host: Host, remote: str) -> None:
    admission = host("a")[1]
    shutil.rmtree(remote)
    with pytest.raises(RemoteUnreachable):
        admission.admit("spring", "1", DIGEST)


def test_a_ledger_restored_behind_its_witness_is_refused(host: Host, tmp_path: Path) -> None:
    ledger = host("a")[0]
    ledger.enter(PLAN, NOON)
    witness = Witness(tmp_path / "witness", ledger.identity)
    check_witness(ledger, witness)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    ledger.restore_permits(DIGEST, CONTACTS, NOON)
    witness.write(ledger.mark())
    check_witness(ledger, witness)
    with pytest.raises(RefusedByPolicy, match="reconcile"):
        check_witness(host("copy")[0], witness)


def test_a_witness_that_a_power_cut_set_back_is_believed(host: Host, tmp_path: Path) -> None:
    ledger = host("a")[0]
    ledger.enter(PLAN, NOON)
    witness = Witness(tmp_path / "witness", ledger.identity)
    check_witness(ledger, witness)
    ledger.restore_permits(DIGEST, CONTACTS, NOON)
    check_witness(ledger, witness)


def test_a_ledger_without_its_witness_is_refused(host: Host, tmp_path: Path) -> None:
    ledger = host("a")[0]
    ledger.enter(PLAN, NOON)
    ledger.restore_permits(DIGEST, CONTACTS, NOON)
    with pytest.raises(RefusedByPolicy):
        check_witness(ledger, Witness(tmp_path / "witness", ledger.identity))
