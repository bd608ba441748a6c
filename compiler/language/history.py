"""What contacts have had and done so far: a content-addressed snapshot, an input of every plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compiler.language.canonical import canonical_line, sha256_hex


class HistoryDeed(StrEnum):
    """RECEIVED, IN_DOUBT and REFUSED mean that a permit was spent: the contact is `already_sent`."""

    RECEIVED = "received"
    IN_DOUBT = "in_doubt"
    REFUSED = "refused"
    OPENED = "opened"
    CLICKED = "clicked"


SPENT = frozenset({HistoryDeed.RECEIVED, HistoryDeed.IN_DOUBT, HistoryDeed.REFUSED})


@dataclass(frozen=True, slots=True, order=True)
class HistoryRecord:
    """`on` is a day, in UTC; opens and clicks are those of persons who consented, machines left out."""

    contact: str
    campaign: str
    edition: str
    deed: HistoryDeed
    on: date


@dataclass(frozen=True, slots=True)
class History:
    records: tuple[HistoryRecord, ...] = ()

    @classmethod
    def of(cls, records: Iterable[HistoryRecord]) -> History:
        """The records in canonical order, each once."""
        return cls(tuple(sorted(set(records))))

    def content(self) -> bytes:
        """JSONL in canonical order: its SHA-256 names the snapshot."""
        return b"".join(
            canonical_line([r.contact, r.campaign, r.edition, r.deed.value, r.on.isoformat()]) for r in self.records
        )

    @property
    def digest(self) -> str:
        return sha256_hex(self.content())


def history_from_content(content: bytes) -> History:
    """The snapshot that `content` wrote. Raises ValueError."""
    import json

    rows = (json.loads(line) for line in content.splitlines() if line)
    return History.of(HistoryRecord(c, k, e, HistoryDeed(d), date.fromisoformat(o)) for c, k, e, d, o in rows)
