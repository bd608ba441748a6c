"""The bench of the compiler runs, and says what it is asked to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "compile.py"


def test_the_bench_compiles_books_beside_the_bare_cost() -> None:
    run = subprocess.run(
        [sys.executable, str(BENCH), "--contacts", "300,600", "--processes", "2", "--json"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    document = json.loads(run.stdout)
    assert [book["contacts"] for book in document["books"]] == [300, 600]
    assert document["linear"]["cpu_a_contact"] > 0
    for book in document["books"]:
        assert book["bare"]["contacts"] == book["contacts"]
        assert 0 < book["recipients"] <= book["selected"] <= book["contacts"]
        assert book["rendered"]["whom"] == "everyone"
        assert book["ratio"]["wall"] > 0
        assert set(book["phases"]) >= {"templates", "read, choose, hear", "render", "seal", "write", "verify", "total"}
        assert all(phase["memory_mib"] > 0 for phase in book["phases"].values())
