from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.specimen import Specimen
from runner.bookview import Roster
from runner.evidence import message_id
from runner.ledger import Asked, Fact, FactKind
from runner.ledger.sqlite import SqliteLedger
from runner.recovery import Policy, bring_back, doubt_the_rest, resolve
from runner.rehearsal import Rehearsal
from runner.shipping import EventMaker, record_of, ship
from tracker.events.sqlite import SqliteEventStore

AT = datetime(2027, 3, 2, 11, tzinfo=UTC)
NOW = int(AT.timestamp())


class Host:
    """A ledger that has sent slot 0, was refused 1, deferred 2, lost the answer for 3 and 4, and not tried 5."""

    def __init__(self, specimen: Specimen, folder: Path, store: SqliteEventStore) -> None:
        self.plan, self.store, self.folder = specimen.plan, store, folder
        self.roster = Roster(self.plan)
        self.keyring = folder / "keyring.sqlite"
        self.ledger = self.open("ledger")
        self.ledger.enter(record_of(self.plan), AT)
        lease = self.ledger.lease(self.plan.digest, "r")
        self.ledger.commit(lease, [], [self._asked(n) for n in range(5)])
        kinds = (FactKind.SENT, FactKind.REFUSED, FactKind.DEFERRED)
        facts = [Fact(n, 1, self.roster.contact(n), kind, "x", NOW, "dot", 250) for n, kind in enumerate(kinds)]
        self.ledger.commit(lease, facts, [])
        self.ledger.resume(self.plan.digest, AT)
        ship(self.ledger, store, EventMaker(self.ledger.identity, self.ledger.plans(), (self.plan, self.roster)))

    def open(self, name: str) -> SqliteLedger:
        return SqliteLedger.open(self.folder / name, keyring=self.keyring)

    def _asked(self, slot: int) -> Asked:
        return Asked(slot, 1, 0, self.roster.contact(slot), slot, NOW, tracked=False, at=NOW)

    def counts(self, ledger: SqliteLedger) -> dict[str, int]:
        return ledger.state(self.plan.digest).counts()


@pytest.fixture
def host(small_plan: Callable[..., Specimen], tmp_path: Path) -> Iterator[Host]:
    specimen = small_plan(slots=6)
    Rehearsal(specimen, tmp_path / "state", clock=None).prepare()  # type: ignore[arg-type]
    with SqliteEventStore(tmp_path / "events.sqlite") as store:
        made = Host(specimen, tmp_path / "state", store)
        yield made
        made.ledger.close()


def test_evidence_comes_before_the_policy(host: Host) -> None:
    log = {message_id(host.plan.manifest, host.roster.contact(3).hex())}
    outcome = resolve(host.ledger, host.plan, Policy.RESEND, log=log, seen=set(), at=AT)
    assert (outcome.in_doubt, outcome.proved, outcome.resent, outcome.held) == (2, 1, 1, 0)
    counts = host.counts(host.ledger)
    assert (counts["sent"], counts["in_doubt"], counts["pending"]) == (2, 0, 3)
    assert host.ledger.state(host.plan.digest).retries[4].attempt == 2


@pytest.mark.parametrize(
    ("policy", "sent", "in_doubt"), [(Policy.HOLD, 1, 2), (Policy.ASSUME_SENT, 3, 0), (Policy.RESEND, 1, 0)]
)
def test_without_evidence_the_policy_decides(host: Host, policy: Policy, sent: int, in_doubt: int) -> None:
    for _ in range(2):  # and saying it again changes nothing
        resolve(host.ledger, host.plan, policy, log=set(), seen=set(), at=AT)
    counts = host.counts(host.ledger)
    assert (counts["sent"], counts["in_doubt"], sum(counts.values())) == (sent, in_doubt, 6)


def test_a_resent_message_gets_the_next_attempt_and_no_other(host: Host) -> None:
    resolve(host.ledger, host.plan, Policy.RESEND, log=set(), seen=set(), at=AT)
    lease = host.ledger.lease(host.plan.digest, "r2")
    again = [host._asked(3)._replace(attempt=2), host._asked(0)._replace(attempt=2)]
    assert [answer.name for answer in host.ledger.commit(lease, [], again)] == ["GRANTED", "ALREADY"]


def test_another_ledger_learns_from_events_and_doubts_the_rest(host: Host) -> None:
    other = host.open("other")
    restored = bring_back(other, [host.plan], host.store, at=AT)
    assert restored == 5
    assert host.counts(other) == host.counts(host.ledger)
    assert doubt_the_rest(other, host.plan, at=AT) == 2
    assert host.counts(other) == {"pending": 0, "sent": 1, "refused": 1, "skipped": 0, "in_doubt": 4}
    other.close()


def test_bringing_back_twice_brings_nothing_twice(host: Host) -> None:
    assert bring_back(host.ledger, [host.plan], host.store, at=AT) == 0
    before = host.store.last_position()
    ship(host.ledger, host.store, EventMaker(host.ledger.identity, host.ledger.plans()))
    assert host.store.last_position() == before


def test_no_fact_gets_a_number_that_was_given_before(host: Host) -> None:
    other = host.open("other")
    other._identity = host.ledger.identity  # as a copy that was restored would have
    bring_back(other, [host.plan], host.store, at=AT)
    other.record(host.plan.digest, [Fact(5, 0, host.roster.contact(5), FactKind.SKIPPED, "expired", NOW)])
    assert other.last_fact() > max(recorded.seq for recorded in host.ledger.facts(0, 100))
    other.close()
