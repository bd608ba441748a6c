"""The book in counts: nobody is named, and no key is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from compiler.language.canonical import Json
from compiler.language.contact import Contact, Status


@dataclass
class Stats:
    """How many contacts there are, by what each clear part says. Erased ones count under their status alone."""

    contacts: int = 0
    by: dict[str, Counter[str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        tables: dict[str, Json] = {name: dict(sorted(counts.items())) for name, counts in self.by.items()}
        return {"contacts": self.contacts, **tables}

    def _count(self, table: str, word: str) -> None:
        self.by.setdefault(table, Counter())[word] += 1


def stats(contacts: Iterable[Contact]) -> Stats:
    found = Stats()
    for contact in contacts:
        found.contacts += 1
        found._count("status", contact.status.value)
        if contact.status is Status.ERASED:
            continue
        for table in ("kind", "country", "locale", "zone", "lane", "relation"):
            found._count(table, str(getattr(contact, table)))
        found._count("origin", contact.origin.kind.value if contact.origin else "none")
        for basis in contact.basis:
            found._count("basis", f"{basis.purpose} {basis.ground.value}{'' if basis.stands else ' withdrawn'}")
        for objection in contact.objections:
            found._count("objections", objection.scope)
        found._count("opens", contact.tracking.opens.value)
        found._count("clicks", contact.tracking.clicks.value)
    return found
