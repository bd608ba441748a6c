"""Findings as SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from urllib.parse import quote

from compiler.language.canonical import Json, digest
from compiler.language.finding import Entry, Finding, Severity, in_reading_order
from compiler.review.formats import from_top, one_line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}


def sarif(findings: Iterable[Finding], language: str, *, lead: str = "") -> str:
    """The whole log: one run, a rule for each code found, a result for each finding."""
    ordered = in_reading_order(list(findings))
    entries = {one.code: one.entry for one in ordered}
    codes = sorted(entries)
    driver: dict[str, Json] = {
        "name": "envoi",
        "version": version("envoi"),
        "rules": [_rule(entries[code], language) for code in codes],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), language, lead) for one in ordered],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(entry: Entry, language: str) -> dict[str, Json]:
    rule: dict[str, Json] = {
        "id": entry.code,
        "shortDescription": {"text": one_line(entry.cause.say(language), language)},
        "help": {"text": one_line(entry.cure.say(language), language)},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }
    return {**rule, "helpUri": entry.link} if entry.link else rule


def _result(one: Finding, rule: int, language: str, lead: str) -> dict[str, Json]:
    said = f"{one_line(one.message(language), language)} ({one_line(one.advice(language), language)})"
    result: dict[str, Json] = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": _LEVELS[one.severity],
        "message": {"text": said},
        "locations": [{"physicalLocation": _location(one, lead)}],
        "partialFingerprints": {"envoi/v1": digest([one.code, one.place.path, [list(p) for p in one.arguments]])},
    }
    if one.waived:
        result["suppressions"] = [{"kind": "inSource", "justification": one_line(one.waived, language)}]
    return result


def _location(one: Finding, lead: str) -> dict[str, Json]:
    location: dict[str, Json] = {"artifactLocation": {"uri": quote(from_top(lead, one.place.path))}}
    if one.place.line:
        location["region"] = {"startLine": one.place.line, "startColumn": max(1, one.place.column)}
    return location
