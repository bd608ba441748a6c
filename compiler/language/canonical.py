"""Canonical bytes: equal documents are equal byte for byte on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical_json(document: Json) -> bytes:
    """The one spelling of a document: sorted keys, UTF-8, no blanks, no floats, no final newline.

    Raises TypeError for a float (its spelling differs between machines) and for any other type.
    """
    _refuse_floats(document)
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def canonical_line(document: Json) -> bytes:
    """One line of a JSONL file, closed by LF."""
    return canonical_json(document) + b"\n"


def sha256_hex(data: bytes) -> str:
    """The name of some bytes: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(document: Json) -> str:
    """The name of a document: equal documents give equal names on every machine."""
    return sha256_hex(canonical_json(document))


def instant_text(moment: datetime) -> str:
    """An instant as RFC 3339 in UTC with seconds and a Z. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """The instant that `instant_text` wrote. Raises ValueError."""
    if not text.endswith("Z"):
        raise ValueError(f"not an instant in UTC: {text!r}")
    return datetime.fromisoformat(text[:-1] + "+00:00")


def _refuse_floats(document: object) -> None:
    if isinstance(document, float):
        raise TypeError("a float has no canonical spelling: use an integer or a decimal string")
    if isinstance(document, Mapping):
        for key, value in document.items():
            if not isinstance(key, str):
                raise TypeError(f"a key must be text, not {type(key).__name__}")
            _refuse_floats(value)
    elif isinstance(document, list | tuple):
        for value in document:
            _refuse_floats(value)
