from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from compiler import archive
from compiler.book.seal import open_slot
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.language.plan import Excluded, Exclusion
from compiler.specimen import HEADING, MESSAGE, PRODUCTS, Recipe, Specimen, write_specimen

MakePlan = Callable[..., Specimen]


def test_every_slot_opens_to_its_own_values(small_plan: MakePlan) -> None:
    specimen = small_plan(slots=7, lanes=("google", "other"), zones=("Europe/Paris", "Indian/Reunion"))
    seen = 0
    for shard in specimen.plan.manifest.shards:
        for slot in specimen.plan.slots(shard):
            values = open_slot(slot.seal, specimen.keys[slot.contact], slot.contact, slot.number)
            assert values == specimen.values[slot.number]
            seen += 1
    assert seen == 7


def test_a_stored_plan_says_what_was_written(small_plan: MakePlan) -> None:
    left_out = Excluded("f" * 32, Exclusion.CAPPED)
    plan = small_plan(slots=2, excluded=(left_out,)).plan
    assert list(plan.exclusions()) == [left_out]
    assert plan.rows() == list(PRODUCTS)
    assert plan.templates() == (("a", "fr"),)
    assert plan.template("a", "fr") == MESSAGE
    assert plan.estimate() == {}


def test_a_stored_plan_is_read_only(small_plan: MakePlan) -> None:
    path = small_plan(slots=1).plan.path
    modes = {stat.S_IMODE(p.stat().st_mode) for p in path.rglob("*") if p.is_file()}
    assert modes == {0o400}
    assert stat.S_IMODE(path.stat().st_mode) == 0o500


def test_nothing_stays_aside(small_plan: MakePlan) -> None:
    specimen = small_plan(slots=1)
    assert [p.name for p in specimen.plans.iterdir()] == [specimen.plan.digest]


def test_the_same_plan_is_written_once(small_plan: MakePlan) -> None:
    first = small_plan(slots=2)
    written = (first.plan.path / "manifest.json").stat().st_mtime_ns
    second = small_plan(slots=2)
    assert second.plan.digest == first.plan.digest
    assert (second.plan.path / "manifest.json").stat().st_mtime_ns == written


def test_a_damaged_plan_is_never_taken_for_the_same(small_plan: MakePlan) -> None:
    plan = small_plan(slots=2).plan
    rows = plan.path / "data.jsonl"
    os.chmod(rows, 0o600)
    rows.write_bytes(b"{}\n")
    with pytest.raises(FindingsStop):
        small_plan(slots=2)


def test_two_writers_give_equal_bytes_in_every_file(tmp_path: Path) -> None:
    one, two = (write_specimen(tmp_path / name, Recipe(slots=20)).plan.path for name in ("one", "two"))
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_a_plan_is_found_by_digest_prefix_and_campaign(small_plan: MakePlan) -> None:
    specimen = small_plan(slots=2)
    for name in (specimen.plan.digest, specimen.plan.digest[:8], "spring-2027"):
        assert archive.open_plan(specimen.plans, name).digest == specimen.plan.digest


def test_a_campaigns_name_finds_its_newest_plan(small_plan: MakePlan) -> None:
    newer = small_plan(slots=2, heading=replace(HEADING, compiled_on=date(2027, 3, 2)))
    small_plan(slots=2)
    assert archive.open_plan(newer.plans, "spring-2027").digest == newer.plan.digest


@pytest.mark.parametrize("name", ["autumn-2027", "0123456", "00000000", "../x", ""])
def test_no_other_name_finds_a_plan(small_plan: MakePlan, name: str) -> None:
    specimen = small_plan(slots=1)
    with pytest.raises(UsageProblem):
        archive.open_plan(specimen.plans, name)


def test_a_misspelt_campaign_is_recognised(small_plan: MakePlan) -> None:
    specimen = small_plan(slots=1)
    with pytest.raises(UsageProblem, match="did you mean 'spring-2027'"):
        archive.open_plan(specimen.plans, "spring-2028")


def test_a_prefix_of_two_plans_names_neither(tmp_path: Path) -> None:
    for digest in ("ab" * 32, "ab" * 31 + "cd"):
        (tmp_path / digest).mkdir()
    with pytest.raises(UsageProblem, match="several"):
        archive.open_plan(tmp_path, "abababab")


def test_a_removed_plan_is_gone(small_plan: MakePlan) -> None:
    plan = small_plan(slots=1).plan
    archive.remove(plan.path)
    assert not plan.path.exists()


def test_a_history_is_stored_under_its_digest(tmp_path: Path) -> None:
    history = History.of([HistoryRecord("0" * 32, "a", "1", HistoryDeed.RECEIVED, date(2027, 1, 5))])
    first = archive.store_history(history, tmp_path)
    assert archive.store_history(history, tmp_path) == first
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert archive.read_history(tmp_path, history.digest) == history
