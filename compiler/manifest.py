"""manifest.json: a Manifest as canonical bytes and back, strictly. The digest of a plan is the SHA-256 of these bytes.

Values are spelled by their declared types: a dataclass is an object with every field, a tuple of (text, value) pairs
an object (its pairs in key order, each key once), any other tuple an array, an instant RFC 3339 in UTC, a day ISO 8601.
The intervals of shards stand once per time zone, under `windows`.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from compiler.language.canonical import Json, canonical_json, instant_text, parse_instant, sha256_hex
from compiler.language.plan import Manifest

FORMAT_VERSION = 1


class ManifestProblem(ValueError):
    """The bytes are no manifest that this version wrote. The message names the place inside it."""


def manifest_bytes(manifest: Manifest) -> bytes:
    """The one spelling of a manifest. Raises ManifestProblem for a value without one (pairs out of order, …)."""
    document = cast(dict[str, Json], encode(Manifest, manifest))
    windows: dict[str, Json] = {}
    shards: list[Json] = []
    for shard in cast(list[dict[str, Json]], document["shards"]):
        intervals = shard.pop("windows")
        if windows.setdefault(str(shard["zone"]), intervals) != intervals:
            raise ManifestProblem("shards of one time zone have different windows")
        shards.append(shard)
    return canonical_json({**document, "shards": shards, "windows": windows})


def manifest_digest(data: bytes) -> str:
    """A plan's name: 64 hexadecimal digits."""
    return sha256_hex(data)


def manifest_from_bytes(data: bytes) -> Manifest:
    """The manifest that `manifest_bytes` wrote, and nothing but it. Raises ManifestProblem."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ManifestProblem("not JSON in UTF-8") from None
    if not isinstance(document, dict) or document.get("format_version") != FORMAT_VERSION:
        raise ManifestProblem("format_version: this envoi does not know it")
    manifest = cast(Manifest, decode(Manifest, _with_windows(document), "manifest"))
    # One spelling only: whatever differs (blanks, order, repeated or unknown keys) was not written by envoi.
    if manifest_bytes(manifest) != data:
        raise ManifestProblem("not in canonical form")
    return manifest


def ratio_text(ratio: Fraction | None) -> str:
    """A ratio as `n/d`, empty for none: a float has no canonical spelling."""
    return "" if ratio is None else f"{ratio.numerator}/{ratio.denominator}"


def _with_windows(document: dict[str, Any]) -> dict[str, Any]:
    windows, shards = document.pop("windows", None), document.get("shards")
    if not isinstance(windows, dict) or not isinstance(shards, list):
        raise ManifestProblem("windows: not an object")
    for shard in shards:
        if not isinstance(shard, dict) or not isinstance(shard.get("zone"), str) or shard["zone"] not in windows:
            raise ManifestProblem("shards: a zone without windows")
    return {**document, "shards": [{**shard, "windows": windows[shard["zone"]]} for shard in shards]}


def encode(kind: Any, value: Any) -> Json:
    """A value as JSON, by its declared type. Raises ManifestProblem."""
    if value is None or kind in (bool, int, str):
        return cast(Json, value)
    if kind is datetime:
        return instant_text(value)
    if kind is date:
        return cast(str, value.isoformat())
    if dataclasses.is_dataclass(kind):
        return {name: encode(hint, getattr(value, name)) for name, hint in _hints(cast(Any, kind)).items()}
    if inner := _optional(kind):
        return encode(inner, value)
    if pair := _pair_value(kind):
        keys = [key for key, _ in value]
        if keys != sorted(set(keys)):
            raise ManifestProblem("pairs are not in the order of their keys")
        return {key: encode(pair, item) for key, item in value}
    return [encode(hint, item) for hint, item in zip(_item_kinds(kind, len(value)), value, strict=True)]


def decode(kind: Any, document: Any, where: str) -> Any:
    """The value that `encode` wrote. Raises ManifestProblem, naming the place."""
    if kind in (bool, int, str):
        return _plain(kind, document, where)
    if kind in (datetime, date):
        return _moment(kind, document, where)
    if dataclasses.is_dataclass(kind):
        hints = _hints(cast(Any, kind))
        if set(_object(document, where)) != set(hints):
            raise ManifestProblem(f"{where}: its keys are not those of this format")
        return cast(Any, kind)(**{name: decode(hints[name], document[name], f"{where}.{name}") for name in hints})
    if inner := _optional(kind):
        return None if document is None else decode(inner, document, where)
    if pair := _pair_value(kind):
        return tuple(
            (key, decode(pair, item, f"{where}.{key}")) for key, item in sorted(_object(document, where).items())
        )
    if not isinstance(document, list):
        raise ManifestProblem(f"{where}: not an array")
    kinds = _item_kinds(kind, len(document))
    if len(kinds) != len(document):
        raise ManifestProblem(f"{where}: {len(kinds)} items expected")
    return tuple(decode(k, item, f"{where}[{i}]") for i, (k, item) in enumerate(zip(kinds, document, strict=True)))


def _plain(kind: type, document: Any, where: str) -> Any:
    if type(document) is not kind:
        raise ManifestProblem(f"{where}: not {kind.__name__}")
    return document


def _moment(kind: type, document: Any, where: str) -> datetime | date:
    text = _plain(str, document, where)
    try:
        return parse_instant(text) if kind is datetime else date.fromisoformat(text)
    except ValueError:
        raise ManifestProblem(f"{where}: not a {kind.__name__}") from None


def _object(document: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise ManifestProblem(f"{where}: not an object")
    return document


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _optional(kind: Any) -> Any:
    """X for `X | None`, else None."""
    if get_origin(kind) not in (Union, types.UnionType):
        return None
    return next(arm for arm in get_args(kind) if arm is not types.NoneType)


@cache
def _pair_value(kind: Any) -> Any:
    """X for `tuple[tuple[str, X], ...]`, else None."""
    items = get_args(kind)
    if len(items) != 2 or items[1] is not Ellipsis or get_origin(items[0]) is not tuple:
        return None
    pair = get_args(items[0])
    return pair[1] if len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis else None


def _item_kinds(kind: Any, count: int) -> tuple[Any, ...]:
    items = get_args(kind)
    return (items[0],) * count if items[1:] == (Ellipsis,) else items
