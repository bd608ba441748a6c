"""Real returned mail with somebody else's labels, read where it lies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tracker.returns import Kind, classify

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("ENVOI_CORPORA") or ROOT.parent / "shared" / "corpora") / "returns"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "labels.json").is_file(), reason="the labelled returns are not here: ENVOI_CORPORA names their folder"
)


def labels() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((FOLDER / "labels.json").read_text("utf-8"))
    return found


def test_classes_are_right_and_the_living_are_not_suppressed() -> None:
    pairs = [(row["cls"], classify((FOLDER / row["file"]).read_bytes()).kind) for row in labels()]
    spared = [kind for label, kind in pairs if label in ("soft", "feedback")]
    assert sum(label == kind for label, kind in pairs) / len(pairs) >= 0.97
    assert spared.count(Kind.HARD) / len(spared) <= 0.015


def test_a_real_return_cut_anywhere_has_an_answer() -> None:
    for row in labels():
        raw = (FOLDER / row["file"]).read_bytes()
        for twentieth in range(20):
            assert classify(raw[: len(raw) * twentieth // 20]).kind in Kind
