from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from compiler import archive
from compiler.archive.writing import write
from compiler.assemble import Content, arrange, assemble
from compiler.language.canonical import Json
from compiler.language.plan import Manifest
from compiler.specimen import HEADING, Specimen

MakePlan = Callable[..., Specimen]


def stored(plans: Path, campaign: str, starts: str, finishes: str | None) -> str:
    """A plan for nobody with an estimate."""
    heading = replace(HEADING, campaign=campaign)
    parts = assemble(heading, arrange([], b"k", windows={}), lambda shard: [], content=Content({}), trackers=(0, 0))
    estimate: Json = {
        "starts": f"2027-03-02T{starts}:00Z",
        "finishes": f"2027-03-02T{finishes}:00Z" if finishes else None,
    }
    return write(parts, plans, estimate=estimate).name


OURS = replace(HEADING, campaign="ours")


def names(plans: Path, estimate: dict[str, Json], ours: Manifest = OURS) -> list[tuple[str, str]]:
    return [(plan.manifest.campaign, plan.digest) for plan in archive.neighbours(plans, ours, estimate)]


@pytest.fixture
def ours() -> dict[str, Json]:
    return {"starts": "2027-03-02T09:00:00Z", "finishes": "2027-03-02T10:00:00Z"}


def test_only_campaigns_that_leave_at_the_same_time_are_neighbours(tmp_path: Path, ours: dict[str, Json]) -> None:
    before = stored(tmp_path, "before", "07:00", "09:00")
    during = stored(tmp_path, "during", "09:59", "12:00")
    own = stored(tmp_path, "ours", "09:00", "10:00")
    endless = stored(tmp_path, "endless", "09:00", None)
    assert names(tmp_path, ours) == [("during", during)]
    assert {before, own, endless} <= {folder.name for folder in archive.plan_folders(tmp_path)}
    assert set(archive.planned(tmp_path)) == {"before", "during", "ours", "endless"}


def test_another_edition_of_the_same_campaign_is_a_neighbour(tmp_path: Path, ours: dict[str, Json]) -> None:
    march = stored(tmp_path, "ours", "09:00", "10:00")
    assert names(tmp_path, ours, replace(OURS, edition="2027-04")) == [("ours", march)]


def test_without_an_end_nobody_is_a_neighbour(tmp_path: Path, ours: dict[str, Json]) -> None:
    stored(tmp_path, "during", "09:00", "12:00")
    assert names(tmp_path, {**ours, "finishes": None}) == []


def test_a_damaged_plan_is_no_neighbour_and_no_obstacle(tmp_path: Path, ours: dict[str, Json]) -> None:
    digest = stored(tmp_path, "during", "09:00", "12:00")
    estimate = tmp_path / digest / "estimate.json"
    estimate.chmod(0o600)
    estimate.write_bytes(b"{")
    assert names(tmp_path, ours) == []
    estimate.write_bytes(b"{}")
    assert names(tmp_path, ours) == []


def test_contacts_are_read_slot_by_slot(small_plan: MakePlan) -> None:
    plan = small_plan(slots=7, lanes=("google", "other")).plan
    for shard in plan.manifest.shards:
        assert [c.hex() for c in archive.contacts(plan, shard)] == [slot.contact for slot in plan.slots(shard)]
