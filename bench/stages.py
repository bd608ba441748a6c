"""What one message costs, stage by stage: each measured alone, in this process, in microseconds of its CPU."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import uvloop

from compiler.book.seal import open_slot
from compiler.clock import SystemClock
from compiler.language.address import Address
from compiler.language.contact import Value
from compiler.language.plan import Slot
from compiler.language.settings import TlsPolicy
from compiler.language.token import Signer
from compiler.specimen import Specimen
from runner.message import Composer, DkimKey
from runner.message.links import Links
from runner.transport import Endpoint, Envelope, Outcome, serve

_AT = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
_KEY = b"k" * 32
_SAMPLE = 1000


def composing(specimen: Specimen, dkim: DkimKey) -> dict[str, float]:
    """Unsealing, composing, and of that: the links, rendering with them, signing."""
    slots = list(islice(specimen.plan.slots(0), _SAMPLE))
    values = specimen.values
    plain, signed = Composer(specimen.plan, key=_KEY), Composer(specimen.plan, key=_KEY, dkim=dkim)
    targets = _targets(plain, slots[0], values[slots[0].number])

    def unseal(slot: Slot) -> object:
        return open_slot(slot.seal, specimen.keys[slot.contact], slot.contact, slot.number)

    def link(slot: Slot) -> object:
        made = _links(plain, slot, values[slot.number])
        return [made.link(number, target) for number, target in targets], made.pixel()

    def render(slot: Slot) -> object:
        made = _links(plain, slot, values[slot.number])
        return plain._renderer(slot).render(plain._values(slot, values[slot.number], made), made)

    def compose(composer: Composer, slot: Slot) -> object:
        return composer.compose(slot, values[slot.number], at=_AT, attempt=1, opens=True, clicks=True)

    each = {
        "unseal": _microseconds(unseal, slots),
        "links": _microseconds(link, slots),
        "render_with_links": _microseconds(render, slots),
        "compose": _microseconds(lambda slot: compose(plain, slot), slots),
        "compose_with_dkim": _microseconds(lambda slot: compose(signed, slot), slots),
    }
    return {
        "unseal": each["unseal"],
        "links": each["links"],
        "render": each["render_with_links"] - each["links"],
        "headers_and_framing": each["compose"] - each["render_with_links"],
        "dkim": each["compose_with_dkim"] - each["compose"],
    }


def wire(port: int, body: bytes, *, messages: int, connections: int) -> float:
    """The transport alone: ready bodies, permits at once, into a server on loopback."""

    async def send() -> float:
        endpoint = Endpoint("127.0.0.1", port, TlsPolicy.NONE)
        ready = Ready(body, messages)
        places = (serve(endpoint, ready, limit=messages, clock=SystemClock()) for _ in range(connections))
        before = time.process_time()
        await asyncio.gather(*places)
        return (time.process_time() - before) / messages * 1e6

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(send())


class Ready:
    """A source whose messages are ready and permitted."""

    def __init__(self, body: bytes, messages: int) -> None:
        self._body = body
        self._left = messages

    async def next(self) -> Envelope | None:
        if not self._left:
            return None
        self._left -= 1
        return Envelope(self._left, "b@envoi.example", "c@clients.example", len(self._body))

    async def permit(self, envelope: Envelope) -> bytes:
        await asyncio.sleep(0)
        return self._body

    def settle(self, envelope: Envelope, outcome: Outcome) -> None:
        return


def _links(composer: Composer, slot: Slot, values: Mapping[str, Value]) -> Links:
    address = Address.parse(str(values["address"]))
    signer = Signer(_KEY, 1, composer._plan.digest, slot.contact)
    return Links(composer._links, signer, address=address, language=slot.language, measured=(True, True))


def _targets(composer: Composer, slot: Slot, values: Mapping[str, Value]) -> list[tuple[int, str]]:
    """The links that one message asks for."""
    asked: list[tuple[int, str]] = []
    made = _links(composer, slot, values)

    class Noted:
        def link(self, number: int, target: str) -> str:
            asked.append((number, target))
            return made.link(number, target)

        def pixel(self) -> str:
            return made.pixel()

    composer._renderer(slot).render(composer._values(slot, values, made), Noted())
    return asked


def _microseconds(work: Callable[[Any], object], slots: list[Slot]) -> float:
    for slot in slots[:50]:
        work(slot)
    best = float("inf")
    for _ in range(3):
        before = time.process_time()
        for slot in slots:
            work(slot)
        best = min(best, time.process_time() - before)
    return best / len(slots) * 1e6
