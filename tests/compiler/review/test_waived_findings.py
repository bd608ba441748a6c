"""Whoever reviews sees what was waived, until when and why, whether today's check finds it or the plan kept it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compiler.language.catalogue.message_rules import SIZE
from compiler.language.finding import Place, finding
from compiler.review.comment import Base, Review, comment_markdown

KEPT = "MSG-ADDR-21 templates/news.fr.mjml\t→ 2027-04-01 · adresse au verso"
SAID = "→ 2027-04-01 · catalogue illustré"


@pytest.fixture
def review(small_plan: Callable[..., Any]) -> Review:
    plan = small_plan(slots=6).plan
    clipped = replace(finding(SIZE, Place("templates/news.fr.mjml"), size=140), waived=SAID)
    review = Review.of(plan, Base("main"), findings=(clipped,))
    return replace(review, manifest=replace(review.manifest, findings=(KEPT,)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_comment_shows_waived_findings_as_advice_with_end_and_reason(review: Review, language: str) -> None:
    text = comment_markdown(review, language)
    lines = [line for line in text.splitlines() if "MSG-ADDR-21" in line or "MSG-SIZE-13" in line]
    assert len(lines) == 2
    assert all(line.lstrip("- ").startswith("💡") and "→ 2027-04-01 · " in line for line in lines)
    assert "adresse au verso" in text
    assert "catalogue illustré" in text
    assert "⛔" not in text


def test_unwaived_it_would_stop_the_campaign(review: Review) -> None:
    bare = replace(review, manifest=replace(review.manifest, findings=(KEPT.partition("\t")[0],)))
    assert "⛔" in comment_markdown(bare, "en")
