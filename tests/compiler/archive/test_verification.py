from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import archive
from compiler.archive.layout import checksum_line, compressed, stored_sha256
from compiler.assemble import Content, Recipient, arrange, assemble
from compiler.language.plan import Excluded, Exclusion, Manifest, Shard, Slot
from compiler.parts import slot_line
from compiler.specimen import HEADING, MESSAGE, OFFICE_HOURS, Specimen

if TYPE_CHECKING:
    from compiler.pipeline import Compiled

MakePlan = Callable[..., Specimen]


@pytest.fixture
def plan_path(small_plan: MakePlan) -> Path:
    """A stored plan that may be written to."""
    excluded = (Excluded("f" * 32, Exclusion.CAPPED),)
    path = small_plan(slots=3, lanes=("google", "other"), excluded=excluded).plan.path
    for folder, _, names in os.walk(path):
        os.chmod(folder, 0o700)
        for name in names:
            os.chmod(Path(folder, name), 0o600)
    return path


def codes(path: Path) -> set[tuple[str, str]]:
    return {(found.code, found.place.path) for found in archive.verify(path)}


def files(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file())


def resum(path: Path) -> None:
    """What a forger does after changing files: make files.sha256 say so."""
    sums = path / "files.sha256"
    names = sorted(p.relative_to(path).as_posix() for p in files(path) if p != sums)
    sums.write_text("".join(checksum_line(name, stored_sha256(path / name)) for name in names))


def test_an_untouched_plan_has_no_finding(plan_path: Path) -> None:
    assert archive.verify(plan_path) == []


def test_every_flipped_byte_of_every_file_is_found(plan_path: Path) -> None:
    rng = random.Random(7)  # which bit of a byte; every byte is tried
    for file in files(plan_path):
        original = file.read_bytes()
        for at in range(len(original)):
            file.write_bytes(original[:at] + bytes((original[at] ^ (1 << rng.randrange(8)),)) + original[at + 1 :])
            assert archive.verify(plan_path), (file.name, at)
        file.write_bytes(original)
    assert archive.verify(plan_path) == []


def test_what_is_appended_cut_or_swapped_is_found_in_every_file(plan_path: Path) -> None:
    for file in files(plan_path):
        original = file.read_bytes()
        changed = [original + b"\0", original + b"\n", original + original, b"", original[1:] + original[:1]]
        changed += [original[:-1], b" " + original]
        for content in (c for c in changed if c != original):
            file.write_bytes(content)
            places = {found.place.path for found in archive.verify(plan_path)}
            assert places
            assert file.name == "files.sha256" or file.relative_to(plan_path).as_posix() in places
        file.write_bytes(original)


@pytest.mark.raises_code("PLAN-MISSING-03", "PLAN-STORED-06")
def test_a_missing_file_is_found(plan_path: Path) -> None:
    (plan_path / "data.jsonl").unlink()
    assert ("PLAN-MISSING-03", "data.jsonl") in codes(plan_path)
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-MISSING-03", "data.jsonl")}


@pytest.mark.parametrize("name", ["manifest.json", "files.sha256", "estimate.json", "shards/00001.jsonl.gz"])
def test_no_file_can_do_without(plan_path: Path, name: str) -> None:
    (plan_path / name).unlink()
    assert ("PLAN-MISSING-03", name) in codes(plan_path)


@pytest.mark.raises_code("PLAN-EXTRA-04")
def test_an_extra_file_is_found_even_when_it_is_summed(plan_path: Path) -> None:
    (plan_path / "shards" / "00009.jsonl.gz").write_bytes(b"")
    assert ("PLAN-EXTRA-04", "shards/00009.jsonl.gz") in codes(plan_path)
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-EXTRA-04", "shards/00009.jsonl.gz")}


def test_content_that_was_replaced_and_summed_again_is_found(plan_path: Path) -> None:
    message = plan_path / "templates" / "a" / "fr" / "message.html"
    message.write_bytes(message.read_bytes().replace(b"lampes", b"offres"))
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-CONTENT-05", "templates/a/fr/message.html")}


def test_a_shard_whose_lines_were_exchanged_is_found(plan_path: Path) -> None:
    one, two = (plan_path / "shards" / f"0000{n}.jsonl.gz" for n in (0, 1))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    resum(plan_path)
    assert {path for _, path in codes(plan_path)} == {"shards/00000.jsonl.gz", "shards/00001.jsonl.gz"}


def test_a_stored_byte_that_files_sha256_does_not_know_is_found(plan_path: Path) -> None:
    (plan_path / "estimate.json").write_bytes(b"{ }")
    assert codes(plan_path) == {("PLAN-STORED-06", "estimate.json")}


def test_lines_of_files_sha256_in_another_order_are_found(plan_path: Path) -> None:
    sums = plan_path / "files.sha256"
    sums.write_bytes(b"".join(reversed(sums.read_bytes().splitlines(keepends=True))))
    assert codes(plan_path) == {("PLAN-STORED-06", "files.sha256")}


def test_a_second_member_in_a_container_is_found_though_its_content_is_empty(plan_path: Path) -> None:
    shard = plan_path / "shards" / "00000.jsonl.gz"
    shard.write_bytes(shard.read_bytes() + b"".join(compressed(())))
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-CONTAINER-07", "shards/00000.jsonl.gz")}


@pytest.mark.raises_code("PLAN-CONTAINER-07")
def test_a_name_or_a_time_in_a_container_is_found(plan_path: Path) -> None:
    shard = plan_path / "shards" / "00000.jsonl.gz"
    shard.write_bytes(shard.read_bytes().replace(b"\x1f\x8b\x08\x00\x00", b"\x1f\x8b\x08\x00\x01", 1))
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-CONTAINER-07", "shards/00000.jsonl.gz")}


def test_a_container_that_swells_is_not_read_to_its_end(plan_path: Path) -> None:
    shard = plan_path / "shards" / "00000.jsonl.gz"
    shard.write_bytes(b"".join(compressed(b"\0" * 1_000_000 for _ in range(50))))
    resum(plan_path)
    assert codes(plan_path) == {("PLAN-CONTENT-05", "shards/00000.jsonl.gz")}


@pytest.mark.raises_code("PLAN-FILE-09")
def test_a_symbolic_link_is_found_though_it_leads_to_the_right_bytes(plan_path: Path, tmp_path: Path) -> None:
    rows = plan_path / "data.jsonl"
    (tmp_path / "elsewhere").write_bytes(rows.read_bytes())
    rows.unlink()
    rows.symlink_to(tmp_path / "elsewhere")
    assert ("PLAN-FILE-09", "data.jsonl") in codes(plan_path)


@pytest.mark.raises_code("PLAN-DIGEST-01")
def test_a_folder_with_another_name_is_found(plan_path: Path) -> None:
    other = plan_path.rename(plan_path.with_name("0" * 64))
    assert codes(other) == {("PLAN-DIGEST-01", "manifest.json")}


@pytest.mark.raises_code("PLAN-MANIFEST-02")
def test_a_manifest_that_this_version_did_not_write_is_found(plan_path: Path) -> None:
    from compiler.manifest import manifest_digest

    data = (plan_path / "manifest.json").read_bytes().replace(b'"format_version":1', b'"format_version":2')
    (plan_path / "manifest.json").write_bytes(data)
    other = plan_path.rename(plan_path.with_name(manifest_digest(data)))
    assert codes(other) == {("PLAN-MANIFEST-02", "manifest.json")}


def test_a_folder_that_is_not_there_is_a_finding_too(tmp_path: Path) -> None:
    assert codes(tmp_path / "none") == {("PLAN-MISSING-03", "manifest.json")}


def written(folder: Path, heading: Manifest, slots: list[Slot], excluded: tuple[Excluded, ...] = ()) -> Path:
    """A plan with right bytes and wrong slots, as only a faulty compiler would make it."""
    recipients = [Recipient(f"{n:032x}", "other", "Europe/Paris", "a", "fr") for n in range(len(slots))]
    arrangement = arrange(recipients, b"k" * 32, windows={"Europe/Paris": OFFICE_HOURS})

    def lines(shard: Shard) -> list[bytes]:
        return [slot_line(slot) for slot in slots]

    content = Content({("a", "fr"): MESSAGE}, exclusions=excluded)
    parts = assemble(heading, arrangement, lines, content=content, trackers=(0, 0))
    with pytest.raises(Exception, match="findings"):
        archive.write(parts, folder)
    return folder / parts.digest


def slot(number: int, contact: str = "", **changes: object) -> Slot:
    plain = Slot(number, contact or f"{number:032x}", "a", "fr", (), b"", False, False)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slots", "problem"),
    [
        pytest.param([slot(0), slot(2)], "slot 1: number", id="numbers with a gap"),
        pytest.param([slot(0), slot(1, "0" * 32)], "slot 1: contact", id="somebody twice"),
        pytest.param([slot(0), slot(1, "f" * 32)], "slot 1: contact", id="somebody who is left out"),
        pytest.param([slot(0), slot(1, language="en")], "slot 1: template", id="a language without template"),
        pytest.param([slot(0), slot(1, rows=(("products", (0,)),))], "slot 1: rows", id="a row that is not there"),
    ],
)
def test_slots_that_do_not_add_up_are_found(tmp_path: Path, slots: list[Slot], problem: str) -> None:
    heading = replace(HEADING, selected=3)
    path = written(tmp_path, heading, slots, (Excluded("f" * 32, Exclusion.CAPPED),))
    (found,) = archive.verify(path)
    assert found.code == "PLAN-SLOTS-08"
    assert dict(found.arguments)["problem"] == problem


@pytest.mark.raises_code("PLAN-SLOTS-08")
def test_a_sum_that_is_not_the_selection_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, replace(HEADING, selected=9), [slot(0)])
    assert codes(path) == {("PLAN-SLOTS-08", "manifest.json")}


@pytest.fixture(scope="module")
def whole_plan(spring: Compiled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled plan with everything that one can have: variants, languages, rows, lanes, zones and pictures."""
    assert spring.parts
    path = archive.write(spring.parts, tmp_path_factory.mktemp("whole"), estimate=dict(spring.estimate))
    for folder, _, names in os.walk(path.parent):
        os.chmod(folder, 0o700)
        for name in names:
            os.chmod(Path(folder, name), 0o600)
    return path


def _named(root: Path, file: Path) -> str:
    """How a finding names a file: relative to the plan, or to the folder of plans for a picture."""
    inside = root if file.is_relative_to(root) else root.parent
    return file.relative_to(inside).as_posix()


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_byte_flipped_cut_or_added_anywhere_is_refused_with_the_part_named(
    whole_plan: Path, data: st.DataObject
) -> None:
    everything = [*files(whole_plan), *files(whole_plan.parent / "assets")]
    file = data.draw(st.sampled_from(everything), label="file")
    original = file.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1), label="at")
    how = data.draw(st.sampled_from(["flip", "cut", "add", "truncate"]), label="how")
    bit = data.draw(st.integers(0, 7), label="bit")
    spoilt = {
        "flip": original[:at] + bytes([original[at] ^ (1 << bit)]) + original[at + 1 :],
        "cut": original[:at] + original[at + 1 :],
        "add": original[:at] + bytes([bit]) + original[at:],
        "truncate": original[:at],
    }[how]
    file.write_bytes(spoilt)
    try:
        found = {each.place.path for each in archive.verify(whole_plan)}
    finally:
        file.write_bytes(original)
    # A wrong line of files.sha256 is told at the file whose sum it is.
    assert found if file.name == "files.sha256" else _named(whole_plan, file) in found


def test_a_whole_plan_has_every_kind_of_part_and_no_finding(whole_plan: Path) -> None:
    names = {_named(whole_plan, file).partition("/")[0] for file in files(whole_plan)}
    assert names >= {"manifest.json", "templates", "shards", "data.jsonl", "links.json", "exclusions.jsonl.gz"}
    assert files(whole_plan.parent / "assets")
    assert archive.verify(whole_plan) == []


def test_a_picture_that_is_missing_changed_or_a_link_is_found(whole_plan: Path, tmp_path: Path) -> None:
    (picture, *_) = files(whole_plan.parent / "assets")
    original, name = picture.read_bytes(), f"assets/{picture.name}"
    try:
        picture.write_bytes(original + b"\0")
        assert codes(whole_plan) == {("PLAN-CONTENT-05", name)}
        picture.unlink()
        assert codes(whole_plan) == {("PLAN-MISSING-03", name)}
        (tmp_path / "elsewhere").write_bytes(original)
        picture.symlink_to(tmp_path / "elsewhere")
        assert codes(whole_plan) == {("PLAN-FILE-09", name)}
    finally:
        picture.unlink(missing_ok=True)
        picture.write_bytes(original)
