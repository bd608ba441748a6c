from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.canonical import canonical_json
from compiler.language.plan import Shard
from compiler.manifest import ManifestProblem, manifest_bytes, manifest_from_bytes
from compiler.specimen import HEADING, Specimen

HOURS = ((datetime(2027, 3, 2, 8, tzinfo=UTC), datetime(2027, 3, 2, 11, tzinfo=UTC)),)
WITH_SHARDS = replace(
    HEADING,
    shards=(Shard(0, "google", "Europe/Paris", 0, 3, HOURS), Shard(1, "other", "Europe/Paris", 3, 2, HOURS)),
    parts=(("data.jsonl", "0" * 64, 12),),
    bandwidth=2_000_000,
)


def test_a_manifest_comes_back_as_it_was() -> None:
    assert manifest_from_bytes(manifest_bytes(WITH_SHARDS)) == WITH_SHARDS


def test_a_stored_plan_opens_to_the_manifest_that_was_written(small_plan: Callable[..., Specimen]) -> None:
    specimen = small_plan(slots=3)
    data = (specimen.plan.path / "manifest.json").read_bytes()
    assert manifest_bytes(specimen.plan.manifest) == data


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda data: data + b"\n", id="a newline more"),
        pytest.param(lambda data: data.replace(b":", b": ", 1), id="a blank more"),
        pytest.param(lambda data: data.replace(b'"edition":"1"', b'"edition":"1","edition":"1"'), id="a repeated key"),
        pytest.param(lambda data: data.replace(b'"edition":"1"', b'"edition":1'), id="a number for a text"),
        pytest.param(lambda data: data.replace(b'"recipients":0', b'"recipients":false'), id="a boolean for a number"),
        pytest.param(lambda data: data.replace(b'"recipients":0', b'"recipients":0.0'), id="a float"),
        pytest.param(lambda data: data.replace(b'"finish_by"', b'"finish"'), id="an unknown key"),
        pytest.param(lambda data: data.replace(b'"2027-03-01"', b'"2027-3-1"'), id="a day in another spelling"),
        pytest.param(lambda data: data.replace(b"08:00:00Z", b"08:00:00+00:00"), id="an instant in another spelling"),
        pytest.param(lambda data: data.replace(b'"format_version":1', b'"format_version":2'), id="another version"),
        pytest.param(lambda data: data[:-1], id="truncated"),
        pytest.param(lambda data: b"[" * 100_000, id="nested without end"),
        pytest.param(lambda data: b"\xff", id="no UTF-8"),
        pytest.param(
            lambda data: data.replace(b'"windows":{"Europe/Paris"', b'"windows":{"Europe/Pari"'), id="zone lost"
        ),
    ],
)
def test_another_spelling_is_no_manifest(spelling: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ManifestProblem):
        manifest_from_bytes(spelling(manifest_bytes(WITH_SHARDS)))


def test_pairs_out_of_order_have_no_spelling() -> None:
    with pytest.raises(ManifestProblem):
        manifest_bytes(replace(HEADING, utm=(("source", "a"), ("medium", "b"))))


def test_shards_of_one_zone_share_their_windows() -> None:
    other = Shard(1, "other", "Europe/Paris", 3, 2, ())
    with pytest.raises(ManifestProblem):
        manifest_bytes(replace(WITH_SHARDS, shards=(WITH_SHARDS.shards[0], other)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(json.loads(manifest_bytes(WITH_SHARDS)))), value=json_values)
def test_whatever_stands_for_a_value_it_is_read_back_equal_or_refused(name: str, value: object) -> None:
    document = json.loads(manifest_bytes(WITH_SHARDS))
    document[name] = value
    data = canonical_json(document)
    with contextlib.suppress(ManifestProblem):
        assert manifest_bytes(manifest_from_bytes(data)) == data
