"""A receiving server with a journal, and a keyed host whose runs are processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runner.rehearsal import Stage, set_stage
from runner.sink import Server, Sink

TEN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    server = Server(sink)
    yield sink
    server.stop()


@pytest.fixture
def stage(tmp_path: Path, sink: Sink) -> Callable[..., Stage]:
    """Tuesday 2 March 2027, ten o'clock in Paris: a window is open."""

    def make(**wanted: Any) -> Stage:
        return set_stage(tmp_path, sink.port, at=TEN, **wanted)

    return make
