"""A finding: what is wrong or worth knowing, where, and how to cure it, in French and English."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

_LONGEST_WORD = 200
_MOST_KNOWN = 2_000  # time zones are six hundred


class Severity(StrEnum):
    ERROR = "error"  # stops a send
    WARNING = "warning"
    ADVICE = "advice"


class Language(StrEnum):
    """The languages that envoi itself speaks to marketers and recipients."""

    FR = "fr"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in each language that envoi speaks."""

    fr: str
    en: str

    def say(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the workspace: a path relative to its root, line and column from 1 (0: whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path] + [str(n) for n in (self.line, self.column) if n]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue knows of one code. `{name}` in a text is filled from the finding's arguments."""

    code: str
    severity: Severity
    message: Text
    cause: Text
    cure: Text
    example: str = ""
    waivable: bool = True
    link: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One occurrence of a catalogue entry. `arguments` never hold personal data."""

    entry: Entry
    place: Place
    arguments: tuple[tuple[str, str], ...] = ()
    hint: Text | None = None
    waived: str = field(default="", compare=False)  # the reason of the waiver that covers it

    @property
    def code(self) -> str:
        return self.entry.code

    @property
    def severity(self) -> Severity:
        return Severity.ADVICE if self.waived else self.entry.severity

    @property
    def stops(self) -> bool:
        return self.severity is Severity.ERROR

    def message(self, language: str) -> str:
        return self.entry.message.say(language).format_map(dict(self.arguments))

    def advice(self, language: str) -> str:
        return (self.hint or self.entry.cure).say(language)


def finding(entry: Entry, place: Place, *, hint: Text | None = None, **arguments: object) -> Finding:
    """A finding whose arguments are spelled in a fixed order."""
    spelled = tuple((name, str(arguments[name])) for name in sorted(arguments))
    return Finding(entry, place, spelled, hint)


def in_reading_order(findings: list[Finding]) -> list[Finding]:
    """What stops a send first, then by place and code: the same list whatever found them first."""
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}
    return sorted(findings, key=lambda f: (rank[f.severity], f.place, f.code, f.arguments))


def did_you_mean(word: str, known: list[str]) -> Text | None:
    """The nearest known word, as a hint; none for a word too long to be a slip, or among too many."""
    import difflib

    if len(word) > _LONGEST_WORD or len(known) > _MOST_KNOWN:
        return None
    near = [name for name in known if name.lower().endswith(f"/{word.lower()}")]  # Paris, for Europe/Paris
    near = near or difflib.get_close_matches(word, known, n=1, cutoff=0.65)
    return Text(f"vouliez-vous dire « {near[0]} » ?", f"did you mean {near[0]!r}?") if near else None
