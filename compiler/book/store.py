"""The book's repository: reading a folded view of one commit, and writing that survives other writers.

The local clone is bare, and its branch is a mirror of the remote's: what is in it was proven on the remote.
"""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

from compiler.book import heal, suppressions
from compiler.book.fold import contact_of
from compiler.book.layout import CHANGES, CONTACTS, META, Files, Meta, changes_span, parse_lines, read_meta
from compiler.book.problems import BookContended, BookDamaged, BookMissing
from compiler.book.record import Change, Record, change_from_json
from compiler.book.shelves import Shelves
from compiler.book.suppressions import Suppressions
from compiler.git import PushResult, RemoteUnreachable, Repository
from compiler.language.contact import Contact
from compiler.language.suppression import Suppression

_RACES = 40  # lost to other writers
_INCOMING = "refs/envoi/incoming"
_REFUSALS = 3  # by a remote where nobody else wrote meanwhile


class BookView:
    """The book at one commit: it does not move while it is read."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self._repository = repository
        self.commit = commit

    @property
    def path(self) -> Path:
        """Where the clone is, for another process to read the same commit."""
        return self._repository.path

    def tree_id(self) -> str:
        """The tree's name: equal books have equal names, whatever their history. Empty for an empty book."""
        return (self._repository.tree(self.commit) or "") if self.commit else ""

    def read_files(self, paths: Iterable[str]) -> dict[str, bytes]:
        return self._repository.read_files(self.commit, paths) if self.commit else {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file, sorted."""
        return tuple(self._repository.list_files(self.commit)) if self.commit else ()

    @property
    def empty(self) -> bool:
        """Whether nobody was ever recorded here."""
        return not any(path.startswith((CONTACTS, CHANGES)) for path in self.paths)

    @cached_property
    def meta(self) -> Meta:
        """Raises BookDamaged."""
        return read_meta(self.read_files([META]).get(META))

    # Contacts

    def records(self, heard: Iterable[str] | None = None) -> Iterator[Record]:
        """Every record with its changes heard (or those of some files alone), sorted by id; streams file by file.

        Raises BookDamaged.
        """
        # pyright takes a cached property for something else than the property that a protocol asks for.
        shelves = Shelves(self, heard)  # pyright: ignore[reportArgumentType]
        for name in shelves.names:
            yield from shelves.records(name)

    def contacts(self) -> Iterator[Contact]:
        """Every contact, erased ones too, sorted by id. Raises BookDamaged."""
        for record in self.records():
            if (contact := contact_of(record)) is not None:
                yield contact

    def changes(self, files: Iterable[str] | None = None) -> Iterator[Change]:
        """Every change that is not folded yet (or those of some files), in no meaningful order. Raises BookDamaged."""
        wanted = (p for p in self.paths if p.startswith(CHANGES)) if files is None else files
        for path, content in self.stream(wanted):
            yield from parse_lines(content, path, change_from_json)

    def last_seq(self, node: str) -> int:
        """The greatest number that a node's changes reached, folded or not; 0 for an unknown node."""
        spans = (changes_span(path) for path in self.paths)
        reached = [span[2] for span in spans if span and span[0] == node]
        return max([self.meta.folded.get(node, 0), *reached])

    def suppressions(self) -> Suppressions:
        """The whole suppression list. Raises BookDamaged."""
        return Suppressions(self._suppressions())

    def _suppressions(self) -> Iterator[Suppression]:
        for path, content in self.stream(p for p in self.paths if p.startswith(suppressions.FOLDER)):
            try:
                yield from suppressions.from_text(content)
            except ValueError as error:
                raise BookDamaged(path, int(error.args[0])) from None

    def with_suppressions(self, entries: Iterable[Suppression]) -> dict[str, bytes]:
        """The files that change when entries join the list."""
        wanted = list(entries)
        return suppressions.added(self.read_files({suppressions.path_of(e.mac) for e in wanted}), wanted)

    def stream(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        return self._repository.stream_files(self.commit, paths) if self.commit else iter(())


class Book:
    """The local clone of the book and its remote (empty: this machine alone)."""

    def __init__(self, repository: Repository, remote: str, branch: str) -> None:
        self.repository = repository
        self.remote = remote
        self.branch = branch

    @classmethod
    def open(cls, path: Path, remote: str, branch: str = "main") -> Book:
        """The book cloned at `path`, cloned first where it is not. Raises BookMissing where it cannot be."""
        repository = Repository(path)
        if not repository.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:  # before anything is made: an empty clone of an unreachable book would pass for an empty book
                if remote:
                    Repository(path.parent).remote_refs(remote, f"refs/heads/{branch}")
            except RemoteUnreachable:
                raise BookMissing from None
            Repository.init_bare(path, branch=branch)
            cls(repository, remote, branch).refresh()
        return cls(repository, remote, branch)

    def view(self) -> BookView:
        """The book as it stands in the local clone. Two readings that must agree need one view."""
        return BookView(self.repository, self.repository.revision(self._ref))

    def tree_id(self) -> str:
        return self.view().tree_id()

    def contacts(self) -> Iterator[Contact]:
        return self.view().contacts()

    def suppressions(self) -> Suppressions:
        return self.view().suppressions()

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.branch}"

    def refresh(self) -> None:
        """Bring the local clone to the remote's state. Raises RemoteUnreachable.

        A remote whose history was rewritten without raising its generation has lost something that was
        acknowledged: what our clone still knows is put back.
        """
        if not self.remote:
            return
        with self._alone():
            self._catch_up()

    def transact(self, apply: Callable[[BookView], Files], *, message: str, at: datetime) -> str:
        """Commit what `apply` makes of the tip, and push it; the commit that stands on the remote then.

        Where somebody else was first, `apply` is shown the new tip and asked again: it must be a pure function of
        the view. Nothing is merged as text, nothing forced. An empty answer commits nothing. Raises
        RemoteUnreachable or BookContended, and nothing has changed locally then.
        """
        with self._alone():
            refusals = 0
            for attempt in range(_RACES):
                tip = self._catch_up()
                files = apply(BookView(self.repository, tip))
                new = self.repository.commit(tip, files, message=message, at=at) if files else tip
                if new is None or (tip and self.repository.tree(new) == self.repository.tree(tip)):
                    return tip or ""
                if self._publish(new, tip):
                    return new
                refusals += self._fetched() == tip
                if refusals >= _REFUSALS:
                    break
                time.sleep(random.uniform(0, min(1.0, 0.01 * 2**attempt)))  # noqa: S311  spreads writers, no secret
        raise BookContended

    def _catch_up(self) -> str | None:
        """The remote's tip, mirrored here and healed. Raises RemoteUnreachable or BookContended."""
        known = self.repository.revision(self._ref)
        if not self.remote:
            return known
        for _ in range(_RACES):
            tip = self._fetched()
            lost = self._lost(known, tip)
            if not lost:
                self._mirror(tip, known)
                return tip
            at = max(self.repository.committed_at(c) for c in (known, tip) if c)
            healed = self.repository.commit(tip, lost, message="Put back what a rewrite of history lost", at=at)
            if self._publish(healed, known):
                return healed
        raise BookContended

    def _lost(self, known: str | None, tip: str | None) -> Files:
        if known is None or known == tip or (tip and self.repository.is_ancestor(known, tip)):
            return {}
        # pyright takes a cached property for something else than the property that a protocol asks for.
        mine, theirs = BookView(self.repository, known), BookView(self.repository, tip)
        return heal.lost(mine, theirs)  # pyright: ignore[reportArgumentType]

    def _fetched(self) -> str | None:
        """The remote's tip with its objects, None where the remote has no such branch. Raises RemoteUnreachable."""
        tip = self.repository.remote_refs(self.remote, self._ref).get(self._ref) if self.remote else None
        if tip is not None and self.repository.revision(tip) is None:
            self.repository.fetch(self.remote, f"+{self._ref}:{_INCOMING}")
            return self.repository.revision(_INCOMING)
        return tip

    def _mirror(self, new: str | None, old: str | None) -> None:
        if new and new != old:
            self.repository.update_ref(self._ref, new, old)

    def _publish(self, new: str, old: str | None) -> bool:
        """Push a commit, then mirror it. False where the remote stands elsewhere. Raises RemoteUnreachable."""
        if not self.remote:
            return self.repository.update_ref(self._ref, new, old)
        result = self.repository.push(self.remote, f"{new}:{self._ref}")
        if result is PushResult.REJECTED:
            return False
        if result is PushResult.UNREACHABLE:  # the answer was lost, perhaps not the push
            tip = self._fetched()
            if tip is None or not self.repository.is_ancestor(new, tip):
                raise RemoteUnreachable
        self._mirror(new, self.repository.revision(self._ref))
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time on this clone; those on other machines are met at the push."""
        with (self.repository.path / "envoi.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
