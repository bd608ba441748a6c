"""Whose law protects a recipient: the rules on unsolicited e-mail follow the country that they read it in.

The GDPR follows the controller instead (art. 3(1)), established in the Union: its rules are asked about everybody. Not
legal advice: each line holds what is generally known of a country, to be confirmed by somebody who answers for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from compiler.policy.registry import ANYWHERE, EU


@dataclass(frozen=True, slots=True)
class Pack:
    """A country's law on unsolicited e-mail, by the name that rules bear in their `jurisdictions`."""

    name: str
    law: str
    says: str


_PACKS = (
    Pack("FR", "CPCE art. L34-5; CNIL, 17 February 2005", "private people consent; professionals for what they do"),
    Pack("AT", "TKG 2021 § 174", "everybody consents, companies too, but for similar products"),
    Pack("BE", "CDE art. XII.13; A.R. of 4 April 2003", "everybody consents, but for a company's impersonal address"),
    Pack("CA", "CASL, S.C. 2010, c. 23, s. 6 and 10; SOR/2012-36", "consent, or a sale of the last two years; address"),
    Pack("CH", "LCD/UWG art. 3(1)(o)", "everybody consents, companies too, but for similar products"),
    Pack("DE", "UWG § 7; BGH I ZR 164/09", "everybody consents, companies too, and proves it by confirming"),
    Pack("GB", "PECR 2003, reg. 22 and 23", "private people consent; companies may object"),
    Pack("US", "CAN-SPAM, 15 U.S.C. § 7704", "everybody may object; a postal address"),
    Pack(
        "EEA",
        "Directive 2002/58/EC art. 13",
        "other members: private people consent; professionals as in France (some members ask for more)",
    ),
)
PACKS = {pack.name: pack for pack in _PACKS}

#: Members of the European Economic Area without a line of their own.
_EEA = frozenset(
    {"BG", "CY", "CZ", "DK", "EE", "ES", "FI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL",
     "NO", "PL", "PT", "RO", "SE", "SI", "SK"}
)  # fmt: skip
#: France's overseas lands: ISO 3166 gives them codes of their own.
_OVERSEAS = frozenset({"BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"})

#: What is asked about recipients of a country that no pack holds.
STRICTEST = PACKS["FR"]


@cache
def pack_of(country: str) -> Pack | None:
    """The pack of a country by its ISO 3166 code; None where none is held."""
    if country in PACKS and country != "EEA":
        return PACKS[country]
    if country in _OVERSEAS:
        return PACKS["FR"]
    return PACKS["EEA"] if country in _EEA else None


@cache
def holds_in(jurisdictions: tuple[str, ...], country: str) -> bool:
    """Whether a rule of these jurisdictions is asked about a recipient of that country."""
    own = (pack_of(country) or STRICTEST).name
    return not {own, *ANYWHERE, *EU}.isdisjoint(jurisdictions)


#: Countries that the Commission found adequate (GDPR art. 45). Of the United States, only certified companies: it takes
#: saying so.
_ADEQUATE = frozenset({"AD", "AR", "CA", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"})
_IN_THE_UNION = frozenset({"AT", "BE", "DE", "FR"}) | _EEA | _OVERSEAS


def is_adequate(country: str) -> bool:
    """Whether data may go to a country without another safeguard."""
    return country in _IN_THE_UNION or country in _ADEQUATE
