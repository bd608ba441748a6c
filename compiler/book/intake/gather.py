"""A source, understood: one draft a person, and the rows that are named back to the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from compiler.book.intake.draft import Draft, Reading, draft
from compiler.book.intake.merge import Merged, without_duplicates
from compiler.book.intake.reasons import NOT_FAULTS, Reason, Refused, Rule
from compiler.book.intake.rejects import Rejection
from compiler.book.intake.table import RawRow, read_table
from compiler.book.sources.line import Location
from compiler.book.sources.mark import Gauge

#: Told now and then how many rows were read.
Told: TypeAlias = Callable[[int], None]
_EVERY = 1_000


@dataclass
class Intake:
    """`keys` are those of every row, rejected ones too: their people have not left the source.

    `older` rows lie below the last mark and were passed over; `rows` counts the others.
    """

    header: tuple[str, ...]
    drafts: list[Draft]
    merged: list[Merged]
    rejections: list[Rejection]
    keys: set[str]
    rows: int
    older: int = 0

    @property
    def faults(self) -> int:
        """How many rows are wrong: neither merged, nor refused because somebody asked for it."""
        return sum(rejection.reason not in NOT_FAULTS for rejection in self.rejections)

    @property
    def rules(self) -> dict[str, int]:
        """How many rows each rule joined to another."""
        found = Counter(r.rule.value for r in self.rejections if r.rule is not None)
        return {rule: found[rule] for rule in sorted(found)}

    def reject(self, found: Draft, reason: Reason, rule: Rule | None = None) -> None:
        self.rejections.append(Rejection(found.number, reason, own=found.own, rule=rule))

    def take(self, row: RawRow, reading: Reading) -> None:
        """A draft of a row, or its rejection."""
        self.rows += 1
        self.keys.update([row.key] if row.key else [])
        try:
            found = draft(row, reading)
        except Refused as refusal:
            self.rejections.append(Rejection(row.number, refusal.reason, refusal.target, row.own))
            return
        self.drafts.append(found)
        self.rejections.extend(Rejection(row.number, reason, name, row.own) for name, reason in found.dropped)


def gather(location: Location, reading: Reading, gauge: Gauge, told: Told = lambda rows: None) -> Intake:
    """Read the whole source. Raises SourceUnreadable where it is not the table that was declared."""
    with read_table(reading.source, location) as table:
        intake = Intake(table.header, [], [], [], set(), 0)
        for seen, row in enumerate(table.rows, 1):
            if gauge.passes(row.mark):
                intake.take(row, reading)
            else:
                intake.older += 1
            if seen % _EVERY == 0:
                told(seen)
    told(intake.rows + intake.older)
    intake.drafts, intake.merged = without_duplicates(intake.drafts)
    for merged in intake.merged:
        intake.reject(merged.draft, Reason.MERGED, merged.rule)
    return intake
