"""Fixtures that several packages' tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.specimen import Recipe, Specimen, write_specimen


@pytest.fixture
def small_plan(tmp_path: Path) -> Callable[..., Specimen]:
    """Writes a stored plan of fictional recipients: `small_plan(slots=6, lanes=(…), zones=(…))`, see Recipe."""

    def write(**wanted: object) -> Specimen:
        return write_specimen(tmp_path / "plans", Recipe(**wanted))  # type: ignore[arg-type]

    return write
