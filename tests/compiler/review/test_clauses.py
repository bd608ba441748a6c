from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.review.clauses import clause_in_words


@pytest.mark.parametrize(
    ("label", "french", "english"),
    [
        ("everyone", "tout le carnet", "the whole book"),
        ("{field: job, in: [a, b c]}", "job parmi a, b c", "job among a, b c"),
        ("{field: headcount, at_least: 10}", "headcount ≥ 10", "headcount ≥ 10"),
        ("{field: headcount, between: [10, 50]}", "headcount de 10 à 50", "headcount from 10 to 50"),
        ("{field: since, before: today - 2 years}", "since avant aujourd'hui − 2 ans", "since before today − 2 years"),
        ("{field: since, not_after: today}", "since jusqu'à aujourd'hui", "since until today"),
        (
            "{field: since, between: [today - 1 month, today + 3 days]}",
            "since de aujourd'hui − 1 mois à aujourd'hui + 3 jours",
            "since from today − 1 month to today + 3 days",
        ),
        ("{field: job, is: today}", "job = today", "job = today"),
        ("{field: siret, known: true}", "siret connu", "siret known"),
        ("{segment: west}", "segment west", "segment west"),
        ("{not: {segment: west}}", "pas segment west", "not segment west"),
        (
            "{not: {any: [{segment: a}, {all: [{segment: b}, {segment: c}]}]}}",
            "pas (segment a ou (segment b et segment c))",
            "not (segment a or (segment b and segment c))",
        ),
        ("{all: [{segment: a}]}", "segment a", "segment a"),
        ("{clicked: {campaign: x, within: 30 days}}", "a cliqué dans x depuis 30 jours", "clicked in x within 30 days"),
        ("{received: {campaign: x}}", "a reçu x", "received x"),
        ("{field: odd, unheard: of}", "odd, unheard: of", "odd, unheard: of"),
        ("{field: city, is: a{b}c", "{field: city, is: a{b}c", "{field: city, is: a{b}c"),
    ],
)
def test_a_clause_reads_as_a_sentence(label: str, french: str, english: str) -> None:
    assert clause_in_words(label, "fr") == french
    assert clause_in_words(label, "en") == english


@given(st.text("{}[]:, anyoltfield\0123", max_size=60))
def test_any_text_is_shown_somehow(label: str) -> None:
    assert isinstance(clause_in_words(label, "fr"), str)
