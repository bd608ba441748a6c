"""How fast a plan leaves: envoi's whole send path beside Postfix's smtp-source, into the same smtp-sink.

    python bench/send.py [--slots 20000] [--connections 10] [--processes 2] [--cores 0,1] [--json]

envoi unseals, renders, signs links, composes, asks a durable permit and speaks pipelined SMTP, by the same code as
`envoi send`: one ledger process and its senders. smtp-source sends one constant message. Everything, the sink too, is
held to the same cores.
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
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file, from anywhere

from bench import peers, stages, workload
from compiler.clock import SimulatedClock, set_simulated_clock
from compiler.language.settings import TlsPolicy
from compiler.specimen import Specimen
from runner.bookview import View
from runner.execute import Voice, execute
from runner.ledger import PlanState
from runner.message import Composer, DkimKey
from runner.rehearsal import Rehearsal
from runner.transport import Endpoint

OPENING = datetime(2027, 3, 2, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Setting:
    slots: int
    connections: int
    processes: int
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One sender's run. CPU in microseconds a message; `sink` is the receiving server's own."""

    messages_per_second: float
    cpu: float
    sink_cpu: float
    seconds: float
    by_process: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Used:
    """What a run of envoi used, in seconds: of the wall, the ledger process and the senders."""

    seconds: float
    ledger: float
    senders: float
    sent: int


def main() -> int:
    asked = _arguments()
    if absent := peers.missing():
        print(f"not installed: {', '.join(absent)} (Debian: apt install postfix)", file=sys.stderr)
        return 3
    setting = Setting(asked.slots, asked.connections, asked.processes, _cores(asked.cores))
    os.sched_setaffinity(0, setting.cores)
    dkim = DkimKey("mail.atelier-lumen.example", "s2026", rsa.generate_private_key(65537, 2048))
    with tempfile.TemporaryDirectory(prefix="envoi-bench-") as folder:
        specimen = workload.write_plan(Path(folder) / "plans", setting.slots)
        sizes = {"without_dkim": _size(specimen, None), "with_dkim": _size(specimen, dkim)}
        cases = {
            name: _case(specimen, Path(folder) / name, setting, dkim=key, size=sizes[name])
            for name, key in (("without_dkim", None), ("with_dkim", dkim))
        }
        cost = _stages(specimen, dkim, setting, size=sizes["without_dkim"])
    document = {
        "machine": {
            "cores": list(setting.cores),
            "of": os.cpu_count(),
            "python": platform.python_version(),
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        "slots": setting.slots,
        "connections": setting.connections,
        "processes": setting.processes,
        "size": sizes,
        "stages": {name: round(value, 1) for name, value in cost.items()},
        **cases,
    }
    print(json.dumps(document, indent=1) if asked.json else _table(document))
    return 0


def _case(specimen: Specimen, state: Path, setting: Setting, *, dkim: DkimKey | None, size: int) -> dict[str, object]:
    """envoi, then smtp-source with messages as large, into one sink after the other."""
    with peers.sink() as sink:
        before = sink.cpu()
        used = _envoi(specimen, state, setting, dkim=dkim, port=sink.port)
        envoi_sink = sink.cpu() - before
    with peers.sink() as sink:
        before = sink.cpu()
        source = peers.source(sink.port, messages=used.sent, size=size, connections=setting.connections)
        source_sink = sink.cpu() - before
    a_message = 1e6 / used.sent
    ours = Measured(
        messages_per_second=used.sent / used.seconds,
        cpu=(used.ledger + used.senders) * a_message,
        sink_cpu=envoi_sink * a_message,
        seconds=used.seconds,
        by_process={"ledger": used.ledger * a_message, "senders": used.senders * a_message},
    )
    theirs = Measured(used.sent / source.seconds, source.cpu * a_message, source_sink * a_message, source.seconds)
    return {
        "envoi": _rounded(ours),
        "smtp_source": _rounded(theirs),
        "ratio": round(ours.messages_per_second / theirs.messages_per_second, 3),
    }


def _envoi(specimen: Specimen, state: Path, setting: Setting, *, dkim: DkimKey | None, port: int) -> _Used:
    """A whole run in a process of its own, so that its CPU is told from ours."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_run, args=(specimen, state, setting, dkim, (port, theirs)))
    process.start()
    theirs.close()
    used = ours.recv()
    process.join()
    assert isinstance(used, _Used)
    if used.sent != setting.slots:
        raise ChildProcessError(f"{used.sent} of {setting.slots} messages sent")
    return used


def _run(specimen: Specimen, state: Path, setting: Setting, dkim: DkimKey | None, to: tuple[int, Connection]) -> None:
    port, results = to
    state.mkdir()
    clock = state / "clock"
    set_simulated_clock(clock, OPENING, rate=1.0)
    rehearsal = Rehearsal(specimen, state, SimulatedClock(clock), dkim=dkim).prepare()
    began: list[tuple[float, float]] = []

    def approve(plan: PlanState, view: View) -> None:
        """The plan is verified, the senders stand ready: from here on it is sending."""
        began.append((time.perf_counter(), time.process_time()))

    order = rehearsal.order(
        Endpoint("127.0.0.1", port, TlsPolicy.NONE),
        places=setting.connections // setting.processes,
        processes=setting.processes,
        limit=setting.slots,
        approve=approve,
    )
    summary = execute(order, Voice())
    wall, ledger = began[0]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    results.send(
        _Used(
            seconds=time.perf_counter() - wall,
            ledger=time.process_time() - ledger,
            senders=children.ru_utime + children.ru_stime,
            sent=summary.counts["sent"],
        )
    )


def _stages(specimen: Specimen, dkim: DkimKey, setting: Setting, *, size: int) -> dict[str, float]:
    os.sched_setaffinity(0, setting.cores[:1])
    cost = stages.composing(specimen, dkim)
    os.sched_setaffinity(0, setting.cores)
    body = (b"x" * 74 + b"\r\n") * (size // 76) + b".\r\n"
    with peers.sink() as sink:
        cost["smtp"] = stages.wire(
            sink.port, body, messages=min(10_000, setting.slots), connections=setting.connections
        )
    return cost


def _size(specimen: Specimen, dkim: DkimKey | None) -> int:
    composer = Composer(specimen.plan, key=b"k" * 32, dkim=dkim)
    slot = next(specimen.plan.slots(0))
    values = specimen.values[slot.number]
    return composer.compose(slot, values, at=OPENING, attempt=1, opens=True, clicks=True).size


def _rounded(measured: Measured) -> dict[str, object]:
    plain = replace(
        measured,
        messages_per_second=round(measured.messages_per_second),
        cpu=round(measured.cpu),
        sink_cpu=round(measured.sink_cpu),
        seconds=round(measured.seconds, 2),
        by_process={name: round(value) for name, value in measured.by_process.items()},
    )
    return asdict(plain)


def _table(document: dict[str, object]) -> str:
    lines = [
        f"{document['slots']} messages, {document['connections']} connections, {document['processes']} senders, "
        f"everything on cores {document['machine']['cores']} of {document['machine']['of']}",  # type: ignore[index]
        "",
        f"{'':14}{'':12}{'messages/s':>11}{'CPU µs':>8}{'sink µs':>9}{'ratio':>7}",
    ]
    for case in ("without_dkim", "with_dkim"):
        measured = document[case]
        assert isinstance(measured, dict)
        for who in ("envoi", "smtp_source"):
            one = measured[who]
            ratio = f"{measured['ratio']:7.2f}" if who == "envoi" else ""
            lines.append(f"{case:14}{who:12}{one['messages_per_second']:11}{one['cpu']:8}{one['sink_cpu']:9}{ratio}")
    lines += ["", "CPU µs a message, each stage measured alone:"]
    stages_cost = document["stages"]
    assert isinstance(stages_cost, dict)
    return "\n".join([*lines, *(f"  {name:24}{value:8.1f}" for name, value in stages_cost.items())])


def _cores(text: str) -> tuple[int, ...]:
    """The cores asked for, else two of those that this process may use: a small server's."""
    own = sorted(os.sched_getaffinity(0))
    return tuple(int(core) for core in text.split(",")) if text else tuple(own[:2])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cores", default="", metavar="0,1", help="Cores to share (two of this machine's).")
    parser.add_argument("--json", action="store_true", help="One JSON object.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
