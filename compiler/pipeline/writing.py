"""Everybody's message, rendered once to prove that it can be, and their slot, sealed. One person at a time."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from compiler.archive import Spool
from compiler.assemble import Arrangement, Recipient
from compiler.book.keyring import Keyring
from compiler.book.seal import seal_slot
from compiler.language.address import Address
from compiler.language.campaign import in_language
from compiler.language.contact import Person, Value
from compiler.language.errors import EnvoiError
from compiler.language.finding import Place, Text
from compiler.language.plan import Manifest, Slot
from compiler.merge import common_values, personal_values, rows_of
from compiler.parts import Row, slot_line
from compiler.pipeline.choosing import KeyedHost
from compiler.pipeline.messages import Letter
from compiler.render import RenderedPlain, Renderer, RenderError, TooMuch

_CHUNK = 500
# Header fields, boundaries and two DKIM signatures: measured on messages of the example workspace.
_AROUND = 3_000
_TOKEN = "x" * 56
#: Contacts whose message may outrun the limits; for one more the template is at fault.
MOST_OVERRUNS = 10


@dataclass(slots=True)
class Sizes:
    """Of the messages rendered, in bytes."""

    count: int = 0
    total: int = 0
    largest: int = 0

    def add(self, size: int) -> None:
        self.count += 1
        self.total += size
        self.largest = max(self.largest, size)

    @property
    def mean(self) -> int:
        return -(-self.total // self.count) if self.count else 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why messages of one variant and language could not be rendered, and how many."""

    variant: str
    language: str
    why: Text
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as its recipient would read it, to be held against the rules. Its repr shows nobody."""

    recipient: Recipient
    rendered: RenderedPlain
    unsubscribe_url: str = field(repr=False)
    tracking_url: str = field(repr=False)
    reason: str


@dataclass(slots=True)
class Written:
    """What came of it. `failed` are contacts without a message.

    `samples` are the first message of each variant, language and sort of tracking, and the largest.
    """

    sizes: Sizes = field(default_factory=Sizes)
    failed: dict[str, tuple[str, str, Text]] = field(default_factory=dict)
    samples: dict[tuple[str, str, bool, bool], Sample] = field(default_factory=dict)
    largest: Sample | None = None

    def failures(self) -> list[Failure]:
        counts = Counter(self.failed.values())
        ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], pair[0][1], pair[0][2].en))
        return [Failure(variant, language, why, count) for (variant, language, why), count in ordered]


class Overrun(EnvoiError):
    """A template that outruns its limits for one contact after the other: going on would take hours."""

    exit_code = 1

    def __init__(self, place: Place, text: Text) -> None:
        super().__init__(text)
        self.place = place


class Press:
    """Fills in and renders one message after the other."""

    def __init__(self, heading: Manifest, letters: Mapping[tuple[str, str], Letter], rows: Sequence[Row]) -> None:
        """Raises RenderError where a template cannot be compiled."""
        self._heading = heading
        self._letters = letters
        self._rows = rows
        self._renderers = {key: Renderer(letter.message) for key, letter in letters.items()}
        self._common = {language: common_values(heading, language) for _, language in letters}

    def values(self, person: Person, recipient: Recipient) -> dict[str, Value]:
        """What the slot carries: the address and the merged fields, with the fallback where nothing is known."""
        letter = self._letters[recipient.variant, recipient.language]
        fallbacks = {need.name: need.fallback for need in letter.needs if need.fallback is not None}
        values: dict[str, Value] = {"address": person.identity.address}
        for name in sorted(letter.fields):
            value = person.value(name)
            fallback = fallbacks.get(name)
            known = None if value == "" else value  # only None is missing to a template; "" is a fallback's own word
            spare = None if fallback is None else in_language(fallback, recipient.language)
            values[name] = spare if known is None else known
        return values

    def place(self, recipient: Recipient) -> Place:
        """Where the message for somebody is written."""
        return self._letters[recipient.variant, recipient.language].place

    def links(self, person: Person, recipient: Recipient) -> TrialLinks:
        return TrialLinks(self._heading, person, recipient)

    def merged(self, recipient: Recipient, values: Mapping[str, Value], links: TrialLinks) -> dict[str, object]:
        """What the template is given."""
        return personal_values(
            self._common[recipient.language],
            values,
            rows_of(recipient.rows, self._rows),
            unsubscribe_url=links.unsubscribe_url,
            tracking_url=links.tracking_url,
        )

    def prove(self, person: Person, recipient: Recipient, values: Mapping[str, Value], written: Written) -> None:
        """Render the message and note its size; keep it where it is a sample. Raises RenderError."""
        links = self.links(person, recipient)
        merged = self.merged(recipient, values, links)
        renderer = self._renderers[recipient.variant, recipient.language]
        rendered = renderer.render(merged, links)
        size = len(rendered.text) + len(rendered.html) + len(rendered.subject.encode()) + _AROUND
        sort = (recipient.variant, recipient.language, recipient.opens, recipient.clicks)
        if size > written.sizes.largest or sort not in written.samples:
            plain = renderer.render_plain(merged, links)
            sample = Sample(recipient, plain, links.unsubscribe_url, links.tracking_url, str(merged["reason"]))
            written.samples.setdefault(sort, sample)
            written.largest = sample if size > written.sizes.largest else written.largest
        written.sizes.add(size)


def write_slots(
    press: Press,
    host: KeyedHost,
    recipients: Sequence[Recipient],
    *,
    arrangement: Arrangement,
    spool: Spool,
) -> Written:
    """Render for each of the recipients and put their sealed slots into the spool.

    Contacts whose message cannot be rendered are in `failed`; their slots are missing then, like those of people
    erased in this very moment. Raises Overrun where a template does not stop for too many of them.
    """
    slots = {recipients[index].contact: (slot, index) for slot, index in enumerate(arrangement.order)}
    written, overruns = Written(), 0
    for person, key in _with_keys((p for p in host.people() if p.contact.id in slots), host.keyring):
        slot, index = slots[person.contact.id]
        recipient = recipients[index]
        values = press.values(person, recipient)
        try:
            press.prove(person, recipient, values, written)
        except RenderError as error:
            overruns += isinstance(error, TooMuch)
            if overruns > MOST_OVERRUNS:
                raise Overrun(press.place(recipient), error.text) from None
            written.failed[recipient.contact] = (recipient.variant, recipient.language, error.text)
            continue
        spool.put(slot, _line(slot, recipient, seal_slot(values, key, recipient.contact, slot)))
    return written


def _with_keys(people: Iterator[Person], keyring: Keyring) -> Iterator[tuple[Person, bytes]]:
    while chunk := list(islice(people, _CHUNK)):
        keys = keyring.keys(person.contact.id for person in chunk)
        yield from ((person, keys[person.contact.id]) for person in chunk if person.contact.id in keys)


class TrialLinks:
    """Links as long as those that will be sent, signed by nobody."""

    def __init__(self, heading: Manifest, person: Person, recipient: Recipient) -> None:
        self._base = heading.tracking_url.rstrip("/")
        self._recipient = recipient
        # What the unsubscribe link carries: language, purpose and the address, masked.
        masked = Address.parse(person.identity.address).masked
        extra = _spelled(f"{recipient.language}|{heading.purpose}|{masked}")
        self.unsubscribe_url = f"{self._base}/u/{_TOKEN}/{extra}"
        self.tracking_url = f"{self.unsubscribe_url}?t=1"

    def link(self, number: int, target: str) -> str:
        return f"{self._base}/c/{_TOKEN}/{_spelled(target)}" if self._recipient.clicks else target

    def pixel(self) -> str:
        source = f"{self._base}/o/{_TOKEN}.gif"
        return f'<img src="{source}" width="1" height="1" alt="">' if self._recipient.opens else ""


def _line(slot: int, recipient: Recipient, seal: bytes) -> bytes:
    return slot_line(
        Slot(
            number=slot,
            contact=recipient.contact,
            variant=recipient.variant,
            language=recipient.language,
            rows=recipient.rows,
            seal=seal,
            opens=recipient.opens,
            clicks=recipient.clicks,
        )
    )


def _spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
