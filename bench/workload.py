"""What is sent: a plan of fictional recipients with a product mail of about 40 kB, everything in it measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from compiler.language.contact import Value
from compiler.language.plan import MessageTemplate, PlanLane
from compiler.mjml import compile_mjml
from compiler.render import prepare
from compiler.specimen import HEADING, Recipe, Specimen, write_specimen

TEMPLATE = Path(__file__).parent / "message.mjml"
ROWS = 7  # products in each message: with these, 40 kB, 60 values merged and 16 links measured
_NOTES = (
    "Laiton patiné, verre soufflé à la bouche, câble en coton tressé ; s’accorde aux plans de travail sombres.",
    "Chêne des Landes tourné, abat-jour en lin lavé : une lumière chaude, et le bois qui se patine avec les années.",
    "Acier laqué à la main, bras articulé sur deux axes, éclairage direct sans ombre portée pour l’établi.",
)


def message() -> MessageTemplate:
    """The template as a plan freezes it. Raises ValueError where it has findings that stop."""
    compiled = compile_mjml(TEMPLATE.read_text(encoding="utf-8"), TEMPLATE.name, read=lambda path: None, params={})
    prepared, findings = prepare(
        compiled,
        subject="{{ contact.first_name }}, sept lampes pour votre atelier",
        preview="Fabriquées à Rennes, garanties dix ans",
    )
    if any(found.stops for found in findings):
        raise ValueError([found.code for found in findings])
    return prepared


def products() -> tuple[dict[str, Value], ...]:
    return tuple(
        {
            "id": f"N° {number}",
            "tint": f"#{0x6B6355 + number * 4099:06x}",
            "name": f"Suspension Belle-Île {number}",
            "note": _NOTES[number % len(_NOTES)],
            "price": f"{129 + number},50",
            "url": f"https://www.atelier-lumen.example/lampes/suspension-belle-ile-{number}",
        }
        for number in range(ROWS)
    )


def write_plan(plans: Path, slots: int) -> Specimen:
    """A plan of so many slots, in which nothing but the machine limits the pace."""
    heading = replace(HEADING, rate="1000000/1", lanes=(PlanLane("other", 1000, 1_000_000, ""),))
    recipe = Recipe(
        slots=slots,
        message=message(),
        heading=heading,
        rows=products(),
        values={"company": "Menuiserie Exemple", "city": "Saint-Malo"},
    )
    return write_specimen(plans, recipe)
