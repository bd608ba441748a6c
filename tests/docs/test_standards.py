"""The standards page claims what is registered, says what is not, and each claim has its test."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from compiler.policy import RULES
from compiler.review.standards import ELSEWHERE, FAMILIES, NOT_KEPT, PROTOCOLS
from compiler.review.standards_page import proofs_in, standards_page

ROOT = Path(__file__).parents[2]
REGISTERED = {rule.id for rule in RULES}

#: What law and deliverability ask of declarations, people, messages and header fields.
ASKED = [
    *[f"LAW-{name}" for name in (
        "BASIS-01", "OPTIN-02", "SIMILAR-03", "PRO-04", "PRO-05", "GENERIC-06", "PROOF-07", "PROOF-08", "SPECIFIC-09",
        "NOPREBOX-10", "DOI-11", "WITHDRAW-12", "SUPPR-13", "SUPPR-14", "RESTRICT-15", "MINOR-16", "SENSITIVE-17",
        "MULTI-18",
    )],
    *["SRC-01", "SRC-02", "SRC-03", "SRC-04", "INF-13", "INF-14", "RET-01", "RET-02", "RET-03", "RGT-01", "RGT-02"],
    *["RGT-03", "ROPA-01", "ROPA-02", "SEC-01", "SEC-02", "SEC-03", "SEC-04", "SEC-05"],
    *[f"MSG-{name}" for name in (
        "ID-01", "CONTACT-02", "SUBJ-03", "AD-04", "UNSUB-05", "TRKOFF-06", "PRIV-07", "ADDR-08", "REPLY-09", "TEXT-10",
        "LINK-11", "LINKDOM-12", "SIZE-13", "MERGE-14", "5322-15", "FROM-16",
    )],
    *[f"HDR-{name}" for name in (
        "LU-01", "LUP-02", "DKIMCOV-03", "LISTID-04", "FBID-05", "CFBL-06", "PREC-07", "MFROM-08", "NOPII-09",
    )],
]  # fmt: skip


def test_the_page_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "standards.md").read_text("utf-8") == standards_page(ROOT)


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_is_a_rule_or_the_page_says_how_it_stands(name: str) -> None:
    apart = {row[0] for row in (*ELSEWHERE, *NOT_KEPT)}
    assert (name in REGISTERED) != (name in apart)


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_a_rule_is_in_one_table_with_a_test_that_raises_it(name: str) -> None:
    assert len([title for title, leads in FAMILIES if name.split("-")[0] in leads]) == 1
    assert proofs_in(ROOT / "tests")[name]


@pytest.mark.parametrize("row", [*PROTOCOLS, *ELSEWHERE], ids=lambda row: str(row[0]))
def test_a_claim_names_code_and_tests_that_are_there(row: tuple[str, ...]) -> None:
    module, test = row[2], row[3]
    for path in re.findall(r"`(tests/[^`]+)`", test):
        assert (ROOT / path).exists(), path
    if "no" not in row[-1].split(":")[0].split():
        assert re.search(r"`tests/", test)
        for name in re.findall(r"`([^`]+)`", module):
            assert find_spec(name.rstrip("/").replace("/", ".")) or (ROOT / name).exists(), name
