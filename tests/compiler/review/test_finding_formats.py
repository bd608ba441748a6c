"""Findings as people and programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.language.finding import Entry, Place, Severity, Text, finding
from compiler.review.errors_page import errors_page
from compiler.review.formats import counted, findings_json, findings_text, french_spaces

ERROR = Entry(
    "TEST-ERROR-01",
    Severity.ERROR,
    Text("le champ {name} manque : vraiment ?", "field {name} is missing"),
    Text("Parce que.", "Because."),
    Text("L'ajouter.", "Add it."),
)
ADVICE = replace(ERROR, code="TEST-ADVICE-02", severity=Severity.ADVICE)
FOUND = finding(ERROR, Place("a.yaml", 2, 10), name="job")


def test_the_line_is_shown_with_a_caret_under_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: segment\nmatch: {é: designer, is: x}\n", encoding="utf-8")
    assert findings_text([finding(ERROR, Place("a.yaml", 2, 12), name="job")], "en", root=tmp_path).splitlines() == [
        "error[TEST-ERROR-01]: field job is missing",
        " --> a.yaml:2:12",
        "  |",
        "2 | match: {é: designer, is: x}",
        "  |            ^^^^^^^^",
        "  = help: Add it.",
        "",
        "1 error",
    ]


def test_the_end_of_a_long_line_is_shown_around_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x" * 400 + " here", encoding="utf-8")
    shown = findings_text([finding(ERROR, Place("a.yaml", 1, 402), name="job")], "en", root=tmp_path)
    line, caret = (row for row in shown.splitlines() if "here" in row or "^" in row)
    assert line.index("here") == caret.index("^^^^")
    assert max(map(len, shown.splitlines())) < 130


@pytest.mark.parametrize("place", [Place("gone.yaml", 3, 1), Place("a.yaml"), Place("a.yaml", 99, 1)])
def test_what_cannot_be_shown_is_left_out(tmp_path: Path, place: Place) -> None:
    (tmp_path / "a.yaml").write_text("kind: segment\n")
    assert "|" not in findings_text([finding(ERROR, place, name="job")], "en", root=tmp_path)


def test_a_terminal_is_never_sent_control_characters(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: \x1b[2Jsegment\u202e\n")
    shown = findings_text([finding(ERROR, Place("a.yaml", 1, 1), name="\x1b[31m")], "en", root=tmp_path)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_french_has_its_no_break_spaces() -> None:
    assert french_spaces("Quoi : « a » ; b ? 20 % !") == "Quoi\u00a0: «\u00a0a\u00a0»\u202f; b\u202f? 20\u00a0%\u202f!"
    assert french_spaces("kind: x, http://y") == "kind: x, http://y"
    assert "manque\u00a0: vraiment\u202f?" in findings_text([FOUND], "fr")


def test_what_stops_comes_first_and_advice_can_be_folded() -> None:
    advice = finding(ADVICE, Place("a.yaml", 1, 1), name="x")
    assert findings_text([advice, FOUND], "en").index("TEST-ERROR") == len("error[")
    assert "TEST-ADVICE" not in findings_text([advice, FOUND], "en", advice=False)
    assert counted([advice, advice, FOUND], "fr") == "1 erreur, 2 conseils"
    assert counted([advice, advice, FOUND, FOUND], "en") == "2 errors, 2 advice"
    assert counted([], "fr") == "rien à signaler"


def test_a_waived_finding_says_why() -> None:
    assert "waived: once a year" in findings_text([replace(FOUND, waived="once a year")], "en")
    assert findings_json([replace(FOUND, waived="once a year")])["errors"] == 0


def test_programs_get_both_languages() -> None:
    record = json.loads(json.dumps(findings_json([FOUND])))
    assert record["format"] == 1
    assert record["errors"] == 1
    assert record["findings"] == [
        {
            "code": "TEST-ERROR-01",
            "severity": "error",
            "path": "a.yaml",
            "line": 2,
            "column": 10,
            "message": {"fr": "le champ job manque\u00a0: vraiment\u202f?", "en": "field job is missing"},
            "hint": {"fr": "L'ajouter.", "en": "Add it."},
            "link": "docs/errors.md#test-error-01",
            "waived": "",
        }
    ]


def test_colour_is_only_where_asked() -> None:
    assert "\x1b[1;31merror[TEST-ERROR-01]\x1b[0m:" in findings_text([FOUND], "en", colour=True)
    assert "\x1b" not in findings_text([FOUND], "en")


def test_the_catalogue_page_says_each_code_in_both_languages() -> None:
    page = errors_page()
    assert "### YAML-TAB-02" in page
    assert "pourquoi\u00a0: " in page
    assert page == errors_page()
