"""Public holidays, and whether a window's calendar and zone exist."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache

from compiler.language.catalogue.schedule import WINDOW_CALENDAR, WINDOW_EMPTY, WINDOW_NIGHT, WINDOW_ZONE
from compiler.language.finding import Finding, Text, did_you_mean, finding
from compiler.language.window import RECIPIENT, Holidays, Window
from compiler.schedule.zones import known_zones

_MORNING, _EVENING = time(7), time(21)
_FRANCE = "FR"
#: Departments as people write them, where the library's calendars have other names (ISO 3166-2:FR).
_ALSACE = "6AE"
_PARTS_OF_FRANCE = {
    "67": _ALSACE, "68": _ALSACE, "975": "PM", "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
    # departments without a holiday of their own
    **dict.fromkeys([*(f"{n:02}" for n in range(1, 96) if n not in (20, 57, 67, 68)), "2A", "2B"], ""),
}  # fmt: skip
#: Overseas departments and territories keep clocks of their own: the zone tells which calendar is theirs.
_OVERSEAS = {
    "America/Guadeloupe": "FR-971", "America/Martinique": "FR-972", "America/Cayenne": "FR-973",
    "Indian/Reunion": "FR-974", "America/Miquelon": "FR-PM", "Indian/Mayotte": "FR-976",
    "America/St_Barthelemy": "FR-BL", "America/Marigot": "FR-MF", "Pacific/Wallis": "FR-WF",
    "Pacific/Tahiti": "FR-PF", "Pacific/Marquesas": "FR-PF", "Pacific/Gambier": "FR-PF", "Pacific/Noumea": "FR-NC",
}  # fmt: skip


@lru_cache(maxsize=1024)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """The public holidays of a country or of a part of it (`FR`, `FR-57`). Raises ValueError for an unknown one."""
    import holidays  # a check of France's windows does without

    country, _, part = calendar.partition("-")
    if country == _FRANCE:
        part = _PARTS_OF_FRANCE.get(part, part)
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except (NotImplementedError, ValueError):
        raise ValueError(f"no calendar {calendar!r}") from None


def holidays_there(calendar: str, year: int, *, recipients_in: str) -> frozenset[date]:
    """The holidays of a calendar for recipients in a zone: overseas, France's include those of the territory.

    `recipients_in` is empty where the window keeps the sender's clock: then it is the sender's calendar too.
    """
    own = _OVERSEAS.get(recipients_in) if calendar == _FRANCE else None
    common = public_holidays(calendar, year)
    return common | public_holidays(own, year) if own else common


def check_window(window: Window) -> list[Finding]:
    """What prevents a window from ever being computed, and hours at which nobody wants to be woken."""
    findings: list[Finding] = []
    if window.timezone != RECIPIENT and window.timezone not in known_zones():
        hint = did_you_mean(window.timezone, sorted(known_zones()))
        findings.append(finding(WINDOW_ZONE, window.place, hint=hint, window=window.name, zone=window.timezone))
    for denial in window.deny:
        if isinstance(denial, Holidays) and not _known(denial.calendar):
            hint = _calendar_hint(denial.calendar)
            findings.append(
                finding(WINDOW_CALENDAR, window.place, hint=hint, window=window.name, calendar=denial.calendar)
            )
    if not window.allow:
        findings.append(finding(WINDOW_EMPTY, window.place, window=window.name))
    if any(hours.opens < _MORNING or not _MORNING < hours.closes <= _EVENING for hours in window.allow):
        findings.append(finding(WINDOW_NIGHT, window.place, window=window.name))
    return findings


def _known(calendar: str) -> bool:
    if calendar == _FRANCE:
        return True
    from holidays.registry import EntityLoader

    if calendar in EntityLoader.get_country_codes():
        return True  # said without a calendar: the first one asked for imports those of every country
    try:
        public_holidays(calendar, 2027)
    except ValueError:
        return False
    return True


def _calendar_hint(calendar: str) -> Text | None:
    """The parts of a country that have a calendar, where the country is known; else the catalogue's cure."""
    import holidays

    country = calendar.partition("-")[0]
    supported = holidays.list_supported_countries()
    parts = sorted(part for part in supported.get(country, []) if not part.startswith("Zone"))
    if not parts:
        return None
    listed = ", ".join(parts[:12]) + (", …" if len(parts) > 12 else "")
    return Text(f"parties connues de {country} : {listed}", f"known parts of {country}: {listed}")
