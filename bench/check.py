"""What `envoi check` costs, beside the bare cost of starting Python with what it is made of, in the same run.

    python bench/check.py [--workspace campaigns] [--runs 7] [--json]

Seconds of processor, user and system together, the least of several runs. Both run with their bytecode at hand, as
they do from the second time on wherever it can be written. The bare cost imports the parsers, and checks nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_BARE = "import click, jinja2, jsonschema, mjml, yaml"
_CHECK = "from compiler.cli import main; main()"
_TREE = Path(__file__).parents[1]


def main() -> int:
    asked = _arguments()
    workspace = Path(asked.workspace).resolve()
    with tempfile.TemporaryDirectory(prefix="envoi-bench-") as bytecode:
        bare, check = _least(asked.runs, bytecode, [[_BARE], [_CHECK, "-C", str(workspace), "check"]])
    document: dict[str, Any] = {
        "machine": {
            "of": os.cpu_count(),
            "python": platform.python_version(),
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        "runs": asked.runs,
        "bare": round(bare, 3),
        "check": round(check, 3),
        "ratio": round(check / bare, 2),
    }
    if asked.json:
        print(json.dumps(document, indent=1))
    else:
        print(
            f"bare {bare:.3f} s   check {check:.3f} s   ratio {check / bare:.2f}   (processor, least of {asked.runs})"
        )
    return 0


def _least(runs: int, bytecode: str, programs: Sequence[Sequence[str]]) -> list[float]:
    """The least of each program's runs, which take turns: a busy moment of the machine then falls on all of them."""
    for program in programs:  # writes the bytecode
        _cost(program, bytecode)
    found = [[_cost(program, bytecode) for program in programs] for _ in range(runs)]
    return [min(costs) for costs in zip(*found, strict=True)]


def _cost(program: Sequence[str], bytecode: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = _cpu()
    done = subprocess.run(
        [sys.executable, "-c", *program],
        cwd=_TREE, env={**environment, "PYTHONPYCACHEPREFIX": bytecode}, stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}")
    return _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", default=str(_TREE / "campaigns"), help="the folder to check")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one object")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
