"""The last look before a run: one message of each variant and language, composed as it will leave, held to the rules.

Signatures and header fields exist only now, so the rules of law-and-deliverability that bear on them (RFC 8058: DKIM
covers both List-Unsubscribe fields; RFC 5322) can only be asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from compiler.archive import Plan
from compiler.book.problems import SealBroken
from compiler.book.seal import open_slot
from compiler.language.address import AddressError
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Finding, Place, Text
from compiler.language.plan import Slot
from compiler.policy import check_composed
from compiler.render import RenderError
from runner.message import Composer, HeaderProblem

#: Contacts' keys by id, those that still exist (`Keyring.keys`).
Keys: TypeAlias = Callable[[list[str]], Mapping[str, bytes]]

_PRIVATE = ("address", "customer_code", "phone")
_LOOKED_AT = 5_000  # slots, in search of one for each variant and language


def prove_messages(plan: Plan, composer: Composer, keys: Keys, *, at: datetime) -> None:
    """Raises RefusedByPolicy, naming the rules, where a composed message breaks one that stops a send."""
    broken = sorted({found.code for found in _findings(plan, composer, keys, at) if found.stops})
    if broken:
        codes = ", ".join(broken)
        raise RefusedByPolicy(
            Text(
                f"les messages tels qu'ils partiraient enfreignent {codes} (voir docs/errors.md)",
                f"the messages as they would leave break {codes} (see docs/errors.md)",
            )
        )


def _findings(plan: Plan, composer: Composer, keys: Keys, at: datetime) -> Iterator[Finding]:
    place = Place(plan.manifest.campaign_path)
    for slot, key in _samples(plan, keys):
        try:
            values = open_slot(slot.seal, key, slot.contact, slot.number)
            composed = composer.compose(slot, values, at=at, attempt=1, opens=slot.opens, clicks=slot.clicks)
        except (RenderError, HeaderProblem, SealBroken, AddressError):
            continue  # one message that cannot be made is skipped, with its reason, when its turn comes
        private = [str(values[name]) for name in _PRIVATE if values.get(name)]
        yield from check_composed(composed.body.removesuffix(b".\r\n"), place=place, private=private)


def _samples(plan: Plan, keys: Keys) -> Iterator[tuple[Slot, bytes]]:
    """The first slot of each variant and language whose contact still has a key."""
    wanted = set(plan.templates())
    slots = (slot for shard in plan.manifest.shards for slot in plan.slots(shard.number))
    for slot, _ in zip(slots, range(_LOOKED_AT), strict=False):
        sort = (slot.variant, slot.language)
        key = keys([slot.contact]).get(slot.contact) if sort in wanted else None
        if key is not None:
            wanted.discard(sort)
            yield slot, key
        if not wanted:
            return
