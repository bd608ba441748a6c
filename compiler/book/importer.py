"""Importing a source: the company's table becomes sealed contacts, in one commit or not at all.

The order of the rows never matters, and importing the same file twice changes nothing. Whatever a guard stops leaves
book and keyring untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from compiler.book.assign import Assignment, Doorkeeper, Entropy
from compiler.book.erasure import finish_erasures, replay_tombstones
from compiler.book.guards import Guarded, GuardStopped, check_guards
from compiler.book.intake.draft import Reading
from compiler.book.intake.gather import Intake, gather
from compiler.book.intake.reasons import NOT_FAULTS, Reason
from compiler.book.intake.rejects import rejects_path, write_rejects
from compiler.book.join import Joined, Joiner
from compiler.book.keyring import Keyring
from compiler.book.lawful import check_source
from compiler.book.layout import Files
from compiler.book.rows import KnownRow, SourceRows, alone
from compiler.book.seal import seal_row
from compiler.book.store import Book, BookView
from compiler.language.campaign import Form, Source, Workspace
from compiler.language.canonical import Json, sha256_hex
from compiler.language.clock import Clock
from compiler.language.consent import Basis, Ground
from compiler.language.contact import Kind
from compiler.language.lane import is_free_mail


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, in counts: nobody is named.

    `rejected` counts faulty rows; `dropped` wrong values left out, by field; `notices` people by rule of law that
    is worth a look; `rejects` is the name of the file, beside the source's, that names all rows concerned.
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
    retired: int
    reasons: Mapping[str, int]
    dropped: Mapping[str, int]
    notices: Mapping[str, int]
    rejects: str
    commit: str

    def to_json(self) -> dict[str, Json]:
        maps = ("reasons", "dropped", "notices")
        plain: dict[str, Json] = {name: getattr(self, name) for name in self.__slots__ if name not in maps}
        return {**plain, **{name: dict(getattr(self, name)) for name in maps}}


def import_source(
    source: Source,
    workspace: Workspace,
    book: Book,
    keyring: Keyring,
    *,
    suppression_key: bytes,
    entropy: Entropy,
    clock: Clock,
    despite_guards: bool = False,
    language: str = "",
) -> ImportReport:
    """Bring a source into the book. Its path is relative to the workspace's root.

    Raises FindingsStop (SRC-02 to SRC-04), SourceUnreadable, GuardStopped, RemoteUnreachable or BookContended.
    """
    check_source(source)
    with alone(keyring):
        book.refresh()
        finish_erasures(book, keyring, at=clock.now())
        replay_tombstones(book.view(), keyring)
        errand = _Errand(source, workspace, book, keyring, suppression_key, entropy, clock)
        return errand.run(despite_guards=despite_guards, language=language or workspace.settings.language.value)


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

    def __post_init__(self) -> None:
        # Somewhere on Earth it is tomorrow already: a day is in the future only where it is so for everybody.
        self.today = (self.clock.now() + timedelta(hours=14)).date()
        self.reading = Reading.of(self.source, self.workspace, self.today)
        self.rows = SourceRows(self.keyring, self.source.name)
        self.path = Path(self.workspace.root) / self.source.path

    def run(self, *, despite_guards: bool, language: str) -> ImportReport:
        intake = gather(self.path, self.reading)
        known = self.rows.all()
        present = {self.rows.mac(key) for key in intake.keys}
        absent = {mac: row.contact for mac, row in known.items() if mac not in present and not row.retired}
        if not despite_guards:
            self._guard(intake, known, len(absent), language)
        doorkeeper = Doorkeeper(self.rows, self.keyring, self.suppression_key, self.source.purpose, self.entropy)
        assignment = doorkeeper.assign(intake, known, self.book.view())
        doorkeeper.adopt(assignment, on=self.clock.now().date())
        joined, commit = self._commit(self._joiner(assignment, known, absent))
        said = {c: seal_row(d.said, assignment.keys[c], c) for c, d in assignment.drafts.items()}
        self.rows.remember(said, present=present, absent=absent, rows=intake.rows)
        self._write_rejects(intake, language)
        return self._report(intake, joined, commit)

    def _guard(self, intake: Intake, known: Mapping[bytes, KnownRow], leaving: int, language: str) -> None:
        active = sum(not row.retired for row in known.values())
        counts = Guarded(intake.rows, self.rows.last_count(), intake.faults, leaving, active)
        try:
            check_guards(self.source, counts)
        except GuardStopped:
            self._write_rejects(intake, language)  # what to look at
            raise

    def _joiner(self, assignment: Assignment, known: Mapping[bytes, KnownRow], absent: Mapping[bytes, str]) -> Joiner:
        here = {row.contact for mac, row in known.items() if mac not in absent and not row.retired}
        gone = set(absent.values()) - here - assignment.drafts.keys()
        return Joiner(
            reading=self.reading,
            rows=self.rows,
            drafts=assignment.drafts,
            keys=assignment.keys,
            returning=frozenset(row.contact for row in known.values() if row.retired),
            leaving=frozenset(gone - self.rows.kept_elsewhere(gone)),
            suppression_key=self.suppression_key,
            at=self.clock.now(),
        )

    def _commit(self, joiner: Joiner) -> tuple[Joined, str]:
        joined = Joined()

        def apply(view: BookView) -> Files:
            nonlocal joined
            joined = joiner.join(view)
            return joiner.files(view, joined)

        commit = self.book.transact(apply, message=f"Import source {self.source.name}", at=joiner.at)
        return joined, commit

    def _write_rejects(self, intake: Intake, language: str) -> None:
        write_rejects(self.path, intake.header, intake.rejections, self.source, language=language)

    def _report(self, intake: Intake, joined: Joined, commit: str) -> ImportReport:
        reasons = Counter(r.reason for r in intake.rejections if r.reason is not Reason.VALUE_DROPPED)
        dropped = Counter(r.target for r in intake.rejections if r.reason is Reason.VALUE_DROPPED)
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
            retired=joined.retired,
            reasons={reason.value: reasons[reason] for reason in sorted(reasons)},
            dropped={name: dropped[name] for name in sorted(dropped)},
            notices=_notices(intake, self.workspace.forms),
            rejects=rejects_path(self.path).name if intake.rejections else "",
            commit=commit,
        )


def _notices(intake: Intake, forms: Sequence[Form]) -> dict[str, int]:
    """LAW-PRO-05: a free mailbox called professional. LAW-GENERIC-06: a function's mailbox with a person's name.
    LAW-PROOF-07: a consent to a text that the form it names does not show.
    """
    found: Counter[str] = Counter()
    shown = _shown(forms)
    for draft in intake.drafts:
        interest = any(b.ground is Ground.LEGITIMATE_INTEREST for b in draft.basis)
        if draft.kind is Kind.PROFESSIONAL and interest and is_free_mail(draft.address.domain):
            found["LAW-PRO-05"] += 1
        if draft.kind is Kind.GENERIC and (draft.values.get("first_name") or draft.values.get("last_name")):
            found["LAW-GENERIC-06"] += 1
        if any(_shown_elsewhere(basis, shown) for basis in draft.basis):
            found["LAW-PROOF-07"] += 1
    return dict(sorted(found.items()))


def _shown(forms: Sequence[Form]) -> dict[str, set[tuple[str, str, str]]]:
    """By name of a form: the version, purpose and SHA-256 of every text that it shows to those who agree."""
    shown: dict[str, set[tuple[str, str, str]]] = {}
    for form in forms:
        texts = shown.setdefault(form.name, set())
        for consent in form.consents:
            digests = (sha256_hex(text.encode()) for _, text in consent.text)
            texts.update((str(form.version), consent.purpose, digest) for digest in digests)
    return shown


def _shown_elsewhere(basis: Basis, shown: Mapping[str, set[tuple[str, str, str]]]) -> bool:
    """Whether a proof `form@version` with a text names a declared form, but none of the texts of that version."""
    name, _, version = basis.proof.form.partition("@")
    digest = basis.proof.text_sha256
    return bool(digest) and name in shown and (version, basis.purpose, digest) not in shown[name]
