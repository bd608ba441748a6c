"""A message filled in and rendered, as its recipient would get it: to prove that it can be, and to see what it is."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compiler.assemble import Recipient
from compiler.language.address import Address
from compiler.language.contact import Person, Value
from compiler.language.errors import EnvoiError
from compiler.language.finding import Place, Text
from compiler.language.plan import Manifest, Rendering
from compiler.merge import common_values, personal_values, rows_of
from compiler.parts import Row
from compiler.pipeline.messages import Letter
from compiler.pipeline.reception import Filler
from compiler.render import Rendered, RenderedPlain, Renderer

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

    def join(self, others: Sizes) -> None:
        self.count += others.count
        self.total += others.total
        self.largest = max(self.largest, others.largest)

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
    """What came of it. `failed` counts contacts without a message, by variant, language and why.

    `samples` are the first message of each variant, language and sort of tracking, and the largest.
    """

    sizes: Sizes = field(default_factory=Sizes)
    failed: Counter[tuple[str, str, Text]] = field(default_factory=Counter)
    samples: dict[tuple[str, str, bool, bool], Sample] = field(default_factory=dict)
    largest: Sample | None = None
    rendered: Rendering = Rendering()

    def failures(self) -> list[Failure]:
        ordered = sorted(self.failed.items(), key=lambda pair: (pair[0][0], pair[0][1], pair[0][2].en))
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
        self._fillers = {key: Filler(letter, key[1]) for key, letter in letters.items()}
        self._renderers = {key: Renderer(letter.message) for key, letter in letters.items()}
        self._common = {language: common_values(heading, language) for _, language in letters}

    def values(self, person: Person, recipient: Recipient) -> dict[str, Value]:
        """What the slot carries."""
        return self._fillers[recipient.variant, recipient.language].values(person)

    def place(self, recipient: Recipient) -> Place:
        """Where the message for somebody is written."""
        return self._letters[recipient.variant, recipient.language].place

    def links(self, person: Person, recipient: Recipient) -> TrialLinks:
        return TrialLinks(self._heading, person.identity.address, recipient)

    def merged(self, recipient: Recipient, values: Mapping[str, Value], links: TrialLinks) -> dict[str, object]:
        """What the template is given."""
        return personal_values(
            self._common[recipient.language],
            values,
            rows_of(recipient.rows, self._rows),
            unsubscribe_url=links.unsubscribe_url,
            tracking_url=links.tracking_url,
        )

    def size(self, values: Mapping[str, Value], recipient: Recipient) -> int:
        """Render the message: how large it will be. Raises RenderError."""
        return _size(self._rendered(values, recipient)[0])

    def sample(self, values: Mapping[str, Value], recipient: Recipient) -> Sample:
        """The message as it is read. Raises RenderError."""
        return _sample(recipient, *self._rendered(values, recipient))

    def _rendered(
        self, values: Mapping[str, Value], recipient: Recipient
    ) -> tuple[Rendered, TrialLinks, Mapping[str, object]]:
        links = TrialLinks(self._heading, str(values["address"]), recipient)
        merged = self.merged(recipient, values, links)
        return self._renderers[recipient.variant, recipient.language].render(merged, links), links, merged

    def prove(self, person: Person, recipient: Recipient, values: Mapping[str, Value], written: Written) -> None:
        """Render the message and note its size; keep it where it is a sample. Raises RenderError."""
        rendered, links, merged = self._rendered(values, recipient)
        size = _size(rendered)
        sort = (recipient.variant, recipient.language, recipient.opens, recipient.clicks)
        if size > written.sizes.largest or sort not in written.samples:
            sample = _sample(recipient, rendered, links, merged)
            written.samples.setdefault(sort, sample)
            written.largest = sample if size > written.sizes.largest else written.largest
        written.sizes.add(size)


def _size(rendered: Rendered) -> int:
    return len(rendered.text) + len(rendered.html) + len(rendered.subject.encode()) + _AROUND


def _sample(recipient: Recipient, rendered: Rendered, links: TrialLinks, merged: Mapping[str, object]) -> Sample:
    return Sample(recipient, rendered.plain(), links.unsubscribe_url, links.tracking_url, str(merged["reason"]))


class TrialLinks:
    """Links as long as those that will be sent, signed by nobody."""

    def __init__(self, heading: Manifest, address: str, recipient: Recipient) -> None:
        self._base = heading.tracking_url.rstrip("/")
        self._recipient = recipient
        # What the unsubscribe link carries: language, purpose and the address, masked.
        masked = Address.parse(address).masked
        extra = _spelled(f"{recipient.language}|{heading.purpose}|{masked}")
        self.unsubscribe_url = f"{self._base}/u/{_TOKEN}/{extra}"
        self.tracking_url = f"{self.unsubscribe_url}?t=1"

    def link(self, number: int, target: str) -> str:
        return f"{self._base}/c/{_TOKEN}/{_spelled(target)}" if self._recipient.clicks else target

    def pixel(self) -> str:
        source = f"{self._base}/o/{_TOKEN}.gif"
        return f'<img src="{source}" width="1" height="1" alt="">' if self._recipient.opens else ""


def _spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
