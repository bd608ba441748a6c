"""A lock approves what the files said when it was set: later edits are found without any key."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.language.canonical import sha256_hex
from compiler.language.plan import Lock
from compiler.lock import lock_bytes
from compiler.pipeline import check_workspace

if TYPE_CHECKING:
    from tests.conftest import Example

ON = date(2027, 3, 1)
CAMPAIGN = "2027/spring-2027.yaml"
INPUTS = (CAMPAIGN, "envoi.yaml", "templates/product-news.fr.mjml")


@pytest.fixture
def locked(shared_example: Example, tmp_path: Path) -> Path:
    """The workspace with a lock of the first campaign, by the hashes of three of its files."""
    folder = Path(shutil.copytree(shared_example.workspace, tmp_path / "workspace"))
    inputs = tuple((path, sha256_hex((folder / path).read_bytes())) for path in INPUTS)
    lock = Lock("spring-2027", "1", "a" * 64, ON, (("recipients", "250"),), inputs, "c" * 40)
    (folder / f"{CAMPAIGN}.lock").write_bytes(lock_bytes(lock))
    return folder


def locks(folder: Path, *, on: date = ON) -> list[tuple[str, str]]:
    _, findings = check_workspace(folder, on=on)
    return [(one.code, str(one.place)) for one in findings if one.code.startswith("LOCK-")]


def touch(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")


def test_a_lock_of_these_files_is_silent(locked: Path) -> None:
    assert locks(locked) == []


def test_each_changed_file_is_named_in_its_place(locked: Path) -> None:
    for path in INPUTS[1:]:
        touch(locked / path)
    assert locks(locked) == [("LOCK-STALE-03", path) for path in INPUTS[1:]]


def test_a_file_outside_or_gone_is_not_the_approved_one(locked: Path) -> None:
    (locked.parent / "outside.txt").write_bytes(b"x")
    inputs = (("../outside.txt", sha256_hex(b"x")), (CAMPAIGN, sha256_hex((locked / CAMPAIGN).read_bytes())))
    lock = Lock("spring-2027", "1", "a" * 64, ON, (), (*inputs, ("gone.yaml", "0" * 64)), "")
    (locked / f"{CAMPAIGN}.lock").write_bytes(lock_bytes(lock))
    assert locks(locked) == [("LOCK-STALE-03", "../outside.txt"), ("LOCK-STALE-03", "gone.yaml")]


@pytest.mark.parametrize("on", [date(2027, 3, 6), date(2027, 3, 20)], ids=["campaign-over", "lock-too-old"])
def test_a_lock_that_releases_nothing_any_more_is_not_held_against_edits(locked: Path, on: date) -> None:
    touch(locked / "envoi.yaml")
    assert locks(locked, on=date(2027, 3, 5))
    assert locks(locked, on=on) == []


def test_a_lock_edited_by_hand_is_found(locked: Path) -> None:
    lock = locked / f"{CAMPAIGN}.lock"
    lock.write_text(lock.read_text().replace('": "250"', '":  "2"'))
    assert locks(locked) == [("LOCK-HAND-01", f"{CAMPAIGN}.lock")]


def test_a_lock_that_is_a_link_stops(locked: Path) -> None:
    lock = locked / f"{CAMPAIGN}.lock"
    os.replace(lock, locked / "elsewhere.lock")
    lock.symlink_to(locked / "elsewhere.lock")
    _, findings = check_workspace(locked, on=ON)
    assert [str(one.place) for one in findings if one.stops] == [f"{CAMPAIGN}.lock"]


def test_the_lock_of_another_campaign_is_found(locked: Path) -> None:
    other = "2027/showroom-2027.yaml.lock"
    shutil.copy(locked / f"{CAMPAIGN}.lock", locked / other)
    assert locks(locked) == [("LOCK-OTHER-02", other)]


def test_a_stale_lock_stops(locked: Path) -> None:
    touch(locked / "envoi.yaml")
    _, findings = check_workspace(locked, on=ON)
    assert [one.stops for one in findings if one.code == "LOCK-STALE-03"] == [True]
