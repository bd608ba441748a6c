"""When it leaves: the span for the title, and a bar per day."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.finding import Text
from compiler.review import words
from compiler.review.blocks import Block, Heading, Line, Paragraph, Table
from compiler.review.comment.subject import Review
from compiler.review.comment.wording import bar, instant, moment, place, tell
from compiler.review.days import Day, days_of
from compiler.schedule import zone as zone_named

_ROUNDED = 10  # days are estimated: about as many, which also tells nobody apart


def span(review: Review, language: str) -> str:
    """`Tuesday 2 March 2027 09:00–12:00 (Paris)`."""
    zone = dict(review.manifest.organisation)["timezone"]
    starts = instant(review.estimate.get("starts"), zone) or review.manifest.start.astimezone(zone_named(zone))
    finishes = instant(review.estimate.get("finishes"), zone)
    begin, where = moment(starts, language), f" ({place(zone, language)})"
    if finishes is None or words.hour(starts, language) == words.hour(finishes, language):
        return begin + where
    same = finishes.date() == starts.date()
    return f"{begin}{f'–{words.hour(finishes, language)}' if same else f' → {moment(finishes, language)}'}{where}"


def blocks(review: Review, language: str) -> Iterator[Block]:
    yield Heading(tell(Text("Quand", "When"), language))
    days = days_of(review.manifest, review.estimate)
    if not days:
        yield Paragraph(tell(Text("Pas d'estimation : ", "No estimate: "), language) + span(review, language))
        return
    most = max(day.messages for day in days)
    rows = tuple(_row(day, most, language) for day in days)
    where = place(dict(review.manifest.organisation)["timezone"], language)
    headings = (
        Text("jour", "day"),
        Text(f"départs ({where})", f"departures ({where})"),
        Text("", ""),
        Text("messages", "messages"),
    )
    yield Table(tuple(tell(text, language) for text in headings), rows, frozenset({3}))
    yield Paragraph(
        tell(
            Text(
                "Estimation. Chacun reçoit son message dans la fenêtre permise, à l'heure de son fuseau.",
                "An estimate. Everybody gets their message inside the allowed window, on their own clock.",
            ),
            language,
        )
    )


def _row(day: Day, most: int, language: str) -> tuple[Line, ...]:
    first, last = words.hour(day.first, language), words.hour(day.last, language)
    hours = first if first == last else f"{first}–{last}"
    return (
        words.short_day(day.on, language).replace(" ", "\u00a0"),
        hours,
        bar(day.messages, most),
        _about(day.messages, language),
    )


def _about(count: int, language: str) -> str:
    if count < _ROUNDED:
        return f"<\u00a0{_ROUNDED}"
    return f"≈\u00a0{words.number(round(count / _ROUNDED) * _ROUNDED, language)}"
