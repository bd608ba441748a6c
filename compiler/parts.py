"""The parts of a plan: what they are called, and the lines that they hold."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from compiler.language.canonical import canonical_json, canonical_line
from compiler.language.contact import Value
from compiler.language.picture import Picture
from compiler.language.plan import Excluded, Exclusion, Manifest, Shard, Slot

MANIFEST = "manifest.json"
EXCLUSIONS = "exclusions.jsonl.gz"
ROWS = "data.jsonl"
LINKS = "links.json"
TEMPLATE_FILES = ("message.html", "message.txt", "preview.txt", "subject.txt")
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

#: A row of a dataset as plans keep it: column → value.
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a plan by its uncompressed content; a path in `.gz` is stored compressed."""

    path: str
    sha256: str
    size: int
    read: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class PlanParts:
    """A whole plan, not yet written: its manifest's bytes, their digest, and every other part in path order.

    `pictures` are no parts: they stand beside the plans, where the tracker serves them and plans share them.
    """

    manifest: Manifest
    manifest_bytes: bytes
    digest: str
    parts: tuple[Part, ...]
    pictures: tuple[Picture, ...] = ()

    def content(self, path: str) -> bytes:
        """The uncompressed content of one part. Raises KeyError."""
        return b"".join({part.path: part for part in self.parts}[path].read())


def shard_path(shard: Shard) -> str:
    return f"shards/{shard.number:05d}.jsonl.gz"


def template_folder(variant: str, language: str) -> str:
    """Where a variant's texts stand in one language. Raises ValueError for a name that is no plain file name."""
    if not _SAFE_NAME.fullmatch(variant) or not _SAFE_NAME.fullmatch(language):
        raise ValueError("a variant or language whose name cannot be a folder's")
    return f"templates/{variant}/{language}"


@dataclass(frozen=True, slots=True)
class SlotFrame:
    """What the lines of slots of one sort have in common: a line is a tenth of the work then."""

    opens: bytes
    contact: bytes
    rows: bytes
    closes: bytes

    @classmethod
    def of(
        cls, *, variant: str, language: str, rows: Sequence[tuple[str, Sequence[int]]], opens: bool, clicks: bool
    ) -> SlotFrame:
        spelled = canonical_json({block: list(numbers) for block, numbers in rows})
        return cls(
            b'{"clicks":' + canonical_json(clicks) + b',"contact":',
            b',"language":' + canonical_json(language) + b',"opens":' + canonical_json(opens) + b',"rows":',
            spelled + b',"sealed":"',
            b',"variant":' + canonical_json(variant) + b"}\n",
        )

    def line(self, number: int, contact: str, seal: bytes) -> bytes:
        """As `slot_line`. `seal` is in base64 already."""
        named = b'"%b"' % contact.encode() if contact.isalnum() and contact.isascii() else canonical_json(contact)
        return b'%b%b%b%b%b","slot":%d%b' % (self.opens, named, self.contact, self.rows, seal, number, self.closes)


def slot_line(slot: Slot) -> bytes:
    """A slot as its line of a shard."""
    return canonical_line(
        {
            "slot": slot.number,
            "contact": slot.contact,
            "variant": slot.variant,
            "language": slot.language,
            "rows": {block: list(numbers) for block, numbers in slot.rows},
            "sealed": base64.b64encode(slot.seal).decode("ascii"),
            "opens": slot.opens,
            "clicks": slot.clicks,
        }
    )


class _SlotLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    clicks: bool
    contact: str
    language: str
    opens: bool
    rows: dict[str, list[int]]
    sealed: str
    slot: int
    variant: str


_read_slot = msgspec.json.Decoder(_SlotLine).decode


def slot_from_line(line: bytes) -> Slot:
    """The slot that `slot_line` wrote, and nothing but it. Raises ValueError."""
    try:
        read = _read_slot(line)
        seal = base64.b64decode(read.sealed, validate=True)
    except (msgspec.MsgspecError, RecursionError):
        raise ValueError("not a slot") from None
    rows = tuple([(block, tuple(numbers)) for block, numbers in sorted(read.rows.items())])
    spelled = _frame(read.variant, read.language, rows, read.opens, read.clicks).line(
        read.slot, read.contact, base64.b64encode(seal)
    )
    if spelled != line:
        raise ValueError("not a slot in canonical form")
    return Slot(read.slot, read.contact, read.variant, read.language, rows, seal, read.opens, read.clicks)


@lru_cache(maxsize=4096)
def _frame(
    variant: str, language: str, rows: tuple[tuple[str, tuple[int, ...]], ...], opens: bool, clicks: bool
) -> SlotFrame:
    return SlotFrame.of(variant=variant, language=language, rows=rows, opens=opens, clicks=clicks)


def exclusion_line(excluded: Excluded) -> bytes:
    return canonical_line({"contact": excluded.contact, "reason": excluded.reason.value})


def exclusion_from_line(line: bytes) -> Excluded:
    """The exclusion that `exclusion_line` wrote. Raises ValueError."""
    try:
        record = json.loads(line)
        return Excluded(str(record["contact"]), Exclusion(record["reason"]))
    except (KeyError, TypeError):
        raise ValueError("not an exclusion") from None
