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
