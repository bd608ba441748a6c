from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.book.suppressions import Suppressions, added, from_text, later, suppression, to_text
from compiler.language.suppression import ALL, Suppression

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
MAC = "ab" * 32

entries = st.builds(
    Suppression,
    mac=st.sampled_from([MAC, "ab" + "cd" * 31, "ff" * 32]),
    scope=st.sampled_from([ALL, "newsletter", "events"]),
    at=st.integers(0, 3).map(lambda n: AT + timedelta(seconds=n)),
    reason=st.sampled_from(["unsubscribed", "objected", "consent"]),
    lifted=st.booleans(),
)
lists = st.lists(entries, max_size=8)


@given(lists)
def test_a_list_comes_back_from_its_text(found: list[Suppression]) -> None:
    text = to_text(found)
    assert to_text(from_text(text)) == text
    assert list(Suppressions(found)) == list(from_text(text))


@given(lists, lists)
def test_joining_lists_is_the_same_in_any_order_and_twice(one: list[Suppression], other: list[Suppression]) -> None:
    assert to_text([*one, *other]) == to_text([*other, *one, *other])


@given(lists, lists)
def test_joining_file_by_file_is_joining_at_once(one: list[Suppression], other: list[Suppression]) -> None:
    files = added({}, one)
    files.update(added(files, other))
    assert files == added({}, [*one, *other])
    assert added(files, other) == {}


def _entry(scope: str = "newsletter", seconds: int = 0, *, lifted: bool = False) -> Suppression:
    entry = suppression(MAC, scope, at=AT + timedelta(seconds=seconds), reason="unsubscribed")
    return replace(entry, lifted=lifted)


def test_a_tie_suppresses() -> None:
    assert not later(_entry(lifted=True), _entry()).lifted
    assert Suppressions([_entry(lifted=True), _entry()]).covers(MAC, "newsletter")


def test_a_later_consent_lifts() -> None:
    assert Suppressions([_entry(), _entry(seconds=1, lifted=True)]).covers(MAC, "newsletter") is None


def test_an_objection_to_one_purpose_covers_no_other() -> None:
    listed = Suppressions([_entry()])
    assert listed.covers(MAC, "newsletter") == _entry()
    assert listed.covers(MAC, "events") is None
    assert listed.covers(MAC, ALL) is None
    assert listed.covers("cd" * 32, "newsletter") is None


def test_an_objection_to_everything_covers_each_purpose() -> None:
    assert Suppressions([_entry(ALL)]).covers(MAC, "newsletter") == _entry(ALL)


def test_a_consent_to_one_purpose_does_not_open_the_others() -> None:
    listed = Suppressions([_entry(ALL), _entry("newsletter", 1, lifted=True)])
    assert listed.covers(MAC, "newsletter") is None
    assert listed.covers(MAC, "events") == _entry(ALL)


def test_a_consent_older_than_the_objection_to_everything_lifts_nothing() -> None:
    assert Suppressions([_entry(ALL, 2), _entry("newsletter", 1, lifted=True)]).covers(MAC, "newsletter")


@pytest.mark.parametrize("line", ["", "zz newsletter x y z", f"{MAC} a 2027-03-02T08:00:00Z r maybe", f"{MAC} a b"])
def test_the_place_of_a_damaged_line_is_told(line: str) -> None:
    text = to_text([_entry()]) + line.encode() + b"\n"
    if not line:
        text += b"x\n"
    with pytest.raises(ValueError) as caught:
        list(from_text(text))
    assert caught.value.args[0] in (2, 3)


@pytest.mark.parametrize(("scope", "reason"), [("", "x"), ("a b", "x"), ("a", "x y"), ("a\n", "b"), ("a", "")])
def test_words_that_would_break_a_line_are_refused(scope: str, reason: str) -> None:
    with pytest.raises(ValueError):
        suppression(MAC, scope, at=AT, reason=reason)
