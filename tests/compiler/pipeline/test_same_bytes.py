"""Promise 1: a plan is a pure function of its inputs, whatever machine makes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"

# A process of its own, since the hash seed, the zone and the locale of a running one cannot be changed.
SCRIPT = """
import importlib.util, locale, os, sys
from pathlib import Path
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("conftest", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["conftest"] = module
spec.loader.exec_module(module)
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from compiler import archive
root = Path(sys.argv[2])
example = module.build_example(root, shuffle=int(sys.argv[3]))
for name in ("spring-2027", "showroom-2027"):
    compiled = example.compile(name, threads=int(sys.argv[4]))
    print(archive.write(compiled.parts, root / "plans", estimate=compiled.estimate).name)
"""


def compiled_in(root: Path, *, shuffle: int, threads: int, environment: Mapping[str, str]) -> list[str]:
    root.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(CONFTEST), str(root / "here"), str(shuffle), str(threads)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    root = tmp_path_factory.mktemp("first") / "a"
    environment = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}
    return root, compiled_in(root, shuffle=0, threads=1, environment=environment)


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_everything_about_the_machine_may_differ_and_no_byte_does(
    first: tuple[Path, list[str]], tmp_path: Path
) -> None:
    root, digests = first
    other = tmp_path / "another folder é" / "b"
    environment = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
    assert compiled_in(other, shuffle=7, threads=2, environment=environment) == digests
    assert files(other / "here" / "plans") == files(root / "here" / "plans")
    assert len(digests) == 2
