"""Two campaigns at the same time: who is in both, who has had enough, which lanes are too narrow, who gives way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from compiler import archive
from compiler.language.errors import FindingsStop
from compiler.lock import lock_bytes, lock_of, lock_path
from compiler.plan_commands import compile_command, plan

if TYPE_CHECKING:
    from tests.conftest import Example

SPRING, SHOWROOM = "2027/spring-2027.yaml", "2027/showroom-2027.yaml"


@pytest.fixture
def desk(example: Example) -> Iterator[Example]:
    """The example with both campaigns on the same morning. What is over once they are told apart again."""
    example.edit(SHOWROOM, "start: 2027-03-09T09:00", "start: 2027-03-02T10:00")
    example.edit(SHOWROOM, "finish_by: 2027-03-12T18:00", "finish_by: 2027-03-05T18:00")
    yield example
    for folder in archive.plan_folders(example.root / "plans"):
        archive.remove(folder)


def compiled(desk: Example, name: str) -> Any:
    result = CliRunner().invoke(compile_command, [name, "--on", "2027-03-01"], obj=desk.session(as_json=True))
    if isinstance(result.exception, FindingsStop):
        raise result.exception
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def lock(desk: Example, digest: str) -> None:
    """What a merge brings."""
    stored = archive.open_plan(desk.root / "plans", digest)
    path: Path = desk.workspace / lock_path(stored.manifest.campaign_path)
    path.write_bytes(lock_bytes(lock_of(stored.manifest, stored.digest)))


def contacts(desk: Example, digest: str) -> set[str]:
    stored = archive.open_plan(desk.root / "plans", digest)
    return {slot.contact for shard in stored.manifest.shards for slot in stored.slots(shard)}


def codes(document: Any) -> list[str]:
    return [found["code"] for found in document["findings"] if found["code"].startswith(("CAMPAIGN-", "WIN-"))]


def test_people_in_both_are_counted_and_the_later_start_gives_way(desk: Example) -> None:
    spring = compiled(desk, "spring-2027")
    showroom = compiled(desk, "showroom-2027")
    (meeting,) = showroom["estimate"]["together"]
    both = contacts(desk, spring["digest"]) & contacts(desk, showroom["digest"])
    assert both
    assert (meeting["campaign"], meeting["people"]) == ("spring-2027", len(both))
    assert (meeting["beyond"], meeting["over"], meeting["yields"]) == (0, {}, "showroom-2027")
    assert codes(showroom) == []


@pytest.mark.raises_code("CAMPAIGN-CAP-02")
@pytest.mark.raises_code("CAMPAIGN-CAP-02")
def test_people_beyond_the_cap_are_told_of_before_the_merge(desk: Example) -> None:
    desk.edit("envoi.yaml", "per_contact: 2 per 7 days", "per_contact: 1 per 7 days")
    compiled(desk, "spring-2027")
    showroom = compiled(desk, "showroom-2027")
    (meeting,) = showroom["estimate"]["together"]
    assert meeting["beyond"] == meeting["people"] > 0
    assert codes(showroom) == ["CAMPAIGN-CAP-02"]


def narrow(desk: Example) -> None:
    """Each of the two fits into the day alone; together they do not."""
    desk.edit("envoi.yaml", "rate: 20/s", "rate: 1/min")
    for path in (SPRING, SHOWROOM):
        desk.edit(path, "finish_by: 2027-03-05T18:00", "finish_by: 2027-03-02T23:59")


@pytest.mark.raises_code("CAMPAIGN-LANES-03")
@pytest.mark.raises_code("CAMPAIGN-LANES-03")
def test_lane_hours_over_capacity_are_told_of(desk: Example) -> None:
    narrow(desk)
    compiled(desk, "spring-2027")
    showroom = compiled(desk, "showroom-2027")
    (meeting,) = showroom["estimate"]["together"]
    assert meeting["over"]
    assert all(minutes > 0 for minutes in meeting["over"].values())
    assert codes(showroom) == ["CAMPAIGN-LANES-03"]


@pytest.mark.raises_code("WIN-SHARED-06")
def test_a_plan_that_cannot_finish_beside_a_locked_one_is_refused(desk: Example) -> None:
    narrow(desk)
    spring = compiled(desk, "spring-2027")
    lock(desk, spring["digest"])
    with pytest.raises(FindingsStop) as stopped:
        compiled(desk, "showroom-2027")
    found = [one for one in stopped.value.findings if one.stops]
    assert {one.code for one in found} == {"WIN-SHARED-06"}
    assert "spring-2027" in found[0].message("fr")
    assert [folder.name for folder in archive.plan_folders(desk.root / "plans")] == [spring["digest"]]


def test_a_locked_plan_may_be_made_again_beside_another(desk: Example) -> None:
    narrow(desk)
    showroom = compiled(desk, "showroom-2027")
    spring = compiled(desk, "spring-2027")
    for digest in (spring["digest"], showroom["digest"]):
        lock(desk, digest)
    assert compiled(desk, "spring-2027")["digest"] == spring["digest"]


def test_campaigns_apart_do_not_meet(desk: Example) -> None:
    compiled(desk, "spring-2027")
    desk.edit(SHOWROOM, "start: 2027-03-02T10:00", "start: 2027-03-04T09:00")
    assert compiled(desk, "showroom-2027")["estimate"]["together"] == []


def test_a_campaign_without_a_plan_is_named_though_nobody_can_count_it(desk: Example) -> None:
    spring = compiled(desk, "spring-2027")
    assert spring["estimate"]["together"] == [{"campaign": "showroom-2027", "digest": ""}]


def test_the_page_of_a_plan_shows_who_else_leaves(desk: Example) -> None:
    desk.edit("envoi.yaml", "per_contact: 2 per 7 days", "per_contact: 1 per 7 days")
    compiled(desk, "spring-2027")
    compiled(desk, "showroom-2027")
    for language, words in (("fr", "personnes dans les deux"), ("en", "people in both")):
        page = CliRunner().invoke(plan, ["show", "spring-2027"], obj=desk.session(language=language)).stdout
        assert "showroom-2027" in page
        assert words in page
