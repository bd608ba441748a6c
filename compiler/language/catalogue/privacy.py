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

COLLECTION = Entry(
    "INF-13",
    Severity.ERROR,
    Text("formulaire {form} : {what} manque", "form {form}: {what} is missing"),
    Text(
        "Qui donne ses données apprend aussitôt qui les traite, pourquoi, combien de temps et à qui s'adresser "
        "(RGPD art. 13).",
        "Who gives their data learns at once who processes it, why, how long, and whom to ask (GDPR art. 13).",
    ),
    Text("déclarer la page de confidentialité et le contact", "declare the privacy page and the contact"),
    example='siren: "000000042"\nprivacy_url: https://www.atelier.example/confidentialite\npurposes:',
)

RECORD = Entry(
    "ROPA-01",
    Severity.ERROR,
    Text("registre : {what} manque", "record of processing: {what} is missing"),
    Text(
        "Le registre dit de qui sont les données, lesquelles, qui les reçoit et comment elles sont gardées "
        "(RGPD art. 30).",
        "The record says whose data, which, who receives them and how they are kept safe (GDPR art. 30).",
    ),
    Text("compléter `record`", "complete `record`"),
    example="record: {people: [clients], data: [coordonnées]}",
)

TRANSFER = Entry(
    "SEC-05",
    Severity.WARNING,
    Text(
        "{name} ({country}) reçoit des données hors de l'Union, sans garantie déclarée",
        "{name} ({country}) receives data outside the Union, without a declared safeguard",
    ),
    Text(
        "Hors de l'Union et des pays jugés adéquats, un transfert s'appuie sur des clauses types ou une autre garantie "
        "(RGPD art. 44 à 46).",
        "Outside the Union and the countries found adequate, a transfer rests on standard clauses or another safeguard "
        "(GDPR art. 44 to 46).",
    ),
    Text(
        "déclarer `safeguard`, ou choisir un prestataire de l'Union",
        "declare `safeguard`, or choose a provider in the Union",
    ),
    example="- {name: Relais Dupont, country: US}",
)
