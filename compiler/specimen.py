"""A plan without a workspace: fictional recipients under `.example`, for rehearsals, benches and tests.

It is a real plan: written, sealed and verified like any other. Its keys are guessable, so nobody else may be in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from compiler import archive
from compiler.assemble import Content, Recipient, arrange, assemble, order_key
from compiler.book.seal import seal_slot
from compiler.language.contact import Value
from compiler.language.lane import BUILT_IN
from compiler.language.plan import (
    Excluded,
    FunnelStep,
    Link,
    Manifest,
    MessageTemplate,
    PlanLane,
    PlanSender,
    Shard,
    Slot,
)
from compiler.language.window import Interval
from compiler.manifest import ratio_text
from compiler.parts import Row, slot_line

#: Tuesday 2 March 2027, office hours in Paris (UTC+1).
OFFICE_HOURS = (
    Interval(datetime(2027, 3, 2, 8, 0, tzinfo=UTC), datetime(2027, 3, 2, 11, 0, tzinfo=UTC)),
    Interval(datetime(2027, 3, 2, 13, 0, tzinfo=UTC), datetime(2027, 3, 2, 16, 30, tzinfo=UTC)),
)

MESSAGE = MessageTemplate(
    subject="{{ contact.first_name }}, trois lampes pour votre atelier",
    preview="Le printemps à l’atelier",
    html=(
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Le printemps\u00a0!</title></head><body>'
        "<h1>Bonjour {{ contact.first_name }}\u00a0!</h1>"
        "{% for p in products %}<p>{{ p.name }} — {{ p.price }}\u00a0€</p>{% endfor %}"
        '<p><a href="{{ envoi.link(0) }}">Voir les lampes</a></p><p>{{ organisation.address }}</p>'
        '<p>{{ reason }} <a href="{{ unsubscribe_url }}">Se désinscrire</a> · '
        '<a href="{{ tracking_url }}">Mesure</a></p>'
        "{{ envoi.pixel() }}</body></html>"
    ),
    text=(
        "Bonjour {{ contact.first_name }}\u00a0!\n\n"
        "{% for p in products %}- {{ p.name }} — {{ p.price }}\u00a0€\n{% endfor %}"
        "Voir les lampes\u00a0: {{ envoi.link(0) }}\n\n{{ organisation.address }}\n{{ reason }}\n"
        "Se désinscrire\u00a0: {{ unsubscribe_url }}\n"
    ),
    links=(Link(0, "https://www.atelier-lumen.example/lampes"),),
)

HEADING = Manifest(
    campaign="spring-2027",
    campaign_path="spring-2027.yaml",
    edition="1",
    compiled_on=date(2027, 3, 1),
    purpose="newsletter",
    organisation=(
        ("address", "12 rue des Lices, 35000 Rennes, France"),
        ("name", "Atelier Lumen"),
        ("privacy_contact", "rgpd@atelier-lumen.example"),
        ("privacy_url", "https://www.atelier-lumen.example/donnees"),
        ("siren", "000000042"),
        ("timezone", "Europe/Paris"),
    ),
    sender=PlanSender(
        name="newsroom",
        from_name="Atelier Lumen",
        from_address="news@mail.atelier-lumen.example",
        reply_to="bonjour@atelier-lumen.example",
        return_path="retours.atelier-lumen.example",
        dkim_domain="mail.atelier-lumen.example",
        dkim_selector="s2026",
        delivery="relay",
    ),
    list_id="Atelier Lumen <newsletter.mail.atelier-lumen.example>",
    start=datetime(2027, 3, 2, 8, 0, tzinfo=UTC),
    finish_by=datetime(2027, 3, 5, 17, 0, tzinfo=UTC),
    languages=("fr",),
    variants=(("a", 100),),
    segment="architects-west",
    lanes=tuple(PlanLane(lane.name, lane.connections, lane.per_connection, ratio_text(lane.rate)) for lane in BUILT_IN),
    rate="20/1",
    bandwidth=None,
    reserve="0/1",
    shards=(),
    recipients=0,
    selected=0,
    exclusions=(),
    trackers=(),
    tracking_url="https://t.atelier-lumen.example",
    utm=(("medium", "email"), ("source", "newsletter")),
    reason_text=(("fr", "Vous recevez ce message car vous êtes inscrit à nos nouvelles."),),
    approval=(("drift", "1/10"), ("max_age_seconds", "1209600")),
    funnel=(FunnelStep("everyone", 0),),
    toolchain=(("envoi", "specimen"),),
    inputs=(("spring-2027.yaml", "0" * 64),),
    book_tree="0" * 40,
    history=hashlib.sha256(b"").hexdigest(),
    findings=(),
    parts=(),
)

PRODUCTS: tuple[Row, ...] = (
    {"id": "L1", "name": "Lampe d’établi", "price": "129.00"},
    {"id": "L2", "name": "Suspension Belle-Île", "price": "245.50"},
    {"id": "L3", "name": "Liseuse Ouessant", "price": "89.90"},
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the plan should hold. Recipients are dealt to lanes and zones in turn."""

    slots: int = 6
    lanes: tuple[str, ...] = ("other",)
    zones: tuple[str, ...] = ("Europe/Paris",)
    windows: tuple[Interval, ...] = OFFICE_HOURS  # the same in every zone
    message: MessageTemplate = MESSAGE
    heading: Manifest = HEADING
    opens: bool = True
    clicks: bool = True
    excluded: tuple[Excluded, ...] = ()
    rows: tuple[Row, ...] = PRODUCTS
    seed: str = "specimen"  # other seeds are other people
    values: Mapping[str, Value] = field(default_factory=dict)  # merged beside address and first_name


@dataclass(frozen=True, slots=True)
class Specimen:
    """The plan with what a keyed host would know of it."""

    plans: Path
    plan: archive.Plan
    keys: Mapping[str, bytes]  # contact → key
    values: tuple[Mapping[str, Value], ...]  # by slot: what its seal opens to

    def address(self, slot: int) -> str:
        return str(self.values[slot]["address"])


def write_specimen(plans: Path, recipe: Recipe | None = None) -> Specimen:
    """The recipe's plan, stored under `plans`."""
    recipe = recipe or Recipe()
    recipients = list(_recipients(recipe))
    key = order_key(b"specimen", recipe.heading.campaign, recipe.heading.edition)
    arrangement = arrange(recipients, key, windows=dict.fromkeys(recipe.zones, recipe.windows))
    ordered = [recipients[index] for index in arrangement.order]
    keys = {recipient.contact: _key(recipient.contact) for recipient in ordered}
    values = tuple(_values(recipe, recipient.contact) for recipient in ordered)

    def lines(shard: Shard) -> Iterable[bytes]:
        for number in range(shard.first, shard.first + shard.count):
            yield _line(number, ordered[number], values[number], keys[ordered[number].contact])

    parts = assemble(
        _heading(recipe),
        arrangement,
        lines,
        content=Content(
            {("a", language): recipe.message for language in recipe.heading.languages}, recipe.rows, recipe.excluded
        ),
        trackers=(recipe.slots * recipe.opens, recipe.slots * recipe.clicks),
    )
    return Specimen(plans, archive.Plan(archive.write(parts, plans)), keys, values)


def _heading(recipe: Recipe) -> Manifest:
    selected = recipe.slots + len(recipe.excluded)
    return replace(recipe.heading, selected=selected, funnel=(FunnelStep("everyone", selected),))


def _recipients(recipe: Recipe) -> Iterable[Recipient]:
    rows = (("products", tuple(range(len(recipe.rows)))),) if recipe.rows else ()
    for n in range(recipe.slots):
        yield Recipient(
            contact=hashlib.sha256(f"{recipe.seed} {n}".encode()).hexdigest()[:32],
            lane=recipe.lanes[n % len(recipe.lanes)],
            zone=recipe.zones[n // len(recipe.lanes) % len(recipe.zones)],
            variant="a",
            language=recipe.heading.languages[0],
            rows=rows,
            opens=recipe.opens,
            clicks=recipe.clicks,
        )


def _values(recipe: Recipe, contact: str) -> Mapping[str, Value]:
    return {"address": f"p.{contact[:12]}@clients.example", "first_name": "Zoé", **recipe.values}


def _line(number: int, recipient: Recipient, values: Mapping[str, Value], key: bytes) -> bytes:
    seal = seal_slot(values, key, recipient.contact, number)
    return slot_line(
        Slot(
            number,
            recipient.contact,
            recipient.variant,
            recipient.language,
            recipient.rows,
            seal,
            recipient.opens,
            recipient.clicks,
        )
    )


def _key(contact: str) -> bytes:
    return hashlib.sha512(b"specimen key" + contact.encode()).digest()
