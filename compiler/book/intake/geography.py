"""Where somebody is, from what a company's system says of it: country, language, time zone."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: Overseas France has postcodes of France, and clocks and ISO codes of its own.
_OVERSEAS = {
    "971": ("GP", "America/Guadeloupe"),
    "972": ("MQ", "America/Martinique"),
    "973": ("GF", "America/Cayenne"),
    "974": ("RE", "Indian/Reunion"),
    "975": ("PM", "America/Miquelon"),
    "976": ("YT", "Indian/Mayotte"),
    "986": ("WF", "Pacific/Wallis"),
    "987": ("PF", "Pacific/Tahiti"),
    "988": ("NC", "Pacific/Noumea"),
}
#: The zone of a country's capital, or of its business: a finer one comes from the source.
_ZONES = {
    "FR": "Europe/Paris", "MC": "Europe/Monaco", "BE": "Europe/Brussels", "LU": "Europe/Luxembourg",
    "CH": "Europe/Zurich", "DE": "Europe/Berlin", "AT": "Europe/Vienna", "NL": "Europe/Amsterdam",
    "IT": "Europe/Rome", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "GB": "Europe/London",
    "IE": "Europe/Dublin", "DK": "Europe/Copenhagen", "SE": "Europe/Stockholm", "NO": "Europe/Oslo",
    "FI": "Europe/Helsinki", "PL": "Europe/Warsaw", "CZ": "Europe/Prague", "GR": "Europe/Athens",
    "RO": "Europe/Bucharest", "MA": "Africa/Casablanca", "TN": "Africa/Tunis", "DZ": "Africa/Algiers",
    "SN": "Africa/Dakar", "CI": "Africa/Abidjan", "CA": "America/Toronto", "US": "America/New_York",
    "JP": "Asia/Tokyo", "AU": "Australia/Sydney",
    **dict(_OVERSEAS.values()),
}  # fmt: skip
_FRENCH = frozenset({"FR", "MC", "BE", "LU", "CH", "SN", "CI", "MA", "TN", "DZ", *(c for c, _ in _OVERSEAS.values())})
_NAMES = {
    "france": "FR", "belgique": "BE", "belgium": "BE", "suisse": "CH", "switzerland": "CH", "luxembourg": "LU",
    "monaco": "MC", "allemagne": "DE", "germany": "DE", "espagne": "ES", "spain": "ES", "italie": "IT", "italy": "IT",
    "portugal": "PT", "pays-bas": "NL", "netherlands": "NL", "royaume-uni": "GB", "united kingdom": "GB", "uk": "GB",
    "irlande": "IE", "ireland": "IE", "canada": "CA", "états-unis": "US", "united states": "US", "usa": "US",
    "la réunion": "RE", "réunion": "RE", "guadeloupe": "GP", "martinique": "MQ", "guyane": "GF", "mayotte": "YT",
    "nouvelle-calédonie": "NC", "polynésie française": "PF", "maroc": "MA", "tunisie": "TN", "algérie": "DZ",
    "sénégal": "SN",
}  # fmt: skip
_POSTCODE_FR = re.compile(r"\d{5}")
_CODE = re.compile(r"[A-Za-z]{2}")


def country_of(text: str, postcode: str) -> str | None:
    """The ISO 3166 code that a text names, or the one that a French postcode tells; None for an unknown name.

    A postcode of overseas France says more than "France".
    """
    named = _NAMES.get(text.casefold(), text.upper() if _CODE.fullmatch(text) else None) if text else "FR"
    if named == "FR" and _POSTCODE_FR.fullmatch(postcode):
        return _OVERSEAS.get(postcode[:3], ("FR", ""))[0]
    return "GB" if named == "UK" else named


def zone_of(country: str) -> str:
    """The zone that most of a country lives by; Paris where none is known here."""
    return _ZONES.get(country, "Europe/Paris")


def locale_of(text: str, country: str) -> str | None:
    """A language's code from "fr", "fr-FR" or nothing (then the country's); None for anything else."""
    if not text:
        return "fr" if country in _FRENCH else "en"
    code = text.replace("_", "-").split("-")[0].lower()
    return code if _CODE.fullmatch(code) else None


def department_of(postcode: str) -> str:
    """The French department of a postcode, empty for any other text: 35000 → 35, 20200 → 2B, 97400 → 974."""
    if not _POSTCODE_FR.fullmatch(postcode):
        return ""
    if postcode[:2] in ("97", "98"):
        return postcode[:3]
    if postcode[:2] == "20":
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


@cache
def known_zones() -> frozenset[str]:
    """The zones of the locked tzdata, whatever this machine has installed."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())
