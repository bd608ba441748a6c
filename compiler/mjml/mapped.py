"""Text that remembers where each of its characters comes from, through any number of rewritings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from compiler.language.finding import Entry, Finding, Place, Text


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the workspace: `path` relative to its root, `text` with LF."""

    path: str
    text: str

    def place(self, offset: int) -> Place:
        """The line and column, from 1, of a character."""
        before = self.text[:offset]
        return Place(self.path, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


@dataclass(frozen=True, slots=True)
class _Run:
    """From `start` on, the text comes from `source` at `offset`; a fixed run stays at that one place."""

    start: int
    source: Source
    offset: int
    fixed: bool


class MappedText:
    """A text and its origin. Made by a Builder."""

    __slots__ = ("_runs", "_starts", "text")

    def __init__(self, text: str, runs: list[_Run]) -> None:
        self.text = text
        self._runs = runs
        self._starts = [run.start for run in runs]

    @classmethod
    def of(cls, source: Source) -> MappedText:
        return cls(source.text, [_Run(0, source, 0, False)])

    def origin(self, offset: int) -> tuple[Source, int]:
        """The source and the offset in it from which a character comes."""
        run = self._runs[max(0, bisect_right(self._starts, offset) - 1)]
        return run.source, run.offset if run.fixed else min(run.offset + offset - run.start, len(run.source.text))

    def place(self, offset: int) -> Place:
        """The line and column in the file from which a character comes."""
        source, position = self.origin(offset)
        return source.place(position)

    def finding(self, entry: Entry, offset: int, arguments: Mapping[str, object], hint: Text | None = None) -> Finding:
        """A finding at the place of a character."""
        spelled = tuple((name, str(arguments[name])) for name in sorted(arguments))
        return Finding(entry, self.place(offset), spelled, hint)

    def runs_in(self, start: int, end: int) -> list[tuple[int, int, Source, int, bool]]:
        """The runs of a part: start, end, source, offset in it, fixed."""
        first = max(0, bisect_right(self._starts, start) - 1)
        found = []
        for index in range(first, len(self._runs)):
            run = self._runs[index]
            if run.start >= end:
                break
            begins = max(run.start, start)
            closes = min(self._runs[index + 1].start if index + 1 < len(self._runs) else end, end)
            if begins < closes:
                offset = run.offset if run.fixed else run.offset + begins - run.start
                found.append((begins, closes, run.source, offset, run.fixed))
        return found


class Builder:
    """Writes a MappedText from parts of others and from new words. A text of nothing stands where `of` begins."""

    __slots__ = ("_length", "_of", "_parts", "_runs")

    def __init__(self, of: MappedText) -> None:
        self._of = of
        self._parts: list[str] = []
        self._runs: list[_Run] = []
        self._length = 0

    def copy(self, mapped: MappedText, start: int, end: int) -> None:
        """A part of another text, with its origin."""
        for begins, closes, source, offset, fixed in mapped.runs_in(start, end):
            self._add(mapped.text[begins:closes], _Run(self._length, source, offset, fixed))

    def write(self, text: str, mapped: MappedText, offset: int) -> None:
        """A new text, all of which stands for one place of another."""
        source, position = mapped.origin(offset)
        self._add(text, _Run(self._length, source, position, True))

    def append(self, mapped: MappedText) -> None:
        self.copy(mapped, 0, len(mapped.text))

    def done(self) -> MappedText:
        return MappedText("".join(self._parts), self._runs or [_Run(0, *self._of.origin(0), True)])

    def _add(self, text: str, run: _Run) -> None:
        if text:
            self._parts.append(text)
            self._runs.append(run)
            self._length += len(text)


def replaced(mapped: MappedText, edits: list[tuple[int, int, str]]) -> MappedText:
    """The text with some parts replaced. Edits are (start, end, new text), sorted and apart."""
    builder = Builder(mapped)
    position = 0
    for start, end, text in edits:
        builder.copy(mapped, position, start)
        builder.write(text, mapped, start)
        position = end
    builder.copy(mapped, position, len(mapped.text))
    return builder.done()
