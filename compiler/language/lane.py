"""A lane: the mailboxes that one operator receives for, with the courtesy it expects.

Figures: `reference` table 3b of the design's material (KumoMTA's shaping data, providers' postmaster pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Lane:
    """`rate` in messages a second, None where only the global limit counts."""

    name: str
    connections: int
    per_connection: int  # messages on one connection
    rate: Fraction | None = None


# Half of what the providers publish, since one small address has no standing yet.
BUILT_IN: tuple[Lane, ...] = (
    Lane("apple", 5, 5),
    Lane("free", 1, 50, Fraction(1, 1)),
    Lane("google", 3, 50),
    Lane("laposte", 1, 100, Fraction(1, 1)),
    Lane("microsoft", 3, 50),
    Lane("orange", 1, 100, Fraction(1, 1)),
    Lane("sfr", 1, 50, Fraction(1, 1)),
    Lane("yahoo", 5, 20),
    Lane(OTHER, 10, 100),
)

_DOMAINS: dict[str, tuple[str, ...]] = {
    "apple": ("icloud.com", "me.com", "mac.com"),
    "free": ("free.fr", "aliceadsl.fr", "libertysurf.fr"),
    "google": ("gmail.com", "googlemail.com"),
    "laposte": ("laposte.net",),
    "microsoft": ("outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr", "live.com", "live.fr", "msn.com"),
    "orange": ("orange.fr", "wanadoo.fr"),
    "sfr": ("sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "numericable.fr", "noos.fr"),
    "yahoo": ("yahoo.com", "yahoo.fr", "ymail.com", "aol.com", "rocketmail.com"),
}
_LANE_OF = {domain: lane for lane, domains in _DOMAINS.items() for domain in domains}


def lane_of(domain: str) -> str:
    """The lane that a domain's mailboxes are in, by name alone: compiling needs no network."""
    return _LANE_OF.get(domain, OTHER)


def is_free_mail(domain: str) -> bool:
    """A mailbox that anybody can open: rarely a professional one."""
    return domain in _LANE_OF
