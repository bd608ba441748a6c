"""What a reader of a message would see change between two plans: subject, preview and the lines of its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from compiler.archive import Plan
from compiler.language.canonical import Json
from compiler.language.plan import MessageTemplate


@dataclass(frozen=True, slots=True)
class Rewording:
    """One variant in one language that both plans have. `subject` and `preview` are before and after, where they
    differ; so is each place of the text. `layout`: the page changes, its text does not.
    """

    variant: str
    language: str
    subject: tuple[str, str] | None
    preview: tuple[str, str] | None
    text: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    layout: bool

    @property
    def name(self) -> str:
        return f"{self.variant} · {self.language}"

    def to_json(self) -> dict[str, Json]:
        return {
            "variant": self.variant,
            "language": self.language,
            "subject": list(self.subject) if self.subject else None,
            "preview": list(self.preview) if self.preview else None,
            "text": [{"before": list(gone), "after": list(new)} for gone, new in self.text],
            "layout": self.layout,
        }


def rewordings(one: Plan, other: Plan) -> Iterator[Rewording]:
    """The messages that differ, of those that both plans have."""
    for variant, language in sorted({*one.templates()} & {*other.templates()}):
        before, after = one.template(variant, language), other.template(variant, language)
        if before != after:
            yield _reworded(variant, language, before, after)


def _reworded(variant: str, language: str, before: MessageTemplate, after: MessageTemplate) -> Rewording:
    text = tuple(_lines(before.text, after.text))
    return Rewording(
        variant,
        language,
        subject=(before.subject, after.subject) if before.subject != after.subject else None,
        preview=(before.preview, after.preview) if before.preview != after.preview else None,
        text=text,
        layout=not text and before.html != after.html,
    )


def _lines(before: str, after: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    old, new = ([line for line in text.splitlines() if line.strip()] for text in (before, after))
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield tuple(old[a:b]), tuple(new[c:d])
