"""The report in a terminal: the headline figures, then each part in a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from compiler.language.finding import Text
from compiler.zones import zone
from tracker.report.breakdown import group_name, rate
from tracker.report.figures import Dimension, Report
from tracker.report.summary import funnel_steps, lead, not_measured, period, tiles
from tracker.report.words import Tongue, exclusion, refusal, rule

_WIDTH = 78
_BAR = 24


def render(report: Report, language: str) -> str:
    """Plain text, at most 78 columns wide but for links."""
    say = Tongue("en" if language == "en" else "fr", zone(report.timezone))
    parts = (
        _head(report, say),
        _table((name, value, of) for name, value, of, _ in tiles(report, say)),
        _titled(say(Text("Du segment au clic", "From segment to click")), _funnel(report, say)),
        _titled(say(Text("Non écrits, et pourquoi", "Not written to, and why")), _exclusions(report, say)),
        _titled(say(Text("Refus", "Refusals")), ((say(refusal(n)), say.count(c), "") for n, c in report.refusals)),
        _titled(say(Text("Liens, en personnes", "Links, in people")), _links(report, say)),
        _titled(say(Text("Par segment", "By segment")), _segments(report, say)),
        _titled(say(Text("Machines, à part", "Machines, apart")), _machines(report, say)),
        [say(Text("Non mesuré", "Not measured")), *_wrapped(f"- {s}" for s in not_measured(report, say))],
    )
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(report: Report, say: Tongue) -> list[str]:
    title = f"{report.campaign} – {report.organisation}"
    if report.simulated:
        title += say(Text(" (horloge simulée)", " (simulated clock)"))
    told = unescape(re.sub(r"<[^>]+>", "", lead(report, say)))
    return [title, "", *_wrapped([told, period(report, say)])]


def _funnel(report: Report, say: Tongue) -> Iterator[tuple[str, str, str]]:
    for name, number, share, _, _, most in funnel_steps(report, say):
        blocks = "█" * max(round(_BAR * number / most), 1 if number else 0)
        yield name, say.count(number), f"{blocks} {share}"


def _exclusions(report: Report, say: Tongue) -> Iterator[tuple[str, str, str]]:
    for reason, count in report.exclusions:
        name, meaning = exclusion(reason)
        yield say(name), say.count(count), say(meaning)
    for reason, count in report.skipped:
        since = say(Text("{name}, depuis l’approbation", "{name}, since approval"), name=say(exclusion(reason)[0]))
        yield since, say.count(count), ""


def _links(report: Report, say: Tongue) -> Iterator[tuple[str, str, str]]:
    for link in report.links[:15]:
        if link.people:
            yield link.link.partition("://")[2], say.count(link.people), ""


def _machines(report: Report, say: Tongue) -> Iterator[tuple[str, str, str]]:
    for m in report.machines:
        yield say(rule(m.rule)), say.count(m.opens + m.clicks), ""


def _segments(report: Report, say: Tongue) -> Iterator[tuple[str, str, str]]:
    for group in dict(report.groups).get(Dimension.SEGMENT, ()):
        f = group.figures
        told = say(
            Text("ouvert {o}, cliqué {c}", "opened {o}, clicked {c}"),
            o=rate(f.opened, f.may_open, say),
            c=rate(f.clicked, f.may_click, say),
        )
        yield group_name(Dimension.SEGMENT, group, say), say.count(f.recipients), told


def _titled(title: str, rows: Iterable[tuple[str, str, str]]) -> list[str]:
    table = _table(rows)
    return [title, *table] if table else []


def _table(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    listed = list(rows)
    first = min(max((len(row[0]) for row in listed), default=0), _WIDTH - 16)
    second = max((len(row[1]) for row in listed), default=0)
    return [f"  {name:<{first}}  {value:>{second}}  {rest}".rstrip() for name, value, rest in listed]


def _wrapped(paragraphs: Iterable[str]) -> list[str]:
    import textwrap

    return [
        line for p in paragraphs for line in textwrap.wrap(p, _WIDTH, subsequent_indent="  " if p[:2] == "- " else "")
    ]
