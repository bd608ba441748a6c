"""Which ledger may send a plan, agreed upon through refs of the workspace's remote.

    refs/envoi/admitted/<campaign>/<edition>/<digest>   create-only: names the ledger that sends the plan
    refs/envoi/ledger/<ledger>                          the ledger's mark: how far it had come, in which run

A ledger that was deleted comes back under another name: the plan is not its own. One that was restored stands behind
its witness or its mark. One that was copied meets a mark of a run that it never began. None of them permits anything
until somebody says `envoi ledger adopt` or `envoi ledger reconcile`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from compiler.git import PushResult, RemoteUnreachable, Repository
from compiler.language.canonical import canonical_line
from compiler.language.clock import Clock
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from runner.ledger import Mark
from runner.ledger.identity import Witness
from runner.ledger.sqlite import SqliteLedger

_FILE = "ledger.json"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class RemoteMark:
    """A ledger's mark as it stands on the remote, and the commit that holds it."""

    mark: Mark
    run: str
    commit: str


class Admitting(Protocol):
    """What a run asks of the remote: see Admission."""

    def admit(self, campaign: str, edition: str, digest: str) -> None: ...
    def remote_mark(self) -> RemoteMark | None: ...
    def check_mark(self, known: RemoteMark | None) -> None: ...
    def push_mark(self, run: str, mark: Mark, *, known: RemoteMark | None) -> RemoteMark: ...


class Admission:
    """One ledger's dealings with the workspace's remote. Every method may raise RemoteUnreachable."""

    def __init__(self, repository: Repository, remote: str, ledger: SqliteLedger, clock: Clock) -> None:
        self._repository = repository
        self._remote = remote
        self._identity = ledger.identity
        self._ledger = ledger
        self._clock = clock

    def admit(self, campaign: str, edition: str, digest: str) -> None:
        """Make the plan this ledger's own. Idempotent.

        Raises RefusedByPolicy where another ledger was admitted to any plan of the same campaign and edition.
        """
        for other, ledger in self.admitted(campaign, edition).items():
            if ledger != self._identity:
                raise not_ours(other)
            if other == digest:
                return
        ref = _plan_ref(campaign, edition, digest)
        commit = self._commit({"campaign": campaign, "edition": edition, "ledger": self._identity, "plan": digest})
        if not self._repository.create_remote_ref(self._remote, ref, commit):
            if self.admitted(campaign, edition).get(digest) == self._identity:
                return
            raise not_ours(digest)

    def admitted(self, campaign: str = "*", edition: str = "*") -> dict[str, str]:
        """Plans of a campaign's edition (of all) that were ever admitted, with the ledger that each belongs to."""
        found = {}
        pattern = _plan_ref(campaign, edition, "*")
        for ref, commit in self._repository.remote_refs(self._remote, pattern).items():
            found[ref.rpartition("/")[2]] = str(self._read(ref, commit).get("ledger", ""))
        return found

    def adopt(self, campaign: str, edition: str, digest: str) -> None:
        """Take a plan over from another ledger. What that one did must have been accounted for before."""
        ref = _plan_ref(campaign, edition, digest)
        held = self._repository.remote_refs(self._remote, ref).get(ref, "")
        commit = self._commit({"campaign": campaign, "edition": edition, "ledger": self._identity, "plan": digest})
        if self._repository.push(self._remote, f"{commit}:{ref}", lease=held) is PushResult.UNREACHABLE:
            raise RemoteUnreachable

    def remote_mark(self, identity: str = "") -> RemoteMark | None:
        """The mark of a ledger (this one's by default) on the remote."""
        ref = _mark_ref(identity or self._identity)
        commit = self._repository.remote_refs(self._remote, ref).get(ref)
        if commit is None:
            return None
        document = self._read(ref, commit)
        mark = Mark(int(str(document["count"])), str(document["chain"]))
        return RemoteMark(mark, str(document["run"]), commit)

    def check_mark(self, known: RemoteMark | None) -> None:
        """Raises RefusedByPolicy where the remote knows more of this ledger than it does itself."""
        if known is None:
            return
        if not self._ledger.knows(known.mark) or not self._ledger.knows_run(known.run):
            raise behind()

    def push_mark(self, run: str, mark: Mark, *, known: RemoteMark | None) -> RemoteMark:
        """Move the mark from where it was known to be. Raises RefusedByPolicy where a copy of this ledger moved it."""
        commit = self._commit({"chain": mark.chain, "count": mark.count, "ledger": self._identity, "run": run})
        ref = _mark_ref(self._identity)
        lease = known.commit if known else ""
        for _ in range(_TRIES):
            result = self._repository.push(self._remote, f"{commit}:{ref}", lease=lease)
            if result is PushResult.ACCEPTED:
                return RemoteMark(mark, run, commit)
            if result is PushResult.REJECTED:
                standing = self.remote_mark()
                if standing is not None and standing.commit == commit:
                    return standing
                raise behind()
        raise RemoteUnreachable

    def overwrite_mark(self, run: str, mark: Mark) -> RemoteMark:
        """Set the mark after a reconciliation, wherever it stands."""
        return self.push_mark(run, mark, known=self.remote_mark())

    def _commit(self, document: dict[str, str | int]) -> str:
        text = canonical_line(document)
        return self._repository.commit(None, {_FILE: text}, message=text.decode(), at=self._clock.now())

    def _read(self, ref: str, commit: str) -> dict[str, object]:
        if self._repository.revision(commit) is None:
            self._repository.fetch(self._remote, f"+{ref}:{ref}")
        document = json.loads(self._repository.read(commit, _FILE) or b"{}")
        return document if isinstance(document, dict) else {}


def check_witness(ledger: SqliteLedger, witness: Witness) -> None:
    """Raises RefusedByPolicy where the ledger is behind what its witness saw, or its witness is gone."""
    seen = witness.read()
    if seen is None:
        if ledger.mark().count:
            raise behind()
        witness.write(ledger.mark())
        witness.sync()
    elif not ledger.knows(seen):
        raise behind()


def witness_folder(state: Path) -> Path:
    return state / "witness"


def not_ours(digest: str) -> RefusedByPolicy:
    name = digest[:12]
    return RefusedByPolicy(
        Text(
            f"le plan {name} appartient à un autre registre d'envoi : si celui-ci le remplace, `envoi ledger adopt`",
            f"plan {name} belongs to another ledger: if this one takes its place, `envoi ledger adopt`",
        )
    )


def behind() -> RefusedByPolicy:
    return RefusedByPolicy(
        Text(
            "ce registre d'envoi est en retard sur ce qui a été envoyé (copie ou restauration) : rien ne part avant "
            "`envoi ledger reconcile`",
            "this ledger is behind what was sent (a copy, or restored): nothing leaves before `envoi ledger reconcile`",
        )
    )


def _plan_ref(campaign: str, edition: str, digest: str) -> str:
    return f"refs/envoi/admitted/{campaign}/{edition}/{digest}"


def _mark_ref(identity: str) -> str:
    return f"refs/envoi/ledger/{identity}"
