"""Texts of the language into values: spans, rates, shares, hours. The schema has checked their form already."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from compiler.language.address import Address, AddressError
from compiler.language.finding import Text
from compiler.language.repeat import LAST, Every, Repeat
from compiler.language.settings import Brake, SecretRef

_SPANS = {
    "s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400,
    "w": 604_800, "week": 604_800,
}  # fmt: skip
_SIZES = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LATEST_DAY = 28  # of every month
_TURNS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
MOST_MONTHS = 1_200
_QUANTITY = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(\S.*)?")


class BadValue(ValueError):
    """A value of the right form without a meaning; `text` says why."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(fr, en)


class SkippedTime(BadValue):
    """A local time that the clock skips."""


def share(text: str) -> Fraction:
    """`20 %`, of at most the whole. Raises BadValue."""
    value = _quantity(text)[0] / 100
    if value > 1:
        raise BadValue("au plus 100 %", "at most 100 %")
    return value


def brake(text: str) -> Brake:
    """`5 % of 50`. Raises BadValue."""
    percent, _, least = text.partition(" of ")
    return Brake(share(percent), max(1, int(least or 1)))


def rate(text: str) -> Fraction:
    """`20/s`, `10/min`, `500/h` in messages a second. Raises BadValue."""
    amount, _, unit = text.partition("/")
    value = _quantity(amount)[0] / _SPANS[unit.strip()]
    if not value:
        raise BadValue("une allure nulle n'enverrait jamais rien", "a rate of zero would never send anything")
    return value


def bandwidth(text: str) -> int:
    """`2 MB/s` in bytes a second. Raises BadValue."""
    amount, unit = _quantity(text.removesuffix("/s"))
    value = int(amount * _SIZES[unit])
    if not value:
        raise BadValue("un débit nul n'enverrait jamais rien", "a bandwidth of zero would never send anything")
    return value


def size(text: str) -> int:
    """`300 kB` in bytes. Raises BadValue."""
    amount, unit = _quantity(text)
    value = int(amount * _SIZES[unit])
    if not value:
        raise BadValue("rien ne pèse moins", "nothing weighs less")
    return value


def span(text: str) -> timedelta:
    """`14 days`, `2h`, `2m`. Raises BadValue."""
    amount, unit = _quantity(text)
    return timedelta(seconds=int(amount) * _SPANS[_singular(unit)])


def days(text: str) -> int:
    """`90 days`, `3 weeks`. Raises BadValue for less than one day."""
    value = span(text).days
    if not value:
        raise BadValue("au moins un jour", "at least one day")
    return value


def months(text: str) -> int:
    """`36 months`, `3 years`. Raises BadValue for none, and for more than a life."""
    amount, unit = _quantity(text)
    value = int(amount) * (12 if unit.startswith("year") else 1)
    if not 1 <= value <= MOST_MONTHS:
        raise BadValue("entre un mois et cent ans", "between one month and a hundred years")
    return value


def per_contact(text: str) -> tuple[int, timedelta]:
    """`2 per 7 days`, `1 per week`. Raises BadValue."""
    count, _, rest = text.partition(" per ")
    period = span(rest if rest[0].isdigit() else f"1 {rest}")
    if not int(count) or not period:
        raise BadValue("au moins un message par durée", "at least one message a span")
    return int(count), period


def day(text: str) -> date:
    """`2027-03-02`. Raises BadValue."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue("ce jour n'existe pas", "there is no such day") from None


def day_range(text: str) -> tuple[date, date]:
    """`2026-12-24..2027-01-03`, or one day; both ends included. Raises BadValue."""
    first, _, last = text.partition("..")
    begin, end = day(first), day(last or first)
    if end < begin:
        raise BadValue("la fin vient avant le début", "the end comes before the beginning")
    return begin, end


def instant(text: str, zone: ZoneInfo) -> datetime:
    """An instant in UTC; a text without an offset is in `zone`. Raises BadValue; SkippedTime in a gap of its clock."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        aware = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        skipped = moment.tzinfo is None and aware.astimezone(zone).replace(tzinfo=None) != moment
    except (ValueError, OverflowError):  # no such day, or beyond the years that a clock can show
        raise BadValue("cet instant n'existe pas", "there is no such instant") from None
    if skipped:
        raise SkippedTime("cette heure n'existe pas", "there is no such time")
    return aware


def hours(text: str) -> tuple[time, time]:
    """`09:00-12:00`; an end of 24:00 is `time.min`, of the next day. Raises BadValue."""
    opens, _, closes = text.partition("-")
    begin, end = _clock(opens), time.min if closes == "24:00" else _clock(closes)
    if closes != "24:00" and end <= begin:
        raise BadValue("la fin vient avant le début", "the end comes before the beginning")
    return begin, end


def weekdays(text: str) -> tuple[int, ...]:
    """`mon-fri` or `sat`, Monday 0; `fri-mon` runs over the week-end."""
    first, _, last = text.partition("-")
    begin, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    return tuple(range(begin, end + 1)) if begin <= end else (*range(end + 1), *range(begin, 7))


def recurrence(every: Every, text: str) -> Repeat:
    """`first tuesday` or `15` of a month, `tuesday` of a week. Raises BadValue for what does not go with `every`."""
    turn, _, weekday = text.rpartition(" ")
    if every is Every.MONTH and text.isdigit():
        return Repeat(every, day=int(text))
    if every is Every.MONTH and turn:
        return Repeat(every, weekday=_WEEKDAY_NAMES.index(weekday), place=_TURNS[turn])
    if every is Every.WEEK and not turn and weekday in _WEEKDAY_NAMES:
        return Repeat(every, weekday=_WEEKDAY_NAMES.index(weekday))
    raise BadValue(
        "un jour de la semaine (monday) pour week, « first monday » ou un quantième pour month, rien pour day",
        "a weekday (monday) for week, “first monday” or a day of the month for month, nothing for day",
    )


def siren(text: str) -> str:
    """A SIREN number (ISO/IEC 7812: its Luhn digit sum ends in 0). Raises BadValue."""
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(text))]
    if sum(value // 10 + value % 10 for value in doubled) % 10:
        raise BadValue("ce n'est pas un numéro SIREN : vérifier les chiffres", "this is no SIREN: check the digits")
    return text


def secret(text: str) -> SecretRef:
    """`env:NAME` or `file:PATH`."""
    scheme, _, name = text.partition(":")
    return SecretRef(scheme, name)


def address(text: str) -> Address:
    """A mailbox. Raises BadValue, which never quotes it."""
    try:
        return Address.parse(text)
    except AddressError:
        raise BadValue("ce n'est pas une adresse", "this is no address") from None


def domain(text: str) -> str:
    """A host name in lower-case ASCII. Raises BadValue."""
    try:
        return Address("x", Address.parse(f"x@{text}").domain).domain
    except AddressError:
        raise BadValue("ce n'est pas un nom de domaine", "this is no domain name") from None


def mailbox(text: str) -> tuple[str, Address]:
    """`Name <address>` or an address: the shown name, perhaps empty, and the address. Raises BadValue."""
    name, bracket, rest = text.rpartition("<")
    shown = name.strip().strip('"').strip()
    return shown, address(rest.removesuffix(">") if bracket else text.strip())


def _quantity(text: str) -> tuple[Fraction, str]:
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise BadValue("un nombre est attendu", "a number is expected")
    return Fraction(found[1].replace(",", ".")), (found[2] or "").strip()


def _singular(unit: str) -> str:
    return unit if unit in _SPANS else unit.removesuffix("s")


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadValue("cette heure n'existe pas", "there is no such time") from None
