from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.campaign import Campaign, Workspace
from compiler.language.consent import Basis, Ground
from compiler.language.contact import Contact, Identity, Kind, Objection, Person, Status
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.language.plan import Exclusion
from compiler.language.settings import Limits
from compiler.policy import Admission, Audience, admit
from compiler.policy.crowd import drawn_out

ON = date(2027, 3, 1)


@pytest.fixture
def someone(contact: Contact) -> Contact:
    return contact


def crowd(contact: Contact, addresses: list[str]) -> list[Person]:
    return [Person(replace(contact, id=f"{n:032x}"), Identity(address)) for n, address in enumerate(addresses, 1)]


def admitted(
    audience: Audience,
    people: list[Person],
    *,
    history: History | None = None,
    chosen: set[int] | None = None,
    key: bytes = b"k",
) -> Admission:
    ids = [p.contact.id for p in people if chosen is None or int(p.contact.id, 16) in chosen]
    return admit(audience, people, chosen=ids, history=history or History(), suppressed=lambda person: None, key=key)


def reasons(admission: Admission) -> dict[int, Exclusion]:
    return {int(e.contact, 16): e.reason for e in admission.excluded}


def recipients(admission: Admission) -> list[int]:
    return [int(contact, 16) for contact in admission.recipients]


def test_of_contacts_with_one_mailbox_the_one_last_heard_of_is_kept(audience: Audience, someone: Contact) -> None:
    people = crowd(someone, ["ana@a.example", "Ana@a.example", "ana@a.example", "bob@a.example"])
    people[1] = Person(replace(people[1].contact, last_contact_on=date(2027, 1, 1)), people[1].identity)
    for order in (people, people[::-1]):
        result = admitted(audience, order)
        assert recipients(result) == [2, 4]
        assert reasons(result) == {1: Exclusion.DUPLICATE_ADDRESS, 3: Exclusion.DUPLICATE_ADDRESS}


def test_the_smallest_id_is_kept_between_equals(audience: Audience, someone: Contact) -> None:
    people = crowd(someone, ["ana@a.example"] * 3)
    assert recipients(admitted(audience, people[::-1])) == [1]


def test_a_refusal_holds_for_every_contact_of_the_mailbox_even_outside_the_segment(
    audience: Audience, someone: Contact
) -> None:
    people = crowd(someone, ["ana@a.example", "ANA@a.example", "bob@a.example"])
    people[1] = Person(replace(people[1].contact, objections=(Objection("newsletter", ON),)), people[1].identity)
    result = admitted(audience, people, chosen={1, 3})
    assert (recipients(result), reasons(result)) == ([3], {1: Exclusion.UNSUBSCRIBED})


def test_a_complaint_under_another_contact_counts(audience: Audience, someone: Contact) -> None:
    people = crowd(someone, ["ana@a.example", "ana@a.example"])
    people[0] = Person(replace(people[0].contact, status=Status.COMPLAINED), people[0].identity)
    assert reasons(admitted(audience, people, chosen={2})) == {2: Exclusion.COMPLAINED}


def sent(contact: int, campaign: str, day: date, deed: HistoryDeed = HistoryDeed.RECEIVED) -> HistoryRecord:
    return HistoryRecord(f"{contact:032x}", campaign, "1", deed, day)


@pytest.mark.parametrize("deed", [HistoryDeed.RECEIVED, HistoryDeed.IN_DOUBT, HistoryDeed.REFUSED])
def test_who_had_a_permit_of_this_edition_is_already_sent_and_so_is_their_mailbox(
    deed: HistoryDeed, audience: Audience, someone: Contact
) -> None:
    people = crowd(someone, ["ana@a.example", "bob@a.example", "ana@a.example"])
    history = History.of([sent(1, "spring-2027", ON, deed)])
    result = admitted(audience, people, history=history)
    assert recipients(result) == [2]
    assert reasons(result) == {1: Exclusion.ALREADY_SENT, 3: Exclusion.DUPLICATE_ADDRESS}


def test_another_edition_is_another_message(audience: Audience, someone: Contact) -> None:
    record = replace(sent(1, "spring-2027", ON), edition="2027-02")
    assert recipients(admitted(audience, crowd(someone, ["a@a.example"]), history=History.of([record]))) == [1]


def test_the_cap_counts_messages_of_the_span_that_ends_as_the_campaign_starts(
    workspace: Workspace, campaign: Campaign, someone: Contact
) -> None:
    limits = Limits(per_contact=(2, timedelta(days=7)))
    capped = replace(workspace, settings=replace(workspace.settings, limits=limits))
    audience = Audience.of(capped, campaign, on=ON)
    history = History.of(
        [
            sent(1, "a", date(2027, 2, 24)),
            sent(1, "b", date(2027, 2, 25), HistoryDeed.IN_DOUBT),
            sent(2, "a", date(2027, 2, 23)),  # a week before the start: no longer counts
            sent(2, "b", date(2027, 2, 25)),
            sent(3, "a", date(2027, 2, 25), HistoryDeed.REFUSED),
            sent(3, "b", date(2027, 2, 26)),
        ]
    )
    result = admitted(audience, crowd(someone, ["a@a.example", "b@a.example", "c@a.example"]), history=history)
    assert (recipients(result), reasons(result)) == ([2, 3], {1: Exclusion.CAPPED})


def test_the_holdout_is_a_stable_share(workspace: Workspace, campaign: Campaign, someone: Contact) -> None:
    audience = Audience.of(workspace, replace(campaign, holdout=Fraction(1, 10)), on=ON)
    people = crowd(someone, [f"p{n}@a.example" for n in range(2000)])
    one = admitted(audience, people)
    assert one == admitted(audience, random.Random(1).sample(people, len(people)))
    assert dict(one.counts).keys() == {"holdout"}
    assert 150 < len(one.excluded) < 250
    assert admitted(audience, people, key=b"l").excluded != one.excluded


@settings(max_examples=40, deadline=None)
@given(st.fractions(0, 1, max_denominator=1000), st.binary(min_size=1, max_size=32))
def test_a_larger_holdout_holds_the_smaller_and_each_is_near_its_share(share: Fraction, key: bytes) -> None:
    ids = [f"{n:032x}" for n in range(1000)]

    def held(part: Fraction) -> set[str]:
        return {contact for contact in ids if drawn_out(part, contact, key)}

    assert held(share / 2) <= held(share)
    assert held(Fraction(0)) == set()
    assert held(Fraction(1)) == set(ids)
    # Five standard deviations: once in two million draws by chance.
    assert abs(len(held(share)) - 1000 * share) <= 5 * (1000 * share * (1 - share)) ** 0.5 + 1


def test_what_is_no_address_is_invalid(audience: Audience, someone: Contact) -> None:
    people = crowd(someone, ["ana@a.example", "ana a@a.example", "ana", "a@localhost"])
    assert set(reasons(admitted(audience, people)).values()) == {Exclusion.INVALID}
    assert recipients(admitted(audience, people)) == [1]


@pytest.mark.raises_code("LAW-PRO-05")
def test_law_pro_05_professionals_with_a_consumer_mailbox_are_counted_never_named(
    audience: Audience, someone: Contact
) -> None:
    interest = Basis("newsletter", Ground.LEGITIMATE_INTEREST, date(2026, 5, 1))
    professional = replace(someone, kind=Kind.PROFESSIONAL, basis=(interest,))
    few = admitted(audience, crowd(professional, ["a@orange.fr", "b@studio.example"]))
    many = admitted(audience, crowd(professional, [f"p{n}@gmail.com" for n in range(6)]))
    assert [dict(f.arguments) for f in few.findings + many.findings] == [{"count": "<5"}, {"count": "6"}]
    assert {f.code for f in few.findings} == {"LAW-PRO-05"}
    assert not admitted(audience, crowd(professional, ["b@studio.example"])).findings


def test_everybody_chosen_is_either_a_recipient_or_excluded_with_a_reason(audience: Audience, someone: Contact) -> None:
    rng = random.Random(11)
    people = []
    for person in crowd(someone, [f"p{rng.randrange(80)}@a.example" for _ in range(300)]):
        status = rng.choice([Status.ACTIVE, Status.ACTIVE, Status.PENDING, Status.COMPLAINED])
        heard = rng.choice([None, date(2026, 1, rng.randrange(1, 28))])
        people.append(Person(replace(person.contact, status=status, last_contact_on=heard), person.identity))
    history = History.of(sent(n, "spring-2027", ON) for n in rng.sample(range(1, 300), 30))
    result = admitted(audience, people, history=history)
    both = sorted([*result.recipients, *(e.contact for e in result.excluded)])
    assert both == [f"{n:032x}" for n in range(1, 301)]
    assert result == admitted(audience, rng.sample(people, len(people)), history=history)
    mailboxes = {p.contact.id: p.identity.address.casefold() for p in people}
    assert len({mailboxes[r] for r in result.recipients}) == len(result.recipients) > 0
