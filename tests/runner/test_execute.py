from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from runner.execute import Ended, Summary

if TYPE_CHECKING:
    from conftest import Bench, Sink  # type: ignore[import-not-found]


def test_every_recipient_gets_one_message(bench: Callable[..., Bench], sink: Sink) -> None:
    host = bench(slots=12)
    summary = host.run()
    assert isinstance(summary, Summary), summary
    assert (summary.ended, summary.counts["sent"]) == (Ended.FINISHED, 12)
    assert sink.recipients == {host.specimen.address(n) for n in range(12)}
    assert sink.duplicates == 0
