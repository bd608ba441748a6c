"""Datasets read from the workspace and typed by their declaration: nothing is ever guessed from the values."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from compiler.language.campaign import Dataset, Document, FieldType, likely_delimiter
from compiler.language.canonical import canonical_json, sha256_hex
from compiler.language.catalogue.selection import (
    DATASET_CELL,
    DATASET_COLUMN,
    DATASET_KEY,
    DATASET_TYPE,
    DATASET_UNREADABLE,
)
from compiler.language.contact import Value
from compiler.language.finding import Entry, Finding, Text, finding

_TRUE = frozenset({"true", "yes", "oui", "1"})
_FALSE = frozenset({"false", "no", "non", "0"})
_FRENCH_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_DECIMAL = re.compile(r"[+-]?\d{1,26}([.,]\d{1,12})?")
_MAX_BYTES = 64 * 1024 * 1024
_MAX_FINDINGS = 20  # of one dataset: more of the same would help nobody
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")

#: A record and the line, or the row, at which it stands.
_Record: TypeAlias = tuple[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset's rows in their canonical order: that of their canonical bytes, not of the file."""

    name: str
    rows: tuple[Mapping[str, Value], ...]
    document: Document


class DatasetError(ValueError):
    """The file cannot be read as a table. Says why in French and English."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def read_dataset(dataset: Dataset, root: Path) -> tuple[Table | None, list[Finding]]:
    """The typed table, or the findings that prevent it."""
    try:
        content = _content(dataset.path, root)
    except DatasetError as error:
        return None, [_unreadable(dataset, error.why)]
    table, findings = _table(dataset, content)
    return table, list(findings)


@lru_cache(maxsize=8)  # one campaign's blocks, and the next one's, ask for the same files
def _table(dataset: Dataset, content: bytes) -> tuple[Table | None, Sequence[Finding]]:
    try:
        lines, findings = _records(dataset, content)
    except DatasetError as error:
        return None, [_unreadable(dataset, error.why)]
    findings = findings or _missing_columns(dataset, lines)
    if findings:
        return None, findings
    rows: list[Mapping[str, Value]] = []
    for line, record in lines:
        row: dict[str, Value] = {}
        for column in dataset.columns:
            try:
                row[column.name] = typed(record.get(column.name), column.type)
            except ValueError:
                findings.append(_at_cell(DATASET_CELL, dataset, line, column.name, type=column.type.value))
        rows.append(row)
    findings += _unnamed(dataset, [line for line, _ in lines], rows) if not findings else []
    if findings:
        return None, findings[:_MAX_FINDINGS]
    return Table(dataset.name, tuple(sorted(rows, key=canonical_json)), Document(dataset.path, sha256_hex(content))), []


def typed(raw: object, kind: FieldType) -> Value:
    """A cell as its declared type. Decimals stay text, exact; an empty cell is unknown. Raises ValueError."""
    if isinstance(raw, float | dict | list):
        raise ValueError("not a cell")
    text = ("true" if raw else "false") if isinstance(raw, bool) else "" if raw is None else str(raw)
    if kind is FieldType.TEXT:
        if _CONTROL.search(text):
            raise ValueError("control character")
        return text or None
    text = text.strip()
    if not text:
        return None
    match kind:
        case FieldType.INTEGER:
            return _integer(text)
        case FieldType.DECIMAL:
            return _decimal(text)
        case FieldType.DATE:
            return _day(text)
        case FieldType.BOOLEAN:
            return _boolean(text)


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError("not an integer")
    return int(text)


def _decimal(text: str) -> str:
    bare = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not _DECIMAL.fullmatch(bare):
        raise ValueError("not a decimal")
    bare = bare.replace(",", ".")
    try:
        Decimal(bare)
    except InvalidOperation:
        raise ValueError("not a decimal") from None
    return bare


def _day(text: str) -> str:
    french = _FRENCH_DAY.fullmatch(text)
    return date.fromisoformat(f"{french[3]}-{french[2]}-{french[1]}" if french else text).isoformat()


def _boolean(text: str) -> bool:
    folded = text.casefold()
    if folded not in _TRUE | _FALSE:
        raise ValueError("not a boolean")
    return folded in _TRUE


def _content(path: str, root: Path) -> bytes:
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts:
        raise DatasetError(Text("hors de l'espace de travail", "outside the workspace"))
    file = root / relative
    if not file.resolve().is_relative_to(root.resolve()):
        raise DatasetError(Text("hors de l'espace de travail", "outside the workspace"))
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise DatasetError(Text("plus de 64 Mio", "more than 64 MiB"))
        return file.read_bytes()
    except OSError:
        raise DatasetError(Text("fichier introuvable", "no such file")) from None


def _records(dataset: Dataset, content: bytes) -> tuple[list[_Record], list[Finding]]:
    """The records with their line numbers, and columns whose type in the file is not the declared one."""
    if dataset.path.endswith(".parquet"):
        return _parquet_records(dataset, content)
    try:
        text = content.decode(dataset.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        name = dataset.encoding
        raise DatasetError(Text(f"pas en {name}", f"not {name}")) from None
    if dataset.path.endswith(".jsonl"):
        return list(_json_records(text)), []
    if dataset.path.endswith(".csv"):
        return list(_csv_records(text, dataset.delimiter)), []
    raise DatasetError(Text("ni .csv, ni .jsonl, ni .parquet", "neither .csv, .jsonl nor .parquet"))


def _parquet_records(dataset: Dataset, content: bytes) -> tuple[list[_Record], list[Finding]]:
    from compiler.selection.parquet import ParquetError, parquet_table, parquet_types

    try:
        types, rows = parquet_table(dataset, content)
    except ParquetError as error:
        raise DatasetError(error.why) from None
    missing = [
        finding(DATASET_COLUMN, dataset.place, dataset=dataset.name, column=column.name, path=dataset.path)
        for column in dataset.columns
        if column.name not in types
    ]
    kinds = {column.name: column.type.value for column in dataset.columns}
    return list(rows), missing + [
        finding(DATASET_TYPE, dataset.place, dataset=dataset.name, column=name, type=kinds[name], found=found)
        for name, found in parquet_types(dataset, types).items()
    ]


def _csv_records(text: str, declared: str) -> Iterator[_Record]:
    delimiter = declared or likely_delimiter(text.partition("\n")[0])
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = reader.fieldnames or []
        twice = next((name for n, name in enumerate(names) if name in names[:n]), None)
        if twice is not None:
            raise DatasetError(Text(f"deux colonnes {twice!r}", f"two columns {twice!r}"))
        for record in reader:
            if None in record or None in record.values():
                why = Text("trop ou trop peu de cellules", "too many or too few cells")
                raise DatasetError(_at_line(reader.line_num, why))
            yield reader.line_num, record
    except csv.Error:
        why = Text("guillemet sans fin, ou cellule trop longue", "a quote without end, or a cell too long")
        raise DatasetError(_at_line(reader.reader.line_num, why)) from None


def _at_line(number: int, why: Text) -> Text:
    return Text(f"ligne {number} : {why.fr}", f"line {number}: {why.en}")


def _json_records(text: str) -> Iterator[_Record]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_float=str)  # decimals stay as they are written
        except (ValueError, RecursionError):
            raise DatasetError(_at_line(number, Text("pas du JSON", "not JSON"))) from None
        if not isinstance(record, dict):
            raise DatasetError(_at_line(number, Text("pas un objet", "not an object")))
        yield number, record


def _missing_columns(dataset: Dataset, lines: list[_Record]) -> list[Finding]:
    known = {name for _, record in lines for name in record}
    return [
        finding(DATASET_COLUMN, dataset.place, dataset=dataset.name, column=column.name, path=dataset.path)
        for column in dataset.columns
        if lines and column.name not in known
    ]


def _unnamed(dataset: Dataset, lines: list[int], rows: list[Mapping[str, Value]]) -> list[Finding]:
    """The rows that the declared key does not tell apart from those before them."""
    if not dataset.key:
        return []
    names: set[Value] = {None}
    findings = []
    for line, row in zip(lines, rows, strict=True):
        if row[dataset.key] in names:
            findings.append(_at_cell(DATASET_KEY, dataset, line, dataset.key))
        names.add(row[dataset.key])
    return findings


def _at_cell(entry: Entry, dataset: Dataset, line: int, column: str, **told: str) -> Finding:
    place = replace(dataset.place, path=dataset.path, line=line, column=0)
    return finding(entry, place, hint=None, dataset=dataset.name, line=line, column=column, **told)


def _unreadable(dataset: Dataset, why: Text) -> Finding:
    return finding(DATASET_UNREADABLE, dataset.place, hint=why, dataset=dataset.name, path=dataset.path)
