"""Guards of a source: an export that looks broken is not imported, and a person is called."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from compiler.book.intake.rejects import rejects_path
from compiler.language.campaign import Source
from compiler.language.errors import EnvoiError
from compiler.language.finding import Text


@dataclass(frozen=True, slots=True)
class Guarded:
    """The counts that guards look at. `before`: rows of the last import; `active`: rows known and not retired.

    Of a source read from a mark on, not `whole`, only the faults can be judged.
    """

    rows: int
    before: int
    faults: int
    leaving: int
    active: int
    whole: bool = True


class GuardStopped(EnvoiError):
    """The file was not imported: neither book nor keyring were touched. `guard` names the one that stopped it."""

    exit_code = 1

    def __init__(self, guard: str, text: Text) -> None:
        super().__init__(text)
        self.guard = guard


def check_guards(source: Source, counts: Guarded) -> None:
    """Raises GuardStopped at the first guard that the counts break."""
    guards = source.guards
    if not counts.whole:
        if counts.rows and Fraction(counts.faults, counts.rows) > guards.rejected:
            raise _stopped(source, "rejected", counts.faults, counts.rows, guards.rejected)
        return
    if counts.rows == 0 or Fraction(counts.rows, counts.before or counts.rows) < guards.min_rows:
        raise _stopped(source, "min_rows", counts.rows, counts.before, guards.min_rows)
    if Fraction(counts.faults, counts.rows) > guards.rejected:
        raise _stopped(source, "rejected", counts.faults, counts.rows, guards.rejected)
    if counts.active and Fraction(counts.leaving, counts.active) > guards.retired:
        raise _stopped(source, "retired", counts.leaving, counts.active, guards.retired)


_WORDS = {
    "min_rows": Text(
        "{some} lignes contre {all} la dernière fois, moins que min_rows: {share}",
        "{some} rows against {all} last time, below min_rows: {share}",
    ),
    "rejected": Text(
        "{some} lignes fautives sur {all}, plus que rejected: {share}",
        "{some} faulty rows of {all}, above rejected: {share}",
    ),
    "retired": Text(
        "{some} personnes disparues sur {all}, plus que retired: {share}",
        "{some} people gone of {all}, above retired: {share}",
    ),
}


def _stopped(source: Source, guard: str, some: int, whole: int, share: Fraction) -> GuardStopped:
    told = {"some": some, "all": whole, "share": f"{float(share * 100):g} %"}
    words, look = _WORDS[guard], Text("Vérifier l'export", "Check the export")
    if guard == "rejected":
        name = rejects_path(Path(source.path or source.name), source).name
        look = Text(f"Lire les raisons dans {name}", f"Read the reasons in {name}")
    return GuardStopped(
        guard,
        Text(
            f"source {source.name} non importée : {words.fr.format_map(told)} ; rien n'a changé. "
            f"{look.fr}, ou importer avec --despite-guards",
            f"source {source.name} not imported: {words.en.format_map(told)}; nothing has changed. "
            f"{look.en}, or import with --despite-guards",
        ),
    )
