from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from compiler.process import ProcessError, background, converse, run


def test_a_program_is_given_its_input_and_says_what_it_said() -> None:
    done = run(["cat"], input=b"\x00lampe\n")
    assert (done.code, done.stdout, done.stderr) == (0, b"\x00lampe\n", b"")


def test_a_failure_carries_code_and_stream_but_shows_neither() -> None:
    script = "import sys; sys.stderr.write('marie@client.example'); sys.exit(7)"
    with pytest.raises(ProcessError) as caught:
        run([sys.executable, "-c", script])
    assert caught.value.code == 7
    assert b"marie@client.example" in caught.value.stderr
    assert "marie" not in str(caught.value) + repr(caught.value)


def test_a_failure_is_data_for_who_asks() -> None:
    assert run(["false"], check=False).code == 1


def test_streams_are_hidden_from_repr() -> None:
    assert "marie" not in repr(run(["echo", "marie@client.example"]))


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProcessError, match="not found: no-such-program"):
        run(["no-such-program"])


def test_a_slow_program_is_ended() -> None:
    with pytest.raises(ProcessError, match="did not finish within"):
        run(["sleep", "30"], timeout=0.1)


def test_the_environment_given_is_the_whole_of_it() -> None:
    done = run(["/usr/bin/env"], environment={"LAMP": "1"})
    assert done.stdout == b"LAMP=1\n"


def test_a_conversation_answers_question_by_question() -> None:
    with converse(["cat"]) as talk:
        for word in (b"un\n", b"deux\n"):
            talk.stdin.write(word)
            talk.stdin.flush()
            assert talk.stdout.readline() == word


def test_a_conversation_left_by_an_error_ends_its_program() -> None:
    script = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(60)"
    pids: list[int] = []
    with pytest.raises(ZeroDivisionError):
        _ask_and_fail(script, pids)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def _ask_and_fail(script: str, pids: list[int]) -> None:
    with converse([sys.executable, "-c", script]) as talk:
        pids.append(int(talk.stdout.readline()))
        raise ZeroDivisionError


def test_a_conversation_partner_that_leaves_is_an_error() -> None:
    with pytest.raises(ProcessError):
        _talk_at_length(["true"])


def test_a_conversation_partner_that_never_ends_is_ended() -> None:
    with pytest.raises(ProcessError), converse(["sleep", "60"], grace=0.1):
        pass


def _talk_at_length(args: list[str]) -> None:
    with converse(args) as talk:
        for _ in range(1000):
            talk.stdin.write(bytes(4096))


def test_a_missing_conversation_partner_is_named() -> None:
    with pytest.raises(ProcessError, match="not found"), converse(["no-such-program"]):
        pass


def test_a_background_program_ends_with_its_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with background(["sh", "-c", "echo ready; exec sleep 60"], log=log) as child:
        deadline = time.monotonic() + 10
        while log.read_bytes() != b"ready\n" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert child.poll() is None
    assert child.returncode == -signal.SIGTERM


def test_a_missing_background_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="not found"), background(["no-such-program"], log=tmp_path / "log"):
        pass
