"""A source's file, understood: one draft a person, and the rows that are named back to the source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from compiler.book.intake.draft import Draft, Reading, draft
from compiler.book.intake.merge import Merged, without_duplicates
from compiler.book.intake.reasons import NOT_FAULTS, Reason, Refused
from compiler.book.intake.rejects import Rejection
from compiler.book.intake.table import read_table


@dataclass
class Intake:
    """`keys` are those of every row, rejected ones too: their people have not left the source."""

    header: tuple[str, ...]
    drafts: list[Draft]
    merged: list[Merged]
    rejections: list[Rejection]
    keys: set[str]
    rows: int

    @property
    def faults(self) -> int:
        """How many rows are wrong: neither merged, nor refused because somebody asked for it."""
        return sum(rejection.reason not in NOT_FAULTS for rejection in self.rejections)

    def reject(self, found: Draft, reason: Reason) -> None:
        self.rejections.append(Rejection(found.number, reason, own=found.own))


def gather(path: Path, reading: Reading) -> Intake:
    """Read the whole file. Raises SourceUnreadable where it is not the table that was declared."""
    table = read_table(path, reading.source)
    drafts: list[Draft] = []
    rejections: list[Rejection] = []
    keys: set[str] = set()
    count = 0
    for row in table.rows:
        count += 1
        keys.update([row.key] if row.key else [])
        try:
            found = draft(row, reading)
        except Refused as refusal:
            rejections.append(Rejection(row.number, refusal.reason, refusal.target, row.own))
            continue
        drafts.append(found)
        rejections.extend(Rejection(row.number, Reason.VALUE_DROPPED, name, row.own) for name in found.dropped)
    people, merged = without_duplicates(drafts)
    rejections.extend(Rejection(m.draft.number, Reason.MERGED, own=m.draft.own) for m in merged)
    return Intake(table.header, people, merged, rejections, keys, count)
