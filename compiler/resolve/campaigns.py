"""`kind: campaign` → Campaign, every default filled in and every name pointing at what it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from compiler.language.campaign import (
    Approval,
    Campaign,
    Dataset,
    Editions,
    FieldDef,
    Localised,
    Template,
    Variant,
    Waiver,
)
from compiler.language.catalogue import resolve as catalogue
from compiler.language.finding import Place, Text
from compiler.language.repeat import Every, Repeat
from compiler.language.settings import Settings
from compiler.resolve import values
from compiler.resolve.blocks import data_block
from compiler.resolve.files import Files
from compiler.resolve.node import Node
from compiler.resolve.settings import choose, four_eyes_above
from compiler.zones import zone

_DEFAULT_VARIANT = "a"


@dataclass(frozen=True, slots=True)
class Declared:
    """What campaigns refer to."""

    settings: Settings
    segments: list[str]
    templates: Mapping[str, Template]
    datasets: Mapping[str, Dataset]
    fields: Mapping[str, FieldDef]
    files: Files


def campaign_of(node: Node, declared: Declared) -> Campaign | None:
    """The campaign; None where it has no segment, template, sender, purpose, window, language or beginning."""
    settings = declared.settings
    segment = choose("segment", node, declared.segments)
    template = choose("template", node, list(declared.templates))
    purpose = choose("purpose", node, [p.name for p in settings.purposes])
    sender = choose("sender", node, [s.name for s in settings.senders])
    window = choose("window", node, [w.name for w in settings.windows])
    start = _instant(node, "start", settings)
    finish_by = _instant(node, "finish_by", settings)
    if start and finish_by and finish_by <= start:
        node.notes.add(catalogue.TOO_EARLY, node.place("finish_by"))
    data = tuple(
        data_block(name, each, declared.datasets, declared.fields, declared.files)
        for name, each in sorted(node.table("data"))
    )
    if not (segment and template and purpose and sender and window and start):
        return None
    variants = _variants(node, template, declared)
    languages = _languages(node, variants, declared)
    if not languages:
        return None
    approval = _approval(node.child("approve"))
    if approval.editions is Editions.AUTOMATIC and not node.has("repeat"):
        why = Text("cette campagne n'a pas de repeat", "this campaign has no repeat")
        place = node.child("approve").place("editions")
        node.notes.add(catalogue.BAD_VALUE, place, key="editions", why_fr=why.fr, why_en=why.en)
    campaign = Campaign(
        name=node.text("name"),
        path=node.document.path,
        segment=segment,
        template=template,
        subject=node.localised("subject"),
        preview=node.localised("preview"),
        start=start,
        finish_by=finish_by,
        purpose=purpose,
        sender=sender,
        window=window,
        languages=languages,
        data=data,
        variants=variants,
        approval=approval,
        utm=node.pairs("utm"),
        waivers=tuple(_waiver(each) for each in node.items("waivers")),
        place=node.key_place("name"),
        edition=node.text("edition", "1"),
        holdout=node.parse("holdout", values.share, Fraction(0)),
        supersedes=node.text("supersedes"),
        professional_object=node.text("professional_object"),
        product_families=node.texts("product_families"),
        reason_text=node.localised("reason"),
        minors=node.flag("minors"),
    )
    return _first_edition(campaign, node, zone(settings.organisation.timezone)) if node.has("repeat") else campaign


def _repeat(node: Node, start: date) -> Repeat:
    """Without `on`, the day of `start`."""
    repeated = node.child("repeat")
    every = Every(repeated.text("every"))
    if node.has("edition"):
        why = Text("`repeat` nomme les éditions", "`repeat` names the editions")
        node.notes.add(catalogue.BAD_VALUE, node.place("edition"), key="edition", why_fr=why.fr, why_en=why.en)
    once = repeated.flag("once_per_contact")
    found = repeated.parse(
        "on",
        lambda text: values.recurrence(every, text),
        Repeat(every, weekday=start.weekday(), day=min(start.day, values.LATEST_DAY)),
    )
    return replace(found, once_per_contact=once)


def _first_edition(campaign: Campaign, node: Node, local: ZoneInfo) -> Campaign:
    """A repeating campaign stands for its first edition: the one on its first day from `start` on."""
    start = campaign.start.astimezone(local).date()
    repeat = _repeat(node, start)
    return replace(campaign, repeat=repeat).edition_on(repeat.next_day(start), local)


def _instant(node: Node, key: str, settings: Settings) -> datetime | None:
    if not node.has(key):
        return None
    name = settings.organisation.timezone
    try:
        return values.instant(node.text(key), zone(name))
    except values.SkippedTime:
        node.notes.add(catalogue.NO_SUCH_TIME, node.place(key), key=key, zone=name)
    except values.BadValue as problem:
        why = problem.text
        node.notes.add(catalogue.BAD_VALUE, node.place(key), key=key, why_fr=why.fr, why_en=why.en)
    return None


def _variants(node: Node, template: str, declared: Declared) -> tuple[Variant, ...]:
    """The declared variants, or the campaign itself as the only one."""
    subject, places = node.localised("subject"), _subject_places(node)
    if not node.has("variants"):
        return (Variant(_DEFAULT_VARIANT, 1, subject, template, node.key_place("name"), places),)
    variants: dict[str, Variant] = {}
    for each in node.items("variants"):
        name, place = each.text("name"), each.place("name")
        if name in variants:
            first = variants[name].place
            node.notes.add(catalogue.SECOND_NAME, place, kind="variant", name=name, first=first)
            continue
        own = choose("template", each, list(declared.templates)) if each.has("template") else template
        own_subject = each.localised("subject") or subject
        own_places = _subject_places(each) or places
        variants[name] = Variant(name, each.number("weight", 1), own_subject, own or template, place, own_places)
    return tuple(variants.values())


def _subject_places(node: Node) -> tuple[tuple[str, Place], ...]:
    return tuple(
        (language, node.place("subject", *([language] if language else [])))
        for language, _ in node.localised("subject")
    )


def _languages(node: Node, variants: tuple[Variant, ...], declared: Declared) -> tuple[str, ...]:
    """The languages in which every variant is whole, the workspace's own first; none, with a finding, where none is."""
    own = declared.settings.language.value
    parts: list[tuple[str, Localised]] = [("preview", node.localised("preview"))] if node.has("preview") else []
    for variant in variants:
        parts.append(("subject", variant.subject))
        parts.append((f"template {variant.template}", declared.templates[variant.template].source))
    spoken = [(name, {language for language, _ in text}) for name, text in parts]
    bound = [(name, languages) for name, languages in spoken if "" not in languages]
    if not bound:
        return (own,)
    everywhere = set.intersection(*(languages for _, languages in bound))
    somewhere = set.union(*(languages for _, languages in bound))
    if not everywhere:
        node.notes.add(catalogue.NO_LANGUAGE, node.place("subject"))
    for language in sorted(somewhere - everywhere) if everywhere else ():
        missing = ", ".join(dict.fromkeys(name for name, languages in bound if language not in languages))
        node.notes.add(catalogue.ONE_LANGUAGE, node.place("subject"), language=language, missing=missing)
    return tuple(sorted(everywhere, key=lambda language: (language != own, language)))


def _approval(node: Node) -> Approval:
    default = Approval()
    return Approval(
        max_age=node.parse("max_age", values.span, default.max_age),
        drift=node.parse("drift", values.share, default.drift),
        four_eyes_above=four_eyes_above(node),
        editions=Editions(node.text("editions", Editions.ASK)),
    )


def _waiver(node: Node) -> Waiver:
    return Waiver(node.text("rule"), node.text("reason"), node.parse("until", values.day, date.min), node.place())
