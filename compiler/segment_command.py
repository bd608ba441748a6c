"""`envoi segment explain`: who a segment holds, and why, in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from compiler.language.canonical import Json
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text, did_you_mean
from compiler.language.segment import All, Any, Not, Segment
from compiler.session import Session

if TYPE_CHECKING:  # imported when first used: `envoi --help` must stay instant
    from compiler.book.keyring import Keyring
    from compiler.book.store import BookView
    from compiler.language.contact import Person
    from compiler.selection.explain import Line, Step, Verdict

_MARKS = {True: "✓", False: "✗", None: "?"}
_HEADS = {
    All: Text("toutes ces conditions", "all of these"),
    Any: Text("au moins une de ces conditions", "at least one of these"),
    Not: Text("le contraire de", "the contrary of"),
}
_SEEN = {
    "value": Text("une valeur ({kind})", "a value ({kind})"),
    "nothing": Text("aucune valeur", "no value"),
    "unmeasured": Text("pas d'accord pour la mesure", "no consent to be measured"),
    "in_doubt": Text("on ignore si le message est arrivé", "whether the message arrived is not known"),
    "record": Text("c'est noté", "on record"),
    "no_record": Text("rien de noté", "nothing on record"),
    "clauses": Text("", ""),
}
_KINDS = {
    "text": Text("texte", "text"),
    "integer": Text("entier", "integer"),
    "decimal": Text("décimal", "decimal"),
    "date": Text("date", "date"),
    "boolean": Text("oui ou non", "yes or no"),
}
_KEYLESS = Text(
    "Pas de trousseau sur cette machine : la condition est vérifiée et dite, personne n'est compté.",
    "No keyring on this machine: the condition is checked and told, nobody is counted.",
)


_CONCLUSIONS = {
    True: Text("{contact} est dans le segment.", "{contact} is in the segment."),
    False: Text("{contact} n'est pas dans le segment.", "{contact} is not in the segment."),
    None: Text(
        "{contact} n'est pas retenu : une valeur manque pour le savoir.",
        "{contact} is not selected: a value is missing to tell.",
    ),
}


@click.group()
def segment() -> None:
    """Look at segments: who is in one, and why."""


@segment.command("explain")
@click.argument("name")
@click.option("--contact", "who", default="", metavar="WHO", help="One person: id, address, customer code or phone.")
@click.option("--on", "on", default="", metavar="DATE", help="The day that `today` stands for (today).")
@click.pass_obj
def explain(session: Session, name: str, who: str, on: str) -> None:
    """Say a segment in words, and how many each condition leaves.

    --contact tells of one person what each condition is: true, false, or unknown; `-` reads whom from the input.
    Without a keyring nobody is counted.
    """
    from compiler.book.people import people
    from compiler.plan_commands import compile_day, history_of
    from compiler.selection.explain import funnel_of, lines_of, verdicts_of

    workspace, day = session.workspace(), compile_day(session, on)
    found = _segment(workspace.segments, name)
    told = Told(found, lines_of(workspace, found.name))
    if who or session.path(session.settings.keyring.path).exists():
        history, keyring, view = history_of(session), session.keyring(), session.book().view()
        try:
            steps = funnel_of(workspace, found.name, people(view, keyring), history=history, on=day)
            person = _person(sys.stdin.readline().strip() if who == "-" else who, view, keyring) if who else None
        finally:
            keyring.close()
        told = replace(told, funnel=steps)
        if person is not None:
            verdicts = verdicts_of(workspace, found.name, person, history=history, on=day)
            told = replace(told, contact=person.contact.id, verdicts=verdicts)
    language = session.language or session.settings.language.value
    click.echo(json.dumps(told.to_json(), ensure_ascii=False, sort_keys=True) if session.json else told.text(language))


def _segment(segments: Sequence[Segment], name: str) -> Segment:
    for each in segments:
        if each.name == name:
            return each
    known = [each.name for each in segments]
    listed = ", ".join(known) or "—"
    hint = did_you_mean(name, known) or Text(f"déclarés : {listed}", f"declared: {listed}")
    raise UsageProblem(Text(f"aucun segment « {name} » ({hint.fr})", f"no segment {name!r} ({hint.en})"))


def _person(who: str, view: BookView, keyring: Keyring) -> Person:
    """Raises UsageProblem where nobody, or more than one person, is meant."""
    from compiler.book.find import find
    from compiler.book.problems import NobodyFound

    found = find(who, view, keyring)
    if not found:
        raise NobodyFound
    if len(found) > 1:
        raise UsageProblem(
            Text(
                "plusieurs contacts répondent à cela : donner l'identifiant",
                "several contacts answer to that: give the id",
            )
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of a segment; without a funnel where nobody could be counted."""

    segment: Segment
    lines: tuple[Line, ...]
    funnel: tuple[Step, ...] = ()
    contact: str = ""
    verdicts: tuple[Verdict, ...] = ()

    def to_json(self) -> dict[str, Json]:
        from compiler.selection.clauses import label

        tree: list[Json] = []
        for number, line in enumerate(self.lines):
            told: dict[str, Json] = {"depth": line.depth, "clause": label(line.clause)}
            if self.verdicts:
                verdict = self.verdicts[number]
                told |= {"truth": verdict.truth, "seen": verdict.seen.value}
                told |= {"type": verdict.kind.value} if verdict.kind else {}
            tree.append(told)
        document: dict[str, Json] = {
            "segment": self.segment.name,
            "description": self.segment.description,
            "tree": tree,
            "funnel": [{"clause": s.clause, "left": s.left, "unknown": s.unknown} for s in self.funnel],
            "counted": bool(self.funnel),
        }
        if self.verdicts:
            document |= {"contact": self.contact, "in": self.verdicts[0].truth}
        return document

    def text(self, language: str) -> str:
        head = self.segment.name + (f" — {self.segment.description}" if self.segment.description else "")
        parts = [[head], self._tree(language)]
        parts.append(self._funnel(language) if self.funnel else [_KEYLESS.say(language)])
        if self.verdicts:
            parts.append([_CONCLUSIONS[self.verdicts[0].truth].say(language).format(contact=self.contact)])
        return "\n\n".join("\n".join(part) for part in parts)

    def _tree(self, language: str) -> list[str]:
        lines = []
        for number, line in enumerate(self.lines):
            lead = "  " * (line.depth + 1)
            if not self.verdicts:
                lines.append(lead + _words(line, language))
                continue
            verdict = self.verdicts[number]
            kind = _KINDS[verdict.kind.value].say(language) if verdict.kind else ""
            seen = _SEEN[verdict.seen.value].say(language).format(kind=kind)
            lines.append(f"{_MARKS[verdict.truth]} {lead}{_words(line, language)}" + (f"  ({seen})" if seen else ""))
        return lines

    def _funnel(self, language: str) -> list[str]:
        from compiler.review.clauses import clause_in_words

        unknown = Text("on ne sait pas", "cannot be told").say(language)
        width = max(len(str(step.left)) for step in self.funnel)
        return [
            f"  {step.left:>{width}}  {clause_in_words(step.clause, language)}"
            + (f"  ({unknown} : {step.unknown})" if step.unknown and language == "fr" else "")
            + (f"  ({unknown}: {step.unknown})" if step.unknown and language != "fr" else "")
            for step in self.funnel
        ]


def _words(line: Line, language: str) -> str:
    from compiler.review.clauses import clause_in_words
    from compiler.selection.clauses import label

    head = next((text for kind, text in _HEADS.items() if isinstance(line.clause, kind)), None)
    return head.say(language) if head else clause_in_words(label(line.clause), language)
