"""The suppression list: keyed hashes of mailboxes that must not be written to, in suppressions/XX.txt.

A line is `<64 hex> <scope> <instant> <reason> suppressed|lifted`. Of two entries for one mailbox and scope the
later stands, and a tie suppresses: joining lists is idempotent, and the same in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from compiler.language.canonical import instant_text, parse_instant
from compiler.language.suppression import ALL, Suppression

FOLDER = "suppressions/"
_WORD = re.compile(r"\S+")
_STATES = {"suppressed": False, "lifted": True}


class Suppressions:
    """The list in memory: one look-up a question."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Suppression] = ()) -> None:
        self._entries: dict[str, dict[str, Suppression]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Suppression) -> None:
        scopes = self._entries.setdefault(entry.mac, {})
        known = scopes.get(entry.scope)
        scopes[entry.scope] = entry if known is None else later(known, entry)

    def covers(self, mac: str, purpose: str) -> Suppression | None:
        """The entry that forbids writing to a mailbox for a purpose (`all`: for any), or None.

        A consent given for one purpose after an objection to everything lifts it for that purpose alone.
        """
        scopes = self._entries.get(mac)
        if not scopes:
            return None
        own, everything = scopes.get(purpose), scopes.get(ALL)
        if own is not None and not own.lifted:
            return own
        if everything is None or everything.lifted:
            return None
        return None if own is not None and own.at > everything.at else everything

    def __iter__(self) -> Iterator[Suppression]:
        """Every entry, lifted ones too, in canonical order."""
        for mac in sorted(self._entries):
            yield from (self._entries[mac][scope] for scope in sorted(self._entries[mac]))

    def __len__(self) -> int:
        return sum(len(scopes) for scopes in self._entries.values())


def later(one: Suppression, other: Suppression) -> Suppression:
    """Which of two entries for one mailbox and scope stands: the later; of two at once, the one that suppresses."""
    return max(one, other, key=lambda s: (instant_text(s.at), not s.lifted, s.reason))


def path_of(mac: str) -> str:
    return f"{FOLDER}{mac[:2]}.txt"


def to_text(entries: Iterable[Suppression]) -> bytes:
    """A file's content in canonical order: equal lists are equal bytes."""
    joined = Suppressions(entries)
    return b"".join(_line(entry) for entry in joined)


def from_text(content: bytes) -> Iterator[Suppression]:
    """The entries of a file. Raises ValueError whose argument is the number of the line at fault."""
    for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
        try:
            mac, scope, at, reason, state = line.split(" ")
            bytes.fromhex(mac)
            yield Suppression(mac, scope, parse_instant(at), reason, _STATES[state])
        except (ValueError, KeyError):
            raise ValueError(number) from None


def added(read: Mapping[str, bytes], entries: Iterable[Suppression]) -> dict[str, bytes]:
    """The files that change when entries join the list; `read` holds the present content of the files concerned."""
    by_path: dict[str, list[Suppression]] = {}
    for entry in entries:
        by_path.setdefault(path_of(entry.mac), []).append(entry)
    files = {path: to_text([*from_text(read.get(path, b"")), *new]) for path, new in by_path.items()}
    return {path: content for path, content in files.items() if content != read.get(path)}


def suppression(mac: str, scope: str, *, at: datetime, reason: str) -> Suppression:
    """An entry with words that fit on its line. Raises ValueError."""
    if not _WORD.fullmatch(scope) or not _WORD.fullmatch(reason):
        raise ValueError("scope and reason are single words")
    return Suppression(mac, scope, at, reason)


def _line(entry: Suppression) -> bytes:
    state = "lifted" if entry.lifted else "suppressed"
    return f"{entry.mac} {entry.scope} {instant_text(entry.at)} {entry.reason} {state}\n".encode()
