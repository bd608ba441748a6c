"""What differs between two plans: people, inputs, messages, rows and settings."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Line

from compiler.archive import Plan
from compiler.language.canonical import Json, digest
from compiler.language.finding import Text
from compiler.language.plan import Manifest
from compiler.review import words

#: What the manifest says that is neither derived from people nor told apart below.
_TOLD = frozenset(
    {"inputs", "shards", "parts", "recipients", "selected", "exclusions", "trackers", "funnel", "findings"}
)


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """From one plan to another. Counts of people, never who they are.

    `removed` by reason in the second plan, `not_selected` for those it does not know; `inputs` by path: added,
    removed or changed; `messages` are paths of templates; `rows` how many people get other rows or another variant.
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
        }


def diff(one: Plan, other: Plan) -> PlanDiff:
    """What approving the second plan instead of the first would change."""
    before, after = dict(_contents(one)), dict(_contents(other))
    reasons = {excluded.contact: excluded.reason.value for excluded in other.exclusions()}
    removed = Counter(reasons.get(contact, "not_selected") for contact in before.keys() - after.keys())
    kept = before.keys() & after.keys()
    return PlanDiff(
        one=one.digest,
        other=other.digest,
        added=len(after.keys() - before.keys()),
        kept=len(kept),
        removed=tuple(sorted(removed.items())),
        other_content=sum(before[contact] != after[contact] for contact in kept),
        inputs=_changes(dict(one.manifest.inputs), dict(other.manifest.inputs)),
        messages=_changes(_templates(one.manifest), _templates(other.manifest)),
        settings=tuple(_settings(one.manifest, other.manifest)),
    )


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


def print_diff(found: PlanDiff, console: Console, language: str) -> None:
    """The difference as a page."""
    console.print(_page(found, language), highlight=False, markup=False, emoji=False)


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


def _page(found: PlanDiff, language: str) -> RenderableType:
    title = Line.assemble((found.one[:12], "bold"), " → ", (found.other[:12], "bold"))
    if found.empty:
        return Group(title, Line(Text("Le même plan.", "The same plan.").say(language)))
    return Group(
        title,
        *_part(Text("Destinataires", "Recipients"), list(_people(found, language)), language),
        *_part(Text("Entrées", "Inputs"), _paths(found.inputs, language), language),
        *_part(Text("Messages", "Messages"), _paths(found.messages, language), language),
        *_part(Text("Réglages et sources", "Settings and sources"), _named(found.settings, language), language),
    )


def _part(title: Text, lines: list[Line], language: str) -> list[RenderableType]:
    if not lines:
        return []
    return [Line(), Line(title.say(language), style="bold cyan"), Padding(Group(*lines), (0, 0, 0, 2), expand=False)]


def _people(found: PlanDiff, language: str) -> Iterator[Line]:
    added = words.number(found.added, language)
    yield Line(f"+ {added} {Text('de plus', 'more').say(language)}", style="green" if found.added else "dim")
    for name, count in found.removed:
        why = Text("hors du segment", "not in the segment").say(language)
        why = why if name == "not_selected" else words.reason(name, language)
        yield Line(f"− {words.number(count, language)} {why}", style="red")
    if found.other_content:
        count_text = words.number(found.other_content, language)
        other = Text("reçoivent un autre contenu", "get another content").say(language)
        yield Line(f"~ {count_text} {other}", style="yellow")
    kept = Text("inchangés dans la liste", "stay in the list").say(language)
    yield Line(f"= {words.number(found.kept, language)} {kept}", style="dim")


def _paths(changes: tuple[tuple[str, str], ...], language: str) -> list[Line]:
    lines = []
    for path, how in changes:
        sign, style, word = _HOW[how]
        lines.append(Line.assemble((f"{sign} ", style), path, (f"  {word.say(language)}", "dim")))
    return lines


def _named(settings: tuple[str, ...], language: str) -> list[Line]:
    known = (SETTINGS[name].say(language) if name in SETTINGS else name for name in settings)
    return [Line.assemble(("~ ", "yellow"), name) for name in known]
