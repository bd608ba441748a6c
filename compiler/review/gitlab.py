"""Findings as a GitLab Code Quality report: a JSON array in the form of the Code Climate issues that GitLab reads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from compiler.language.canonical import Json, digest
from compiler.language.finding import Finding, Severity, in_reading_order
from compiler.review.formats import from_top, one_line

_SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def gitlab_code_quality(findings: Iterable[Finding], language: str, *, lead: str = "") -> str:
    """The whole report. A fingerprint does not depend on the line: a finding that moves stays the same one."""
    seen: Counter[str] = Counter()
    report: list[Json] = []
    for one in in_reading_order(list(findings)):
        core = digest([one.code, one.place.path, [list(pair) for pair in one.arguments]])
        message, advice = one_line(one.message(language), language), one_line(one.advice(language), language)
        report.append(
            {
                "description": f"{message} ({advice})",
                "check_name": one.code,
                "fingerprint": digest([core, seen[core]]),
                "severity": _SEVERITIES[one.severity],
                "location": {"path": from_top(lead, one.place.path), "lines": {"begin": max(1, one.place.line)}},
            }
        )
        seen[core] += 1
    return json.dumps(report, ensure_ascii=False, indent=2)
