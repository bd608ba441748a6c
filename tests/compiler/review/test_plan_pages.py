from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from compiler.language.canonical import Json
from compiler.language.plan import Excluded, Exclusion
from compiler.review.diff import diff, print_diff
from compiler.review.terminal import Sheet, print_plan
from compiler.review.words import REASONS, day, size
from compiler.specimen import HEADING, MESSAGE, PRODUCTS, Specimen

MakePlan = Callable[..., Specimen]
LEFT_OUT = (
    *(Excluded(f"{n:032x}", Exclusion.UNSUBSCRIBED) for n in range(3)),
    Excluded("f" * 32, Exclusion.NO_BASIS),
)


def page(sheet: Sheet, language: str, width: int = 100) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        print_plan(sheet, console, language)
    return captured.get()


@pytest.fixture
def sheet(small_plan: MakePlan) -> Sheet:
    plan = small_plan(slots=8, zones=("Europe/Paris", "Indian/Reunion"), excluded=LEFT_OUT).plan
    estimate: dict[str, Json] = {
        "starts": "2027-03-02T08:00:00Z",
        "finishes": "2027-03-02T08:14:00Z",
        "message": {"mean": 40_000, "largest": 43_210},
        "shards": [
            {"shard": n, "starts": "2027-03-02T08:00:00Z", "finishes": "2027-03-02T08:14:00Z"} for n in range(2)
        ],
    }
    return replace(Sheet.of(plan, locked=False), estimate=estimate)


def test_the_page_says_what_leaves_in_french(sheet: Sheet) -> None:
    text = page(sheet, "fr")
    for said in (
        "8 messages partiront, du mardi 2 mars 2027 09:00 jusque vers 09:14 (Paris)",
        "{{ contact.first_name }}, trois lampes pour votre atelier",
        "Écartés : 4",
        "3  désinscription",
        "1  ni consentement ni autre base légale",
        "44\u00a0ko au plus",
        "La Réunion",
        "12:00 → 12:14",
        "lundi 1er mars 2027",
        sheet.digest,
        "envoi propose spring-2027",
    ):
        assert said in text


def test_the_page_says_what_leaves_in_english(sheet: Sheet) -> None:
    text = page(sheet, "en")
    for said in (
        "8 messages will leave, from Tuesday 2 March 2027 09:00 until about 09:14 (Paris)",
        "3  unsubscribed",
        "at most 44\u00a0kB",
        "opens for 8, clicks for 8",
        "Next: envoi propose spring-2027",
    ):
        assert said in text


def test_a_locked_plan_asks_to_be_merged(sheet: Sheet) -> None:
    assert "fusionner cette branche" in page(replace(sheet, locked=True), "fr")


def test_a_plan_for_nobody_says_so(sheet: Sheet) -> None:
    empty = replace(sheet, manifest=replace(sheet.manifest, recipients=0, shards=()))
    assert "Aucun message ne partira." in page(empty, "fr")


def test_a_plan_without_tracking_says_so(sheet: Sheet) -> None:
    silent = replace(sheet, manifest=replace(sheet.manifest, trackers=(("clicks", 0), ("opens", 0))))
    assert "ni image ni lien personnel" in page(silent, "fr")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_page_fits_the_terminal(sheet: Sheet, width: int) -> None:
    assert max(map(len, page(sheet, "fr", width).splitlines())) <= width


def test_the_page_names_no_recipient(sheet: Sheet) -> None:
    assert "clients.example" not in page(sheet, "fr")


def test_a_page_without_estimate_still_reads(small_plan: MakePlan) -> None:
    text = page(Sheet.of(small_plan(slots=2).plan, locked=False), "en")
    assert "2 messages will leave, from Tuesday 2 March 2027 09:00 (Paris)" in text


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(REASONS) == set(Exclusion)
    assert all(text.fr and text.en for text in REASONS.values())


def test_the_first_of_a_month_is_spelled_as_people_do() -> None:
    first = HEADING.compiled_on
    assert day(first, "fr") == "lundi 1er mars 2027"
    assert day(first + timedelta(days=10), "fr") == "jeudi 11 mars 2027"
    assert day(first, "en") == "Monday 1 March 2027"


def test_sizes_are_rounded_up() -> None:
    assert size(43_001, "fr") == "44\u00a0ko"


def test_a_difference_counts_people_inputs_messages_and_settings(small_plan: MakePlan) -> None:
    one = small_plan(slots=6).plan
    inputs = (("new.yaml", "1" * 64), ("spring-2027.yaml", "2" * 64))
    gone = next(one.slots(0)).contact
    other = small_plan(
        slots=8,
        excluded=(Excluded("e" * 32, Exclusion.CAPPED),),
        heading=replace(HEADING, inputs=inputs, rate="5/1"),
        message=replace(MESSAGE, subject="Autre objet"),
        rows=PRODUCTS[:2],
    ).plan
    found = diff(one, other)
    assert gone
    assert (found.added, found.kept, found.removed) == (2, 6, ())
    assert found.other_content == 6
    assert found.inputs == (("new.yaml", "added"), ("spring-2027.yaml", "changed"))
    assert found.messages == (("templates/a/fr/subject.txt", "changed"),)
    assert found.settings == ("rate",)


def test_those_who_leave_the_plan_are_counted_by_reason(small_plan: MakePlan) -> None:
    one = small_plan(slots=8).plan
    kept = small_plan(slots=6).plan
    left = {slot.contact for slot in one.slots(0)} - {slot.contact for slot in kept.slots(0)}
    first, _ = sorted(left)
    other = small_plan(slots=6, excluded=(Excluded(first, Exclusion.UNSUBSCRIBED),)).plan
    found = diff(one, other)
    assert found.removed == (("not_selected", 1), ("unsubscribed", 1))
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        print_diff(found, console, "fr")
    assert "− 1 désinscription" in captured.get()
    assert "− 1 hors du segment" in captured.get()


def test_a_plan_does_not_differ_from_itself(small_plan: MakePlan) -> None:
    plan = small_plan(slots=2).plan
    found = diff(plan, plan)
    assert found.empty
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        print_diff(found, console, "en")
    assert "The same plan." in captured.get()
