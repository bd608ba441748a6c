"""The bench of returned mail runs beside its peer, and says what it is asked to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("ENVOI_CORPORA") or ROOT.parent / "shared" / "corpora") / "returns"


@pytest.mark.skipif(
    not (FOLDER / "labels.json").is_file(), reason="the labelled returns are not here: ENVOI_CORPORA names their folder"
)
def test_the_bench_tells_more_returns_than_its_peer() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "returns.py"), "--json"], capture_output=True, check=True, timeout=60
    )
    document = json.loads(ran.stdout)
    assert document["envoi"]["class_right"] > document["flufl_bounce"]["class_right"]
    assert sum(document["envoi"]["confusion"].values()) == document["messages"]
