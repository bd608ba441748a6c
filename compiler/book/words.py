"""The book's words for people, in French: a document's keys, and the values of its closed sets.

What the company or the person wrote (purposes, names, fields) stays as it is. English is what the document says.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.canonical import Json

_KEYS = {
    "contacts": "contacts",
    "suppressions": "liste d'opposition",
    "status": "état",
    "kind": "nature",
    "country": "pays",
    "locale": "langue",
    "zone": "fuseau",
    "lane": "voie",
    "relation": "relation",
    "origin": "origine",
    "basis": "fondement",
    "objections": "oppositions",
    "opens": "ouvertures",
    "clicks": "clics",
    "id": "identifiant",
    "address": "adresse",
    "sealed": "scellé",
    "tracking": "mesure",
    "notices": "informations données",
    "last_contact_on": "dernier contact",
    "dead_on": "adresse morte",
    "minor": "mineur",
    "fields": "champs",
    "purpose": "finalité",
    "ground": "fondement",
    "since": "depuis",
    "method": "méthode",
    "form": "formulaire",
    "text_sha256": "texte (SHA-256)",
    "reference": "référence",
    "confirmed": "confirmé",
    "collected_at_sale": "recueilli lors d'une vente",
    "objection_offered": "opposition proposée",
    "product_families": "familles de produits",
    "withdrawn_on": "retiré le",
    "scope": "portée",
    "on": "le",
    "channel": "moyen",
    "name": "nom",
    "at": "à",
    "keys_destroyed": "clés détruites",
    "objection_kept": "opposition gardée",
    "commit": "commit",
    "request": "demande",
    "found": "trouvés",
    "suppressed": "en liste d'opposition",
    "reason": "raison",
}
_VALUES = {
    "pending": "en attente",
    "active": "actif",
    "invalid": "adresse morte",
    "complained": "plainte",
    "restricted": "limité",
    "expired": "échu",
    "erased": "effacé",
    "personal": "personne",
    "professional": "professionnel",
    "generic": "boîte de service",
    "consent": "accord",
    "similar_products": "produits analogues",
    "legitimate_interest": "intérêt légitime",
    "contract": "contrat",
    "legal_obligation": "obligation légale",
    "granted": "acceptée",
    "refused": "refusée",
    "withdrawn": "retiré",
    "not_asked": "non demandée",
    "sale": "vente",
    "event": "salon",
    "phone": "téléphone",
    "business_card": "carte de visite",
    "partner": "partenaire",
    "purchased": "fichier acheté",
    "rented": "fichier loué",
    "scraped": "moissonné",
    "public_register": "registre public",
    "import_legacy": "ancien fichier",
    "form": "formulaire",
    "prospect": "prospect",
    "customer": "client",
    "none": "aucun",
    "other": "autre",
    "all": "tout",
    "unsubscribed": "désinscrit",
    "objected": "opposition",
    "erased_objected": "effacé, opposition",
}
#: Where a value, or in the counts a key, comes from a closed set.
_CLOSED = frozenset(
    {
        "status",
        "kind",
        "lane",
        "relation",
        "origin",
        "basis",
        "objections",
        "opens",
        "clicks",
        "ground",
        "scope",
        "reason",
    }
)
_BOOLEANS = {("fr", True): "oui", ("fr", False): "non", ("en", True): "yes", ("en", False): "no"}


def sheet(document: Json, language: str, *, within: str = "", indent: str = "") -> str:
    """A document for people: a line for each value, tables and lists further in."""
    lines: list[str] = []
    named = list(document.items()) if isinstance(document, Mapping) else [("-", each) for each in _list(document)]
    told = [(_key(name, within, language), name, value) for name, value in named]
    width = max((len(word) for word, _, value in told if not isinstance(value, Mapping | list)), default=0)
    for word, name, value in told:
        if isinstance(value, Mapping | list):
            inner = within if name == "-" else name
            lines += [f"{indent}{word}", sheet(value, language, within=inner, indent=f"{indent}  ")] if value else []
        else:
            lines.append(f"{indent}{word:<{width}}  {_value(value, name, language)}".rstrip())
    return "\n".join(lines)


def _key(name: str, within: str, language: str) -> str:
    """In the counts the keys are values themselves: `newsletter consent withdrawn` is a purpose and two words."""
    if language == "en" or name == "-" or within in ("sealed", "fields"):
        return name
    if name in _KEYS or within not in _CLOSED:
        return _KEYS.get(name, name)
    return " ".join(_VALUES.get(word, word) for word in name.split(" "))


def _value(value: Json, name: str, language: str) -> Json:
    if isinstance(value, bool):
        return _BOOLEANS["en" if language == "en" else "fr", value]
    closed = name in _CLOSED and language != "en"
    return _VALUES.get(value, value) if closed and isinstance(value, str) else value


def _list(document: Json) -> list[Json]:
    return document if isinstance(document, list) else [document]
