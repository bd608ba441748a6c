"""The comment of a pull request: what it says, whom it does not name, and how long it may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from compiler.archive import Plan
from compiler.language.canonical import Json
from compiler.language.catalogue.locks import STALE
from compiler.language.catalogue.template import RENDER_FAILED
from compiler.language.finding import Place, finding
from compiler.language.plan import Excluded, Exclusion, FunnelStep, Link, Lock
from compiler.language.window import Interval
from compiler.lock import lock_of
from compiler.review.comment import LONGEST, Base, Review, comment_html, comment_markdown, mark
from compiler.review.days import days_of
from compiler.review.diff import diff
from compiler.specimen import HEADING, MESSAGE, Specimen

MakePlan = Callable[..., Specimen]
Golden = Callable[[str, str], None]
LEFT_OUT = (
    *(Excluded(f"{n:032x}", Exclusion.UNSUBSCRIBED) for n in range(7)),
    *(Excluded(f"{n:032x}", Exclusion.NO_BASIS) for n in range(20, 23)),
)
DAY_TWO = Interval(datetime(2027, 3, 3, 8, tzinfo=UTC), datetime(2027, 3, 3, 11, tzinfo=UTC))
DAY_ONE = Interval(datetime(2027, 3, 2, 8, tzinfo=UTC), datetime(2027, 3, 2, 11, tzinfo=UTC))


_LINES = """cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getClientRects().length;
}"""


def page(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


@pytest.fixture
def review(small_plan: MakePlan) -> Review:
    heading = replace(
        HEADING,
        approval=(("drift", "1/10"), ("four_eyes_above", "20"), ("max_age_seconds", "1209600")),
        findings=("SEG-UNKNOWN-01 segments/west.yaml:7:7",),
    )
    html = MESSAGE.html.replace("<h1>", '<img src="a.png" alt=""><img src="b.png" alt="Lampe"><h1>')
    links = (*MESSAGE.links, Link(1, "{{ p.url }}"))
    plan = small_plan(
        slots=24,
        excluded=LEFT_OUT,
        heading=heading,
        windows=(DAY_ONE, DAY_TWO),
        message=replace(MESSAGE, html=html, links=links),
    ).plan
    estimate: dict[str, Json] = {
        "starts": "2027-03-02T08:00:00Z",
        "finishes": "2027-03-03T09:00:00Z",
        "message": {"mean": 40_000, "largest": 43_210},
        "shards": [{"shard": 0, "starts": "2027-03-02T08:00:00Z", "finishes": "2027-03-03T09:00:00Z"}],
    }
    findings = (finding(STALE, Place("spring-2027.yaml"), campaign="spring-2027"),)
    told = Review.of(plan, Base("main"), findings=findings, locked=True, commit="c" * 40)
    return replace(told, estimate=estimate, facts=replace(told.facts, largest=43_210), digest="d" * 64)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_comment_is_the_golden_one(review: Review, golden: Golden, language: str) -> None:
    golden(f"review/comment.{language}.md", comment_markdown(review, language))


def test_the_page_is_the_golden_one_and_asks_nobody_for_anything(review: Review, golden: Golden) -> None:
    html = comment_html(review, "en")
    golden("review/comment.en.html", html)
    assert not re.search(r"<(script|img|link|iframe)\b|(src|href)=", html)


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_page_and_all_of_it_fits(
    review: Review, browser: Any, axe: Callable[..., list[str]], width: int, light: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=light)
    page.set_content(comment_html(review, "fr"))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe(page)
    cut = page.evaluate(
        "[...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth).length"
    )
    broken = page.get_by_role("cell", name="mar. 2 mars").evaluate(_LINES)
    page.close()
    assert found == []
    assert cut == 0
    assert broken == 1  # a day stands on one line: no word is cut in two


def test_the_first_line_is_the_hidden_mark(review: Review) -> None:
    text = comment_markdown(review, "fr")
    assert text.splitlines()[0] == "<!-- envoi:review spring-2027 -->" == mark("spring-2027")
    assert text.count("<!-- envoi:review") == 1


def test_it_names_no_recipient(review: Review, small_plan: MakePlan) -> None:
    for text in (comment_markdown(review, "fr"), comment_html(review, "en")):
        assert "clients.example" not in text
        assert "Zoé" not in text


def test_a_masked_count_follows_from_no_sum(review: Review) -> None:
    text = comment_markdown(review, "en")
    assert "| neither consent nor another legal basis | &lt; 5 |" in text.replace("\u00a0", " ")
    assert "≥\u00a031" in text  # 24 recipients and 7 who left: what is masked is not in it
    assert "34" not in re.sub(r"<.*?>|`.*?`", "", text)


def test_above_the_threshold_somebody_else_must_approve(review: Review) -> None:
    assert "autre personne que l’auteur" in comment_markdown(review, "fr")
    manifest = replace(review.manifest, recipients=20)
    assert "quiconque peut fusionner" in comment_markdown(replace(review, manifest=manifest), "fr")


def locked_before(review: Review, recipients: int) -> Lock:
    return lock_of(replace(review.manifest, recipients=recipients), "e" * 64)


@pytest.mark.parametrize(
    ("before", "said"), [(30, "(−6 since main)"), (10, "(+14 since main)"), (24, "(±\u00a00 since main)"), (3, "")]
)
def test_the_difference_comes_from_the_locks_where_the_plan_is_gone(review: Review, before: int, said: str) -> None:
    text = comment_markdown(replace(review, base=Base("main", locked_before(review, before))), "en")
    title = text.splitlines()[1]
    assert said in title
    assert ("since" in title) == bool(said)


def test_the_difference_of_kept_plans_is_folded(small_plan: MakePlan) -> None:
    one = small_plan(slots=20, heading=replace(HEADING, recipients=20)).plan
    other = small_plan(slots=30, heading=replace(HEADING, inputs=(("new.yaml", "1" * 64),), rate="5/1")).plan
    base = Base("main", lock_of(one.manifest, one.digest), diff(one, other))
    text = comment_markdown(Review.of(other, base, locked=True), "en")
    assert "(+10 / −0 since main)" in text
    assert "What changes since main" in text
    assert "`new.yaml` added" in text
    assert "- other rate" in text


@pytest.mark.parametrize(
    ("base", "said"),
    [(Base("main", reached=False), "did not answer"), (Base("main"), "no lock for this campaign yet")],
)
def test_what_is_not_known_of_main_is_said(review: Review, base: Base, said: str) -> None:
    assert said in comment_markdown(replace(review, base=base), "en")


def test_an_approved_plan_says_so_and_an_unlocked_one_says_how(review: Review) -> None:
    same = lock_of(review.manifest, review.digest)
    assert "is approved already" in comment_markdown(replace(review, base=Base("main", same)), "en")
    assert "Nothing to approve yet: `envoi propose spring-2027`" in comment_markdown(
        replace(review, locked=False), "en"
    )


def test_days_share_the_messages_by_their_open_hours(review: Review) -> None:
    days = days_of(review.manifest, review.estimate)
    assert [(day.on.day, day.messages) for day in days] == [(2, 18), (3, 6)]
    text = comment_markdown(review, "en").replace("\u00a0", " ")
    assert "| Tue 2 Mar | 09:00–12:00 | `████████████████` | ≈ 20 |" in text
    assert "| Wed 3 Mar | 09:00–10:00 | `█████░░░░░░░░░░░` | < 10 |" in text.replace("&lt;", "<")


def test_a_plan_for_nobody_and_without_estimate_still_reads(review: Review) -> None:
    empty = replace(review, manifest=replace(review.manifest, recipients=0, shards=(), funnel=()), estimate={})
    assert "no message will leave" in comment_markdown(empty, "en")


HOSTILE = "![x](https://e.example) @team #1 <script>alert(1)</script> [a](http://b) `tick` | \u202e a@b.example **b**"


def test_what_a_workspace_says_cannot_format_the_comment(review: Review, small_plan: MakePlan) -> None:
    plan: Plan = small_plan(slots=6, message=replace(MESSAGE, subject=HOSTILE, preview=HOSTILE)).plan
    broken = finding(RENDER_FAILED, Place(HOSTILE, 1, 1), fr=HOSTILE, en=HOSTILE)
    told = Review.of(plan, Base(HOSTILE), findings=(broken,))
    told = replace(told, manifest=replace(told.manifest, funnel=(FunnelStep(HOSTILE, 6),)))
    text = comment_markdown(told, "en")
    rendered = page(text)
    assert "\u202e" not in text
    assert not re.search(r"<(a|img|script)\b", rendered)
    outside = re.sub(r"<code>.*?</code>", "", rendered, flags=re.DOTALL)
    assert "@team" not in outside.replace("@<!-- -->team", "")
    assert "<script" not in comment_html(told, "en")
    rows = [row for row in re.findall(r"<tr>.*?</tr>", rendered, re.DOTALL) if "script" in row]
    assert {row.count("<td") for row in rows} == {2, 3}


def test_a_long_comment_is_shortened_and_says_where_the_whole_is(review: Review) -> None:
    many = tuple(
        finding(RENDER_FAILED, Place(f"templates/{n}.mjml", n, 1), fr="é" * 300, en="e" * 300) for n in range(900)
    )
    long = replace(review, findings=many, link="https://forge.example/artifact/1")
    text = comment_markdown(long, "en")
    assert len(text) <= LONGEST
    assert "This comment is shortened" in text
    assert "`https://forge.example/artifact/1`" in text
    assert "⛔ 900 errors" in text
    assert "… and 8" in text
    assert len(comment_html(long, "en")) > LONGEST


def test_the_shortest_comment_is_bounded_whatever_the_plan(review: Review) -> None:
    heading = review.facts.headings[0]
    huge = replace(
        review,
        findings=tuple(finding(RENDER_FAILED, Place("x" * 300, n, 1), fr="<" * 999, en="<" * 999) for n in range(200)),
        facts=replace(
            review.facts,
            headings=tuple(replace(heading, subject=f"{n}" + "<" * 999, preview=f"{n}" + "|" * 999) for n in range(99)),
            hosts=tuple(f"{n}.example" for n in range(500)),
        ),
        manifest=replace(review.manifest, funnel=tuple(FunnelStep("<" * 999, 9000 - n) for n in range(200))),
    )
    assert len(comment_markdown(huge, "fr")) <= LONGEST
