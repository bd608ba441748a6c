"""Named points at which a test may kill this process: inert unless `ENVOI_FAILPOINT` is set.

`ENVOI_FAILPOINT=reply_read:kill@17` kills (SIGKILL) whichever process of the runner is first to pass `reply_read` for
the 17th time; each process counts its own passages. `crash` in place of `kill` takes its whole process group along,
`stop` sends SIGSTOP.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "ENVOI_FAILPOINT"

#: Every point of the send protocol, in the order in which one message meets them.
NAMES = (
    "verified",  # the plan's bytes were checked
    "admitted",  # the remote knows which ledger sends this plan
    "leased",  # the shards are this run's
    "connected",  # TLS and AUTH done
    "rcpt_answered",
    "data_accepted",  # 354 read, nothing permitted yet
    "permit_durable",
    "body_half",
    "dot_written",
    "reply_read",
    "fact_durable",
    "shipped",  # facts are in the event store, the cursor is not yet moved
)

_FORM = re.compile(r"(\w+):(kill|crash|stop)@(\d+)")


@dataclass(slots=True)
class _Armed:
    name: str
    act: str
    left: int


def _armed(environment: Mapping[str, str]) -> _Armed | None:
    text = environment.get(VARIABLE, "")
    if not text:
        return None
    match = _FORM.fullmatch(text)
    if match is None or match[1] not in NAMES:
        raise ValueError(f"{VARIABLE} is not NAME:kill@N with a known name")
    return _Armed(match[1], match[2], int(match[3]))


_point = _armed(os.environ)


def hit(name: str) -> None:
    """Pass a point. Costs one comparison where nothing is armed."""
    if _point is not None and _point.name == name:
        _point.left -= 1
        if _point.left == 0:
            _strike(_point.act)


def _strike(act: str) -> None:
    if act == "crash":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSTOP if act == "stop" else signal.SIGKILL)


def arm(text: str) -> None:
    """Arm this process and those it will fork, as the variable would have. Raises ValueError."""
    global _point
    _point = _armed({VARIABLE: text})
