"""How fast a plan is compiled, beside the bare cost of reading and unsealing the same book in the same run.

    python bench/compile.py [--contacts 10000,100000,1000000] [--processes 2] [--cores 0,1] [--json]

The bare cost is a minimal loop over the same book, with the same parsers and as many processes: the lines of its
files, each contact's key unwrapped, the identity unsealed and parsed. Compiling does that, chooses, asks the law,
matches data, proves messages, seals every slot, writes the plan and verifies each byte of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file, from anywhere

from bench import crowd
from bench.bare import read_all
from compiler import archive
from compiler.archive import writing as archive_writing
from compiler.language.history import History
from compiler.pipeline import KeyedHost, compile_campaign, compiling

ON = date(2027, 3, 1)
_EVERY = 0.05  # seconds between two looks at the memory


@dataclass(slots=True)
class Phase:
    """Of the wall, and of all processes together; `memory` in MiB at the highest, shared pages counted once."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0


@dataclass(slots=True)
class Watch:
    """Looks at this process and its children while phases pass."""

    phases: dict[str, Phase] = field(default_factory=dict)
    _now: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(_EVERY):
            if phase := self.phases.get(self._now):
                phase.memory = max(phase.memory, _memory())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        phase, outer = self.phases.setdefault(name, Phase()), self._now
        wall, cpu, self._now = time.perf_counter(), _cpu(), name
        try:
            yield
        finally:
            phase.seconds += time.perf_counter() - wall
            phase.cpu += _cpu() - cpu
            phase.memory = max(phase.memory, _memory())
            self._now = outer

    def around(self, module: Any, function: str, name: str) -> None:
        """Count the calls of a function as a phase."""
        act: Callable[..., Any] = getattr(module, function)

        def watched(*arguments: Any, **options: Any) -> Any:
            with self.phase(name):
                return act(*arguments, **options)

        setattr(module, function, watched)


def main() -> int:
    asked = _arguments()
    cores = _cores(asked.cores, asked.processes)
    os.sched_setaffinity(0, cores)
    document: dict[str, Any] = {
        "machine": {
            "cores": list(cores),
            "of": os.cpu_count(),
            "python": platform.python_version(),
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        "processes": asked.processes,
        "books": [],
    }
    for contacts in asked.contacts:
        document["books"].append(_book(contacts, asked))
    if len(document["books"]) > 1:
        document["linear"] = _linear(document["books"])
    print(json.dumps(document, indent=1) if asked.json else _table(document))
    return 0


def _book(contacts: int, asked: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="envoi-bench-") as folder:
        company = _apart(_build, Path(folder), contacts)
        bare = _apart(_bare, company, asked.processes)
        compiled = _apart(_compile, company, asked.processes)
    total = compiled["phases"]["total"]
    return {
        "contacts": contacts,
        "bare": bare,
        **compiled,
        "ratio": {
            "wall": round(total["seconds"] / bare["seconds"], 2),
            "cpu": round(total["cpu"] / bare["cpu"], 2),
        },
    }


def _build(folder: Path, contacts: int) -> crowd.Company:
    return crowd.build(folder, contacts)


def _bare(company: crowd.Company, processes: int) -> dict[str, float]:
    with Watch() as watch, watch.phase("bare"):
        read = read_all(company, processes)
    return {"contacts": read, **_rounded(watch.phases["bare"])}


def _compile(company: crowd.Company, processes: int) -> dict[str, Any]:
    session = company.session()
    workspace = session.workspace()
    campaign = workspace.campaign(crowd.CAMPAIGN)
    assert campaign is not None
    with Watch() as watch:
        for module, function, name in (
            (compiling, "check_campaign", "templates"),
            (compiling, "choose", "read, choose, hear"),
            (compiling, "proved", "render"),
            (compiling, "seal_all", "seal"),
            (compiling, "assemble", "assemble"),
            (archive_writing, "verify", "verify"),
        ):
            watch.around(module, function, name)
        with watch.phase("total"):
            keyring, plans = session.keyring(), company.root / "plans"
            host = KeyedHost(session.book().view(), keyring, session.suppression_key(), History(), scratch=plans)
            compiled = compile_campaign(workspace, campaign, host, on=ON, threads=processes)
            if compiled.parts is None:
                raise ValueError([found.message("en") for found in compiled.findings])
            with watch.phase("write"):
                archive.write(compiled.parts, plans, estimate=compiled.estimate)
            keyring.close()
    write, verify = watch.phases["write"], watch.phases["verify"]
    write.seconds, write.cpu = write.seconds - verify.seconds, write.cpu - verify.cpu
    manifest = compiled.parts.manifest
    return {
        "selected": manifest.selected,
        "recipients": manifest.recipients,
        "rendered": json.loads(compiled.parts.manifest_bytes).get("rendered"),
        "memory_mib": round(max(phase.memory for phase in watch.phases.values())),
        "phases": {name: _rounded(phase) for name, phase in watch.phases.items()},
    }


def _apart(act: Callable[..., Any], *arguments: Any) -> Any:
    """Act in a process of its own: what one run leaves in memory must not count for the next."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_answer, args=(theirs, act, arguments))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    finally:
        process.join()
    return answer


def _answer(link: Connection, act: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    link.send(act(*arguments))


def _cpu() -> float:
    """CPU seconds of this process and of those below it, ended or not."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = os.sysconf("SC_CLK_TCK")
    living = 0.0
    for child in _family()[1:]:
        try:
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        living += sum(map(int, fields[11:15])) / ticks  # its own, and its ended children's
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def _memory() -> float:
    """MiB of this process and of those below it, pages that they share counted once."""
    total = 0
    for member in _family():
        try:
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total / 1024


def _family() -> list[int]:
    found = [os.getpid()]
    for member in found:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return found


def _linear(books: list[dict[str, Any]]) -> dict[str, float]:
    """The cost of a contact in the largest book over that in the one before: 1 is linear."""
    one, other = books[-2:]
    costs = [book["phases"]["total"]["cpu"] / book["contacts"] for book in (one, other)]
    return {"cpu_a_contact": round(costs[1] / costs[0], 2)}


def _rounded(phase: Phase) -> dict[str, float]:
    return {"seconds": round(phase.seconds, 2), "cpu": round(phase.cpu, 2), "memory_mib": round(phase.memory)}


def _table(document: dict[str, Any]) -> str:
    machine = document["machine"]
    lines = [
        f"{document['processes']} processes on cores {machine['cores']} of {machine['of']}, load {machine['load']}"
    ]
    for book in document["books"]:
        lines += ["", f"{book['contacts']} contacts, {book['recipients']} recipients, rendered: {book['rendered']}"]
        lines.append(f"  {'':22}{'seconds':>9}{'CPU s':>9}{'MiB':>8}{'µs a contact':>14}")
        for name, phase in {"bare cost": book["bare"], **book["phases"]}.items():
            each = 1e6 * phase["cpu"] / book["contacts"]
            lines.append(f"  {name:22}{phase['seconds']:9.2f}{phase['cpu']:9.2f}{phase['memory_mib']:8.0f}{each:14.1f}")
        lines.append(f"  times the bare cost: {book['ratio']['wall']} of the wall, {book['ratio']['cpu']} of CPU")
    if "linear" in document:
        lines += ["", f"a contact of the largest book costs {document['linear']['cpu_a_contact']} of one before"]
    return "\n".join(lines)


def _cores(text: str, processes: int) -> tuple[int, ...]:
    own = sorted(os.sched_getaffinity(0))
    return tuple(int(core) for core in text.split(",")) if text else tuple(own[:processes])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=_counts, default=(10_000, 100_000, 1_000_000), metavar="N,N,…")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cores", default="", metavar="0,1", help="Cores to share (as many as processes).")
    parser.add_argument("--json", action="store_true", help="One JSON object.")
    return parser.parse_args()


def _counts(text: str) -> tuple[int, ...]:
    return tuple(int(count) for count in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
