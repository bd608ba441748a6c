"""What part of an audience will not see, from caniemail.com's tests and the lanes of its mailboxes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from compiler.language.lane import BUILT_IN, lane_of
from compiler.lint import caniemail, providers
from compiler.lint.caniemail import used
from compiler.lint.refresh import FAMILIES, HERE, spellings, trimmed
from tests.lint.conftest import Look


def titles(source: str) -> list[tuple[str, int]]:
    return [(feature.title, offset) for feature, offset in used(source)]


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ('<p style="display:flex">', "display:flex"),
        ('<p style="display: FLEX !important">', "display:flex"),
        ("<mj-style>.a { gap: 4px }</mj-style>", "gap, column-gap, row-gap"),
        ("<style>.a { width: calc(100% - 4px) }</style>", "CSS calc() function"),
        ('<p style="font-size:3vw">', "vw unit"),
        ("<video></video>", "<video> element"),
    ],
)
def test_a_feature_is_found_where_its_author_wrote_it(source: str, title: str) -> None:
    ((found, offset),) = titles(f"<!-- display:flex -->\n{source}")
    assert found == title
    assert source[offset - 22 :].lower().startswith(title.split(":")[0].split(",")[0].split()[-1][:2]) or offset >= 22


@pytest.mark.parametrize(
    "source",
    [
        '<mj-column width="50%"><mj-text>display:flex</mj-text></mj-column>',
        '<mj-button border-radius="8px" sizes="x">Voir</mj-button>',
        "{# <video> #}{% if a %}{{ '<video>' }}{% endif %}",
        "<!-- <video></video> -->",
        "<style>/* display:flex */ @media (max-width:480px) { a:hover { border-radius: 2px } }</style>",
        '<p style="color:#12vw00">',
    ],
)
def test_what_mjml_makes_and_what_only_adorns_is_not_told(source: str) -> None:
    assert titles(source) == []


def test_the_audience_decides_what_is_worth_a_word(look: Look) -> None:
    flex = '<p style="display:flex">Un mot</p>'
    (orange,) = look(flex, lanes={"orange": 900, "google": 100})
    assert (orange.code, dict(orange.arguments)["programs"]) == ("MSG-CLIENTS-30", "Orange, Outlook")
    assert look(flex, lanes={"apple": 10, "google": 90}) == []


def test_a_feature_is_told_once_at_its_first_place(look: Look) -> None:
    (found,) = look('\n<p style="display:flex">Un</p><p style="display:flex">Deux</p>')
    assert (found.place.line, found.place.column) == (3, 11)


def test_every_lane_has_readers_who_make_one_whole() -> None:
    for lane in BUILT_IN:
        assert sum(providers.shares({lane.name: 3}).values()) == 1
    assert sum(providers.shares({}).values()) == 1
    assert providers.shares({"mon-entreprise": 5}) == providers.shares({lane_of("mon-entreprise.example"): 1})
    assert sum(providers.FRENCH.values()) == 100


def test_a_program_that_nobody_tested_counts_neither_way() -> None:
    feature = caniemail.Feature("x", frozenset({"sfr.ios"}), frozenset({"gmail.ios"}))
    half = {"sfr.ios": Fraction(1, 4), "gmail.ios": Fraction(1, 4), "aol.ios": Fraction(1, 2)}
    assert feature.lost(half) == {"sfr.ios": Fraction(1, 2)}


def test_the_data_are_what_the_refresh_makes_and_carry_their_licence() -> None:
    data = json.loads(HERE.read_text("utf-8"))
    assert len(data["features"]) > 150
    assert {client.partition(".")[0] for each in data["features"] for client in each["no"]} == FAMILIES
    licence = (HERE.parent / "LICENSE.caniemail").read_text("utf-8")
    assert "MIT License" in licence
    assert "Permission is hereby granted" in licence


def test_the_refresh_keeps_the_last_test_of_each_program() -> None:
    stats = {"orange": {"ios": {"2019": "y", "2024": "n #1"}}, "gmail": {"ios": {"2019": "n", "2024": "a #2"}}}
    feature = {"title": "display:flex", "category": "css", "url": "https://x.example/", "stats": stats}
    nobody = {**feature, "title": "color", "stats": {"gmail": {"ios": {"2019": "y"}}}}
    kept = trimmed({"data": [feature, nobody], "last_update_date": "2026-05-13 14:45"})
    assert kept["updated"] == "2026-05-13"
    (one,) = kept["features"]
    assert (one["as"], one["no"], one["yes"]) == ([("property", "display", "flex")], ["orange.ios"], ["gmail.ios"])


@pytest.mark.parametrize(
    ("category", "title", "spelled"),
    [
        ("css", "@media", [("at", "media", "")]),
        ("css", "::after", [("pseudo", "after", "")]),
        ("css", "left, right", [("property", "left", ""), ("property", "right", "")]),
        ("css", "lch(), lab()", [("function", "lch", ""), ("function", "lab", "")]),
        ("css", "height property", [("property", "height", "")]),
        ("html", "srcset and sizes attributes", [("attribute", "srcset", ""), ("attribute", "sizes", "")]),
        ("html", "<h1> to <h6> elements", []),
        ("others", "BIMI", []),
    ],
)
def test_titles_say_how_features_are_spelled(category: str, title: str, spelled: list[tuple[str, str, str]]) -> None:
    assert list(spellings(category, title)) == spelled


def test_nothing_of_the_data_names_this_machine() -> None:
    assert "/home" not in HERE.read_text("utf-8")
    assert Path(HERE).stat().st_size < 200_000
