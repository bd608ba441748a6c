"""Everybody's slot, sealed by whoever read them, put together shard by shard."""

from __future__ import annotations

from array import array

from compiler.archive import Spool
from compiler.assemble import Arrangement
from compiler.language.plan import Exclusion
from compiler.pipeline.choosing import KeyedHost
from compiler.pipeline.roll import Roll
from compiler.pipeline.team import Team


def seal_all(team: Team, roll: Roll, arrangement: Arrangement, spool: Spool) -> None:
    """Fill the spool with every shard of the arrangement."""
    for _ in team.rounds("begin", [(len(arrangement.order),)]):
        pass
    for _ in team.spread("deal", roll.deals(roll.slots(arrangement.order))):
        pass
    shards = arrangement.shards
    for shard, answers in zip(shards, team.rounds("seal", [(s.first, s.count) for s in shards]), strict=True):
        lines = [b""] * shard.count
        for places, own in answers:
            for place, line in zip(places, own, strict=True):
                lines[place] = line
        spool.put(shard, lines)


def erased_meanwhile(host: KeyedHost, roll: Roll) -> bool:
    """Whether recipients' keys were destroyed since `host` was made: they are none any more, and the rest is to be
    numbered again.
    """
    if not host.keyring.changed():
        return False
    gone = array("I")
    for numbers, names in roll.names():
        keys = host.keyring.between(names[0], names[-1])
        gone.extend(n for n, name in zip(numbers, names, strict=True) if not roll.codes[n] and name not in keys)
    roll.exclude(iter(gone), Exclusion.ERASED)
    return bool(gone)
