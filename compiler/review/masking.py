"""Counts of people as a pull request may show them: fewer than 5 could be recognised (GDPR art. 5(1)(c)).

No sum or difference of what is shown gives back what is not. The number of recipients is shown as it is (the lock holds
it too), and so are exclusions of 5 people and more; the rest is bounded from these alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compiler.lock import LEAST_SHOWN, masked
from compiler.review import words

_MOST_HIDDEN = LEAST_SHOWN - 1


@dataclass(frozen=True, slots=True)
class Bound:
    """A count, exactly or at least."""

    count: int
    exact: bool = True

    def say(self, language: str) -> str:
        return ("" if self.exact else "≥\u00a0") + words.number(self.count, language)


def shown(count: int, language: str) -> str:
    """A count alone: `<5` where it is of fewer than 5 people."""
    return words.number(count, language) if masked(count) == str(count) else f"<\u00a0{LEAST_SHOWN}"


def hidden(count: int) -> bool:
    return masked(count) != str(count)


def funnel(steps: Sequence[int], parts: Iterable[int]) -> list[Bound]:
    """How many are left after each step, where the last step is the sum of `parts`, each shown or hidden by itself.

    With a hidden part the last step is only bounded, by the shown ones. An earlier step is exact only where it is so
    far from the next one shown that neither their difference nor the hidden parts follow from it.
    """
    whole = list(parts)
    below = sum(part for part in whole if not hidden(part))
    slack = _MOST_HIDDEN * sum(map(hidden, whole))
    bounds: list[Bound] = []
    for left in reversed(steps):
        if left == below and not slack:
            bounds.append(Bound(left))
        elif left - below >= LEAST_SHOWN + slack or (not bounds and not slack):
            bounds.append(Bound(left))
            below, slack = left, 0
        else:
            bounds.append(Bound(below, exact=False))
            slack += _MOST_HIDDEN if bounds[1:] else 0
    return bounds[::-1]


def movement(added: int, removed: int, language: str) -> str:
    """`+310 / −95`; nothing exact where one of them must not be known, since locks tell the difference of the sums."""
    if hidden(added) or hidden(removed):
        return f"±\u00a0<\u00a0{LEAST_SHOWN}" if max(added, removed) < LEAST_SHOWN else net(added - removed, language)
    if not added and not removed:
        return "±\u00a00"
    return f"+{words.number(added, language)} / −{words.number(removed, language)}"


def net(difference: int, language: str) -> str:
    """`+12`, `−3`: the difference of two numbers that locks hold."""
    sign = "+" if difference > 0 else "−" if difference else "±\u00a0"
    return f"{sign}{words.number(abs(difference), language)}"


def complement(count: int, whole: int, language: str) -> tuple[str, bool]:
    """A count of some among `whole` that is shown: neither it nor the others may be told apart.

    With True: it is said as everybody but a few.
    """
    if hidden(whole - count):
        return f"<\u00a0{LEAST_SHOWN}", True
    return shown(count, language), False
