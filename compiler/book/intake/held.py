"""Values that the book holds against the source, until the source's own change: given back for it to take.

The file beside the source's is JSON Lines, which no spreadsheet would compute: people wrote these values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compiler.book.intake.draft import Draft, Reading
from compiler.book.intake.rejects import replaced
from compiler.language.contact import Contact, Identity, Value


@dataclass(frozen=True, slots=True)
class Held:
    """One value of one row: what the source says, and what the book says instead."""

    key: str = field(repr=False)
    target: str
    source_says: Value = field(repr=False)
    book_says: Value = field(repr=False)


def held_of(draft: Draft, contact: Contact, identity: Identity, reading: Reading) -> list[Held]:
    """A person's corrections, and the objections that the source has a column for and does not know."""
    found = []
    if str(draft.address) != identity.address:
        found.append(Held(draft.key, "address", str(draft.address), identity.address))
    known = {**dict(identity.fields), **dict(contact.fields)}
    for name in sorted(draft.said.keys() & draft.values.keys()):
        if known.get(name) != draft.values[name]:
            found.append(Held(draft.key, name, draft.values[name], known.get(name)))
    said = {objection.scope for objection in draft.objections} | {b.purpose for b in draft.basis if b.withdrawn_on}
    columns = {target for target, _ in reading.source.mapping}
    for objection in contact.objections:
        targets = (f"objections.{objection.scope}", f"basis.{objection.scope}.withdrawn_on")
        if objection.scope not in said and (target := next((t for t in targets if t in columns), "")):
            found.append(Held(draft.key, target, None, objection.on.isoformat()))
    return found


def corrections_path(path: Path) -> Path:
    """contacts.csv → contacts.corrections.jsonl."""
    return path.with_name(f"{path.stem}.corrections.jsonl")


def write_corrections(path: Path, held: Sequence[Held]) -> None:
    """Replace the file of values to take, whole or not at all, readable by its owner alone; none: remove it."""
    with replaced(corrections_path(path), "utf-8", needed=bool(held)) as file:
        for one in sorted(held, key=lambda h: (h.key, h.target)):
            row = {"key": one.key, "field": one.target, "source": one.source_says, "book": one.book_says}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
