"""What is remembered of a source's imports beside its rows: the mark reached, and when it was last imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from compiler.book.keyring import Keyring
from compiler.language.campaign import FieldDef, Source
from compiler.language.canonical import instant_text, sha256_hex


class SourceMemory:
    """The notes of one source, in the keyring's file."""

    def __init__(self, keyring: Keyring, source: Source, fields: Mapping[str, FieldDef]) -> None:
        self._keyring = keyring
        self._source = source
        self._digest = _digest(source, fields)

    def mark(self) -> str:
        """The mark reached; empty before the first import, and where the declaration has changed since."""
        noted = json.loads(self._note("mark") or b"{}")
        return str(noted["mark"]) if noted.get("declared") == self._digest else ""

    def imported_at(self) -> datetime | None:
        noted = self._note("imported")
        return datetime.fromisoformat(noted.decode()).astimezone(UTC) if noted else None

    def close(self, *, mark: str, at: datetime) -> None:
        """Note a completed import."""
        noted = json.dumps({"mark": mark, "declared": self._digest})
        with self._keyring.transaction() as database:
            for name, value in (("mark", noted), ("imported", instant_text(at))):
                row = (f"{name} {self._source.name}", value.encode())
                database.execute("insert or replace into note values (?, ?)", row)

    def _note(self, name: str) -> bytes:
        with self._keyring.transaction() as database:
            row = (f"{name} {self._source.name}",)
            found = database.execute("select value from note where name = ?", row).fetchone()
        return bytes(found[0]) if found else b""


def _digest(source: Source, fields: Mapping[str, FieldDef]) -> str:
    """What makes rows mean the same as last time: not where it stands, nor its guards and schedule."""
    read = (source.path, source.query, source.sheet, source.key, source.mapping, source.values, source.watermark)
    typed = [(f.name, f.type, f.sealed, f.check, f.values, f.precedence) for _, f in sorted(fields.items())]
    return sha256_hex(repr((read, typed)).encode())
