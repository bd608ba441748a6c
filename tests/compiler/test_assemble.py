from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.assemble import (
    Content,
    Recipient,
    arrange,
    assemble,
    draw_variant,
    order_key,
)
from compiler.language.plan import Excluded, Exclusion, Slot
from compiler.parts import slot_from_line, slot_line, template_folder
from compiler.specimen import HEADING, MESSAGE, OFFICE_HOURS

KEY = order_key(b"k" * 32, "spring-2027", "1")
WINDOWS = {"Europe/Paris": OFFICE_HOURS, "Indian/Reunion": OFFICE_HOURS}


def people(count: int, lane: str = "other", zone: str = "Europe/Paris", seed: str = "") -> list[Recipient]:
    ids = (hashlib.sha256(f"{seed}{lane}{zone}{n}".encode()).hexdigest()[:32] for n in range(count))
    return [Recipient(contact, lane, zone, "a", "fr") for contact in ids]


def test_a_shard_is_one_lane_in_one_zone() -> None:
    recipients = people(5, "google") + people(4, "other") + people(3, "other", "Indian/Reunion")
    arrangement = arrange(recipients, KEY, windows=WINDOWS)
    for shard in arrangement.shards:
        members = [recipients[i] for i in arrangement.order[shard.first : shard.first + shard.count]]
        assert {(m.lane, m.zone) for m in members} == {(shard.lane, shard.zone)}
    assert [shard.count for shard in arrangement.shards] == [5, 4, 3]


@given(count=st.integers(min_value=1, max_value=60_000))
def test_shards_hold_one_to_ten_thousand_slots(count: int) -> None:
    one = Recipient("0" * 32, "other", "Europe/Paris", "a", "fr")
    sizes = [shard.count for shard in arrange([one] * count, KEY, windows=WINDOWS).shards] if count < 3_000 else []
    from compiler.assemble import _cut

    sizes = sizes or _cut(count)
    assert sum(sizes) == count
    assert max(sizes) <= 10_000
    assert min(sizes) >= min(count, 1_000)


def test_every_recipient_has_one_slot_whatever_order_they_came_in() -> None:
    recipients = people(40, "google") + people(60)
    forwards = arrange(recipients, KEY, windows=WINDOWS)
    backwards = arrange(recipients[::-1], KEY, windows=WINDOWS)
    assert sorted(forwards.order) == list(range(100))
    assert [recipients[i].contact for i in forwards.order] == [recipients[::-1][i].contact for i in backwards.order]


def test_another_key_draws_another_order() -> None:
    recipients = people(40)
    other = order_key(b"k" * 32, "spring-2027", "2")
    assert arrange(recipients, KEY, windows=WINDOWS).order != arrange(recipients, other, windows=WINDOWS).order


def test_variants_are_drawn_in_proportion_to_their_weights() -> None:
    drawn = Counter(draw_variant((("a", 75), ("b", 25)), KEY, person.contact) for person in people(4_000))
    assert 2_850 < drawn["a"] < 3_150
    assert drawn["a"] + drawn["b"] == 4_000


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10_000), min_size=1).filter(
        lambda w: sum(w.values()) > 0
    ),
    st.binary(min_size=1, max_size=32),
)
def test_each_variant_s_share_is_its_weight_and_nobody_moves_when_others_come(
    weights: dict[str, int], key: bytes
) -> None:
    variants, ids = tuple(weights.items()), [person.contact for person in people(800)]
    drawn = {contact: draw_variant(variants, key, contact) for contact in ids}
    assert drawn == {contact: draw_variant(variants, key, contact) for contact in reversed(ids[:400])} | {
        contact: drawn[contact] for contact in ids[400:]
    }
    counts, total = Counter(drawn.values()), sum(weights.values())
    for name, weight in weights.items():
        share = weight / total
        # Five standard deviations: once in two million draws by chance.
        assert abs(counts[name] - 800 * share) <= 5 * (800 * share * (1 - share)) ** 0.5 + 1


def test_a_variant_without_weight_is_never_drawn() -> None:
    assert {draw_variant((("a", 0), ("b", 1)), KEY, person.contact) for person in people(200)} == {"b"}


def test_weights_that_are_all_zero_are_a_fault() -> None:
    with pytest.raises(ValueError, match="weight"):
        draw_variant((("a", 0),), KEY, "0" * 32)


def test_a_shard_with_too_few_lines_is_a_fault() -> None:
    arrangement = arrange(people(3), KEY, windows=WINDOWS)
    with pytest.raises(ValueError, match="2 slots for 3"):
        assemble(HEADING, arrangement, lambda shard: [b"{}\n"] * 2, content=Content({}), trackers=(0, 0))


def test_counts_and_reasons_follow_from_the_content() -> None:
    arrangement = arrange(people(3), KEY, windows=WINDOWS)
    left_out = (
        Excluded("2" * 32, Exclusion.CAPPED),
        Excluded("1" * 32, Exclusion.UNSUBSCRIBED),
        Excluded("0" * 32, Exclusion.CAPPED),
    )
    content = Content({("a", "fr"): MESSAGE}, exclusions=left_out)
    parts = assemble(HEADING, arrangement, lambda shard: [b"{}\n"] * 3, content=content, trackers=(2, 1))
    assert parts.manifest.recipients == 3
    assert parts.manifest.exclusions == (("capped", 2), ("unsubscribed", 1))
    assert parts.manifest.trackers == (("clicks", 1), ("opens", 2))
    first, *_ = parts.content("exclusions.jsonl.gz").splitlines()
    assert first == b'{"contact":"00000000000000000000000000000000","reason":"capped"}'


@pytest.mark.parametrize("name", ["..", "a/b", "", "é", ".hidden", "a" * 65])
def test_a_variant_cannot_name_another_folder(name: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        template_folder(name, "fr")


slots = st.builds(
    Slot,
    number=st.integers(min_value=0, max_value=10**9),
    contact=st.text("0123456789abcdef", min_size=32, max_size=32),
    variant=st.text(max_size=8),
    language=st.sampled_from(["fr", "en"]),
    rows=st.dictionaries(st.text(max_size=5), st.lists(st.integers(0, 99)).map(tuple)).map(
        lambda rows: tuple(sorted(rows.items()))
    ),
    seal=st.binary(max_size=100),
    opens=st.booleans(),
    clicks=st.booleans(),
)


@given(slots)
def test_a_slot_comes_back_as_it_was(slot: Slot) -> None:
    assert slot_from_line(slot_line(slot)) == slot


@given(st.binary(max_size=80))
def test_no_line_makes_the_slot_reader_fail_in_another_way(line: bytes) -> None:
    with pytest.raises(ValueError):
        slot_from_line(line)


def test_a_slot_in_another_spelling_is_refused() -> None:
    line = slot_line(Slot(0, "0" * 32, "a", "fr", (), b"seal", True, False))
    for changed in (line[:-1], line.replace(b'"slot":0', b'"slot":false'), line.replace(b"true", b"1"), line + b"\n"):
        with pytest.raises(ValueError, match="slot"):
            slot_from_line(changed)
