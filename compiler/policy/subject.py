"""What a subject may not pretend, and how it should look."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.language.catalogue.message_rules import SUBJECT, SUBJECT_STYLE
from compiler.language.finding import Finding, Place, finding

LONGEST = 78  # RFC 5322 2.1.1, and more than any phone shows

MOST_EMOJI = 2

# What is drawn in colour, each once: a flag is two letters, a family several faces joined.
_DRAWN = "[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|{_DRAWN}(?:\u200d{_DRAWN})*")
_REPLY = re.compile(r"\s*(re|r[ée]f|fwd?|tr|aw|wg|rv)\s*(\[\d+\])?\s*:", re.IGNORECASE)
_MERGED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def subject_findings(text: str, place: Place, *, rendered: bool) -> Iterator[Finding]:
    """What is wrong with a subject: as a template where it is not `rendered`."""
    said = text if rendered else _MERGED.sub("", text)
    reply = _REPLY.match(said)
    if reply:
        yield finding(SUBJECT, place, prefix=reply[0].strip())
    letters = [c for c in said if c.isalpha()]
    if rendered and not said.strip():
        yield finding(SUBJECT_STYLE, place, problem_fr="vide", problem_en="is empty")
    elif len(letters) > 8 and all(c.isupper() for c in letters):
        yield finding(SUBJECT_STYLE, place, problem_fr="tout en capitales", problem_en="is all capitals")
    elif len(said) > LONGEST:
        yield finding(
            SUBJECT_STYLE,
            place,
            problem_fr=f"de plus de {LONGEST} caractères",
            problem_en=f"is longer than {LONGEST} characters",
        )
    elif (count := len(_EMOJI.findall(said))) > MOST_EMOJI:
        yield finding(SUBJECT_STYLE, place, problem_fr=f"à {count} émojis", problem_en=f"has {count} emoji")
    elif said.count("!") > 1:
        yield finding(
            SUBJECT_STYLE,
            place,
            problem_fr="à plus d'un point d'exclamation",
            problem_en="has more than one exclamation mark",
        )
