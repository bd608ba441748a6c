"""The bench runs, and says what it is asked to say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "send.py"
MISSING = shutil.which("smtp-source", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None


@pytest.mark.skipif(MISSING, reason="Postfix's smtp-source is not installed")
def test_the_bench_sends_a_plan_beside_smtp_source() -> None:
    run = subprocess.run(
        [sys.executable, str(BENCH), "--slots", "60", "--connections", "2", "--json"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    document = json.loads(run.stdout)
    assert 38_000 < document["size"]["without_dkim"] < 43_000
    for case in ("without_dkim", "with_dkim"):
        measured = document[case]
        assert measured["ratio"] > 0
        assert measured["envoi"]["messages_per_second"] > 0
        assert measured["smtp_source"]["messages_per_second"] > 0
    assert set(document["stages"]) >= {"unseal", "render", "links", "headers_and_framing", "dkim", "smtp"}
