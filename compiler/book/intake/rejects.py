"""The rows that a source must look at, written beside its file in its own form, with the reasons."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compiler.book.intake.reasons import SENTENCES, Reason
from compiler.language.campaign import Source


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row as it was read, and why it is named. `target` is the field at fault, where it is one."""

    number: int
    reason: Reason
    target: str = ""
    own: tuple[str, ...] = field(default=(), repr=False)


def rejects_path(path: Path) -> Path:
    """contacts.csv → contacts.rejected.csv."""
    return path.with_name(f"{path.stem}.rejected{path.suffix}")


def write_rejects(
    path: Path, header: Sequence[str], rejections: Sequence[Rejection], source: Source, *, language: str
) -> None:
    """Replace the file of rejected rows, whole or not at all, readable by its owner alone; none: remove it."""
    target = rejects_path(path)
    if not rejections:
        target.unlink(missing_ok=True)
        return
    aside = target.with_name(target.name + ".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding=source.encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=source.delimiter, lineterminator="\n")
        writer.writerow(["envoi_line", "envoi_reason", "envoi_why", "envoi_field", *header])
        for rejection in sorted(rejections, key=lambda r: (r.number, r.reason, r.target)):
            why = SENTENCES[rejection.reason].say(language)
            writer.writerow([rejection.number, rejection.reason.value, why, rejection.target, *rejection.own])
    os.replace(aside, target)
