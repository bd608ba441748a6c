"""What a person's slot depends on beside their values: where it is paced, which message, what may be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from compiler.assemble import Recipient, draw_variant
from compiler.language.campaign import Campaign, Workspace, in_language
from compiler.language.consent import Answer
from compiler.language.contact import BUILT_IN_FIELDS, Contact, Person, Value
from compiler.language.lane import OTHER
from compiler.language.settings import Measure
from compiler.pipeline.messages import Letter
from compiler.schedule import known_zones


class Sort(NamedTuple):
    """What many recipients have in common. `reads` is their language where the campaign does not speak it."""

    lane: str
    zone: str
    variant: str
    language: str
    opens: bool
    clicks: bool
    reads: str | None = None

    def recipient(self, contact: str, rows: tuple[tuple[str, tuple[int, ...]], ...]) -> Recipient:
        return Recipient(contact, self.lane, self.zone, self.variant, self.language, rows, self.opens, self.clicks)


@dataclass(frozen=True, slots=True)
class Reception:
    """Sorts people. `key` is that of the campaign's draws."""

    key: bytes
    lanes: frozenset[str]
    zone: str
    languages: tuple[str, ...]
    variants: tuple[tuple[str, int], ...]
    opens: bool
    clicks: bool

    @classmethod
    def of(cls, workspace: Workspace, campaign: Campaign, key: bytes) -> Reception:
        settings, tracking = workspace.settings, workspace.settings.tracking
        return cls(
            key=key,
            lanes=frozenset(lane.name for lane in settings.lanes),
            zone=settings.organisation.timezone,
            languages=campaign.languages,
            variants=tuple((variant.name, variant.weight) for variant in campaign.variants),
            opens=tracking is not None and tracking.opens is Measure.CONSENT,
            clicks=tracking is not None and tracking.clicks is Measure.CONSENT,
        )

    def sort(self, contact: Contact) -> Sort:
        language = contact.locale.replace("_", "-").split("-")[0].lower()
        spoken = language in self.languages
        return Sort(
            contact.lane if contact.lane in self.lanes else OTHER,
            contact.zone if contact.zone in known_zones() else self.zone,
            draw_variant(self.variants, self.key, contact.id),
            language if spoken else self.languages[0],
            self.opens and contact.tracking.opens is Answer.GRANTED,
            self.clicks and contact.tracking.clicks is Answer.GRANTED,
            None if spoken else language,
        )


class Filler:
    """Fills in one message's values: the address and the merged fields, with the fallback where nothing is known."""

    def __init__(self, letter: Letter, language: str) -> None:
        fallbacks = {
            need.name: in_language(need.fallback, language) for need in letter.needs if need.fallback is not None
        }
        self._fields = [(name, name in BUILT_IN_FIELDS, fallbacks.get(name)) for name in sorted(letter.fields)]

    def values(self, person: Person) -> dict[str, Value]:
        known = dict(person.identity.fields)
        known.update(person.contact.fields)  # a clear field stands before a sealed one of its name
        values: dict[str, Value] = {"address": person.identity.address}
        for name, built_in, fallback in self._fields:
            value = person.value(name) if built_in else known.get(name)
            # Only None is missing to a template; "" is a fallback's own word.
            values[name] = fallback if value is None or value == "" else value
        return values
