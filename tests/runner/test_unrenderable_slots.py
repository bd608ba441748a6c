"""In a large plan samples stand for everybody's message: what cannot be made is skipped at send, none else is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from compiler.language.plan import Exclusion
from compiler.specimen import HEADING, MESSAGE
from runner.order import Summary
from runner.rehearsal import Stage
from runner.sink import Sink

MakeStage = Callable[..., Stage]
QUICK = replace(HEADING, rate="2000/1")
FEW = "01234"
SOME = f"{{% if contact.address[2:3] in '{FEW}' %}}{{{{ contact.missing }}}}{{% endif %}}"


def test_a_message_that_cannot_be_made_is_skipped_and_the_others_leave(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK, message=replace(MESSAGE, text=SOME + MESSAGE.text))
    lost = sum(host.specimen.address(n)[2] in FEW for n in range(12))
    assert 0 < lost < 12
    for _ in range(2):
        found = host.run()
        assert isinstance(found, Summary)
        assert sum(found.counts.values()) == 12
        assert found.counts["sent"] == len(sink.journal) == 12 - lost
        assert found.counts["skipped"] == found.skipped[Exclusion.NOT_RENDERED] == lost
