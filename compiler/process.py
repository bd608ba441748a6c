"""The only door to other programs: a fixed argument list, no shell, bounded in time, nothing inherited by accident."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeAlias

from compiler.language.errors import EnvoiError
from compiler.language.finding import Text

#: A program that runs beside this one.
Program: TypeAlias = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind. The streams are hidden from `repr`: they may quote personal data."""

    code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)


class ProcessError(EnvoiError):
    """A program is missing, failed or took too long. `stderr` is for the caller to judge, never for a log."""

    def __init__(self, program: str, text: Text, *, code: int = -1, stderr: bytes = b"") -> None:
        super().__init__(text)
        self.program = program
        self.code = code
        self.stderr = stderr


def run(
    args: Sequence[str],
    *,
    cwd: Path | None = None,
    input: bytes = b"",  # noqa: A002  the word that subprocess uses
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
) -> Completed:
    """Run a program to its end within `timeout` seconds.

    `environment` replaces the inherited one. Raises ProcessError where the program is missing or too slow and,
    with `check`, where its code is not 0.
    """
    program = Path(args[0]).name
    try:
        done = subprocess.run(
            list(args), cwd=cwd, input=input, env=_environment(environment), capture_output=True, timeout=timeout
        )
    except FileNotFoundError:
        raise _missing(program) from None
    except subprocess.TimeoutExpired:
        raise ProcessError(
            program,
            Text(f"{program} n'a pas fini en {timeout:g} s", f"{program} did not finish within {timeout:g} s"),
        ) from None
    if check and done.returncode:
        raise failed(program, done.returncode, done.stderr)
    return Completed(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A program that answers as long as it is asked: write a question, flush, read the answer."""

    stdin: IO[bytes]
    stdout: IO[bytes]


@contextmanager
def converse(
    args: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, grace: float = 10
) -> Iterator[Conversation]:
    """Keep a program open for the length of a `with` block; it must end within `grace` seconds once told so.

    Its error stream is dropped. Raises ProcessError where it is missing, ends too early or does not end.
    """
    try:
        child = subprocess.Popen(
            list(args),
            cwd=cwd,
            env=_environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise _missing(Path(args[0]).name) from None
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield Conversation(child.stdin, child.stdout)
        child.stdin.close()
        child.wait(grace)
    except (BrokenPipeError, subprocess.TimeoutExpired):  # it ended too early, or not at all
        raise failed(Path(args[0]).name, -1, b"") from None
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            with suppress(BrokenPipeError):
                stream.close()


@contextmanager
def background(
    args: Sequence[str], *, log: Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Keep a program running, in a process group of its own, its output appended to `log`; end it with the block.

    It is asked to end (SIGTERM) and killed, group and all, 10 seconds later. Raises ProcessError where it is missing.
    """
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                list(args),
                cwd=cwd,
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise _missing(Path(args[0]).name) from None
        try:
            yield child
        finally:
            _end(child)


def _end(child: Program) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def failed(program: str, code: int, stderr: bytes) -> ProcessError:
    """The error for a program that ended with `code`."""
    return ProcessError(
        program,
        Text(f"{program} a échoué (code {code})", f"{program} failed (code {code})"),
        code=code,
        stderr=stderr,
    )


def _missing(program: str) -> ProcessError:
    return ProcessError(program, Text(f"programme introuvable : {program}", f"program not found: {program}"))


def _environment(environment: Mapping[str, str] | None) -> dict[str, str]:
    return dict(os.environ if environment is None else environment)
