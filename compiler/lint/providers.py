"""With which programs an audience reads: a model, from the lanes that its mailboxes are in.

Nobody can count this without spying on readers. The shares are envoi's own estimate, from what the operators offer
(a webmail, apps for both telephones) and from what reads any mailbox; they only rank what is worth a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

from compiler.language.lane import OTHER

#: Recipients of a hundred, by lane, where no book was counted: French mailboxes, as private people have them.
FRENCH: Mapping[str, int] = {
    "google": 38,
    "microsoft": 17,
    "orange": 15,
    "free": 7,
    "sfr": 5,
    "yahoo": 5,
    "laposte": 4,
    "apple": 4,
    OTHER: 5,
}

# Of ten readers of such a mailbox, how many use each program.
_OWN: Mapping[str, Mapping[str, int]] = {
    "apple": {"apple-mail.ios": 7, "apple-mail.macos": 3},
    "free": {"free-fr.desktop-webmail": 4, "gmail.android": 1, "apple-mail.ios": 2, "thunderbird.windows": 1,
             "outlook.windows": 1, "samsung-email.android": 1},
    "google": {"gmail.desktop-webmail": 3, "gmail.android": 4, "gmail.ios": 2, "apple-mail.ios": 1},
    "laposte": {"laposte.desktop-webmail": 5, "laposte.android": 2, "laposte.ios": 1, "outlook.windows": 1,
                "apple-mail.ios": 1},
    "microsoft": {"outlook.outlook-com": 4, "outlook.android": 2, "outlook.ios": 1, "outlook.windows": 2,
                  "apple-mail.ios": 1},
    "orange": {"orange.desktop-webmail": 4, "orange.android": 2, "orange.ios": 1, "outlook.windows": 1,
               "apple-mail.ios": 1, "samsung-email.android": 1},
    "sfr": {"sfr.desktop-webmail": 4, "sfr.android": 2, "sfr.ios": 1, "outlook.windows": 1, "apple-mail.ios": 1,
            "samsung-email.android": 1},
    "yahoo": {"yahoo.desktop-webmail": 4, "yahoo.android": 2, "yahoo.ios": 1, "aol.desktop-webmail": 1,
              "apple-mail.ios": 2},
    OTHER: {"outlook.windows": 4, "outlook.outlook-com": 2, "gmail.desktop-webmail": 1, "apple-mail.macos": 1,
            "apple-mail.ios": 1, "thunderbird.windows": 1},
}  # fmt: skip

_NAMES: Mapping[str, str] = {
    "aol": "AOL",
    "apple-mail": "Apple Mail",
    "free-fr": "Free",
    "gmail": "Gmail",
    "laposte": "La Poste",
    "orange": "Orange",
    "outlook": "Outlook",
    "samsung-email": "Samsung Email",
    "sfr": "SFR",
    "thunderbird": "Thunderbird",
    "yahoo": "Yahoo",
}


def shares(lanes: Mapping[str, int]) -> Mapping[str, Fraction]:
    """The part of the audience that reads with each program, all together 1. Nobody counted: French mailboxes."""
    return _shares(tuple(sorted((lane, count) for lane, count in lanes.items() if count > 0)))


@lru_cache(maxsize=16)
def _shares(lanes: tuple[tuple[str, int], ...]) -> dict[str, Fraction]:
    counted = dict(lanes) or FRENCH
    total = sum(counted.values())
    found: dict[str, Fraction] = {}
    for lane, count in sorted(counted.items()):
        programs = _OWN.get(lane, _OWN[OTHER])
        for program, part in programs.items():
            share = Fraction(count * part, total * sum(programs.values()))
            found[program] = found.get(program, Fraction(0)) + share
    return found


def families(programs: Mapping[str, Fraction]) -> Iterator[str]:
    """The names of programs as readers know them, the widest used first."""
    by_family: dict[str, Fraction] = {}
    for program, share in programs.items():
        family = program.partition(".")[0]
        by_family[family] = by_family.get(family, Fraction(0)) + share
    for family in sorted(by_family, key=lambda name: (-by_family[name], name)):
        yield _NAMES[family]
