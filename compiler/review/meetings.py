"""Campaigns that leave at the same time, in words: for a page of the terminal, and masked for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.language.canonical import Json
from compiler.language.finding import Text
from compiler.review import words


@dataclass(frozen=True, slots=True)
class Met:
    """Another campaign as `estimate.json` tells of it. `planned` is False where nobody can count it yet."""

    campaign: str
    planned: bool
    people: int = 0
    beyond: int = 0
    over: tuple[tuple[str, int], ...] = ()
    yields: str = ""


def met(together: Json) -> list[Met]:
    """The rows of an estimate's `together`; plans of older versions hold less in each."""
    rows = [row for row in together if isinstance(row, Mapping)] if isinstance(together, list) else []
    return [_met(row) for row in rows]


def _met(row: Mapping[str, Json]) -> Met:
    over = row.get("over")
    lanes = tuple((str(lane), _number(minutes)) for lane, minutes in over.items()) if isinstance(over, Mapping) else ()
    return Met(
        str(row.get("campaign")),
        bool(row.get("digest")),
        _number(row.get("people")),
        _number(row.get("beyond")),
        lanes,
        str(row.get("yields") or ""),
    )


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


def what_it_means(found: Met, language: str, *, shown: Mapping[int, str] | None = None) -> str:
    """`12 people in both, 3 of them beyond the cap; orange lacks 20 min; showroom-2027 yields`.

    `shown` replaces counts, where a reader may not see small ones.
    """
    if not found.planned:
        return Text("pas encore de plan : non comptée", "no plan yet: not counted").say(language)
    return "; ".join(_parts(found, language, shown or {})).replace("; ", " ; " if language == "fr" else "; ")


def _parts(found: Met, language: str, shown: Mapping[int, str]) -> Iterator[str]:
    people, beyond = (shown.get(n, words.number(n, language)) for n in (found.people, found.beyond))
    both = _both(found.people, people)
    if found.beyond:
        both = Text(f"{both.fr}, dont {beyond} au-delà du plafond", f"{both.en}, {beyond} of them beyond the cap")
    yield both.say(language)
    if found.over:
        lanes = ", ".join(f"{lane} {minutes} min" for lane, minutes in found.over)
        yield Text(f"il manque du temps : {lanes}", f"time is missing: {lanes}").say(language)
    if found.beyond or found.over:
        yield Text(f"{found.yields} cède", f"{found.yields} gives way").say(language)
    else:
        yield Text("le débit se partage", "the rate is shared").say(language)


def _both(count: int, shown: str) -> Text:
    if not count:
        return Text("personne dans les deux", "nobody in both")
    if count == 1:
        return Text(f"{shown} personne dans les deux", f"{shown} person in both")
    return Text(f"{shown} personnes dans les deux", f"{shown} people in both")


def counts(found: Iterable[Met]) -> set[int]:
    """The counts of people that these rows would show."""
    return {count for each in found for count in (each.people, each.beyond)}
