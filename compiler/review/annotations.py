"""Findings as GitHub's workflow commands: a note beside the line, in the pull request.

A step may make 10 annotations of a kind (of GitHub's error, warning and notice); what is beyond is counted in the last
one, and shown whole in the step's summary.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.finding import Finding, Severity, Text, in_reading_order
from compiler.review.formats import from_top, one_line

MOST = 10
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def github_annotations(findings: Iterable[Finding], language: str, *, lead: str = "") -> str:
    """A command a line, what stops first. `lead` goes before each path: from the repository's top to the workspace."""
    ordered = in_reading_order(list(findings))
    lines: list[str] = []
    for severity in Severity:
        mine = [one for one in ordered if one.severity is severity]
        kept = mine if len(mine) <= MOST else mine[: MOST - 1]
        lines += [_command(one, language, lead) for one in kept]
        if more := len(mine) - len(kept):
            rest = Text(f"et {more} autres : voir le résumé de l'étape", f"and {more} more: see the step's summary")
            lines.append(f"::{_COMMANDS[severity]}::{_message(one_line(rest.say(language), language))}")
    return "\n".join(lines)


def _command(one: Finding, language: str, lead: str) -> str:
    properties = {"file": from_top(lead, one.place.path)}
    if one.place.line:
        properties["line"] = str(one.place.line)
    if one.place.column:
        properties["col"] = str(one.place.column)
    properties["title"] = one.code
    spelled = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    said = f"{one_line(one.message(language), language)}\n{one_line(one.advice(language), language)}"
    return f"::{_COMMANDS[one.severity]} {spelled}::{_message(said)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
