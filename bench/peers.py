"""Postfix's smtp-sink and smtp-source, and what processes have used of the CPU."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_TICK = os.sysconf("SC_CLK_TCK")
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin"


@dataclass(frozen=True, slots=True)
class Source:
    """What smtp-source did."""

    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Sink:
    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that it has used so far, to a hundredth."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


def missing() -> list[str]:
    """The tools that are not installed."""
    return [name for name in ("smtp-sink", "smtp-source") if shutil.which(name, path=_PLACES) is None]


@contextmanager
def sink() -> Iterator[Sink]:
    """An smtp-sink on a free port of loopback."""
    port = _free_port()
    user = ("-u", "root") if os.geteuid() == 0 else ()
    process = subprocess.Popen(
        [_tool("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_listening(port)
        yield Sink(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def source(port: int, *, messages: int, size: int, connections: int) -> Source:
    """Runs smtp-source, which keeps its connections open as envoi does (`-d`)."""
    command = [_tool("smtp-source"), "-d", "-s", str(connections), "-m", str(messages), "-l", str(size)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "-f", "b@envoi.example", "-t", "c@clients.example", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ChildProcessError("smtp-source failed")
    return Source(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


def _tool(name: str) -> str:
    found = shutil.which(name, path=_PLACES)
    if found is None:
        raise FileNotFoundError(name)
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await_listening(port: int) -> None:
    for _ in range(250):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("smtp-sink does not listen")
