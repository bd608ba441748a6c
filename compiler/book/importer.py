"""Importing a source: the company's table becomes sealed contacts, in one commit or not at all.

The order of the rows never matters, and importing the same file twice changes nothing. Whatever a guard stops leaves
book and keyring untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from compiler.book.assign import Assignment, Doorkeeper, Entropy
from compiler.book.erasure import finish_erasures, replay_tombstones
from compiler.book.guards import Guarded, GuardStopped, check_guards
from compiler.book.intake.draft import Reading
from compiler.book.intake.gather import Intake, Told, gather
from compiler.book.intake.held import corrections_path, write_corrections
from compiler.book.intake.notices import notices
from compiler.book.intake.reasons import LEFT_OUT, NOT_FAULTS, Reason
from compiler.book.intake.rejects import rejects_path, write_rejects
from compiler.book.join import Joined, Joiner
from compiler.book.keyring import Keyring
from compiler.book.lawful import check_source
from compiler.book.layout import Files
from compiler.book.rows import KnownRow, SourceRows, alone
from compiler.book.seal import seal_row
from compiler.book.sources.line import Location
from compiler.book.sources.mark import Gauge
from compiler.book.sources.memory import SourceMemory
from compiler.book.store import Book, BookView
from compiler.language.campaign import Gone, Source, Workspace
from compiler.language.canonical import Json
from compiler.language.clock import Clock


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do, in counts: nobody is named, `flagged` aside, which are ids.

    `rejected` counts faulty rows; `dropped` wrong values left out, by field; `notices` people by rule of law that
    is worth a look; `rules` the duplicates by the rule that chose the winner; `write_back` the book's own values
    that the source has not taken yet, by field. `rejects` and `corrections` are the names of the files that hold the
    rows and values concerned. `whole` is false where only rows from the last mark on were read, `older` passed over.
    """

    source: str
    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    duplicates: int
    refused_suppressed: int
    refused_erased: int
    gone: int
    retired: int
    flagged: tuple[str, ...]
    older: int
    reasons: Mapping[str, int]
    dropped: Mapping[str, int]
    notices: Mapping[str, int]
    rules: Mapping[str, int]
    write_back: Mapping[str, int]
    rejects: str
    corrections: str
    commit: str
    whole: bool = True
    dry_run: bool = False

    def to_json(self) -> dict[str, Json]:
        plain: dict[str, Json] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            plain[name] = dict(value) if isinstance(value, Mapping) else list(value) if name == "flagged" else value
        return plain


@dataclass(frozen=True, slots=True)
class How:
    """What a person asked of an import. `dry_run` writes nothing but the files for the source's own people."""

    despite_guards: bool = False
    dry_run: bool = False
    whole: bool = False  # read all of a source that has a watermark
    language: str = ""
    conninfo: str = field(default="", repr=False)
    told: Told = lambda rows: None


def import_source(
    source: Source,
    workspace: Workspace,
    book: Book,
    keyring: Keyring,
    *,
    suppression_key: bytes,
    entropy: Entropy,
    clock: Clock,
    how: How = How(),
) -> ImportReport:
    """Bring a source into the book. Its path is relative to the workspace's root.

    Raises FindingsStop (SRC-02 to SRC-04), SourceUnreadable, GuardStopped, RemoteUnreachable or BookContended.
    """
    check_source(source)
    with alone(keyring):
        book.refresh()
        if not how.dry_run:
            finish_erasures(book, keyring, at=clock.now())
            replay_tombstones(book.view(), keyring)
        return _Errand(source, workspace, book, keyring, suppression_key, entropy, clock, how).run()


@dataclass
class _Errand:
    """One import under way."""

    source: Source
    workspace: Workspace
    book: Book
    keyring: Keyring
    suppression_key: bytes = field(repr=False)
    entropy: Entropy = field(repr=False)
    clock: Clock
    how: How

    def __post_init__(self) -> None:
        # Somewhere on Earth it is tomorrow already: a day is in the future only where it is so for everybody.
        self.today = (self.clock.now() + timedelta(hours=14)).date()
        self.reading = Reading.of(self.source, self.workspace, self.today)
        self.rows = SourceRows(self.keyring, self.source.name)
        self.memory = SourceMemory(self.keyring, self.source, self.reading.fields)
        self.path = beside(self.source, self.workspace)
        self.language = self.how.language or self.workspace.settings.language.value

    def run(self) -> ImportReport:
        known = self.rows.all()
        since = "" if self.how.whole or self.source.watermark is None else self.memory.mark()
        taken = self._take(known, since)
        if since and taken.parted(known):  # rows of one person are judged together
            taken = self._take(known, "", whole=False)
        self._guard(taken, known)
        leaving = self._leaving(taken, known)
        joiner = self._joiner(taken, known, leaving if self.source.gone is Gone.RETIRE else frozenset())
        joined, commit = self._preview(joiner) if self.how.dry_run else self._commit(taken, joiner)
        self._write_files(taken.intake, joined)
        flagged = self._flagged(taken, known) if self.source.gone is Gone.FLAG else ()
        return self._report(taken, joined, commit, gone=len(leaving), flagged=flagged)

    def _take(self, known: Mapping[bytes, KnownRow], since: str, *, whole: bool = True) -> Taken:
        """Read the source, from a mark on or all of it, and find everybody's contact. Nothing is kept of it yet."""
        gauge = Gauge(self.source.watermark, since, self.clock.now())
        location = Location(self.path, self.how.conninfo, since)
        intake = gather(location, self.reading, gauge, self.how.told)
        present = {self.rows.mac(key) for key in intake.keys}
        complete = whole and not since
        absent = {mac: row.contact for mac, row in known.items() if complete and mac not in present and not row.retired}
        doorkeeper = Doorkeeper(self.rows, self.keyring, self.suppression_key, self.source.purpose, self.entropy)
        assignment = doorkeeper.assign(intake, known, self.book.view())
        return Taken(intake, assignment, present, absent, gauge.mark, complete)

    def _guard(self, taken: Taken, known: Mapping[bytes, KnownRow]) -> None:
        if self.how.despite_guards:
            return
        active = sum(not row.retired for row in known.values())
        intake, before = taken.intake, self.rows.last_count()
        counts = Guarded(intake.rows, before, intake.faults, len(taken.absent), active, taken.whole)
        try:
            check_guards(self.source, counts)
        except GuardStopped:
            self._write_rejects(intake)  # what to look at
            raise

    def _leaving(self, taken: Taken, known: Mapping[bytes, KnownRow]) -> frozenset[str]:
        """Contacts that no row speaks of any more, here or in another source."""
        here = {row.contact for mac, row in known.items() if mac not in taken.absent and not row.retired}
        gone = set(taken.absent.values()) - here - taken.assignment.drafts.keys()
        return frozenset(gone - self.rows.kept_elsewhere(gone))

    def _flagged(self, taken: Taken, known: Mapping[bytes, KnownRow]) -> tuple[str, ...]:
        """Everybody who has left and is not back, whenever that was; the erased are not named."""
        away = {mac for mac, row in known.items() if mac in taken.absent or (row.retired and mac not in taken.present)}
        here = {row.contact for mac, row in known.items() if mac not in away} | taken.assignment.drafts.keys()
        gone = {known[mac].contact for mac in away} - here
        return tuple(sorted(self.keyring.keys(sorted(gone - self.rows.kept_elsewhere(gone)))))

    def _joiner(self, taken: Taken, known: Mapping[bytes, KnownRow], leaving: frozenset[str]) -> Joiner:
        return Joiner(
            reading=self.reading,
            rows=self.rows,
            drafts=taken.assignment.drafts,
            keys=taken.assignment.keys,
            returning=frozenset(row.contact for row in known.values() if row.retired),
            leaving=leaving,
            suppression_key=self.suppression_key,
            at=self.clock.now(),
        )

    def _preview(self, joiner: Joiner) -> tuple[Joined, str]:
        return joiner.join(self.book.view()), ""

    def _commit(self, taken: Taken, joiner: Joiner) -> tuple[Joined, str]:
        """The keys first, then the book, then what is remembered: a crash between them loses and doubles nothing."""
        assignment, joined = taken.assignment, Joined()
        self.rows.adopt(assignment.fresh, assignment.rows, on=joiner.at.date())

        def apply(view: BookView) -> Files:
            nonlocal joined
            joined = joiner.join(view)
            return joiner.files(view, joined)

        commit = self.book.transact(apply, message=f"Import source {self.source.name}", at=joiner.at)
        said = {c: seal_row(dict(d.said), assignment.keys[c], c) for c, d in assignment.drafts.items()}
        count = taken.intake.rows if taken.whole else self.rows.last_count()
        self.rows.remember(said, present=taken.present, absent=taken.absent, rows=count)
        self.memory.close(mark=taken.mark, at=joiner.at)
        return joined, commit

    def _write_files(self, intake: Intake, joined: Joined) -> None:
        self._write_rejects(intake)
        write_corrections(self.path, joined.held)

    def _write_rejects(self, intake: Intake) -> None:
        write_rejects(self.path, intake.header, intake.rejections, self.source, language=self.language)

    def _report(
        self, taken: Taken, joined: Joined, commit: str, *, gone: int, flagged: tuple[str, ...]
    ) -> ImportReport:
        intake = taken.intake
        reasons = Counter(r.reason for r in intake.rejections if r.reason not in LEFT_OUT)
        return ImportReport(
            source=self.source.name,
            rows=intake.rows,
            new=len(joined.born),
            changed=joined.changed,
            unchanged=joined.unchanged,
            rejected=sum(count for reason, count in reasons.items() if reason not in NOT_FAULTS),
            duplicates=reasons[Reason.MERGED],
            refused_suppressed=reasons[Reason.SUPPRESSED],
            refused_erased=reasons[Reason.ERASED],
            gone=gone,
            retired=joined.retired,
            flagged=flagged,
            older=intake.older,
            reasons=_counted(reason.value for reason in reasons.elements()),
            dropped=_counted(r.target for r in intake.rejections if r.reason in LEFT_OUT),
            notices=notices(intake, self.workspace.forms),
            rules=intake.rules,
            write_back=_counted(held.target for held in joined.held),
            rejects=rejects_path(self.path, self.source).name if intake.rejections else "",
            corrections=corrections_path(self.path).name if joined.held else "",
            commit=commit,
            whole=taken.whole,
            dry_run=self.how.dry_run,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A source as it was read, with everybody's contact: what decides, before anything is done."""

    intake: Intake
    assignment: Assignment
    present: set[bytes]
    absent: Mapping[bytes, str]
    mark: str
    whole: bool

    def parted(self, known: Mapping[bytes, KnownRow]) -> bool:
        """Whether a person of these rows has another row, known and not read."""
        concerned = self.assignment.drafts.keys()
        return any(r.contact in concerned and not r.retired and mac not in self.present for mac, r in known.items())


def beside(source: Source, workspace: Workspace) -> Path:
    """The source's file; for a server, whose rows have none, the name in the state folder that its reports take."""
    root = Path(workspace.root)
    return root / source.path if source.path else root / workspace.settings.state / "sources" / source.name


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
