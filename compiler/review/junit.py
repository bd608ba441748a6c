"""Findings as a JUnit report: a file is a suite, a finding a case, which failed where it stops."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from compiler.language.finding import Finding, Text, in_reading_order
from compiler.review.formats import from_top, one_line

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(findings: Iterable[Finding], language: str, *, lead: str = "") -> str:
    """The whole document. A workspace without findings is one case that passed."""
    ordered = sorted(in_reading_order(list(findings)), key=lambda one: one.place.path)
    suites = [
        _suite(from_top(lead, path), list(mine), language)
        for path, mine in groupby(ordered, lambda one: one.place.path)
    ]
    failures = sum(one.stops for one in ordered)
    if not suites:
        name = Text("rien à signaler", "nothing to report").say(language)
        case = f'    <testcase classname="envoi" name={_attribute(name)}/>'
        suites = [f'  <testsuite name="envoi" tests="1" failures="0">\n{case}\n  </testsuite>']
    head = f'<testsuites name="envoi" tests="{max(1, len(ordered))}" failures="{failures}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"])


def _suite(path: str, findings: list[Finding], language: str) -> str:
    failures = sum(one.stops for one in findings)
    head = f'  <testsuite name={_attribute(path)} tests="{len(findings)}" failures="{failures}">'
    return "\n".join([head, *(_case(one, path, language) for one in findings), "  </testsuite>"])


def _case(one: Finding, path: str, language: str) -> str:
    message, advice = one_line(one.message(language), language), one_line(one.advice(language), language)
    where = ":".join([path, *(str(number) for number in (one.place.line, one.place.column) if number)])
    case = f"    <testcase classname={_attribute(path)} name={_attribute(f'{one.code} {where}')}"
    body = f"{where}\n{message}\n{advice}"
    if one.stops:
        inside = f"<failure message={_attribute(message)} type={_attribute(one.code)}>{_text(body)}</failure>"
    else:
        inside = f"<system-out>{_text(body)}</system-out>"
    return f"{case}>{inside}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
