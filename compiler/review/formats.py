"""Findings for people and for programs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from compiler.language.canonical import Json
from compiler.language.finding import Finding, Place, Severity, Text, in_reading_order

_WORDS = {
    Severity.ERROR: Text("erreur", "error"),
    Severity.WARNING: Text("avertissement", "warning"),
    Severity.ADVICE: Text("conseil", "advice"),
}
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.ADVICE: "\x1b[1;36m"}
_PLAIN = "\x1b[0m"
_WIDEST = 110
#: What a caret underlines: a quoted text, or up to the next blank, comma or bracket.
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,\]}]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_BEFORE_NARROW = re.compile(r"(?<=\S) (?=[;!?](\s|$))")
_APOSTROPHE = re.compile(r"`[^`]*`|(?<=[^\W\d_])'(?=[^\W\d_])")
_BEFORE_COLON = re.compile(r"(?<=\S) (?=:(\s|$))")


def findings_text(
    findings: Iterable[Finding],
    language: str,
    *,
    root: Path | None = None,
    advice: bool = True,
    colour: bool = False,
) -> str:
    """Findings in reading order, each with its place, the line it is about where `root` holds it, and its cure.

    Without `advice` those that only advise are counted, not shown.
    """
    ordered = in_reading_order(list(findings))
    shown = [one for one in ordered if advice or one.severity is not Severity.ADVICE]
    blocks = [_block(one, language, root, colour=colour) for one in shown]
    return "\n\n".join([*blocks, counted(ordered, language)])


def counted(findings: Iterable[Finding], language: str) -> str:
    """`2 errors, 1 warning`, or that nothing was found."""
    return counted_severities([one.severity for one in findings], language)


def counted_severities(severities: list[Severity], language: str) -> str:
    """The same of severities alone."""
    parts = []
    for severity in Severity:
        count = severities.count(severity)
        if count:
            # French counts 0 and 1 alike; neither "advice" nor a single thing takes an s.
            many = count > 1 and not (language == "en" and severity is Severity.ADVICE)
            parts.append(f"{count} {_WORDS[severity].say(language)}{'s' if many else ''}")
    return ", ".join(parts) or Text("rien à signaler", "nothing to report").say(language)


def findings_json(findings: Iterable[Finding]) -> dict[str, Json]:
    """Findings as one JSON object, in reading order, in both languages."""
    ordered = in_reading_order(list(findings))
    severities = [one.severity for one in ordered]
    return {
        "format": 1,
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "advice": severities.count(Severity.ADVICE),
        "findings": [_record(one) for one in ordered],
    }


def french_spaces(text: str) -> str:
    """The no-break spaces of French: narrow before ; ! ?, full before a colon and inside guillemets."""
    text = _BEFORE_COLON.sub("\u00a0", _BEFORE_NARROW.sub("\u202f", text))
    return text.replace("« ", "«\u00a0").replace(" »", "\u00a0»").replace(" %", "\u00a0%")


def french_apostrophes(text: str) -> str:
    """The typographic apostrophe between two letters, but for what stands between backticks."""
    return _APOSTROPHE.sub(lambda match: match[0] if len(match[0]) > 1 else "\u2019", text)


def from_top(lead: str, path: str) -> str:
    """A place's path as the forge has it: from the repository's top, above which a workspace's path may lead."""
    return posixpath.normpath(lead + path)


def one_line(text: str, language: str) -> str:
    """A text of a finding as a line in which everything can be seen."""
    return _say(text, language)


def _record(one: Finding) -> dict[str, Json]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "path": one.place.path,
        "line": one.place.line,
        "column": one.place.column,
        "message": {"fr": french_spaces(one.message("fr")), "en": one.message("en")},
        "hint": {"fr": french_spaces(one.advice("fr")), "en": one.advice("en")},
        "link": one.entry.link or f"docs/errors.md#{one.code.lower()}",
        "waived": one.waived,
    }


def _block(one: Finding, language: str, root: Path | None, *, colour: bool) -> str:
    word = _WORDS[one.severity].say(language)
    head = f"{word}[{one.code}]"
    if colour:
        head = f"{_COLOURS[one.severity]}{head}{_PLAIN}"
    lines = [f"{head}: {_say(one.message(language), language)}"]
    excerpt = _excerpt(root, one.place) if root is not None else []
    margin = " " * (len(str(one.place.line)) if excerpt else 1)
    lines.append(f"{margin}--> {one.place}")
    lines += excerpt
    label = Text("aide : ", "help: ").say(language)
    lines.append(f"{margin} = {_say(label + one.advice(language), language)}")
    if one.waived:
        label = Text("levée : ", "waived: ").say(language)
        lines.append(f"{margin} = {_say(label, language)}{one.waived}")
    return "\n".join(lines)


def _say(text: str, language: str) -> str:
    shown = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return french_spaces(shown) if language == "fr" else shown


def _excerpt(root: Path, place: Place) -> list[str]:
    """The line with a caret under the place; nothing where the file cannot be shown."""
    if not place.line:
        return []
    try:
        lines = (root / place.path).read_text("utf-8", "replace").removeprefix("\ufeff").split("\n")
    except OSError:
        return []
    if place.line > len(lines):
        return []
    column = max(place.column, 1)
    cut = max(0, column - _WIDEST + 20)
    line = _UNPRINTABLE.sub(" ", lines[place.line - 1].rstrip("\r"))[cut : cut + _WIDEST]
    found = _TOKEN.match(line, column - 1 - cut)
    width = max(1, len(found[0]) if found else 1)
    number = str(place.line)
    margin = " " * len(number)
    return [f"{margin} |", f"{number} | {line}", f"{margin} | {' ' * (column - 1 - cut)}{'^' * width}"]
