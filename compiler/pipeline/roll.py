"""Everybody whom a campaign's segment chose, in columns: some 40 bytes each, whatever the book's size."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from compiler.language.plan import Excluded, Exclusion
from compiler.pipeline.clerk import NOBODY, Page
from compiler.pipeline.reception import Sort
from compiler.policy.crowd import Heard, Settled, code_of, reason_of, settle
from compiler.selection import Combination


@dataclass(slots=True)
class _Shelf:
    """`first` is the number of its first candidate; ids are closed by LF. `combined`: its own combinations' numbers."""

    name: str
    first: int
    count: int
    candidates: bytes
    excluded: bytes
    reasons: bytes
    combined: array[int]

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + self.count)


@dataclass(slots=True)
class Roll:
    """Candidates by number, in the order of their ids. `codes`: 0 for a recipient, else why not (`reason_of`)."""

    shelves: list[_Shelf] = field(default_factory=list)
    chosen: int = 0
    counts: list[int] = field(default_factory=list)
    draws: array[int] = field(default_factory=lambda: array("Q"))
    sorts: array[int] = field(default_factory=lambda: array("H"))
    combinations: array[int] = field(default_factory=lambda: array("I"))
    every_sort: dict[Sort, int] = field(default_factory=dict)
    every_combination: dict[Combination, int] = field(default_factory=dict)
    codes: bytearray = field(default_factory=bytearray)
    _heard: Heard = field(default_factory=Heard)
    _first: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, page: Page) -> None:
        """Enter the next shelf, in the order of their names."""
        sorts = [self.every_sort.setdefault(sort, len(self.every_sort)) for sort in page.every_sort]
        combined = array(
            "I",
            [self.every_combination.setdefault(each, len(self.every_combination)) for each in page.every_combination],
        )
        candidates, excluded = bytes(page.candidates), bytes(page.excluded)
        self.shelves.append(
            _Shelf(name, len(self.draws), len(page.draws), candidates, excluded, bytes(page.reasons), combined)
        )
        self._first[name] = len(self.draws)
        self.chosen += page.chosen
        self.counts = [a + b for a, b in zip(self.counts or [0] * len(page.counts), page.counts, strict=True)]
        self.draws += page.draws
        self.sorts.extend(sorts[sort] for sort in page.sorts)
        self.combinations.extend(combined[each] for each in page.combinations)
        self._heard.add(page.heard)

    def settle(self) -> Settled:
        """Hear all of them together."""
        settled = settle(self._heard)
        self.codes, self._heard = settled.codes, Heard()
        return settled

    def exclude(self, numbers: Iterator[int], reason: Exclusion) -> None:
        code = code_of(reason)
        for number in numbers:
            self.codes[number] = code

    def recipients(self) -> Iterator[int]:
        """Numbers, in order."""
        return (number for number, code in enumerate(self.codes) if not code)

    def count(self) -> int:
        return self.codes.count(0)

    def sort_counts(self) -> Counter[Sort]:
        """How many recipients each sort has."""
        counts = Counter(self.sorts[number] for number in self.recipients())
        return Counter({sort: counts[number] for sort, number in self.every_sort.items() if counts[number]})

    def drawn(self) -> dict[tuple[str, str], Sequence[int]]:
        """The recipients of each lane and zone, in the order drawn."""
        places = [(sort.lane, sort.zone) for sort in self.every_sort]
        groups: dict[tuple[str, str], array[int]] = {}
        for number in self.recipients():
            groups.setdefault(places[self.sorts[number]], array("I")).append(number)
        return {place: sorted(group, key=self.draws.__getitem__) for place, group in groups.items()}

    def jobs(self, wanted: Callable[[int], bool] | None = None) -> list[tuple[str, tuple[array[int], array[int]]]]:
        """For each shelf the places, within it, of its recipients (or of those wanted), and its combinations."""
        found = []
        for shelf in self.shelves:
            places = array(
                "I",
                (
                    number - shelf.first
                    for number in shelf.numbers
                    if not self.codes[number] and (wanted is None or wanted(number))
                ),
            )
            if places:
                found.append((shelf.name, (places, shelf.combined)))
        return found

    def deals(self, slots: Sequence[int]) -> list[tuple[str, tuple[Sequence[int], array[int]]]]:
        """For each shelf its candidates' slots, and its combinations."""
        return [
            (shelf.name, (slots[shelf.first : shelf.first + shelf.count], shelf.combined))
            for shelf in self.shelves
            if shelf.count
        ]

    def slots(self, order: Sequence[int]) -> array[int]:
        """Which slot each candidate has, NOBODY where none, from the recipient of each slot."""
        slots = array("I", [NOBODY]) * len(self.codes)
        for slot, number in enumerate(order):
            slots[number] = slot
        return slots

    def first_of(self, name: str) -> int:
        """The number of a shelf's first candidate."""
        return self._first[name]

    def exclusions(self) -> Iterator[Excluded]:
        """Everybody chosen who is no recipient, in the order of their ids."""
        for shelf in self.shelves:
            found = [(name, code) for name, code in zip(_names(shelf.excluded), shelf.reasons, strict=True)]
            codes = self.codes[shelf.first : shelf.first + shelf.count]
            found += [(name, code) for name, code in zip(_names(shelf.candidates), codes, strict=True) if code]
            for name, code in sorted(found):
                reason = reason_of(code)
                assert reason is not None
                yield Excluded(name, reason)

    def names(self) -> Iterator[tuple[range, list[str]]]:
        """The candidates' numbers and ids, a shelf at a time."""
        return ((shelf.numbers, _names(shelf.candidates)) for shelf in self.shelves if shelf.count)


def _names(closed: bytes) -> list[str]:
    return closed.decode().split("\n")[:-1]
