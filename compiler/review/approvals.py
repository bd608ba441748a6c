"""Who must approve: merging is approving, and above a number of recipients somebody other than the author has to."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.plan import Lock, Manifest
from compiler.lock import LEAST_SHOWN

FOUR_EYES = "four_eyes_above"  # key of a manifest's `approval`


def four_eyes_above(manifest: Manifest) -> int | None:
    """The number of recipients above which a plan says that a second person must approve; None where it never does."""
    declared = dict(manifest.approval).get(FOUR_EYES, "")
    return int(declared) if declared else None


def recipients_of(lock: Lock) -> int:
    """How many a lock says; the most that it can mean where it is masked."""
    said = dict(lock.counts).get("recipients", "0")
    return LEAST_SHOWN - 1 if said.startswith("<") else int(said)


def needs_second_person(recipients: int, threshold: int | None) -> bool:
    return threshold is not None and recipients > threshold


def second_person(author: str, approvers: Iterable[str]) -> bool:
    """Whether somebody other than the author approved. Forges do not tell upper from lower case in names."""
    return any(name.strip() and name.strip().casefold() != author.strip().casefold() for name in approvers)
