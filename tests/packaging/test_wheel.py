"""What people install: the built wheel, not the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel under test when the sources are out of reach, else one built from them."""
    given = os.environ.get("ENVOI_WHEEL")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("envoi-*.whl"))


def test_the_wheel_holds_exactly_the_three_packages(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"compiler", "runner", "tracker"}


def test_the_wheel_carries_a_schema_for_every_kind(wheel: Path) -> None:
    schemas = {Path(name).stem for name in zipfile.ZipFile(wheel).namelist() if name.startswith("compiler/_schemas/")}
    assert schemas == {path.stem for path in (ROOT / "schemas").glob("*.json")}
    assert {"workspace", "campaign", "segment", "template", "fields", "dataset", "source", "asset", "form"} <= schemas


def test_the_wheel_carries_the_example_workspace_and_the_type_marker(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"runner/demo/_workspace/envoi.yaml", "compiler/py.typed", "tracker/py.typed", "runner/py.typed"} <= names


def test_the_version_is_the_newest_heading_of_the_changelog(wheel: Path) -> None:
    heading = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading
    assert wheel.name.split("-")[1] == heading[1]


def test_the_packages_under_test_are_the_installed_ones_when_a_wheel_is_given() -> None:
    import compiler

    if not os.environ.get("ENVOI_WHEEL"):
        pytest.skip("no ENVOI_WHEEL: the sources are under test (make test WHEEL=1 tests the wheel)")
    assert "site-packages" in str(Path(compiler.__file__))
