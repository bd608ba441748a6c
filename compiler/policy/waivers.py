"""Waivers: a finding that somebody answers for, until a day. What protects people cannot be waived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from compiler.language.campaign import Campaign, Waiver
from compiler.language.catalogue import catalogue
from compiler.language.catalogue.law import WAIVER_EXPIRED, WAIVER_REFUSED, WAIVER_UNKNOWN, WAIVER_UNUSED
from compiler.language.finding import Entry, Finding, did_you_mean, finding


def apply_waivers(campaign: Campaign, findings: Iterable[Finding], *, on: date) -> list[Finding]:
    """The findings, those covered on a day bearing the waiver's end and reason, and what is wrong with the waivers."""
    known = catalogue()
    listed = list(findings)
    active = {w.rule: w for w in campaign.waivers if w.rule in known and known[w.rule].waivable and on <= w.until}
    used = {f.code for f in listed} & active.keys()
    waived = [replace(f, waived=_said(active[f.code])) if f.code in used else f for f in listed]
    return waived + [found for w in campaign.waivers if (found := _problem(w, known, used, on)) is not None]


def _said(waiver: Waiver) -> str:
    """Until when, and why: the end comes first, for a long reason may be cut where it is shown."""
    return f"→ {waiver.until.isoformat()} · {' '.join(waiver.reason.split())}"


def _problem(waiver: Waiver, known: dict[str, Entry], used: set[str], on: date) -> Finding | None:
    if waiver.rule not in known:
        hint = did_you_mean(waiver.rule, sorted(known))
        return finding(WAIVER_UNKNOWN, waiver.place, hint=hint, rule=waiver.rule)
    if not known[waiver.rule].waivable:
        return finding(WAIVER_REFUSED, waiver.place, rule=waiver.rule)
    if on > waiver.until:
        return finding(WAIVER_EXPIRED, waiver.place, rule=waiver.rule, until=waiver.until.isoformat())
    return None if waiver.rule in used else finding(WAIVER_UNUSED, waiver.place, rule=waiver.rule)
