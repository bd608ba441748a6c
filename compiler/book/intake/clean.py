"""A cell's text as a value: dates, truths, addresses, phones, and the checks that `fields` declare."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeVar

from email_validator import EmailNotValidError, validate_email
from stdnum.fr import siren, siret

from compiler.book.intake.reasons import Reason, Refused
from compiler.language.address import Address, AddressError
from compiler.language.campaign import FieldDef, FieldType
from compiler.language.canonical import sha256_hex
from compiler.language.contact import Value

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?")
_DECIMAL = re.compile(r"[+-]?\d{1,15}([.,]\d{1,10})?")
_INTEGER = re.compile(r"[+-]?\d{1,15}")
_NAF = re.compile(r"\d{2}\.?\d{2}[A-Z]")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_PHONE_NOISE = re.compile(r"[\s().\-/\u00a0\u202f\u2011]")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_TRUE = frozenset({"true", "oui", "o", "yes", "y", "1", "x", "vrai"})
_FALSE = frozenset({"false", "non", "n", "no", "0", "faux"})
#: Mailboxes of a function, not of a person (LAW-GENERIC-06).
# fmt: off
_ROLES = frozenset({
    "accueil", "admin", "administration", "bonjour", "bureau", "comptabilite", "contact", "courrier", "direction",
    "hello", "info", "information", "infos", "mail", "office", "postmaster", "recrutement", "reception", "sales",
    "secretariat", "service", "support", "webmaster",
})
# fmt: on
_DIALS = {"GP": "590", "MQ": "596", "GF": "594", "RE": "262", "YT": "262", "PM": "508"}
_Chosen = TypeVar("_Chosen")


def address(text: str) -> Address:
    """A mailbox that mail can be sent to, as written. Raises Refused."""
    try:
        checked = validate_email(text, check_deliverability=False)
        return Address.parse(f"{checked.local_part}@{checked.ascii_domain}")
    except (EmailNotValidError, AddressError):
        raise Refused(Reason.BAD_ADDRESS, "address") from None


def is_role(found: Address) -> bool:
    return found.local.casefold().partition("+")[0] in _ROLES


@lru_cache(maxsize=65_536)
def parsed_day(text: str) -> date | None:
    """A day as 2026-04-30 (an hour after it is ignored) or 30/04/2026; None for anything else."""
    if match := _ISO_DAY.fullmatch(text):
        spelled = match.group(1)
    elif match := _FRENCH_DAY.fullmatch(text):
        spelled = f"{match.group(3)}-{int(match.group(2)):02d}-{int(match.group(1)):02d}"
    else:
        return None
    try:
        return date.fromisoformat(spelled)
    except ValueError:
        return None


def past_day(text: str, target: str, today: date) -> date:
    """A day that is over or running. Raises Refused."""
    found = parsed_day(text)
    if found is None or found > today or found.year < 1900:
        raise Refused(Reason.BAD_DATE, target)
    return found


def truth(text: str, target: str) -> bool:
    """Raises Refused for a word that is neither yes nor no."""
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Refused(Reason.BAD_VALUE, target)


def choice(kind: Callable[[str], _Chosen], text: str, target: str) -> _Chosen:
    """A word of a closed set. Raises Refused."""
    try:
        return kind(text.casefold())
    except ValueError:
        raise Refused(Reason.BAD_VALUE, target) from None


def text_digest(text: str) -> str:
    """The SHA-256 of a consent's text: given as such, or made from the text itself."""
    return text.lower() if _SHA256.fullmatch(text) else sha256_hex(text.encode())


def field_value(definition: FieldDef, text: str, country: str) -> Value:
    """A declared field's value. Raises Refused(VALUE_DROPPED): a person is not refused for their phone number."""
    value = _typed(definition, text)
    if isinstance(value, str) and definition.check:
        value = _checked(definition, value, country)
    if value is None or (definition.values and str(value) not in definition.values):
        raise Refused(Reason.VALUE_DROPPED, definition.name)
    return value


def _typed(definition: FieldDef, text: str) -> Value:
    match definition.type:
        case FieldType.TEXT:
            return text
        case FieldType.INTEGER:
            plain = _PHONE_NOISE.sub("", text) if not text.startswith("-") else text
            return int(plain) if _INTEGER.fullmatch(plain) else None
        case FieldType.DECIMAL:
            return text.replace(",", ".").lstrip("+") if _DECIMAL.fullmatch(text) else None
        case FieldType.DATE:
            found = parsed_day(text)
            return found.isoformat() if found else None
        case FieldType.BOOLEAN:
            word = text.casefold()
            return word in _TRUE if word in _TRUE | _FALSE else None


def _checked(definition: FieldDef, text: str, country: str) -> str | None:
    match definition.check:
        case "siret":
            return siret.compact(text) if siret.is_valid(text) else None
        case "siren":
            return siren.compact(text) if siren.is_valid(text) else None
        case "naf":
            code = text.upper().replace(" ", "")
            return f"{code[:2]}.{code[-3:]}" if _NAF.fullmatch(code) else None
        case "phone":
            return phone(text, country)
        case "postcode":
            code = text.replace(" ", "") if country == "FR" or country in _DIALS else text
            return code if country != "FR" or re.fullmatch(r"\d{5}", code) else None
        case "url":
            return text if re.fullmatch(r"https?://[^\s<>\"']{3,}", text) else None
        case _:
            return text


def phone(text: str, country: str) -> str | None:
    """E.164, from French habits: 02 99 00 00 00, 0033…, +33 (0)2…; None for what is no phone."""
    digits = _PHONE_NOISE.sub("", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif re.fullmatch(r"0[1-9]\d{8}", digits):
        digits = f"+{_DIALS.get(country, '33')}{digits[1:]}"
    return digits if _PHONE.fullmatch(digits) else None
