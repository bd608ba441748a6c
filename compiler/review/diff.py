"""What differs between two plans, as a person reads it: people, words of the message, inputs, rows and settings."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Line

from compiler.archive import Plan
from compiler.language.canonical import Json, digest, instant_text
from compiler.language.finding import Text
from compiler.language.plan import Manifest
from compiler.review import words
from compiler.review.rewording import Rewording, rewordings
from compiler.schedule import zone as zone_named

NOT_SELECTED = "not_selected"
_MOST_LINES = 40  # of a message's text
#: What the manifest says that is neither derived from people nor told apart below.
_TOLD = frozenset(
    {"inputs", "shards", "parts", "recipients", "selected", "exclusions", "trackers", "funnel", "findings"}
)


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """From one plan to another. Counts of people; who they are only in `entering` and `leaving`, for the keyed host.

    `removed` by reason in the second plan, `not_selected` for those it does not know; `inputs` by path: added,
    removed or changed; `messages` are paths of templates, `rewordings` what a reader of them sees; `other_content` how
    many people get other rows or another variant; `moments` are settings that are instants, before and after.
    """

    one: str
    other: str
    added: int
    kept: int
    removed: tuple[tuple[str, int], ...]
    other_content: int
    inputs: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]
    rewordings: tuple[Rewording, ...] = ()
    moments: tuple[tuple[str, datetime | None, datetime | None], ...] = ()
    zone: str = "UTC"
    entering: tuple[str, ...] = ()
    leaving: tuple[tuple[str, str], ...] = ()  # contact and reason

    @property
    def empty(self) -> bool:
        return self.one == self.other

    def to_json(self) -> dict[str, Json]:
        return {
            "one": self.one,
            "other": self.other,
            "added": self.added,
            "kept": self.kept,
            "removed": dict(self.removed),
            "other_content": self.other_content,
            "inputs": dict(self.inputs),
            "messages": dict(self.messages),
            "settings": list(self.settings),
            "rewordings": [each.to_json() for each in self.rewordings],
            "moments": {
                name: [instant_text(moment) if moment else None for moment in (before, after)]
                for name, before, after in self.moments
            },
        }

    def people_json(self) -> dict[str, Json]:
        """Who enters and who leaves, by contact id."""
        return {"entering": list(self.entering), "leaving": dict(self.leaving)}


def diff(one: Plan, other: Plan) -> PlanDiff:
    """What approving the second plan instead of the first would change."""
    before, after = dict(_contents(one)), dict(_contents(other))
    reasons = {excluded.contact: excluded.reason.value for excluded in other.exclusions()}
    gone = sorted((contact, reasons.get(contact, NOT_SELECTED)) for contact in before.keys() - after.keys())
    come = sorted(after.keys() - before.keys())
    kept = before.keys() & after.keys()
    return PlanDiff(
        one=one.digest,
        other=other.digest,
        added=len(come),
        kept=len(kept),
        removed=tuple(sorted(Counter(reason for _, reason in gone).items())),
        other_content=sum(before[contact] != after[contact] for contact in kept),
        inputs=_changes(dict(one.manifest.inputs), dict(other.manifest.inputs)),
        messages=_changes(_templates(one.manifest), _templates(other.manifest)),
        settings=tuple(_settings(one.manifest, other.manifest)),
        rewordings=tuple(rewordings(one, other)),
        moments=tuple(_moments(one.manifest, other.manifest)),
        zone=dict(other.manifest.organisation)["timezone"],
        entering=tuple(come),
        leaving=tuple(gone),
    )


def _moments(one: Manifest, other: Manifest) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    for name in ("start", "finish_by"):
        before, after = getattr(one, name), getattr(other, name)
        if before != after:
            yield name, before, after


def _contents(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each recipient with the name of what they get beside their own values."""
    table = plan.rows()
    for shard in plan.manifest.shards:
        for slot in plan.slots(shard):
            rows = {block: [cast(Json, table[n]) for n in numbers] for block, numbers in slot.rows}
            yield slot.contact, digest([slot.variant, slot.language, rows])


def _templates(manifest: Manifest) -> dict[str, str]:
    return {path: sha256 for path, sha256, _ in manifest.parts if path.startswith(("templates/", "links"))}


def _changes(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    changes = [(path, "added") for path in other.keys() - one.keys()]
    changes += [(path, "removed") for path in one.keys() - other.keys()]
    changes += [(path, "changed") for path in one.keys() & other.keys() if one[path] != other[path]]
    return tuple(sorted(changes))


def _settings(one: Manifest, other: Manifest) -> Iterator[str]:
    for field in dataclasses.fields(Manifest):
        if field.name not in _TOLD and getattr(one, field.name) != getattr(other, field.name):
            yield field.name
    if _windows(one) != _windows(other):
        yield "windows"


def _windows(manifest: Manifest) -> dict[str, object]:
    return {shard.zone: shard.windows for shard in manifest.shards}


def print_diff(found: PlanDiff, console: Console, language: str, *, people: bool = False) -> None:
    """The difference as a page; with `people`, who enters and who leaves by their contact ids."""
    console.print(_page(found, language, people=people), highlight=False, markup=False, emoji=False)


_HOW = {
    "added": ("+", "green", Text("ajouté", "added")),
    "removed": ("−", "red", Text("retiré", "removed")),
    "changed": ("~", "yellow", Text("changé", "changed")),
}
SETTINGS = {
    "start": Text("départ", "start"),
    "finish_by": Text("limite", "latest end"),
    "windows": Text("fenêtres", "windows"),
    "sender": Text("expéditeur", "sender"),
    "variants": Text("variantes", "variants"),
    "rate": Text("débit", "rate"),
    "bandwidth": Text("bande passante", "bandwidth"),
    "book_tree": Text("carnet de contacts", "contact book"),
    "history": Text("historique", "history"),
    "compiled_on": Text("jour de compilation", "compile date"),
    "toolchain": Text("versions des outils", "tool versions"),
    "segment": Text("segment", "segment"),
    "purpose": Text("finalité", "purpose"),
}


def _page(found: PlanDiff, language: str, *, people: bool) -> RenderableType:
    title = Line.assemble((found.one[:12], "bold"), " → ", (found.other[:12], "bold"))
    if found.empty:
        return Group(title, Line(Text("Le même plan.", "The same plan.").say(language)))
    return Group(
        title,
        *_part(Text("Destinataires", "Recipients"), list(_people(found, language)), language),
        *_part(Text("Qui", "Who"), list(_who(found, language)) if people else [], language),
        *(part for each in found.rewordings for part in _part(_titled(each), list(_words(each, language)), language)),
        *_part(Text("Entrées", "Inputs"), _paths(found.inputs, language), language),
        *_part(Text("Fichiers du message", "Files of the message"), _paths(found.messages, language), language),
        *_part(Text("Réglages et sources", "Settings and sources"), list(_named(found, language)), language),
    )


def _part(title: Text, lines: list[Line], language: str) -> list[RenderableType]:
    if not lines:
        return []
    return [Line(), Line(title.say(language), style="bold cyan"), Padding(Group(*lines), (0, 0, 0, 2), expand=False)]


def _people(found: PlanDiff, language: str) -> Iterator[Line]:
    added = words.number(found.added, language)
    yield Line(f"+ {added} {Text('de plus', 'more').say(language)}", style="green" if found.added else "dim")
    for name, count in found.removed:
        yield Line(f"− {words.number(count, language)} {_why(name, language)}", style="red")
    if found.other_content:
        count_text = words.number(found.other_content, language)
        other = Text("reçoivent un autre contenu", "get another content").say(language)
        yield Line(f"~ {count_text} {other}", style="yellow")
    kept = Text("inchangés dans la liste", "stay in the list").say(language)
    yield Line(f"= {words.number(found.kept, language)} {kept}", style="dim")


def _why(reason: str, language: str) -> str:
    if reason == NOT_SELECTED:
        return Text("hors du segment", "not in the segment").say(language)
    return words.reason(reason, language)


def _paths(changes: tuple[tuple[str, str], ...], language: str) -> list[Line]:
    lines = []
    for path, how in changes:
        sign, style, word = _HOW[how]
        lines.append(Line.assemble((f"{sign} ", style), path, (f"  {word.say(language)}", "dim")))
    return lines


def _named(found: PlanDiff, language: str) -> Iterator[Line]:
    moments = {name: (before, after) for name, before, after in found.moments}
    for name in found.settings:
        label = SETTINGS[name].say(language) if name in SETTINGS else name
        if name in moments:
            before, after = (_moment(moment, found.zone, language) for moment in moments[name])
            yield Line.assemble(("~ ", "yellow"), label, (f"  {before} → {after}", "dim"))
        else:
            yield Line.assemble(("~ ", "yellow"), label)


def _moment(moment: datetime | None, where: str, language: str) -> str:
    if moment is None:
        return Text("aucune", "none").say(language)
    local = moment.astimezone(zone_named(where))
    return f"{words.day(local, language)} {words.hour(local, language)}"


def _who(found: PlanDiff, language: str) -> Iterator[Line]:
    for contact in found.entering:
        yield Line(f"+ {contact}", style="green")
    for contact, reason in found.leaving:
        yield Line.assemble((f"− {contact}", "red"), (f"  {_why(reason, language)}", "dim"))


def _titled(each: Rewording) -> Text:
    return Text(f"Message {each.name}", f"Message {each.name}")


def _words(each: Rewording, language: str) -> Iterator[Line]:
    for label, change in ((Text("objet", "subject"), each.subject), (Text("aperçu", "preview"), each.preview)):
        if change:
            yield Line(f"~ {label.say(language)}", style="yellow")
            yield Line(f"  − {change[0]}", style="red")
            yield Line(f"  + {change[1]}", style="green")
    lines = [(sign, line) for gone, new in each.text for sign, side in (("−", gone), ("+", new)) for line in side]
    if lines:
        yield Line(f"~ {Text('texte', 'text').say(language)}", style="yellow")
    for sign, line in lines[:_MOST_LINES]:
        yield Line(f"  {sign} {line.strip()}", style="red" if sign == "−" else "green")
    if len(lines) > _MOST_LINES:
        rest = words.number(len(lines) - _MOST_LINES, language)
        yield Line(f"  … {Text(f'{rest} lignes encore', f'{rest} more lines').say(language)}", style="dim")
    if each.layout:
        yield Line(
            f"~ {Text('la mise en page seule, pas le texte', 'the layout alone, not the text').say(language)}",
            style="yellow",
        )
