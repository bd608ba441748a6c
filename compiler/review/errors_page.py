"""The catalogue of findings as a page for people, in French and English: `python -m compiler.review.errors_page`."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from compiler.language.catalogue import catalogue
from compiler.language.finding import Entry, Severity
from compiler.review.formats import french_spaces

PAGE = "docs/errors.md"
_HEAD = """# Findings · Constats

Every code that `envoi` can raise: what it says, why, and what to do. Generated from `compiler/language/catalogue`
(`make docs`); a test compares this page with what the catalogue says.

Tous les codes qu’`envoi` peut émettre : ce qu’ils disent, pourquoi, et que faire. **error** arrête l’envoi,
**warning** demande un regard, **advice** est un conseil. † : ne se lève pas (`waivers`).

Each example is a piece of a broken workspace that a test holds to this very finding (`tests/broken`); of what only the
keyed host can see, it shows what is met there.

Chaque exemple vient d’un espace de travail fautif qu’un test tient à ce constat (`tests/broken`) ; pour ce que seule la
machine aux clés peut voir, il montre ce qu’elle rencontre.
"""


def errors_page() -> str:
    """The page, ended by one line break."""
    entries = list(catalogue().values())
    parts = [_HEAD, _contents(entries)]
    for family, members in groupby(entries, key=_family):
        parts.append(f"## {family}")
        parts += [_entry(entry) for entry in members]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _family(entry: Entry) -> str:
    return entry.code.split("-")[0]


def _contents(entries: list[Entry]) -> str:
    lines = ["| code | | message |", "|---|---|---|"]
    for entry in entries:
        mark = entry.severity.value + ("" if entry.waivable else " †")
        lines.append(f"| [{entry.code}](#{entry.code.lower()}) | {mark} | {_cell(entry.message.en)} |")
    return "\n".join(lines)


def _entry(entry: Entry) -> str:
    waivable = "" if entry.waivable or entry.severity is not Severity.ERROR else " · †"
    lines = [
        f"### {entry.code}",
        "",
        f"**{entry.severity.value}**{waivable}",
        "",
        f"- **fr** {_text(entry.message.fr, french=True)}",
        f"  - pourquoi\u00a0: {_text(entry.cause.fr, french=True)}",
        f"  - que faire\u00a0: {_text(entry.cure.fr, french=True)}",
        f"- **en** {_text(entry.message.en)}",
        f"  - why: {_text(entry.cause.en)}",
        f"  - cure: {_text(entry.cure.en)}",
    ]
    if entry.link:
        lines.append(f"- <{entry.link}>")
    if entry.example:
        lines += ["", "exemple · example:", "", "```text", entry.example.replace("\t", "→"), "```"]
    return "\n".join(lines)


def _text(text: str, *, french: bool = False) -> str:
    """One line of Markdown in which angle brackets and placeholders stay readable."""
    line = " ".join((french_spaces(text) if french else text).split(" "))
    return line.replace("\n", " ").replace("<", "&lt;").replace("*", r"\*").replace("[[", r"\[\[")


def _cell(text: str) -> str:
    return _text(text).replace("|", r"\|")


def main() -> None:
    """Writes the page into the source tree that this module stands in."""
    page = Path(__file__).parent.parent.parent / PAGE
    page.write_text(errors_page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
