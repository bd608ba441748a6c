"""Whose messages to render where there are too many: together they take every branch, and are the worst cases.

What a message can show is a set of marks: a branch of its template, a field known or not, a number of rows, a row. The
first recipient, by id, with a mark is rendered. So are the extremes of each variant and language: the fewest known
values, the most rows, and for all who get the same rows the longest values.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.language.contact import Value
from compiler.language.plan import Manifest
from compiler.merge import common_values, personal_values, rows_of
from compiler.parts import Row
from compiler.pipeline.messages import Letter
from compiler.pipeline.reception import Sort
from compiler.render import Branches

#: A variant in a language.
Key: TypeAlias = tuple[str, str]
_MOST_KNOWN = 65_536  # combinations of values whose branches are remembered


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known once everybody was chosen: the heading, the rows, and which of them each combination gets."""

    heading: Manifest
    table: Sequence[Row]
    rows: Sequence[tuple[tuple[str, tuple[int, ...]], ...] | None]


@dataclass(slots=True)
class Survey:
    """Places within a shelf: the first with each mark, and for each extreme its measure and the first that has it."""

    first: dict[Hashable, int] = field(default_factory=dict)
    extremes: dict[tuple[Hashable, str], tuple[tuple[int, ...], int]] = field(default_factory=dict)
    seen: set[Hashable] = field(default_factory=set)

    def measure(self, key: Hashable, extreme: str, size: tuple[int, ...], place: int) -> None:
        known = self.extremes.get((key, extreme))
        if known is None or size > known[0]:
            self.extremes[key, extreme] = (size, place)


class Surveyor:
    """Looks at recipients without rendering their messages."""

    def __init__(self, letters: Mapping[Key, Letter], brief: Brief) -> None:
        self._brief = brief
        self._branches = {key: Branches(letter.message) for key, letter in letters.items()}
        self._common = {language: common_values(brief.heading, language) for _, language in letters}
        self._fields = {key: _decisive(branches, letters[key]) for key, branches in self._branches.items()}
        numbers: dict[object, int] = {}
        self._alike = [numbers.setdefault(rows, len(numbers)) for rows in brief.rows]
        self._known: dict[Hashable, frozenset[int]] = {}

    def note(
        self, survey: Survey, place: int, sort: Sort, values: Mapping[str, Value], combination: int, length: int
    ) -> None:
        """Note what a recipient shows. `length` is that of their values as they are sealed."""
        key = (sort.variant, sort.language)
        empty = tuple([value is None or value == "" for value in values.values()])
        rows = self._brief.rows[combination] or ()
        count = sum(len(numbers) for _, numbers in rows)
        measured = (key, sort.opens, sort.clicks)
        survey.measure((*measured, self._alike[combination]), "longest", (length,), place)
        survey.measure(key, "emptiest", (sum(empty), -length), place)
        survey.measure(key, "most rows", (count, length), place)
        branches = self._taken(key, values, combination)
        signature = (key, sort.opens, sort.clicks, empty, combination, branches)
        if signature in survey.seen:
            return
        survey.seen.add(signature)
        marks: list[Hashable] = [(measured, "branch", branch) for branch in branches]
        marks += [(measured, "field", name, missing) for name, missing in zip(values, empty, strict=True)]
        for block, numbers in rows:
            marks.append((measured, "rows", block, len(numbers)))
            marks += [(key, "row", block, number) for number in numbers]
        for mark in marks:
            survey.first.setdefault(mark, place)

    def _taken(self, key: Key, values: Mapping[str, Value], combination: int) -> frozenset[int]:
        names = self._fields[key]
        decisive = (key, combination, *(values[name] for name in names))
        found = self._known.get(decisive)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[decisive] = self._branches[key].taken(
                self._merged(key, values, combination), _Nowhere()
            )
        return found

    def _merged(self, key: Key, values: Mapping[str, Value], combination: int) -> dict[str, object]:
        rows = rows_of(self._brief.rows[combination] or (), self._brief.table)
        return personal_values(self._common[key[1]], values, rows, unsubscribe_url="", tracking_url="")


class _Nowhere:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def _decisive(branches: Branches, letter: Letter) -> list[str]:
    """The merged fields on which branches depend."""
    if "contact.*" in branches.names:
        return sorted(letter.fields)
    return sorted(name for name in letter.fields if f"contact.{name}" in branches.names)
