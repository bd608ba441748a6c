"""A slot's line has one spelling, whichever code writes it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.plan import Slot
from compiler.parts import SlotFrame, slot_from_line, slot_line

_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_SLOTS = st.builds(
    Slot,
    number=st.integers(0, 10**9),
    contact=st.one_of(st.just("0f" * 16), _NAMES),
    variant=_NAMES,
    language=st.sampled_from(["fr", "en"]),
    rows=st.dictionaries(_NAMES, st.lists(st.integers(0, 99), max_size=3).map(tuple), max_size=2).map(
        lambda rows: tuple(sorted(rows.items()))
    ),
    seal=st.binary(max_size=70),
    opens=st.booleans(),
    clicks=st.booleans(),
)


@given(_SLOTS)
def test_a_frame_writes_what_a_slot_is(slot: Slot) -> None:
    frame = SlotFrame.of(
        variant=slot.variant, language=slot.language, rows=slot.rows, opens=slot.opens, clicks=slot.clicks
    )
    line = frame.line(slot.number, slot.contact, base64.b64encode(slot.seal))
    assert line == slot_line(slot)
    assert slot_from_line(line) == slot


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((b'"slot":7', b'"slot":07'), id="number"),
        pytest.param((b'"slot":7', b'"slot":true'), id="truth for a number"),
        pytest.param((b'"slot":7', b'"slot": 7'), id="blank"),
        pytest.param((b'"slot":7', b'"slot":7,"more":1'), id="more"),
        pytest.param((b'"opens":true', b'"opens":1'), id="a number for truth"),
        pytest.param((b'"sealed":"AQ==', b'"sealed":"AR=='), id="bits beyond the seal"),
        pytest.param((b'"clicks":false,', b""), id="less"),
        pytest.param((b"}\n", b"}"), id="no end of line"),
    ],
)
def test_any_other_spelling_is_refused(change: tuple[bytes, bytes]) -> None:
    line = slot_line(Slot(7, "0f" * 16, "a", "fr", (("products", (1, 2)),), b"\x01", True, False))
    assert slot_from_line(line)
    assert change[0] in line
    with pytest.raises(ValueError, match="not a slot"):
        slot_from_line(line.replace(*change))
