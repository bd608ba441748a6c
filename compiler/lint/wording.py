"""What a reader stumbles over: a preview text that says nothing new, the hole that an empty value leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from compiler.language.catalogue import lint as entries
from compiler.language.finding import Finding, Place, Text, finding
from compiler.lint.places import Origin
from compiler.policy.page import Page, folded

SHORTEST, LONGEST = 35, 140  # characters: what an inbox shows beside the subject, on a telephone and on a screen
_OPENING = 300  # characters of the body that count as its beginning

# The preview text stands hidden before everything else; see render.prepare.
_PREVIEW = re.compile(r"<body\b[^<>]*>\s*<div style=\"display:none;font-size:1px[^\"]*\">(.*?)</div>", re.DOTALL)

# Words are tried whole, from where they begin: anything else takes for ever over a long one.
# No language puts a blank before a comma or a full stop, nor nothing between brackets or quotation marks.
_HOLE = re.compile(
    r"(?<![\w’'-])(?P<before>[\w’'-]++)[ \u00a0]++(?P<mark>[,.])(?![.\w])|(?P<around>\(\s*\)|«\s*»|“\s*”|\[\s*\])"
)
# English puts none before these either; French does, so that only two blanks betray it there.
_HOLE_ENGLISH = re.compile(r"(?<![\w’'-])(?P<before>[\w’'-]++)[ \u00a0]++(?P<mark>[!?])(?=\s|$)")
_TWO_BLANKS = re.compile(r"(?<![\w’'-])(?P<before>[\w’'-]++) {2,}(?P<mark>[,;:!?.]|\w)")
_LEADING = re.compile(r"^\s*(?P<mark>[,;:!?.])(?=\s|\w)")


def preview_text(html: str) -> str:
    """What an inbox shows beside the subject."""
    found = _PREVIEW.search(html)
    return folded(unescape(found[1])) if found else ""


def preview_findings(subject: str, html: str, page: Page, origin: Origin) -> Iterator[Finding]:
    """MSG-PREVIEW-25: the first thing that is wrong with it."""
    preview = preview_text(html)
    said = _said_of(preview, folded(subject), page.text)
    if said is not None:
        yield finding(entries.PREVIEW, origin.campaign, problem_fr=said.fr, problem_en=said.en)


def _said_of(preview: str, subject: str, body: str) -> Text | None:
    if not preview:
        return Text("absent", "is missing")
    if preview.casefold() == subject.casefold():
        return Text("égal à l'objet", "repeats the subject")
    if len(preview) < SHORTEST:
        return Text(f"de moins de {SHORTEST} caractères", f"has fewer than {SHORTEST} characters")
    if len(preview) > LONGEST:
        return Text(f"de plus de {LONGEST} caractères", f"has more than {LONGEST} characters")
    if preview.casefold() in body[: _OPENING + len(preview)].casefold():
        return Text("répété au début du message", "stands again where the message begins")
    return None


def hole_findings(
    subject: str, html: str, page: Page, text: str, *, language: str, origin: Origin
) -> Iterator[Finding]:
    """MSG-EMPTY-31: in each part the first hole, where it was written."""
    told: set[tuple[Place, str]] = set()
    parts = (("subject", subject), ("preview", preview_text(html)), ("html", page.text), ("text", text))
    for part, said in parts:
        found = _hole(part, said, language)
        if found is None:
            continue
        named = found.groupdict()
        mark, before = named.get("around") or named.get("mark") or "", named.get("before") or ""
        place = origin.of_pattern(rf"{re.escape(before)}\W{{0,3}}\{{[{{%]") if before else None
        place = origin.campaign if part in ("subject", "preview") else place
        # A word that stands in the author's file is nobody's: any other might be a contact's.
        what = f"{before} {mark}" if place and part in ("html", "text") else mark
        if (place or origin.place, what) not in told:  # the text part mostly says what the page does
            told.add((place or origin.place, what))
            yield finding(entries.EMPTY_VALUE, place or origin.place, part=part, what=what)


def _hole(part: str, said: str, language: str) -> re.Match[str] | None:
    tried = [_HOLE.search(said)]
    if language == "en":
        tried.append(_HOLE_ENGLISH.search(said))
    if part in ("subject", "preview"):
        tried += [_TWO_BLANKS.search(said), _LEADING.search(said)]
    return next((each for each in tried if each is not None), None)
