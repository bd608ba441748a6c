from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from runner import failpoint

_PASS_THREE_TIMES = "from runner import failpoint\nfor n in range(3):\n    failpoint.hit('reply_read')\n    print(n)\n"


def _run(armed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-uc", _PASS_THREE_TIMES], env={failpoint.VARIABLE: armed}, capture_output=True, text=True
    )


def test_nothing_happens_where_nothing_is_armed() -> None:
    assert _run("").stdout.split() == ["0", "1", "2"]


def test_the_process_dies_at_the_passage_asked_for() -> None:
    ended = _run("reply_read:kill@2")
    assert (ended.returncode, ended.stdout.split()) == (-signal.SIGKILL, ["0"])


def test_another_point_is_passed_unharmed() -> None:
    assert _run("dot_written:kill@1").returncode == 0


@pytest.mark.parametrize("text", ["nowhere:kill@1", "reply_read:explode@1", "reply_read"])
def test_a_misspelt_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        failpoint.arm(text)
