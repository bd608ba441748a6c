"""Twenty fictional contacts, to see a first mailing through. Nobody here exists; domains end in .example (RFC 2606)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from compiler.language.finding import Language

_HEADERS = {
    Language.FR: (
        "code", "email", "prenom", "nom", "societe", "ville", "pays", "interet", "inscrit_le", "accord", "moyen",
        "formulaire", "texte_lu", "desinscrit",
    ),
    Language.EN: (
        "code", "email", "first_name", "last_name", "company", "city", "country", "interest", "signed_up_on",
        "agreed", "how", "form", "text_read", "left",
    ),
}  # fmt: skip
_PEOPLE = {
    Language.FR: (
        "Camille Moreau|Rennes", "Léa Garnier|Nantes", "Hugo Lefèvre|Brest", "Inès Caron|Lyon", "Noé Marchand|Lille",
        "Zoé Perrot|Angers", "Malo Le Goff|Quimper", "Jeanne Dubreuil|Tours", "Élie Fontaine|Paris",
        "Anaïs Roux|Marseille", "Gabin Chevalier|Dijon", "Louise Barbier|Rouen", "Axel Renaud|Vannes",
        "Maëlle Guérin|Laval", "Sacha Colin|Nancy", "Romane Picard|Caen", "Timéo Gaillard|Metz",
        "Clara Blanchet|Nice", "Eliott Rivière|Pau", "Apolline Brun|Le Mans",
    ),
    Language.EN: (
        "Alice Hartley|Bristol", "Ben Carrow|Leeds", "Chloe Whitlock|York", "Daniel Frost|Bath", "Ella Marsh|Oxford",
        "Finn Calder|Exeter", "Grace Holloway|Norwich", "Harry Penrose|Truro", "Isla Brennan|Durham",
        "Jack Winslow|Derby", "Kate Ashdown|Lincoln", "Liam Thorne|Chester", "Maya Pemberton|Wells",
        "Noah Eastwood|Ripon", "Olive Barrow|Ely", "Poppy Langford|Kendal", "Quentin Rowe|Hereford",
        "Rose Tilbury|Salisbury", "Sam Wexford|Worcester", "Tess Merrow|Lancaster",
    ),
}  # fmt: skip
_COUNTRY = {Language.FR: "FR", Language.EN: "GB"}
_WORDS = {
    Language.FR: ("oui", "non", ("ateliers", "boutique"), "formulaire du site", "inscription@1"),
    Language.EN: ("yes", "no", ("workshops", "shop"), "website form", "sign-up@1"),
}
_CONSENT = {
    Language.FR: "J’accepte de recevoir les nouvelles de {name} par courriel. Je peux me désinscrire à tout moment.",
    Language.EN: "I agree to receive news from {name} by e-mail. I can unsubscribe at any time.",
}
_DID_NOT_AGREE = (6, 13)
_LEFT = (17,)


def contacts_csv(language: Language, *, name: str, today: date) -> bytes:
    """The file as a company's system would export it: 17 people to write to, 2 who did not agree, 1 who left."""
    page = io.StringIO()
    writer = csv.writer(page, delimiter=";", lineterminator="\n")
    writer.writerow(_HEADERS[language])
    yes, no, interests, how, form = _WORDS[language]
    text = _CONSENT[language].format(name=name)
    for number, person in enumerate(_PEOPLE[language]):
        full, city = person.split("|")
        first, last = full.split(" ", 1)
        agreed = number not in _DID_NOT_AGREE
        writer.writerow(
            [
                f"C{number + 1:03}",
                f"contact{number + 1:02}@clients.example",
                first,
                last,
                f"{last} SARL" if number % 3 == 0 else "",
                city,
                _COUNTRY[language],
                interests[number % 2],
                (today - timedelta(days=30 + 17 * number)).isoformat(),
                yes if agreed else no,
                *((how, form, text) if agreed else ("", "", "")),
                yes if number in _LEFT else "",
            ]
        )
    return page.getvalue().encode()
