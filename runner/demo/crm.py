"""The company's customer file as its own system would export it: 500 fictional people, with every usual flaw.

Nobody here exists: names are drawn from lists, domains end in `.example` (RFC 2606), telephone numbers are those that
the French regulator keeps for works of fiction, company numbers begin with zeros.
"""

from __future__ import annotations

import csv
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from runner.demo.crm_words import (
    BRAND_FIRST,
    BRAND_SECOND,
    CITIES,
    ENGLISH_FIRST_NAMES,
    FAR_AWAY,
    FRENCH_FIRST_NAMES,
    JOBS,
    LAST_NAMES,
    MAIL_DOMAINS,
    ORIGINS,
    TRADES,
    WEST,
    Place,
)

ROWS = 500
TODAY = date(2027, 2, 26)  # the nightly export of the last working day before the demonstration

COLUMNS: tuple[str, ...] = (
    "code_client", "civilite", "prenom", "nom", "email", "telephone", "metier", "societe", "siret", "naf", "effectif",
    "secteur", "niveau", "code_postal", "ville", "pays", "langue", "fuseau", "type", "statut", "relation",
    "dernier_contact", "mineur", "consentement_newsletter", "date_consentement", "mode_consentement", "formulaire",
    "empreinte_texte", "reference_preuve", "double_optin", "collecte_vente", "opposition_proposee", "familles",
    "date_retrait", "consentement_ouverture", "consentement_clic", "desinscrit", "canal_origine", "origine",
    "date_origine", "information_art14",
)  # fmt: skip
#: SHA-256 of the newsletter's consent text in `campaigns/forms/inscription.yaml`, by language.
CONSENT_TEXTS = {
    "fr": "fd7baad31ed6f68a31565f42bb579432b450bc91b8c7d87e9132bbd60e0b9048",
    "en": "34707f0fc4336109403e1cfc1ab637bb773547af7328adff41500e210070e36c",
}
#: What a customer file's addresses look like when nobody checked them.
BROKEN_ADDRESSES = (
    "claire.moreau@", "sans-arobase.example", "jean..paul@courrier.example", "marie@courrier", "@atelier.example",
    "deux@fois@courrier.example", "espace dedans@courrier.example", "luc@-tiret.example", "luc@courrier..example",
    "nom@courrier.example;autre@courrier.example", "voir fiche papier", "léa@192.0.2.7",
)  # fmt: skip
_NARROW, _NO_BREAK = "\u202f", "\u00a0"


@dataclass
class _Draw:
    """The drawing of lots: everything below depends on this one seed alone."""

    lots: random.Random

    def one(self, words: Sequence[str]) -> str:
        return self.lots.choice(words)

    def chance(self, percent: float) -> bool:
        return self.lots.random() * 100 < percent

    def weighted(self, choices: Sequence[tuple[str, int]]) -> str:
        return self.lots.choices([c for c, _ in choices], [w for _, w in choices])[0]

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.lots.randint(0, (last - first).days))

    def digits(self, count: int) -> str:
        return "".join(self.lots.choice("0123456789") for _ in range(count))


def write_crm(path: Path, seed: int) -> None:
    """Writes the export: UTF-8 with a byte order mark, semicolons, 500 rows. Equal seeds give equal bytes."""
    draw = _Draw(random.Random(seed))  # noqa: S311 - fictional people, not secrets
    rows = [_person(draw, number) for number in range(ROWS - 16)]
    _spoil(rows, draw)
    rows += _duplicates(rows, draw)
    draw.lots.shuffle(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def _person(draw: _Draw, number: int) -> dict[str, str]:
    place = _place(draw)
    woman = draw.chance(52)
    first = draw.one((ENGLISH_FIRST_NAMES if place.language == "en" else FRENCH_FIRST_NAMES)[woman])
    last = draw.one(LAST_NAMES)
    kind = draw.weighted((("pro", 84), ("particulier", 11), ("générique", 5)))
    company = _company(draw) if kind != "particulier" else ""
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "code_client": f"C{number + 10_001:06d}",
        "civilite": ("Mme" if woman else "M.") if kind != "générique" else "",
        "prenom": first if kind != "générique" else "",
        "nom": last if kind != "générique" else "",
        "email": _address(draw, first, last, kind=kind, company=company),
        "telephone": _phone(draw, mobile=kind == "particulier"),
        "societe": company,
        "code_postal": _postcode(draw, place),
        "ville": place.city,
        "pays": place.country,
        "langue": "en" if place.language == "en" else draw.weighted((("fr", 93), ("en", 4), ("fr-FR", 3))),
        "fuseau": place.zone if place.zone != "Europe/Paris" or draw.chance(60) else "",
        "type": kind,
        "statut": draw.weighted((("actif", 96), ("à confirmer", 2), ("limité", 1), ("", 1))),
    }
    row |= _work(draw, kind)
    row |= _consent(draw, kind, row["langue"][:2])
    row |= _relation(draw, kind, row["consentement_newsletter"])
    row |= _measurement(draw)
    return row


def _place(draw: _Draw) -> Place:
    where = draw.lots.random()
    if where < 0.72:
        return draw.lots.choice(WEST)
    return draw.lots.choice(FAR_AWAY if where < 0.88 else CITIES)


def _postcode(draw: _Draw, place: Place) -> str:
    return place.postcode if not place.postcode.endswith("00") else place.postcode[:-2] + draw.one(("00", "00", "10"))


def _company(draw: _Draw) -> str:
    name = f"{draw.one(BRAND_FIRST)} {draw.one(BRAND_SECOND)}"
    return draw.weighted(
        (
            (name, 12),
            (f"{name} SARL", 3),
            (f"Agence «{_NO_BREAK}{name}{_NO_BREAK}»", 2),
            (f"{name} & Associés", 2),
            (f"{name}; bureau d'études", 1),
        )
    )


def _address(draw: _Draw, first: str, last: str, *, kind: str, company: str) -> str:
    if kind == "générique":
        return f"{draw.one(('contact', 'info', 'bonjour', 'accueil'))}@{_slug(company)}.example"
    if kind == "particulier":
        return f"{_slug(first, '.')}.{_slug(last, '')}{draw.digits(2)}@{draw.one(MAIL_DOMAINS)}"
    local = draw.one((f"{_slug(first)}.{_slug(last, '')}", f"{_slug(first)[0]}{_slug(last, '')}", _slug(first)))
    return f"{local}@{_slug(company)}{draw.digits(2)}.example"


def _slug(text: str, joint: str = "-") -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return joint.join(words)


def _phone(draw: _Draw, *, mobile: bool) -> str:
    """Numbers that ARCEP keeps for fiction: 06 39 98 and 02 61 91, spelled as people spell them."""
    if draw.chance(15):
        return ""
    groups = [
        *(("06", "39", "98") if mobile or draw.chance(45) else ("02", "61", "91")),
        draw.digits(2),
        draw.digits(2),
    ]
    spelled = draw.one((" ", ".", "", _NO_BREAK, _NARROW)).join(groups)
    return f"+33{_NO_BREAK}{spelled[1:]}" if draw.chance(20) else spelled


def _work(draw: _Draw, kind: str) -> dict[str, str]:
    if kind == "particulier":
        return {
            "metier": draw.one(("architecte", "designer", "décorateur", "")),
            "effectif": "",
            "siret": "",
            "naf": "",
        }
    job = draw.weighted(JOBS)
    sector, naf = TRADES[job]
    return {
        "metier": job if draw.chance(97) else "",
        "secteur": sector,
        "naf": naf if draw.chance(80) else "",
        "siret": _siret(draw) if draw.chance(85) else "",
        "effectif": draw.weighted((("1", 20), ("3", 20), ("8", 18), ("12", 14), ("25", 10), ("60", 5), ("", 13))),
        "niveau": draw.weighted((("or", 12), ("argent", 25), ("bronze", 38), ("", 25))),
    }


def _siret(draw: _Draw) -> str:
    """A number whose two check digits are right (Luhn), as no company's begins."""
    siren = _with_check_digit("000" + draw.digits(5))
    siret = _with_check_digit(siren + "000" + draw.digits(1))
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}" if draw.chance(25) else siret


def _with_check_digit(digits: str) -> str:
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    return digits + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def _consent(draw: _Draw, kind: str, language: str) -> dict[str, str]:
    lawful_without = "professionnel" if kind == "pro" else "oui"
    answer = draw.weighted((("oui", 62), (lawful_without, 18), ("client", 13), ("non", 4), ("", 3)))
    since = _spell(draw.day(date(2024, 9, 2), date(2027, 2, 12)), draw)
    if answer == "client":
        return {
            "consentement_newsletter": answer,
            "date_consentement": since,
            "collecte_vente": "oui",
            "opposition_proposee": "oui" if draw.chance(85) else "non",
            "familles": "luminaires" if draw.chance(90) else "mobilier",
        }
    if answer != "oui":
        return {"consentement_newsletter": answer, "date_consentement": since if answer else ""}
    if draw.chance(6):  # a tick in the file and nothing to show for it
        return {"consentement_newsletter": answer, "date_consentement": since}
    by_form = draw.chance(80)
    return {
        "consentement_newsletter": answer,
        "date_consentement": since,
        "mode_consentement": "double inscription" if by_form else "bulletin papier",
        "formulaire": "inscription@2",
        "empreinte_texte": CONSENT_TEXTS[language],
        "reference_preuve": f"P-{draw.digits(6)}",
        "double_optin": ("oui" if draw.chance(97) else "non") if by_form else "",
        "date_retrait": _spell(draw.day(date(2027, 2, 13), TODAY), draw) if draw.chance(4) else "",
    }


def _relation(draw: _Draw, kind: str, ground: str) -> dict[str, str]:
    customer = ground == "client" or draw.chance(45)
    asleep = draw.chance(5)
    last = draw.day(date(2021, 3, 1), date(2023, 9, 30)) if asleep else draw.day(date(2024, 10, 1), TODAY)
    channel = "vente" if customer else draw.weighted(tuple((name, weight) for name, weight, _ in ORIGINS))
    named = next(names for name, _, names in ORIGINS if name == channel)
    origin_on = (
        draw.day(date(2020, 1, 15), date(2021, 2, 1)) if asleep else draw.day(date(2024, 3, 4), date(2024, 9, 1))
    )
    return {
        "relation": "client" if customer else "prospect",
        "dernier_contact": _spell(last, draw) if asleep or draw.chance(85) else "",
        "canal_origine": channel,
        "origine": draw.one(named),
        "date_origine": _spell(origin_on, draw),
        "information_art14": _spell(origin_on + timedelta(days=21), draw)
        if channel == "registre public" and draw.chance(60)
        else "",
        "desinscrit": _spell(draw.day(date(2026, 5, 1), TODAY), draw) if draw.chance(3) else "",
        "mineur": "oui" if kind == "particulier" and draw.chance(5) else draw.one(("", "non")),
    }


def _measurement(draw: _Draw) -> dict[str, str]:
    """Opens and clicks are asked apart: one may be granted and the other refused."""
    opens = draw.weighted((("oui", 52), ("non", 20), ("retiré", 5), ("", 23)))
    clicks = opens if draw.chance(75) else draw.weighted((("oui", 65), ("non", 20), ("", 15)))
    return {"consentement_ouverture": opens, "consentement_clic": clicks}


def _spell(day: date, draw: _Draw) -> str:
    """Most of the system writes days the French way; its newer part does not."""
    return day.isoformat() if draw.chance(25) else day.strftime("%d/%m/%Y")


def _spoil(rows: list[dict[str, str]], draw: _Draw) -> None:
    """What goes wrong in any customer file; each row at most once."""
    victims = iter(draw.lots.sample(rows, 64))
    for address in BROKEN_ADDRESSES:
        next(victims)["email"] = address
    for _ in range(4):
        next(victims)["email"] = ""
    for _ in range(2):
        next(victims)["code_client"] = ""
    for name in ("fichier", "internet", "partenaire"):
        next(victims)["origine"] = name
    for channel, name in (("achat", "Fichier Prospects Ouest 2025"), ("partenaire", "Cuisines du Ponant, juin 2025")):
        next(victims).update(canal_origine=channel, origine=name)
    for _ in range(4):  # one digit mistyped: the check digit no longer agrees
        next(victims)["siret"] = "000 123 456 00012"
    for column in ("prenom", "prenom", "prenom", "nom", "ville", "societe", "type", "langue"):
        for _ in range(3):
            next(victims)[column] = ""
    for column in ("nom", "societe", "ville"):  # a no-break space that came with a copy and paste
        row = next(victims)
        row[column] = f"{_NO_BREAK}{row[column]}{_NO_BREAK}"
    for row in (next(victims), next(victims)):
        row["email"] = f" {row['email']} "
    row = next(victims)
    row["email"], row["fuseau"] = "anaïs@café-lumière.example".replace("ï", "i"), ""
    row.update(zip(("code_postal", "ville", "pays"), ("35000", "Rennes", "FR"), strict=True))


def _duplicates(rows: list[dict[str, str]], draw: _Draw) -> list[dict[str, str]]:
    """The same person twice: by the same address in capitals, by the same code, and word for word."""
    whole = [row for row in rows if row["code_client"] and "@" in row["email"].strip(" ") and row["prenom"]]
    chosen = draw.lots.sample(whole, 16)
    twins = []
    for number, row in enumerate(chosen):
        twin = dict(row)
        if number < 10:  # entered again by a colleague
            twin.update(code_client=f"C{number + 90_001:06d}", email=row["email"].upper(), telephone="")
        elif number < 14:  # the same customer, exported twice after a change
            twin.update(dernier_contact=TODAY.isoformat(), ville=row["ville"].upper())
        twins.append(twin)
    return twins
