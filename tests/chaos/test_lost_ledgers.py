"""A ledger that was deleted, restored from a copy, copied to another host, or that cannot write: nothing is sent."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compiler import process
from compiler.git import Repository
from compiler.specimen import HEADING
from runner.ledger import plan_scope
from runner.ledger.sqlite import SqliteLedger
from runner.order import Ended, Summary
from runner.rehearsal import Stage
from runner.sink import Sink

SLOTS = 12
QUICK = replace(HEADING, rate="2000/1")
TEN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)

MakeStage = Callable[..., Stage]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A clone of a workspace whose remote admits plans."""
    remote = Repository.init_bare(tmp_path / "workspace.git")
    first = remote.commit(None, {"envoi.yaml": b"kind: workspace\n"}, message="Begin", at=TEN)
    remote.update_ref("refs/heads/main", first, None)
    Repository.clone(str(remote.path), tmp_path / "workspace", bare=False)
    return tmp_path / "workspace"


def _run(host: Stage, workspace: Path, **changes: Any) -> Any:
    return host.run(repository=workspace, **changes)


def _half(host: Stage, sink: Sink, workspace: Path) -> int:
    """Send about half, then lift the stop; how many were taken."""

    def stop(count: int) -> None:
        if count == SLOTS // 2:
            ledger = SqliteLedger.open(host.state / "ledger")
            ledger.stop(plan_scope(host.specimen.plan.digest), "command", TEN)
            ledger.close()

    sink.on_message = stop
    assert _run(host, workspace).ended is Ended.HELD
    sink.on_message = lambda count: None
    ledger = SqliteLedger.open(host.state / "ledger")
    ledger.lift([plan_scope(host.specimen.plan.digest)])
    ledger.close()
    return len(sink.journal)


def _refused(found: Any, word: str) -> None:
    assert not isinstance(found, Summary), found
    assert found[:2] == ("RefusedByPolicy", 4)
    assert word in found[2]


def test_a_deleted_ledger_sends_nothing(stage: MakeStage, sink: Sink, workspace: Path) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    taken = _half(host, sink, workspace)
    shutil.rmtree(host.state / "ledger")
    _refused(_run(host, workspace), "adopt")
    assert len(sink.journal) == taken


def test_a_ledger_restored_from_a_copy_sends_nothing(
    stage: MakeStage, sink: Sink, workspace: Path, tmp_path: Path
) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    _half(host, sink, workspace)
    shutil.copytree(host.state / "ledger", tmp_path / "copy")
    assert _run(host, workspace).counts["sent"] == SLOTS
    shutil.rmtree(host.state / "ledger")
    shutil.copytree(tmp_path / "copy", host.state / "ledger")
    _refused(_run(host, workspace), "reconcile")
    assert len(sink.journal) == SLOTS


def test_a_whole_host_restored_from_a_copy_sends_nothing(
    stage: MakeStage, sink: Sink, workspace: Path, tmp_path: Path
) -> None:
    """The witness was restored too: only the mark on the remote knows better."""
    host = stage(slots=SLOTS, heading=QUICK)
    _half(host, sink, workspace)
    shutil.copytree(host.state, tmp_path / "copy")
    assert _run(host, workspace).counts["sent"] == SLOTS
    shutil.rmtree(host.state)
    shutil.copytree(tmp_path / "copy", host.state)
    _refused(_run(host, workspace), "reconcile")
    assert len(sink.journal) == SLOTS


def test_an_intact_ledger_goes_on_where_it_was(stage: MakeStage, sink: Sink, workspace: Path) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    _half(host, sink, workspace)
    for _ in range(2):
        assert _run(host, workspace).counts["sent"] == SLOTS
    assert sink.duplicates == 0


def test_without_its_remote_nothing_is_sent(stage: MakeStage, sink: Sink, workspace: Path, tmp_path: Path) -> None:
    host = stage(slots=SLOTS, heading=QUICK)
    shutil.rmtree(tmp_path / "workspace.git")
    assert _run(host, workspace)[0] == "RemoteUnreachable"
    assert sink.asked == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that is soon full."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if process.run(mount, check=False).code:
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    process.run(["umount", "-l", str(folder)])


def test_a_full_disk_stops_the_sending_without_harm(
    stage: MakeStage, sink: Sink, small_disk: Path, tmp_path: Path
) -> None:
    host = stage(slots=200, heading=QUICK)
    host.state.joinpath("ledger").symlink_to(small_disk)
    filler, full = small_disk / "filler", threading.Event()

    def fill(count: int) -> None:
        if count == 20:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    continue
            full.set()

    sink.on_message = fill
    found = host.run(places=2)
    assert not isinstance(found, Summary), found
    assert found[0] == "LedgerBroken"
    taken = len(sink.journal)
    assert 20 <= taken < 200
    assert full.wait(30)  # a file that is still open would keep its room
    filler.unlink()
    sink.on_message = lambda count: None
    done = host.run(places=2)
    assert isinstance(done, Summary), done
    assert done.counts["in_doubt"] <= 2
    assert sum(done.counts.values()) == 200
    assert sink.duplicates == 0
    assert done.counts["sent"] <= len(sink.journal) <= done.counts["sent"] + done.counts["in_doubt"]
