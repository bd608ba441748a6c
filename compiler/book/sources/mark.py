"""How far a source was read: the greatest watermark, and which rows lie at or above the last one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from compiler.language.campaign import MarkType, Watermark

_Order: TypeAlias = int | datetime


class Gauge:
    """Lets rows pass from the last mark on (rows of that very instant again), and finds the next mark.

    A mark that cannot be read passes, and one of the future is no next mark: it would hide every later change.
    """

    def __init__(self, watermark: Watermark | None, since: str, now: datetime) -> None:
        self._watermark = watermark
        self._latest = now + timedelta(hours=14)
        self._since = self._order(since)
        self._best = self._since
        self.mark = since

    def passes(self, text: str) -> bool:
        found = self._order(text)
        if found is None:
            return True
        usable = not isinstance(found, datetime) or found <= self._latest
        if usable and (self._best is None or _below(self._best, found)):
            self._best, self.mark = found, text
        return self._since is None or not _below(found, self._since)

    def _order(self, text: str) -> _Order | None:
        if self._watermark is None or not text:
            return None
        try:
            if self._watermark.type is MarkType.INTEGER:
                return int(text)
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def _below(one: _Order, other: _Order) -> bool:
    return one < other  # type: ignore[operator]  # both are of the watermark's one type
