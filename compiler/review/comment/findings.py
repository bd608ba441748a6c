"""What was found, by file and line: what stops above everything else, the rest after the message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compiler.language.catalogue import catalogue
from compiler.language.finding import Finding, Severity, Text, in_reading_order
from compiler.review.blocks import Block, Bullets, Heading, Line, Span, code, strong
from compiler.review.comment.subject import Brevity, Review
from compiler.review.comment.wording import clipped, others, tell
from compiler.review.formats import counted_severities

SIGNS = {Severity.ERROR: "⛔", Severity.WARNING: "⚠️", Severity.ADVICE: "💡"}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as a line: of today's declarations, or one that the plan kept by its code and place."""

    severity: Severity
    code: str
    place: str
    message: str
    advice: str
    waived: str = ""


def finding_line(told: Told) -> Line:
    parts: list[str | Span] = [f"{SIGNS[told.severity]} "]
    parts += [code(told.place), " · "] if told.place else []
    parts += [strong(told.code), " · ", *_ticked(told.message)]
    parts += [" → ", *_ticked(told.advice)] if told.advice else []
    parts += [f" ({clipped(told.waived)})"] if told.waived else []
    return tuple(parts)


def _ticked(text: str) -> list[str | Span]:
    """A sentence in which what stands between backticks is code."""
    parts = clipped(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its other half is one of the text itself
        return [clipped(text)]
    return [code(part) if number % 2 else part for number, part in enumerate(parts)]


def told_of(found: Finding, language: str) -> Told:
    message = Text(found.message("fr"), found.message("en"))
    advice = Text(found.advice("fr"), found.advice("en"))
    return Told(
        found.severity, found.code, str(found.place), tell(message, language), tell(advice, language), found.waived
    )


def all_told(review: Review, language: str) -> list[Told]:
    """Today's findings, then those of compiling that need people to be found."""
    today = [told_of(found, language) for found in in_reading_order(list(review.findings))]
    seen = {(told.code, told.place) for told in today}
    known = catalogue()
    kept = []
    for each in review.manifest.findings:
        spelled, _, waived = each.partition("\t")
        name, _, place = spelled.partition(" ")
        entry = known.get(name)
        if (name, place) not in seen and entry is not None:
            severity = Severity.ADVICE if waived else entry.severity
            kept.append(Told(severity, name, place, tell(entry.cause, language), tell(entry.cure, language), waived))
    rank = list(Severity)
    return sorted([*today, *kept], key=lambda told: rank.index(told.severity))


def verdict(review: Review, language: str) -> str:
    """`✅ nothing to report`, `⛔ 1 error, 2 warnings`."""
    severities = [told.severity for told in all_told(review, language)]
    sign = "⛔" if Severity.ERROR in severities else "⚠️" if Severity.WARNING in severities else "✅"
    return f"{sign} {counted_severities(severities, language)}"


def stopping(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    """The errors, where there are any: until they are gone nothing else matters."""
    errors = [told for told in all_told(review, language) if told.severity is Severity.ERROR]
    if errors:
        yield Heading(tell(Text("Ce qui empêche d'envoyer", "What stops this from being sent"), language))
        yield _list(errors, language, brevity)


def blocks(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    rest = [told for told in all_told(review, language) if told.severity is not Severity.ERROR]
    if rest:
        yield Heading(tell(Text("Constats", "Findings"), language))
        yield _list(rest, language, brevity)


def _list(told: Sequence[Told], language: str, brevity: Brevity) -> Bullets:
    lines = [finding_line(each) for each in told[: brevity.findings]]
    more = len(told) - len(lines)
    return Bullets((*lines, *([others(more, language)] if more else [])))
