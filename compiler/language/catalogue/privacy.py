"""Addresses in a message that would say who asks for them."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

ADDRESS_PERSONAL = Entry(
    "TPL-LINK-47",
    Severity.ERROR,
    Text(
        "l'adresse d'un lien ou d'une image contient {field}, qui est scellé : {target}",
        "the address of a link or picture holds {field}, which is sealed: {target}",
    ),
    Text(
        "Une telle adresse suit la personne sans son accord, et reste dans les journaux et le rapport "
        "(RGPD art. 32, CNIL 2026-042).",
        "Such an address follows the person without their consent, and stays in logs and in the report "
        "(GDPR art. 32, CNIL 2026-042).",
    ),
    Text("retirer le champ de l'adresse", "take the field out of the address"),
    example='<mj-text><a href="https://www.atelier.example/rdv?n={{ contact.company }}">ici</a></mj-text>',
    waivable=False,
)
