"""The filters and functions of templates: a closed list, each bounded, each a pure function of its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from typing import Any

from jinja2 import pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from markupsafe import Markup, escape

from compiler.language.finding import Text
from compiler.render.bounded import TEXT_FILTERS
from compiler.render.budget import LONGEST, MOST_ITEMS, made, too_long, too_many_items
from compiler.render.budget import items as bounded
from compiler.render.values import RenderError, printable

# Absent on purpose: attr, safe (a contact's value could then hold HTML), random, center, indent, wordwrap, format,
# pprint, xmlattr, urlize, tojson: none is needed in a message, each is a way to make work or to reach an attribute.
_STANDARD = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "forceescape",
    "groupby",
    "int",
    "items",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "wordcount",
]


def join(items: Iterable[object], separator: str = "", attribute: str | None = None) -> str:
    """Jinja's `join`, bounded. Escapes where one of its parts is markup."""
    values = [_of(item, attribute) for item in bounded(items)]
    parts = [v if isinstance(v, str) else str(printable(v)) for v in values]
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST:
        raise too_long()
    if isinstance(separator, Markup) or any(isinstance(part, Markup) for part in parts):
        return made(escape(separator).join(parts))
    return made(separator.join(parts))


@pass_context
def mapped(context: Context, items: Iterable[object], *arguments: Any, **named: Any) -> Any:
    """Jinja's `map`; a filter that makes text is given only what can be printed."""
    if arguments and arguments[0] in TEXT_FILTERS:
        items = map(printable, items)
    return FILTERS["map"](context, items, *arguments, **named)


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    """`str.replace`, bounded; never on markup."""
    if isinstance(text, Markup):
        raise RenderError(Text("`replace` ne s'applique qu'à du texte", "`replace` works on text alone"))
    text, old, new = str(text), str(old), str(new)
    if len(text) + (text.count(old) if old else len(text) + 1) * len(new) > LONGEST:
        raise too_long()
    return made(text.replace(old, new, count))


def batch(items: Iterable[object], size: int) -> Iterator[list[object]]:
    """The items in rows of `size`."""
    remaining = iter(bounded(items))
    while row := list(islice(remaining, max(1, int(size)))):
        yield row


def round_half_up(value: object, digits: int = 0) -> str:
    """A number rounded the way people do, as text."""
    return str(_decimal(value).quantize(Decimal(1).scaleb(-_digits(digits)), "ROUND_HALF_UP"))


@pass_context
def money(context: Context, value: object, currency: str = "EUR") -> str:
    """`12.5` → `12,50 €` in French, `€12.50` in English."""
    return _money(str(_decimal(value)), str(currency), _language(context))


@pass_context
def number(context: Context, value: object, digits: int | None = None) -> str:
    """A number with the reader's separators."""
    return _number(str(_decimal(value)), -1 if digits is None else _digits(digits), _language(context))


@pass_context
def written_date(context: Context, value: object, form: str = "long") -> str:
    """`2027-03-02` → `2 mars 2027` in French. `form`: short, medium, long, full, or a CLDR pattern."""
    text = value.isoformat()[:10] if isinstance(value, date) else str(value)[:10]
    return _date(text, str(form), _language(context))


@pass_context
def written_time(context: Context, value: object) -> str:
    """`09:30` → `9 h 30` in French, `9:30 AM` in English."""
    return _time(str(value)[:5], _language(context))


@pass_context
def listed(context: Context, items: Iterable[object], last: str = "and") -> str:
    """`a, b et c` in French, `a, b, and c` in English; `last` is `and` or `or`."""
    if last not in ("and", "or"):
        raise RenderError(Text("`listed` attend and ou or", "`listed` expects and or or"))
    return made(_listed(tuple(str(printable(item)) for item in bounded(items)), last, _language(context)))


@pass_context
def plural(context: Context, count: object, one: str, other: str) -> str:
    """The word for a count by the language's own rule: 0 is singular in French, plural in English."""
    return one if _plural_form(str(_decimal(count)), _language(context)) == "one" else other


# Imprimerie nationale: a thin no-break space before ; ! ? and a no-break space before : and inside « ».
_FRENCH = (
    (re.compile(r"(?<!\w)\"([^\"\n]+)\"(?!\w)"), "«\\1»"),
    (re.compile(r"[ \u00a0\u202f]*([;!?]+)(?=\s|$|[»)])"), "\u202f\\1"),
    (re.compile(r"(?<=[^\s:])[ \u00a0\u202f]*:(?=\s|$)"), "\u00a0:"),
    (re.compile(r"«[ \u00a0\u202f]*"), "«\u00a0"),
    (re.compile(r"[ \u00a0\u202f]*»"), "\u00a0»"),
    (re.compile(r"(?<=\d) (?=(?:[€%°]|[kcm]?[gm][²³]?\b|[mc]?[lL]\b|h\b|min\b|HT\b|TTC\b))"), "\u00a0"),
    (re.compile(r"\b(M\.|Mme|Mlle|Dr|n°|N°) (?=[\w])"), "\\1\u00a0"),
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r"\.\.\."), "…"),
)


@pass_context
def typo(context: Context, text: object) -> str:
    """French spaces, quotation marks and apostrophes where the message is in French; elsewhere the text as it is."""
    plain = str(text)
    if isinstance(text, Markup) or not _language(context).startswith("fr"):
        return text if isinstance(text, Markup) else plain
    for pattern, replacement in _FRENCH:
        plain = pattern.sub(replacement, plain)
    return plain


def load_language(language: str) -> None:
    """Reads what the filters need for a language, for a process that will open no file afterwards."""
    _money("1", "EUR", language)
    _number("1", 2, language)
    _plural_form("1", language)
    _time("09:30", language)
    _listed(("a", "b"), "or", language)
    for form in ("short", "medium", "long", "full"):
        _date("2000-01-01", form, language)


def bounded_range(*arguments: int) -> range:
    """`range`, at most MOST_ITEMS long."""
    made = range(*arguments)
    if len(made) > MOST_ITEMS:
        raise too_many_items()
    return made


def filters() -> dict[str, Callable[..., Any]]:
    """Every filter that a template may name."""
    own: dict[str, Callable[..., Any]] = {
        "batch": batch,
        "date": written_date,
        "join": join,
        "listed": listed,
        "map": mapped,
        "money": money,
        "number": number,
        "plural": plural,
        "replace": replace,
        "round": round_half_up,
        "time": written_time,
        "typo": typo,
    }
    return {name: FILTERS[name] for name in _STANDARD} | own


def _of(item: object, attribute: str | None) -> object:
    if attribute is None:
        return item
    if isinstance(item, dict) and attribute in item:
        return item[attribute]
    raise RenderError(Text(f"aucune colonne {attribute}", f"no column {attribute}"))


def _language(context: Context) -> str:
    return str(context.get("language", "") or "en")


def _decimal(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise RenderError(Text("un filtre attend un nombre", "a filter expects a number"))
    return number


def _digits(digits: object) -> int:
    return min(12, max(0, int(str(digits))))


# Babel needs 20 to 40 µs a call; a campaign prints the same prices and days again and again.
@lru_cache(maxsize=4096)
def _money(value: str, currency: str, language: str) -> str:
    from babel.numbers import format_currency, is_currency

    if not is_currency(currency):
        raise RenderError(Text("un filtre attend une monnaie (EUR)", "a filter expects a currency (EUR)"))
    return str(format_currency(Decimal(value), currency, locale=_locale(language)))


@lru_cache(maxsize=4096)
def _number(value: str, digits: int, language: str) -> str:
    from babel.numbers import format_decimal

    pattern = None if digits < 0 else "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(Decimal(value), format=pattern, locale=_locale(language)))


@lru_cache(maxsize=4096)
def _date(text: str, form: str, language: str) -> str:
    from babel.dates import format_date

    try:
        return str(format_date(date.fromisoformat(text), format=form, locale=_locale(language)))
    except (ValueError, AttributeError, KeyError):
        raise RenderError(Text("un filtre attend une date AAAA-MM-JJ", "a filter expects a date YYYY-MM-DD")) from None


@lru_cache(maxsize=1024)
def _time(text: str, language: str) -> str:
    from babel.dates import format_time

    try:
        when = time.fromisoformat(text)
    except ValueError:
        raise RenderError(Text("un filtre attend une heure HH:MM", "a filter expects an hour HH:MM")) from None
    if _locale(language).startswith("fr"):  # CLDR writes 09:30, the French « 9 h 30 »
        return f"{when.hour}\u00a0h" + (f"\u00a0{when.minute:02}" if when.minute else "")
    return str(format_time(when, "short", locale=_locale(language)))


@lru_cache(maxsize=1024)
def _listed(items: tuple[str, ...], last: str, language: str) -> str:
    from babel.lists import format_list

    return str(format_list(items, style="or" if last == "or" else "standard", locale=_locale(language)))


@lru_cache(maxsize=4096)
def _plural_form(count: str, language: str) -> str:
    from babel.core import Locale

    return str(Locale.parse(_locale(language)).plural_form(Decimal(count)))


@lru_cache(maxsize=64)
def _locale(language: str) -> str:
    """A locale that Babel knows: the one asked for, its language alone, else English."""
    from babel.core import Locale, UnknownLocaleError

    wanted = language.replace("-", "_")
    for name in (wanted, wanted.split("_")[0]):
        try:
            return str(Locale.parse(name))
        except (ValueError, UnknownLocaleError):
            continue
    return "en"
