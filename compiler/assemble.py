"""Recipients and messages become the parts of a plan: pure, so that equal inputs give equal bytes.

Who comes when, and who gets which variant, is drawn with a keyed hash: the same on every machine that holds the key,
and nobody without it can tell who is first. A part's content may be larger than memory: it is read as chunks, twice.
"""

from __future__ import annotations

import hashlib
import hmac
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.language.canonical import Json, canonical_json, canonical_line
from compiler.language.plan import Excluded, Manifest, MessageTemplate, Shard
from compiler.language.window import Interval
from compiler.manifest import manifest_bytes, manifest_digest
from compiler.parts import (
    EXCLUSIONS,
    LINKS,
    ROWS,
    TEMPLATE_FILES,
    Part,
    PlanParts,
    exclusion_line,
    shard_path,
    template_folder,
)
from compiler.parts import Row as Row  # what recipients are given rows of

LARGEST_SHARD = 10_000


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets a message: where it is paced, which one, and with which rows of data.jsonl."""

    contact: str
    lane: str
    zone: str
    variant: str
    language: str
    rows: tuple[tuple[str, tuple[int, ...]], ...] = ()
    opens: bool = False
    clicks: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The plan's order. `order[n]` is the recipient of slot n, as an index into the given recipients."""

    shards: tuple[Shard, ...]
    order: Sequence[int]


@dataclass(frozen=True, slots=True)
class InOrder:
    """Exclusions in the order of their contacts, made again at each reading rather than held."""

    read: Callable[[], Iterator[Excluded]]

    def __iter__(self) -> Iterator[Excluded]:
        return self.read()


@dataclass(frozen=True, slots=True)
class Content:
    """What a plan holds beside its slots. `templates` by (variant, language)."""

    templates: Mapping[tuple[str, str], MessageTemplate]
    rows: Sequence[Row] = ()
    exclusions: Iterable[Excluded] = ()  # read twice; sorted here unless it says that it is `InOrder`


def order_key(secret: bytes, campaign: str, edition: str) -> bytes:
    """The key of a campaign edition's draws, from a secret of the keyed host."""
    return hmac.digest(secret, f"envoi order v1\0{campaign}\0{edition}".encode(), "sha256")


def draw_variant(variants: Sequence[tuple[str, int]], key: bytes, contact: str) -> str:
    """One of the (name, weight) variants, in proportion to the weights, always the same for a contact."""
    total = sum(weight for _, weight in variants)
    ticket = _draw(key, b"variant", contact) * total >> 64
    for name, weight in variants:
        if ticket < weight:
            return name
        ticket -= weight
    raise ValueError("variants need a positive weight")


def draw_order(key: bytes, contact: str) -> int:
    """A contact's place among those of their lane and zone: 64 bits, the lowest first, then the smaller id."""
    return _draw(key, b"order", contact)


def arrange(recipients: Sequence[Recipient], key: bytes, *, windows: Mapping[str, Sequence[Interval]]) -> Arrangement:
    """Shards of one lane and one time zone each, of at most 10,000 slots, each in the order that the key draws.

    A lane and zone with at least 1,000 recipients is cut into shards of at least 1,000. `windows` by zone.
    """
    groups: dict[tuple[str, str], list[tuple[int, str, int]]] = {}
    for index, recipient in enumerate(recipients):
        place = (draw_order(key, recipient.contact), recipient.contact, index)
        groups.setdefault((recipient.lane, recipient.zone), []).append(place)
    return arranged({place: [i for _, _, i in sorted(group)] for place, group in groups.items()}, windows=windows)


def arranged(
    groups: Mapping[tuple[str, str], Iterable[int]], *, windows: Mapping[str, Sequence[Interval]]
) -> Arrangement:
    """As `arrange`, for recipients known by number: those of each lane and zone, in the order drawn."""
    shards: list[Shard] = []
    order = array("I")
    for (lane, zone), group in sorted(groups.items()):
        before = len(order)
        order.extend(group)
        intervals = tuple((interval.opens, interval.closes) for interval in windows[zone])
        for count in _cut(len(order) - before):
            first = shards[-1].first + shards[-1].count if shards else 0
            shards.append(Shard(len(shards), lane, zone, first, count, intervals))
    return Arrangement(tuple(shards), order)


def assemble(
    heading: Manifest,
    arrangement: Arrangement,
    lines: Callable[[Shard], Iterable[bytes]],
    *,
    content: Content,
    trackers: tuple[int, int],
) -> PlanParts:
    """The plan's parts. `heading` lacks only what follows from the rest; `lines` gives a shard's slot lines in order.

    Its chunks may end anywhere. `trackers`: how many messages carry a pixel, how many personal links. Raises
    ValueError where the slots of `lines` are not as many as the arrangement's.
    """
    parts = [_shard_part(shard, lines) for shard in arrangement.shards]
    parts += _template_parts(content.templates)
    parts.append(_part(ROWS, lambda: (canonical_line(dict(row)) for row in content.rows)))
    exclusions = content.exclusions
    ordered = exclusions if isinstance(exclusions, InOrder) else sorted(exclusions, key=_by_contact)
    parts.append(_part(EXCLUSIONS, lambda: map(exclusion_line, ordered)))
    parts.sort(key=lambda part: part.path)
    reasons = Counter(e.reason.value for e in ordered)
    manifest = replace(
        heading,
        shards=arrangement.shards,
        recipients=len(arrangement.order),
        exclusions=tuple(sorted(reasons.items())),
        trackers=(("clicks", trackers[1]), ("opens", trackers[0])),
        parts=tuple((part.path, part.sha256, part.size) for part in parts),
    )
    data = manifest_bytes(manifest)
    return PlanParts(manifest, data, manifest_digest(data), tuple(parts))


def _draw(key: bytes, use: bytes, contact: str) -> int:
    """64 bits."""
    return int.from_bytes(hmac.digest(key, use + b"\0" + contact.encode(), "sha256")[:8], "big")


def _cut(count: int) -> list[int]:
    """Sizes as equal as can be."""
    pieces = -(-count // LARGEST_SHARD)
    return [count // pieces + (piece < count % pieces) for piece in range(pieces)]


def _shard_part(shard: Shard, lines: Callable[[Shard], Iterable[bytes]]) -> Part:
    def counted() -> Iterator[bytes]:
        count = 0
        for chunk in lines(shard):
            count += chunk.count(b"\n")
            yield chunk
        if count != shard.count:
            raise ValueError(f"shard {shard.number}: {count} slots for {shard.count}")

    return _part(shard_path(shard), counted)


def _template_parts(templates: Mapping[tuple[str, str], MessageTemplate]) -> list[Part]:
    parts: list[Part] = []
    links: dict[str, Json] = {}
    for (variant, language), message in sorted(templates.items()):
        folder = template_folder(variant, language)
        texts = (message.html, message.text, message.preview, message.subject)
        parts += [_text_part(f"{folder}/{name}", text) for name, text in zip(TEMPLATE_FILES, texts, strict=True)]
        links[f"{variant}/{language}"] = [{"link": link.number, "target": link.target} for link in message.links]
    return [*parts, _part(LINKS, lambda: (canonical_json(links),))]


def _text_part(path: str, text: str) -> Part:
    return _part(path, lambda: (text.encode("utf-8"),))


def _part(path: str, read: Callable[[], Iterable[bytes]]) -> Part:
    content, size = hashlib.sha256(), 0
    for chunk in read():
        content.update(chunk)
        size += len(chunk)
    return Part(path, content.hexdigest(), size, read)


def _by_contact(excluded: Excluded) -> tuple[str, str]:
    return excluded.contact, excluded.reason.value
