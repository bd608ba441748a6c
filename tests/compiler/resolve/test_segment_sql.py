"""Segments in SQL: nothing but a condition is read, and what is wrong in one has its line and column."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.campaign import Workspace
from compiler.language.catalogue import resolve as catalogue
from compiler.language.catalogue.segment import DEPTH, RANGE, SQL
from compiler.language.finding import Entry, Finding, Place
from compiler.language.segment import All, Comparison, Not, Operator, RelativeDay
from compiler.sqlform import MAX_DEPTH, MAX_LENGTH, Refused, written

Resolved = Callable[..., tuple[Workspace | None, list[Finding]]]
FIELDS = """kind: fields
fields:
  company.headcount: {type: integer}
  budget: {type: decimal}
  since: {type: date}
  vip: {type: boolean}
  tier: {values: [gold, silver]}
"""
HEAD = "kind: segment\nname: architects-west\n"


def block(text: str) -> str:
    """The segment with its condition in a literal block: the condition's line 1 is the file's line 4, column 3."""
    return HEAD + "where: |\n" + "".join(f"  {line}\n" for line in text.split("\n"))


def found(resolved: Resolved, document: str) -> list[tuple[Entry, Place]]:
    _, findings = resolved(segment=document, more=FIELDS)
    return [(one.entry, one.place) for one in findings]


ATTACKS = [
    pytest.param("1=1); drop table people; --", 4, 7, id="second-statement-in-a-parenthesis"),
    pytest.param("job = 'x'; drop table people", 4, 12, id="second-statement"),
    pytest.param("job = 'x';", 4, 12, id="semicolon"),
    pytest.param("job = 'x' -- and more", 4, 9, id="comment"),
    pytest.param("job = /* x */ 'x'", 4, 7, id="comment-within"),
    pytest.param("job = (select job from people)", 4, 17, id="subquery"),
    pytest.param("job in (select job from people)", 4, 18, id="subquery-in"),
    pytest.param("exists (select 1)", 4, 18, id="exists"),
    pytest.param("job = 'a' union select 1", 4, 13, id="union"),
    pytest.param("select 1", 4, 3, id="select"),
    pytest.param("attach 'x.db'", 4, 10, id="attach"),
    pytest.param("pragma database_list", 4, 10, id="pragma"),
    pytest.param("copy people to 'x.csv'", 4, 8, id="copy"),
    pytest.param("install httpfs", 4, 3, id="install"),
    pytest.param("load 'x'", 4, 8, id="load"),
    pytest.param("set memory_limit = '1TB'", 4, 7, id="set"),
    pytest.param("create table t (a int)", 4, 3, id="create"),
    pytest.param("read_text('/etc/passwd') = 'x'", 4, 3, id="read-text"),
    pytest.param("job = read_csv('x.csv')", 4, 9, id="read-csv"),
    pytest.param("job in (glob('/*'))", 4, 11, id="glob"),
    pytest.param("getenv('HOME') = 'x'", 4, 3, id="getenv"),
    pytest.param("current_setting('x') = 'y'", 4, 3, id="setting"),
    pytest.param("job = now()", 4, 9, id="now"),
    pytest.param("job = current_timestamp", 4, 3, id="timestamp"),
    pytest.param("random() < 0.5", 4, 3, id="random"),
    pytest.param("job::int = 3", 4, 3, id="cast"),
    pytest.param("cast(job as integer) = 3", 4, 8, id="cast-by-name"),
    pytest.param("job = 'a' || 'b'", 4, 9, id="concatenation"),
    pytest.param("lower(job) = 'x'", 4, 3, id="function-of-a-field"),
    pytest.param("company.headcount + 1 > 3", 4, 3, id="arithmetic"),
    pytest.param("case when vip then true end", 4, 13, id="case"),
    pytest.param("job similar to '(a|a)*b'", 4, 3, id="similar-to"),
    pytest.param("regexp_matches(job, '(a+)+$')", 4, 3, id="regexp"),
    pytest.param("job ~ '(a+)+$'", 4, 3, id="regexp-sign"),
    pytest.param("job ilike 'x%'", 4, 3, id="ilike"),
    pytest.param("job like '%x'", 4, 12, id="like-an-end"),
    pytest.param("job like 'a_b%'", 4, 12, id="like-a-wildcard"),
    pytest.param("job like '%'", 4, 12, id="like-anything"),
    pytest.param("job like 'x%' escape '!'", 4, 3, id="escape"),
    pytest.param("\"job\" = 'x'", 4, 3, id="quoted-name"),
    pytest.param("job = $$x$$", 4, 9, id="dollar-quotes"),
    pytest.param("job = E'\\x'", 4, 9, id="escaped-string"),
    pytest.param("job = ?", 4, 3, id="parameter"),
    pytest.param("job = $v0", 4, 3, id="our-own-parameter"),
    pytest.param("job = null", 4, 3, id="equal-to-null"),
    pytest.param("vip is true", 4, 3, id="is-true"),
    pytest.param("job in ()", 4, 3, id="nothing-in"),
    pytest.param("job between symmetric 'a' and 'b'", 4, 3, id="symmetric"),
    pytest.param("1 = 1", 4, 3, id="no-field"),
    pytest.param("false", 4, 3, id="false"),
    pytest.param("{{ job }}", 4, 3, id="template"),
    pytest.param("ｊｏｂ = 'x'", 4, 3, id="full-width"),
    pytest.param("jo\u212a = 'x'", 4, 3, id="kelvin-sign"),
    pytest.param("‘job’ = 'x'", 4, 3, id="typographic-quotes"),
    pytest.param("job = 'x", 4, 9, id="no-end"),
    pytest.param("in_segment('a b')", 4, 14, id="no-name"),
    pytest.param("clicked('spring-2027', 'x')", 4, 26, id="no-days"),
    pytest.param("clicked('spring-2027', 9, 9)", 4, 3, id="too-many-arguments"),
    pytest.param("since > current_date - interval 1 century", 4, 3, id="odd-unit"),
    pytest.param("company.headcount = 1e9", 4, 23, id="exponent"),
    pytest.param("company.headcount = 0x10", 4, 24, id="hexadecimal"),
    pytest.param("job = any(['x'])", 4, 13, id="any-of-a-list"),
    pytest.param("job = [x for x in job]", 4, 9, id="comprehension"),
    pytest.param("lambdaasinjob1_0(withiné(e''=>", 4, 3, id="the-parser-itself-fails"),
    pytest.param("{ : }", 4, 3, id="the-parser-itself-fails-on-braces"),
    pytest.param("a.b.c.d.e = 1", 4, 3, id="dots"),
    pytest.param("job = 'x' and\n(job = 'y'", 5, 10, id="parenthesis-without-end"),
]


@pytest.mark.parametrize(("text", "line", "column"), ATTACKS)
def test_what_is_no_plain_condition_is_refused_with_its_place(
    text: str, line: int, column: int, resolved: Resolved
) -> None:
    assert found(resolved, block(text)) == [(SQL, Place("segment.yaml", line, column))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 20_000, id="parentheses"),
        pytest.param("(" * 9_000 + "vip" + ")" * 9_000, id="closed-parentheses"),
        pytest.param("not " * 4_000 + "vip", id="not"),
        pytest.param("company.headcount = " + "-" * 15_000 + "1", id="minus"),
        pytest.param("company.headcount = " + "- " * 5_000 + "1", id="minus-apart"),
        pytest.param("case when " * 1_800, id="case"),
        pytest.param("[" * 9_000, id="brackets"),
        pytest.param("a." * 9_000 + "b = 1", id="dots"),
        pytest.param("job in (" + ", ".join(["'x'"] * 3_000) + ")", id="long-list"),
        pytest.param("job = '" + "a" * 19_000 + "!' and job similar to '(a+)+$'", id="redos"),
        pytest.param("x" * (MAX_LENGTH + 1), id="long"),
        pytest.param("vip::int" + "::int" * 3_000, id="casts"),
        pytest.param("interval " * 2_000, id="intervals"),
        pytest.param("vip and " * 2_400 + "(", id="chain-without-end"),
    ],
)
def test_a_bomb_is_refused_in_a_moment(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Refused):
        written(text)
    assert time.process_time() - began < 1  # of this process' own work, whatever else the machine does


def test_a_long_chain_of_conditions_is_no_bomb() -> None:
    tree = written(" or ".join(["vip"] * 2_000)).value
    assert isinstance(tree, dict)
    assert len(tree["any"].value) == 2_000


def test_parentheses_may_be_as_deep_as_the_bound() -> None:
    assert written("(" * MAX_DEPTH + "vip" + ")" * MAX_DEPTH)


# fmt: off
_WORDS = [
    "job", "vip", "since", "company", ".", ",", "(", ")", "[", "]", "{", "}", "=", "<>", "<", ">=", "-", "+", "*", "/",
    "%", "||", "::", "and", "or", "in", "like", "between", "is", "null", "true", "not", "'x'", "'archi%'", "''", "'",
    "3", "0.5", "1e3", "current_date", "interval", "day", "date", "case", "when", "then", "end", "select", "from",
    "exists", "cast", "as", "clicked", "'a'", "90", "in_segment", ";", "--", "/*", "*/", "$1", "?", ":", "->", "~",
    "@", "!", "#", "\\", "é", "union", "all", "limit",
]
# fmt: on


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    refusal = None
    try:
        written(text)
    except Refused as refused:
        refusal = refused
    assert refusal is None or (0 <= refusal.at <= len(text) and refusal.why.fr and refusal.why.en)


@pytest.mark.parametrize(
    ("where", "place"),
    [
        pytest.param("where: job = 'x' and jbo = 'y'\n", (3, 22), id="plain"),
        pytest.param("where: job = 'x'\n  and\n  jbo = 'y'\n", (5, 3), id="plain-over-lines"),
        pytest.param("where: \"job = 'x' and jbo = 'y'\"\n", (3, 23), id="double-quotes"),
        pytest.param("where: \"job = '\\x41' and\\u0020jbo = 'y'\"\n", (3, 31), id="escapes"),
        pytest.param("where: \"job = 'x' and \\\n     jbo = 'y'\"\n", (4, 6), id="escaped-line"),
        pytest.param("where: 'job = ''x'' and jbo = ''y'''\n", (3, 25), id="single-quotes"),
        pytest.param("where: |\n  job = 'x'\n\n  and jbo = 'y'\n", (6, 7), id="literal"),
        pytest.param("where: |2-  # a comment\n   job = 'x'\n   and jbo = 'y'\n", (5, 8), id="literal-with-head"),
        pytest.param("where: >\n  job = 'x'\n  and\n\n  jbo = 'y'\n", (7, 3), id="folded"),
        pytest.param("where: >-\n    job = 'x'\n    and jbo = 'y'\n", (5, 9), id="folded-stripped"),
        pytest.param("where:\n  job = 'é' and jbo = 'y'\n", (4, 17), id="next-line"),
    ],
)
def test_a_name_is_found_in_whatever_style_it_was_written(
    where: str, place: tuple[int, int], resolved: Resolved
) -> None:
    assert found(resolved, HEAD + where) == [(catalogue.UNKNOWN_FIELD, Place("segment.yaml", *place))]


@pytest.mark.parametrize(
    ("text", "entry", "column", "hint"),
    [
        ("jbo = 'x'", catalogue.UNKNOWN_FIELD, 3, "job"),
        ("company.headcuont = 1", catalogue.UNKNOWN_FIELD, 3, "company.headcount"),
        ("job >= 'm'", catalogue.FIELD_TYPE, 10, "begins"),
        ("job = 3", catalogue.FIELD_TYPE, 9, '"3"'),
        ("job = 0.5", catalogue.FIELD_TYPE, 9, '"0.5"'),
        ("job = current_date", catalogue.FIELD_TYPE, 3, ""),
        ("job = date '2027-01-01'", catalogue.FIELD_TYPE, 14, ""),
        ("company.headcount > 'abc'", catalogue.FIELD_TYPE, 23, "number"),
        ("company.headcount > 1.5", catalogue.FIELD_TYPE, 23, ""),
        ("company.headcount", catalogue.FIELD_TYPE, 3, ""),
        ("since > '2027-02-30'", catalogue.FIELD_TYPE, 11, "today - 90 days"),
        ("since > 3", catalogue.FIELD_TYPE, 11, "today"),
        ("vip > true", catalogue.FIELD_TYPE, 3, "is"),
        ("job = department", catalogue.FIELD_TYPE, 9, "single quotes"),
        ("job = contact.job", catalogue.FIELD_TYPE, 9, "single quotes"),
        ("tier = 'glod'", catalogue.NOT_A_VALUE, 10, "gold"),
        ("in_segment('architects-wset')", catalogue.UNKNOWN_NAME, 14, "architects-west"),
        ("clicked('spring-2072')", catalogue.NO_CAMPAIGN, 11, "spring-2027"),
        ("clickd('spring-2027') = 1", SQL, 3, "clicked"),
        ("company.headcount between 9 and 3", RANGE, 29, ""),
        ("in_segment('architects-west')", catalogue.CYCLE, 3, ""),
    ],
)
def test_names_and_types_are_held_to_the_fields_as_in_yaml(
    text: str, entry: Entry, column: int, hint: str, resolved: Resolved
) -> None:
    _, findings = resolved(segment=block(text), more=FIELDS)
    assert [(one.entry, one.place) for one in findings] == [(entry, Place("segment.yaml", 4, column))]
    assert hint in findings[0].advice("en")
    assert findings[0].advice("fr")


def test_both_forms_or_none_are_refused(resolved: Resolved) -> None:
    both = HEAD + "match: {everyone: true}\nwhere: vip\n"
    assert found(resolved, both) == [(catalogue.CLAUSE, Place("segment.yaml", 4, 1))]
    assert found(resolved, HEAD) == [(catalogue.CLAUSE, Place("segment.yaml", 1, 1))]


def test_each_term_of_a_condition_in_sql_is_a_clause_of_the_funnel(resolved: Resolved) -> None:
    text = "job in ('architecte', 'designer')\nand company.headcount >= 10\nand not (vip)\nand since < current_date"
    workspace, findings = resolved(segment=block(text), more=FIELDS)
    assert not findings
    assert workspace is not None
    match = workspace.segments[0].match
    assert isinstance(match, All)
    kinds = [type(clause) for clause in match.clauses]
    assert kinds == [Comparison, Comparison, Not, Comparison]
    assert [clause.place.line for clause in match.clauses] == [4, 5, 6, 7]
    last = match.clauses[-1]
    assert isinstance(last, Comparison)
    assert (last.operator, last.operand) == (Operator.BEFORE, RelativeDay())


def test_segments_may_refer_to_each_other_across_forms_but_not_in_a_circle(resolved: Resolved) -> None:
    other = "---\nkind: segment\nname: b\nmatch: {not: {segment: architects-west}}\n"
    _, findings = resolved(segment=block("vip and in_segment('b')"), more=FIELDS + other)
    assert [one.entry for one in findings] == [catalogue.CYCLE]
    assert "architects-west → b → architects-west" in findings[0].message("en")


def test_a_pile_of_segments_is_refused_with_the_way_down(resolved: Resolved) -> None:
    pile = ["kind: segment\nname: s0\nwhere: vip\n"]
    pile += [f"kind: segment\nname: s{n + 1}\nwhere: not in_segment('s{n}')\n" for n in range(30)]
    _, findings = resolved(more=FIELDS + "---\n" + "---\n".join(pile))
    assert [one.entry for one in findings] == [DEPTH]
    assert "s25 → s24 → s23" in findings[0].message("fr")


def test_a_deep_match_in_yaml_stops_at_the_loader_or_the_bound(resolved: Resolved, tmp_path: Path) -> None:
    deep = "{not: " * 55 + "{everyone: true}" + "}" * 55
    assert found(resolved, HEAD + f"match: {deep}\n") == [(DEPTH, Place("segment.yaml", 2, 1))]
