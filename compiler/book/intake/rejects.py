"""The rows that a source must look at, written beside its file in its own form, with the reasons."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from compiler.book.intake.reasons import RULES, SENTENCES, Reason, Rule
from compiler.language.campaign import Format, Source


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row as it was read, and why it is named. `target` is the field at fault, where it is one."""

    number: int
    reason: Reason
    target: str = ""
    own: tuple[str, ...] = field(default=(), repr=False)
    rule: Rule | None = None  # why the other row stands for both


def rejects_path(path: Path, source: Source) -> Path:
    """contacts.csv → contacts.rejected.csv; a table in spreadsheets' own form whatever the source is."""
    return path.with_name(f"{path.stem}.rejected{path.suffix if source.format is Format.CSV else '.csv'}")


def write_rejects(
    path: Path, header: Sequence[str], rejections: Sequence[Rejection], source: Source, *, language: str
) -> None:
    """Replace the file of rejected rows, whole or not at all, readable by its owner alone; none: remove it."""
    csv_source = source.format is Format.CSV
    encoding, delimiter = (source.encoding, source.delimiter) if csv_source else ("utf-8-sig", ";")
    with replaced(rejects_path(path, source), encoding, needed=bool(rejections)) as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["envoi_line", "envoi_reason", "envoi_why", "envoi_field", *header])
        for rejection in sorted(rejections, key=lambda r: (r.number, r.reason, r.target)):
            why = SENTENCES[rejection.reason].say(language)
            if rejection.rule is not None:
                why += {"en": ": "}.get(language, " : ") + RULES[rejection.rule].say(language)
            writer.writerow([rejection.number, rejection.reason.value, why, rejection.target, *rejection.own])


@contextmanager
def replaced(target: Path, encoding: str, *, needed: bool) -> Iterator[TextIO]:
    """A file that takes the place of `target` at the end, readable by its owner alone; not needed: none remains."""
    if not needed:
        target.unlink(missing_ok=True)
        yield io.StringIO()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + ".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding=encoding, errors="replace", newline="") as file:
        yield file
    os.replace(aside, target)
