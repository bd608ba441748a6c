from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.book.fold import contact_of, fold, join, read, tombstone
from compiler.book.record import (
    Change,
    Record,
    change_from_json,
    change_to_json,
    contact_document,
    contact_from_json,
    contact_to_json,
    record_from_json,
    record_to_json,
)
from compiler.language.canonical import Json
from compiler.language.consent import Answer, Basis, Ground, Proof, Tracking
from compiler.language.contact import Contact, Kind, Objection, Origin, SourceKind, Status

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
IDS = ("a" * 32, "b" * 32)

days = st.dates(date(2025, 1, 1), date(2027, 3, 2))
optional_days = st.none() | days
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12)
scopes = st.sampled_from(["all", "newsletter", "events"])
bases = st.builds(
    Basis,
    purpose=st.sampled_from(["newsletter", "events"]),
    ground=st.sampled_from(Ground),
    since=days,
    proof=st.builds(Proof, words, words, words, words, st.booleans()),
    collected_at_sale=st.booleans(),
    objection_offered=st.booleans(),
    product_families=st.lists(words, max_size=2).map(tuple),
    withdrawn_on=optional_days,
)
living = st.sampled_from([status for status in Status if status is not Status.ERASED])
contacts = st.builds(
    Contact,
    id=st.sampled_from(IDS),
    status=living,
    kind=st.sampled_from(Kind),
    country=st.sampled_from(["FR", "RE", ""]),
    locale=st.sampled_from(["fr", "en"]),
    zone=st.just("Europe/Paris"),
    lane=st.just("other"),
    basis=st.lists(bases, max_size=2).map(tuple),
    tracking=st.builds(Tracking, st.sampled_from(Answer), st.sampled_from(Answer)),
    objections=st.dictionaries(scopes, st.tuples(days, words), max_size=2).map(
        lambda d: tuple(Objection(scope, on, channel) for scope, (on, channel) in sorted(d.items()))
    ),
    origin=st.none() | st.builds(Origin, st.sampled_from(SourceKind), words, days),
    relation=words,
    notices=st.dictionaries(words, days, max_size=2).map(lambda d: tuple(sorted(d.items()))),
    last_contact_on=optional_days,
    dead_on=optional_days,
    minor=st.booleans(),
    fields=st.dictionaries(words, st.booleans() | st.integers() | words, max_size=3).map(
        lambda d: tuple(sorted(d.items()))
    ),
    seal=st.binary(max_size=40),
)


def _text(day: date | None) -> Json:
    return day.isoformat() if day else None


def _objection(day: date) -> Json:
    return {"on": day.isoformat(), "channel": "link"}


sets: st.SearchStrategy[dict[str, Json]] = st.fixed_dictionaries(
    {},
    optional={
        "status": living.map(str),
        "objections.newsletter": st.none() | days.map(_objection),
        "objections.all": st.none() | days.map(_objection),
        "basis.newsletter.withdrawn_on": optional_days.map(_text),
        "tracking.opens": st.sampled_from(Answer).map(str),
        "tracking.clicks": st.sampled_from(Answer).map(str),
        "dead_on": optional_days.map(_text),
        "last_contact_on": optional_days.map(_text),
        "notices.art14": days.map(_text),
        "seal": st.binary(max_size=8).map(lambda b: base64.b64encode(b).decode()),
        "record": contacts.map(contact_document),
    },
)
#: One place a name: (node, seq) names one change for ever.
changes = st.dictionaries(
    st.tuples(st.sampled_from(["t1", "t2"]), st.integers(1, 8)),
    st.tuples(st.integers(0, 5), st.sampled_from(IDS), sets),
    max_size=8,
).map(
    lambda named: [
        Change(AT + timedelta(seconds=late), node, seq, contact, values, "test")
        for (node, seq), (late, contact, values) in named.items()
    ]
)
records = st.lists(contacts, max_size=2, unique_by=lambda c: c.id).map(lambda cs: [Record(c.id, c) for c in cs])


def _written_and_read(folded: Iterable[Record]) -> list[Record]:
    return [record_from_json(record_to_json(record)) for record in folded]


@given(contacts)
def test_a_contact_comes_back_from_its_line(contact: Contact) -> None:
    line = contact_to_json(contact)
    assert contact_from_json(line) == contact
    assert line.count(b"\n") == 1
    assert contact_to_json(contact_from_json(line)) == line


@given(changes)
def test_a_change_comes_back_from_its_line(found: list[Change]) -> None:
    assert [change_from_json(change_to_json(change)) for change in found] == found


@given(records, changes, st.randoms(use_true_random=False))
def test_folding_does_not_depend_on_order(base: list[Record], found: list[Change], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(base, shuffled) == fold(base, found)


@given(records, changes)
def test_folding_twice_is_folding_once(base: list[Record], found: list[Change]) -> None:
    once = fold(base, found)
    assert fold(once.values(), found) == once
    assert fold(base, [*found, *found]) == once


@given(records, changes, st.integers(0, 8))
def test_folding_in_two_stages_through_files_is_folding_at_once(
    base: list[Record], found: list[Change], cut: int
) -> None:
    first = _written_and_read(fold(base, found[:cut]).values())
    assert fold(first, found[cut:]) == fold(base, found)


@given(records, changes, st.integers(0, 8))
def test_two_halves_join_to_the_whole(base: list[Record], found: list[Change], cut: int) -> None:
    left, right = fold(base, found[:cut]), fold(base, found[cut:])
    whole = fold(base, found)
    for contact in left.keys() & right.keys():
        assert join(left[contact], right[contact]) == whole[contact]
        assert join(right[contact], left[contact]) == whole[contact]


@given(records, changes, changes)
def test_nothing_brings_an_erased_contact_back(base: list[Record], before: list[Change], after: list[Change]) -> None:
    erased = Change(AT, "desk", 1, IDS[0], {"status": "erased"}, "erased")
    folded = fold(base, [*before, erased, *after])
    assert contact_of(folded[IDS[0]]) == tombstone(IDS[0])
    assert fold(_written_and_read(folded.values()), after)[IDS[0]] == Record(IDS[0], tombstone(IDS[0]))


PERSON = Contact(
    IDS[0], Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other",
    basis=(Basis("newsletter", Ground.CONSENT, date(2026, 1, 1)),), last_contact_on=date(2027, 1, 5),
)  # fmt: skip
LEFT: dict[str, Json] = {"objections.newsletter": {"on": "2027-03-02", "channel": "one_click"}}


def _change(seconds: int, values: dict[str, Json], node: str = "t1", seq: int = 1) -> Change:
    return Change(AT + timedelta(seconds=seconds), node, seq, IDS[0], values, "test")


def _after(*found: Change) -> Contact:
    contact = contact_of(fold([Record(IDS[0], PERSON)], found)[IDS[0]])
    assert contact is not None
    return contact


def test_an_import_that_has_not_heard_an_objection_cannot_undo_it() -> None:
    later_import = _change(60, {"record": contact_document(PERSON)}, node="desk")
    assert _after(_change(0, LEFT), later_import).objects_to("newsletter")


def test_an_undo_lifts_the_objection_it_follows() -> None:
    undone = _change(0, {"objections.newsletter": None}, seq=2)
    assert not _after(undone, _change(0, LEFT)).objects_to("newsletter")


def test_the_later_word_stands_whenever_it_is_heard() -> None:
    early = _change(1, {"tracking.opens": "granted"}, node="t2")
    late = _change(2, {"tracking.opens": "withdrawn"})
    assert _after(late, early).tracking.opens is Answer.WITHDRAWN


def test_a_sign_of_life_is_not_taken_back_by_an_older_one() -> None:
    assert _after(_change(9, {"last_contact_on": "2026-05-01"})).last_contact_on == date(2027, 1, 5)
    assert _after(_change(0, {"last_contact_on": "2027-03-02"})).last_contact_on == date(2027, 3, 2)


def test_a_withdrawal_waits_for_the_basis_it_speaks_of() -> None:
    events = Basis("events", Ground.CONSENT, date(2026, 1, 1))
    withdrawn = _change(0, {"basis.events.withdrawn_on": "2027-03-02"})
    first, second = fold([Record(IDS[0], PERSON)], [withdrawn]).values(), replace(PERSON, basis=(events,))
    born = _change(5, {"record": contact_document(second)}, node="desk")
    contact = contact_of(fold(_written_and_read(first), [born])[IDS[0]])
    assert contact is not None
    assert [b.withdrawn_on for b in contact.basis] == [date(2027, 3, 2)]


def test_changes_of_an_unborn_contact_wait_for_its_birth() -> None:
    waiting = fold([], [_change(0, LEFT)])
    assert contact_of(waiting[IDS[0]]) is None
    born = fold(_written_and_read(waiting.values()), [_change(9, {"record": contact_document(PERSON)}, node="desk")])
    contact = contact_of(born[IDS[0]])
    assert contact is not None
    assert contact.objects_to("newsletter")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"address": "zoe@client.example"}, id="unknown-path"),
        pytest.param({"objections.": None}, id="no-scope"),
        pytest.param({"objections.all": True}, id="objection-without-day"),
        pytest.param({"basis.withdrawn_on": "2027-03-02"}, id="no-purpose"),
        pytest.param({"basis.newsletter.ground": "consent"}, id="ground-cannot-change"),
        pytest.param({"tracking.opens": "maybe"}, id="no-answer"),
        pytest.param({"tracking.forms": "granted"}, id="unknown-tracking"),
        pytest.param({"status": "happy"}, id="no-status"),
        pytest.param({"dead_on": "yesterday"}, id="no-day"),
        pytest.param({"seal": "§"}, id="no-base64"),
        pytest.param({"record": 3}, id="no-record"),
    ],
)
def test_what_no_contact_can_be_set_to_is_refused(values: dict[str, Json]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)) as caught:
        _after(_change(0, values))
    assert "zoe" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "invalid"),
        ("objections.all", {"on": "2027-03-02", "channel": "complaint"}),
        ("basis.newsletter.withdrawn_on", "2027-03-02"),
        ("tracking.clicks", "withdrawn"),
        ("dead_on", "2027-03-02"),
        ("notices.art14", "2027-03-02"),
        ("seal", "AAAA"),
    ],
)
def test_what_is_set_can_be_read(path: str, value: Json) -> None:
    assert read(_after(_change(0, {path: value})), path) == value
