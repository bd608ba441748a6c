"""The report: figures that add up, people apart from machines, nobody to be found in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from compiler.archive import Plan
from compiler.language.clock import FixedClock
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.plan import Excluded, Exclusion
from compiler.language.reply import ReplyClass
from compiler.specimen import Specimen
from tracker.events import MEASURING
from tracker.events.sqlite import SqliteEventStore
from tracker.report import Membership, Report, build, document, html, terminal, words
from tracker.report.figures import Dimension, Outcomes
from tracker.verdict import Rule

NINE = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)  # in Paris
ALBA = "https://www.atelier-lumen.example/lampes/alba"


@dataclass
class Scene:
    plan: Plan
    store: SqliteEventStore
    people: list[str]
    seq: int = 0
    segments: tuple[Membership, ...] | None = field(default=())

    def happen(
        self, kind: EventKind, who: int, *, after: timedelta = timedelta(), person: bool = True, **detail: str
    ) -> None:
        hit = kind in (EventKind.OPENED, EventKind.CLICKED)
        verdict = (Verdict.PERSON if person else Verdict.MACHINE) if hit else Verdict.NONE
        self.seq += 1
        given = tuple(sorted((name.rstrip("_"), value) for name, value in detail.items()))
        plan = self.plan.digest[:16]
        self.store.append([Event("n", self.seq, NINE + after, kind, plan, self.people[who], verdict, given)])

    def report(self) -> Report:
        clock = FixedClock(NINE + timedelta(days=1))
        return build(self.plan, self.store, clock=clock, segments=self.segments)


@pytest.fixture
def scene(small_plan: Callable[..., Specimen], tmp_path: Path) -> Iterator[Scene]:
    excluded = tuple(Excluded(f"{n:032x}", Exclusion.NO_BASIS) for n in range(3))
    specimen = small_plan(slots=12, lanes=("other", "orange"), excluded=excluded)
    people = [slot.contact for shard in specimen.plan.manifest.shards for slot in specimen.plan.slots(shard)]
    with SqliteEventStore(tmp_path / "events.sqlite") as store:
        yield Scene(specimen.plan, store, people)


def test_before_anything_left_everything_is_pending(scene: Scene) -> None:
    report = scene.report()
    assert report.outcomes == Outcomes(pending=12)
    assert "Aucun message n’est encore parti" in terminal.render(report, "fr")
    assert html.render(report, "en")


def test_outcomes_always_add_up_to_the_plan(scene: Scene) -> None:
    scene.happen(EventKind.SENT, 0)
    scene.happen(EventKind.REFUSED, 1, class_="dead")
    scene.happen(EventKind.SKIPPED, 2, reason="unsubscribed")
    scene.happen(EventKind.IN_DOUBT, 3)
    scene.happen(EventKind.DEFERRED, 4)
    report = scene.report()
    assert report.outcomes == Outcomes(sent=1, refused=1, skipped=1, in_doubt=1, pending=8)
    assert report.outcomes.recipients == scene.plan.manifest.recipients
    assert report.in_doubt_slots == (3,)


@pytest.mark.parametrize("late_first", [True, False], ids=["late-250-first", "doubt-first"])
def test_a_late_acceptance_settles_a_doubt_in_whatever_order_they_come(scene: Scene, late_first: bool) -> None:
    for kind in (EventKind.SENT, EventKind.IN_DOUBT) if late_first else (EventKind.IN_DOUBT, EventKind.SENT):
        scene.happen(kind, 0)
    assert scene.report().outcomes == Outcomes(sent=1, pending=11)


def test_people_are_counted_once_and_machines_apart(scene: Scene) -> None:
    for who in range(12):
        scene.happen(EventKind.SENT, who)
    for _ in range(3):
        scene.happen(EventKind.OPENED, 0)
        scene.happen(EventKind.CLICKED, 0, link=ALBA)
    scene.happen(EventKind.OPENED, 1, person=False, rule="proxy")
    scene.happen(EventKind.CLICKED, 1, person=False, rule="burst", link=ALBA)
    report = scene.report()
    assert (report.engagement.opened, report.engagement.clicked) == (1, 1)
    assert [(f.link, f.people, f.clicks, f.machine_clicks) for f in report.links] == [(ALBA, 1, 3, 1)]
    assert {(m.rule, m.opens, m.clicks) for m in report.machines} == {("proxy", 1, 0), ("burst", 0, 1)}


def test_rates_are_of_those_who_may_be_measured(small_plan: Callable[..., Specimen], tmp_path: Path) -> None:
    plan = small_plan(slots=6, opens=False, clicks=True).plan
    people = [slot.contact for shard in plan.manifest.shards for slot in plan.slots(shard)]
    with SqliteEventStore(tmp_path / "e.sqlite") as store:
        scene = Scene(plan, store, people)
        for who in range(6):
            scene.happen(EventKind.SENT, who)
        report = scene.report()
    assert (report.engagement.may_open, report.engagement.may_click) == (0, 6)
    page = html.render(report, "fr")
    assert "personne n’a accepté la mesure" in page
    assert "6 destinataires n’ont pas accepté la mesure des ouvertures" in page


def test_leaving_counts_people_and_not_their_changes_of_mind(scene: Scene) -> None:
    for who in range(4):
        scene.happen(EventKind.SENT, who)
    scene.happen(EventKind.UNSUBSCRIBED, 0, scope="newsletter")
    scene.happen(EventKind.UNSUBSCRIBED, 0, scope="all")
    scene.happen(EventKind.UNSUBSCRIBED, 1, scope="newsletter")
    scene.happen(EventKind.RESUBSCRIBED, 1, scope="newsletter")
    scene.happen(EventKind.UNSUBSCRIBED, 2, scope=MEASURING)
    scene.happen(EventKind.COMPLAINED, 3)
    d = scene.report().departures
    assert (d.purpose, d.everything, d.measure, d.undone, d.complaints) == (0, 2, 1, 1, 1)
    assert scene.report().engagement.left == 2


def test_events_of_other_plans_and_people_are_not_counted(scene: Scene) -> None:
    other = Event("m", 1, NINE, EventKind.SENT, "f" * 16, scene.people[0])
    stranger = Event("m", 2, NINE, EventKind.SENT, scene.plan.digest[:16], "f" * 32)
    scene.store.append([other, stranger])
    assert scene.report().outcomes == Outcomes(pending=12)


def test_hours_run_without_gaps_and_become_days_when_too_many(scene: Scene) -> None:
    scene.happen(EventKind.SENT, 0)
    scene.happen(EventKind.OPENED, 0, after=timedelta(hours=5))
    report = scene.report()
    assert (report.step_hours, [m.sent for m in report.moments]) == (1, [1, 0, 0, 0, 0, 0])
    scene.happen(EventKind.OPENED, 1, after=timedelta(days=12))
    report = scene.report()
    assert (report.step_hours, len(report.moments), report.moments[0].sent) == (24, 13, 1)
    assert report.moments[0].at.isoformat() == "2027-03-01T23:00:00+00:00"  # midnight in Paris


def test_a_group_too_small_to_hide_anybody_shows_no_rate(scene: Scene) -> None:
    for who in range(12):
        scene.happen(EventKind.SENT, who)
        scene.happen(EventKind.OPENED, who)
    few, many = frozenset(scene.people[:4]), frozenset(scene.people[:5])
    scene.segments = (Membership("few", "", few), Membership("many", "", many))
    report = scene.report()
    shown = {g["name"]: g["opened"] for g in document.document(report)["groups"]["segment"]}  # type: ignore[index,call-overload,union-attr]
    assert shown == {"few": None, "many": 5}
    assert "trop peu" in html.render(report, "fr")
    assert "100,0" in html.render(report, "fr")


def test_without_the_keys_the_page_says_why_segments_are_missing(scene: Scene) -> None:
    scene.segments = None
    assert "les clés du carnet ne sont pas sur cette machine" in html.render(scene.report(), "fr")


def _busy(scene: Scene) -> Report:
    for who in range(10):
        scene.happen(EventKind.SENT, who, after=timedelta(minutes=who * 20))
        scene.happen(EventKind.OPENED, who, after=timedelta(hours=who))
        scene.happen(EventKind.CLICKED, who, after=timedelta(hours=who), link=ALBA)
    scene.happen(EventKind.REFUSED, 10, class_="full")
    scene.happen(EventKind.IN_DOUBT, 11)
    scene.happen(EventKind.CLICKED, 1, person=False, rule="burst", link=ALBA)
    scene.segments = (Membership("west", "<b>Ouest</b>", frozenset(scene.people)),)
    return scene.report()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.outside += [v for n, v in attrs if v and n in ("src", "href", "action") and not v.startswith("data:")]
        if tag not in ("meta", "link", "br", "hr", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_whole_html_that_asks_for_nothing_outside(scene: Scene, language: str) -> None:
    text = html.render(_busy(scene), language)
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.outside == []
    assert "script" not in page.seen
    assert "<b>Ouest</b>" not in text
    assert "default-src &#x27;none&#x27;" in text
    assert f'lang="{language}"' in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_can_be_found_in_any_rendering(scene: Scene, language: str) -> None:
    report = _busy(scene)
    for text in (
        html.render(report, language),
        terminal.render(report, language),
        json.dumps(document.document(report)),
    ):
        assert "@" not in re.sub(r"@media", "", text)
        assert not any(contact in text for contact in scene.people)


def test_the_same_figures_render_to_the_same_bytes(scene: Scene) -> None:
    report = _busy(scene)
    assert html.render(report, "fr") == html.render(report, "fr")
    assert document.document(report) == document.document(scene.report())


def test_numbers_are_written_as_the_language_does(scene: Scene) -> None:
    report = scene.report()
    big = replace(
        report, outcomes=Outcomes(sent=12_345, pending=655), engagement=replace(report.engagement, may_open=0)
    )
    assert "12\u202f345 messages ont été remis" in html.render(big, "fr")
    assert "12,345 messages were delivered" in html.render(big, "en")
    assert "95,0\u00a0%" in html.render(big, "fr")
    assert "95.0%" in html.render(big, "en")


def test_every_reason_class_and_rule_has_its_words() -> None:
    assert set(words.EXCLUSIONS) == set(Exclusion)
    assert set(words.REFUSALS) == set(ReplyClass) - {ReplyClass.OK}
    assert set(words.RULES) == set(Rule) - {Rule.PERSON}


def test_zones_and_lanes_have_their_figures(scene: Scene) -> None:
    groups = dict(scene.report().groups)
    assert [(g.name, g.figures.recipients) for g in groups[Dimension.LANE]] == [("orange", 6), ("other", 6)]
    assert [g.name for g in groups[Dimension.ZONE]] == ["Europe/Paris"]
