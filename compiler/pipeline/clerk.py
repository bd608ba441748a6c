"""What is done about people one by one: choosing, hearing, rendering, sealing. In this process or in several.

A clerk reads a shelf of the book once, says in columns who is on it, and keeps of the candidates what their slots
will hold (`_Kept`), until they are asked for. Nothing of it reaches a disk.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from compiler.assemble import Recipient, draw_order
from compiler.book.keyring import KeyringAccess
from compiler.book.people import opened_in_order
from compiler.book.seal import seal_spelled, spelled
from compiler.book.shelves import Shelves
from compiler.book.store import BookView
from compiler.git import Repository
from compiler.language.address import Address
from compiler.language.campaign import FieldType
from compiler.language.contact import Person, Value
from compiler.language.finding import Text
from compiler.language.suppression import Suppression, address_mac
from compiler.parts import SlotFrame
from compiler.pipeline.messages import Letter
from compiler.pipeline.reception import Filler, Reception, Sort
from compiler.pipeline.surveying import Brief, Survey, Surveyor
from compiler.pipeline.writing import MOST_OVERRUNS, Press, Sample, Sizes
from compiler.policy import Audience
from compiler.policy.crowd import Heard, Hearing, code_of
from compiler.render import RenderError, TooMuch
from compiler.selection import Chooser, Combination, KeyReader, Question, locked_engine

#: Marks a candidate who has no slot.
NOBODY = 0xFFFFFFFF
_BATCH = 8_192  # people in memory at a time, as values with names
_read = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Errand:
    """All that a clerk needs, wherever it works."""

    book: Path
    commit: str | None
    keyring: KeyringAccess
    suppression_key: bytes = field(repr=False)
    order_key: bytes = field(repr=False)
    audience: Audience
    question: Question
    sent: frozenset[str]
    capped: frozenset[str]
    remainder: frozenset[str] | None
    reception: Reception
    letters: Mapping[tuple[str, str], Letter]
    fields: tuple[tuple[tuple[str, FieldType], ...], ...]


@dataclass(slots=True)
class Page:
    """Who is on a shelf, in columns. `candidates` and `excluded` are ids in order, each closed by LF."""

    counts: list[int] = field(default_factory=list)  # as `Chooser` counts
    chosen: int = 0
    excluded: bytearray = field(default_factory=bytearray)
    reasons: bytearray = field(default_factory=bytearray)
    candidates: bytearray = field(default_factory=bytearray)
    heard: Heard = field(default_factory=Heard)
    draws: array[int] = field(default_factory=lambda: array("Q"))
    sorts: array[int] = field(default_factory=lambda: array("H"))
    combinations: array[int] = field(default_factory=lambda: array("I"))
    every_sort: list[Sort] = field(default_factory=list)
    every_combination: list[Combination] = field(default_factory=list)


@dataclass(slots=True)
class Proof:
    """What rendering gave for some candidates of a shelf; places count within the shelf."""

    sizes: Sizes = field(default_factory=Sizes)
    largest: int = -1
    first: dict[tuple[str, str, bool, bool], int] = field(default_factory=dict)
    failed: list[tuple[int, tuple[str, str], Text]] = field(default_factory=list)
    overruns: list[tuple[int, tuple[str, str], Text]] = field(default_factory=list)


@dataclass(slots=True)
class _Kept:
    """A shelf's candidates: values as they will be sealed, and the keys for it."""

    names: list[str]
    sorts: array[int]
    every_sort: list[Sort]
    combinations: array[int]
    values: bytearray = field(default_factory=bytearray, repr=False)
    ends: array[int] = field(default_factory=lambda: array("I"))
    keys: bytearray = field(default_factory=bytearray, repr=False)

    def spelled(self, place: int) -> bytes:
        begin = self.ends[place - 1] if place else 0
        return bytes(memoryview(self.values)[begin : self.ends[place]])

    def key(self, place: int) -> bytes:
        return bytes(memoryview(self.keys)[64 * place : 64 * place + 64])


class Clerk:
    """Works on the shelves that it is asked about, one after the other."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._open = ExitStack()
        self._keys = errand.keyring.open()
        self._open.callback(self._keys.close)
        view = BookView(Repository(errand.book), errand.commit)
        self._shelves = Shelves(view)  # pyright: ignore[reportArgumentType] - a cached property is no property to it
        self._chooser = Chooser(errand.question, self._open.enter_context(locked_engine(threads=1)))
        self._suppressions = view.suppressions()
        self._reader = KeyReader(errand.fields)
        self._fillers = {key: Filler(letter, key[1]) for key, letter in errand.letters.items()}
        self._kept: dict[str, _Kept] = {}
        self._where = array("q")
        self._dealt: list[tuple[str, Sequence[int]]] = []
        self._press: Press | None = None
        self._brief: Brief | None = None
        self._surveyor: Surveyor | None = None

    def close(self) -> None:
        self._open.close()

    def shelves(self) -> tuple[str, ...]:
        return self._shelves.names

    # Reading

    def read(self, shelf: str, names: Sequence[str]) -> Page:
        """Choose among the people of some shelves that stand together, called by the first, and hear them."""
        page, before = Page(), list(self._chooser.counts)
        hearing = Hearing(
            self._errand.audience,
            self._errand.order_key,
            sent=self._errand.sent,
            capped=self._errand.capped,
            suppressed=self._suppressed,
        )
        kept = _Kept([], page.sorts, page.every_sort, page.combinations)
        sorts: dict[Sort, int] = {}
        combinations: dict[Combination, int] = {}
        for batch in self._batches(names):
            for (person, key), chosen in zip(batch, self._chosen(batch), strict=True):
                page.chosen += chosen
                reason = hearing.hear(person, chosen=bool(chosen))
                if reason is not None:
                    page.excluded += person.contact.id.encode() + b"\n"
                    page.reasons.append(code_of(reason))
                elif chosen:
                    sort = self._errand.reception.sort(person.contact)
                    page.sorts.append(sorts.setdefault(sort, len(sorts)))
                    combination = self._reader.combination(person)
                    page.combinations.append(combinations.setdefault(combination, len(combinations)))
                    page.draws.append(draw_order(self._errand.order_key, person.contact.id))
                    kept.names.append(person.contact.id)
                    kept.values += spelled(self._fillers[sort.variant, sort.language].values(person))
                    kept.ends.append(len(kept.values))
                    kept.keys += key
        page.heard = hearing.heard
        page.every_sort += sorts
        page.every_combination += combinations
        page.candidates += b"".join(name.encode() + b"\n" for name in kept.names)
        page.counts = [after - earlier for after, earlier in zip(self._chooser.counts, before, strict=True)]
        self._kept[shelf] = kept
        return page

    def _batches(self, names: Sequence[str]) -> Iterator[list[tuple[Person, bytes]]]:
        contacts = (contact for name in names for contact in self._shelves.contacts(name))
        while some := list(islice(contacts, _BATCH)):
            if people := list(opened_in_order(some, self._keys)):
                yield people

    def _chosen(self, batch: Sequence[tuple[Person, bytes]]) -> bytearray:
        chosen = bytearray(len(batch))
        remainder = self._errand.remainder
        for place in self._chooser.take([person for person, _ in batch]):
            chosen[place] = remainder is None or batch[place][0].contact.id in remainder
        return chosen

    def _suppressed(self, address: Address) -> Suppression | None:
        if not self._suppressions:
            return None
        errand = self._errand
        return self._suppressions.covers(address_mac(address, errand.suppression_key), errand.audience.purpose)

    # Rendering

    def brief(self, brief: Brief) -> None:
        """Raises RenderError where a template cannot be compiled."""
        self._brief = brief
        self._press = Press(brief.heading, self._errand.letters, brief.table)

    def prove(self, shelf: str, places: Sequence[int], combined: Sequence[int]) -> Proof:
        """Render for some candidates of a shelf, in their order. `combined` numbers the combinations."""
        assert self._press is not None
        proof, kept = Proof(), self._kept[shelf]
        for place in places:
            sort = kept.every_sort[kept.sorts[place]]
            letter = (sort.variant, sort.language)
            try:
                size = self._press.size(*self._drawn(kept, place, combined))
            except RenderError as error:
                (proof.overruns if isinstance(error, TooMuch) else proof.failed).append((place, letter, error.text))
                if len(proof.overruns) > MOST_OVERRUNS:
                    break
                continue
            proof.first.setdefault((*letter, sort.opens, sort.clicks), place)
            if size > proof.sizes.largest:
                proof.largest = place
            proof.sizes.add(size)
        return proof

    def survey(self, shelf: str, places: Sequence[int], combined: Sequence[int]) -> Survey:
        """What each of some candidates would be the first to show, and the extremes among them."""
        assert self._brief is not None
        kept = self._kept[shelf]
        surveyor = self._surveyor = self._surveyor or Surveyor(self._errand.letters, self._brief)
        survey = Survey()
        for place in places:
            begins = kept.ends[place - 1] if place else 0
            values: dict[str, Value] = _read(kept.spelled(place))
            sort = kept.every_sort[kept.sorts[place]]
            surveyor.note(survey, place, sort, values, combined[kept.combinations[place]], kept.ends[place] - begins)
        survey.seen.clear()  # nobody else needs it
        return survey

    def sample(self, shelf: str, place: int, combined: Sequence[int]) -> Sample:
        """A candidate's message as it is read. Raises RenderError."""
        assert self._press is not None
        return self._press.sample(*self._drawn(self._kept[shelf], place, combined))

    def _drawn(self, kept: _Kept, place: int, combined: Sequence[int]) -> tuple[dict[str, Value], Recipient]:
        assert self._brief is not None
        values: dict[str, Value] = _read(kept.spelled(place))
        rows = self._brief.rows[combined[kept.combinations[place]]]
        recipient = kept.every_sort[kept.sorts[place]].recipient(kept.names[place], rows or ())
        return values, recipient

    # Sealing

    def begin(self, slots: int) -> None:
        """Forget earlier deals: so many slots are to be filled."""
        self._where = array("q", [-1]) * slots
        self._dealt = []

    def deal(self, shelf: str, slots: Sequence[int], combined: Sequence[int]) -> None:
        """Tell which slot each candidate of a shelf has, or NOBODY."""
        number = len(self._dealt)
        self._dealt.append((shelf, combined))
        for place, slot in enumerate(slots):
            if slot != NOBODY:
                self._where[slot] = number << 32 | place

    def seal(self, first: int, count: int) -> tuple[array[int], list[bytes]]:
        """The lines of those slots that are this clerk's: how far each is from the first, and the line."""
        assert self._brief is not None
        places, lines = array("I"), list[bytes]()
        frames: dict[tuple[Sort, int], SlotFrame] = {}
        for offset, where in enumerate(self._where[first : first + count]):
            if where < 0:
                continue
            shelf, combined = self._dealt[where >> 32]
            kept, place = self._kept[shelf], where & NOBODY
            sort, combination = kept.every_sort[kept.sorts[place]], combined[kept.combinations[place]]
            frame = frames.get((sort, combination))
            if frame is None:
                rows = self._brief.rows[combination] or ()
                frame = frames[sort, combination] = SlotFrame.of(
                    variant=sort.variant, language=sort.language, rows=rows, opens=sort.opens, clicks=sort.clicks
                )
            name = kept.names[place]
            seal = seal_spelled(kept.spelled(place), kept.key(place), name, first + offset)
            places.append(offset)
            lines.append(frame.line(first + offset, name, base64.b64encode(seal)))
        return places, lines
