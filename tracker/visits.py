"""What the recipients of the last minutes touched: enough to see bursts and floods, in bounded memory, never stored."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime

from compiler.language.event import EventKind
from compiler.language.token import Token

_RECIPIENTS = 20_000
_TOUCHES = 16
#: Nobody opens one message a hundred times; a script that holds a link may.
KEPT_LIMIT = 100


@dataclass(slots=True)
class Visit:
    """One recipient of one message: when which links were touched, and how many hits were kept."""

    touched: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=_TOUCHES))
    kept: Counter[EventKind] = field(default_factory=Counter)


class Visits:
    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[str, str], Visit] = OrderedDict()

    def of(self, token: Token) -> Visit:
        """The visit of a token's recipient; the one not seen for longest gives its place."""
        name = (token.plan, token.contact)
        visit = self._recent.get(name)
        if visit is None:
            visit = self._recent[name] = Visit()
            if len(self._recent) > _RECIPIENTS:
                self._recent.popitem(last=False)
        else:
            self._recent.move_to_end(name)
        return visit
