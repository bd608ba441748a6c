"""Findings as forges read them: annotations, SARIF, JUnit, GitLab Code Quality, the summary of a step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from xml.etree import ElementTree

import pytest

from compiler.language.finding import Entry, Finding, Place, Severity, Text, finding
from compiler.review.annotations import MOST, github_annotations
from compiler.review.gitlab import gitlab_code_quality
from compiler.review.junit import junit
from compiler.review.sarif import sarif
from compiler.review.summary import LONGEST, step_summary

Golden = Callable[[str, str], None]
ERROR = Entry(
    "TEST-ERROR-01",
    Severity.ERROR,
    Text("100 % de {name}, manque : a\nb", "100% of {name}, is missing: a\nb"),
    Text("Parce que.", 'Because <x> & "y".'),
    Text("L'ajouter.", "Add `it` | <b>."),
)
ADVICE = replace(ERROR, code="TEST-ADVICE-03", severity=Severity.ADVICE, link="https://example.org/rule")
WARNING = replace(ERROR, code="TEST-WARNING-02", severity=Severity.WARNING)
FOUND = [
    finding(ADVICE, Place("z é.yaml"), name="<script>"),
    finding(WARNING, Place("b,c:d.yaml", 3), name="]]>\u202e\x0b"),
    finding(ERROR, Place("a.yaml", 2, 10), name="job::x"),
    replace(finding(ERROR, Place("a.yaml", 9, 1), name="job"), waived="once a year"),
]


def test_annotations_are_the_golden_ones(golden: Golden) -> None:
    golden("review/findings.github.txt", github_annotations(FOUND, "en", lead="mail/") + "\n")


def test_annotations_escape_what_would_end_them() -> None:
    first, second, *_ = github_annotations(FOUND, "fr").splitlines()
    assert first.startswith("::error file=a.yaml,line=2,col=10,title=TEST-ERROR-01::100")
    assert "%25 de job::x" in first
    assert "%0AL'ajouter." in first
    assert second.startswith("::warning file=b%2Cc%3Ad.yaml,line=3,title=TEST-WARNING-02::")


def test_errors_come_first_and_each_kind_has_at_most_ten() -> None:
    many = [
        finding(entry, Place("a.yaml", n + 1), name=str(n)) for entry in (ADVICE, WARNING, ERROR) for n in range(25)
    ]
    lines = github_annotations(many, "en").splitlines()
    kinds = [line.split(" ")[0].split("::")[1] for line in lines]
    assert kinds == ["error"] * MOST + ["warning"] * MOST + ["notice"] * MOST
    assert lines[MOST - 1] == "::error::and 16 more: see the step's summary"
    ten = [finding(ERROR, Place("a.yaml", n + 1), name=str(n)) for n in range(MOST)]
    assert "more" not in github_annotations(ten, "en")


def test_nothing_found_annotates_nothing() -> None:
    assert github_annotations([], "en") == ""


def test_sarif_has_what_the_standard_requires(golden: Golden) -> None:
    text = sarif(FOUND, "en", lead="mail/")
    golden("review/findings.sarif", text.replace(f'"version": "{version("envoi")}"', '"version": "0"') + "\n")
    log = json.loads(text)
    assert log["version"] == "2.1.0"  # 3.13.2
    for run in log["runs"]:
        driver = run["tool"]["driver"]  # 3.14.6, 3.18.2
        assert driver["name"] == "envoi"  # 3.19.8
        identifiers = [rule["id"] for rule in driver["rules"]]  # 3.49.3
        assert len(set(identifiers)) == len(identifiers)
        assert run["results"]
        for result in run["results"]:
            assert result["message"]["text"]  # 3.27.11
            assert identifiers[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
            assert result["level"] in ("none", "note", "warning", "error")  # 3.27.10
            (location,) = result["locations"]
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert not uri.startswith("/")
            assert " " not in uri
            region = location["physicalLocation"].get("region")
            assert region is None or region["startLine"] >= 1


def test_a_waived_finding_is_suppressed_and_keeps_its_reason() -> None:
    (result,) = json.loads(sarif(FOUND[3:], "en"))["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "once a year"}]


def test_an_empty_sarif_log_is_whole() -> None:
    assert json.loads(sarif([], "fr"))["runs"][0]["results"] == []


def test_junit_is_xml_whose_counts_agree(golden: Golden) -> None:
    text = junit(FOUND, "en", lead="mail/")
    golden("review/findings.junit.xml", text + "\n")
    root = ElementTree.fromstring(text)
    cases = root.findall(".//testcase")
    assert int(root.attrib["tests"]) == len(cases) == len(FOUND)
    assert int(root.attrib["failures"]) == len(root.findall(".//failure")) == 1
    for suite in root.findall("testsuite"):
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert all(case.attrib["classname"] and case.attrib["name"] for case in cases)


def test_nothing_found_is_one_case_that_passed() -> None:
    root = ElementTree.fromstring(junit([], "fr"))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("1", "0")
    assert len(root.findall("testsuite/testcase")) == 1


def test_code_quality_has_what_gitlab_requires(golden: Golden) -> None:
    text = gitlab_code_quality(FOUND, "en", lead="mail/")
    golden("review/findings.gitlab.json", text + "\n")
    issues = json.loads(text)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"].startswith("mail/")
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_a_fingerprint_follows_a_finding_that_moves() -> None:
    def print_of(found: Finding) -> str:
        (issue,) = json.loads(gitlab_code_quality([found], "en"))
        return str(issue["fingerprint"])

    moved = replace(FOUND[2], place=Place("a.yaml", 40, 2))
    assert print_of(moved) == print_of(FOUND[2])
    assert print_of(replace(moved, place=Place("b.yaml", 40, 2))) != print_of(FOUND[2])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_summary_is_the_golden_one(golden: Golden, language: str) -> None:
    golden(f"review/summary.{language}.md", step_summary(FOUND, language))


def test_a_summary_too_large_is_shortened() -> None:
    many = [finding(ERROR, Place("a.yaml", n + 1), name="é" * 300) for n in range(4000)]
    page = step_summary(many, "en")
    assert len(page.encode()) <= LONGEST
    assert "… and " in page
    assert "⛔ 4000 errors" in page
