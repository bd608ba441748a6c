from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.book.problems import SealBroken
from compiler.book.seal import open_identity, open_row, open_slot, seal_identity, seal_row, seal_slot
from compiler.language.contact import Identity, Value

KEY = bytes(range(64))
CONTACT = "0123456789abcdef" * 2
texts = st.text(st.characters(codec="utf-8"), max_size=40)
values: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | texts
maps = st.dictionaries(texts, values, max_size=6)


@given(texts, maps, st.binary(min_size=64, max_size=64))
def test_an_identity_comes_back(address: str, fields: dict[str, Value], key: bytes) -> None:
    identity = Identity(address, tuple(sorted(fields.items())))
    assert open_identity(seal_identity(identity, key, CONTACT), key, CONTACT) == identity


@given(maps, st.integers(0, 2**63))
def test_a_slot_comes_back(merged: dict[str, Value], slot: int) -> None:
    assert open_slot(seal_slot(merged, KEY, CONTACT, slot), KEY, CONTACT, slot) == merged


@given(maps)
def test_a_row_comes_back(said: dict[str, Value]) -> None:
    assert open_row(seal_row(said, KEY, CONTACT), KEY, CONTACT) == said


@given(maps, st.randoms(use_true_random=False))
def test_equal_values_are_equal_bytes(merged: dict[str, Value], random: object) -> None:
    shuffled = list(merged.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert seal_slot(dict(shuffled), KEY, CONTACT, 1) == seal_slot(merged, KEY, CONTACT, 1)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        open_identity(noise, KEY, CONTACT)


def test_every_flipped_bit_is_refused() -> None:
    seal = seal_slot({"address": "a@b.example"}, KEY, CONTACT, 3)
    for place in range(len(seal)):
        broken = bytearray(seal)
        broken[place] ^= 1
        with pytest.raises(SealBroken):
            open_slot(bytes(broken), KEY, CONTACT, 3)


IDENTITY = Identity("a@b.example", (("first_name", "Zoé"),))


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(lambda: open_slot(seal_slot({}, KEY, CONTACT, 3), KEY, CONTACT, 4), id="to-another-slot"),
        pytest.param(lambda: open_slot(seal_slot({}, KEY, CONTACT, 3), KEY, "f" * 32, 3), id="to-another-contact"),
        pytest.param(lambda: open_slot(seal_slot({}, KEY, CONTACT, 3), os.urandom(64), CONTACT, 3), id="another-key"),
        pytest.param(lambda: open_identity(seal_row({}, KEY, CONTACT), KEY, CONTACT), id="source-to-book"),
        pytest.param(lambda: open_slot(seal_identity(IDENTITY, KEY, CONTACT), KEY, CONTACT, 0), id="book-to-plan"),
    ],
)
def test_a_seal_opens_only_where_it_was_made(moved: Callable[[], object]) -> None:
    with pytest.raises(SealBroken):
        moved()


def test_lengths_say_little() -> None:
    seals = {len(seal_identity(Identity("x" * n + "@client.example"), KEY, CONTACT)) for n in range(1, 20)}
    assert len(seals) == 1
    assert all((size - 16) % 64 == 0 for size in seals)


def test_equal_people_do_not_look_equal() -> None:
    one = seal_identity(IDENTITY, os.urandom(64), CONTACT)
    other = seal_identity(IDENTITY, os.urandom(64), CONTACT)
    assert one != other


def test_what_is_broken_is_not_quoted() -> None:
    with pytest.raises(SealBroken) as caught:
        open_identity(seal_slot({"address": "zoe@client.example"}, KEY, CONTACT, 1), KEY, CONTACT)
    assert "zoe" not in str(caught.value)
    assert caught.value.__cause__ is None
