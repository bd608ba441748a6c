"""The report as one JSON document, for programs. Groups too small to be shown are null there as well."""

from __future__ import annotations

from datetime import datetime

from compiler.language.canonical import Json, instant_text
from tracker.report.figures import SMALLEST_GROUP, Engagement, Group, Report

FORMAT = 1


def document(report: Report) -> dict[str, Json]:
    o, d = report.outcomes, report.departures
    return {
        "format": FORMAT,
        "campaign": report.campaign,
        "edition": report.edition,
        "plan": report.digest,
        "segment": report.segment,
        "compiled_on": report.compiled_on.isoformat(),
        "made_at": instant_text(report.made_at),
        "first_sent": _instant(report.first_sent),
        "last_sent": _instant(report.last_sent),
        "simulated_clock": report.simulated,
        "selected": report.selected,
        "funnel": [{"clause": step.clause, "left": step.left} for step in report.funnel],
        "excluded": dict(report.exclusions),
        "outcomes": {
            "recipients": o.recipients,
            "sent": o.sent,
            "refused": o.refused,
            "skipped": o.skipped,
            "in_doubt": o.in_doubt,
            "pending": o.pending,
        },
        "skipped": dict(report.skipped),
        "refused": dict(report.refusals),
        "in_doubt_slots": list(report.in_doubt_slots),
        "bounced": report.bounced,
        "shed": report.shed,
        "people": _engagement(report.engagement, smallest=0),
        "unsubscribed": {
            "purpose": d.purpose,
            "everything": d.everything,
            "measure": d.measure,
            "undone": d.undone,
            "complaints": d.complaints,
        },
        "links": [
            {"link": f.link, "people": f.people, "clicks": f.clicks, "machine_clicks": f.machine_clicks}
            for f in report.links
        ],
        "machines": {
            "opens": sum(m.opens for m in report.machines),
            "clicks": sum(m.clicks for m in report.machines),
            "by_rule": {m.rule: {"opens": m.opens, "clicks": m.clicks} for m in report.machines},
        },
        "step_hours": report.step_hours,
        "moments": [
            {"at": instant_text(m.at), "sent": m.sent, "opened": m.opened, "clicked": m.clicked} for m in report.moments
        ],
        "groups": {dimension.value: [_group(group) for group in groups] for dimension, groups in report.groups},
    }


def _group(group: Group) -> dict[str, Json]:
    return {"name": group.name, **_engagement(group.figures, smallest=SMALLEST_GROUP)}


def _engagement(e: Engagement, *, smallest: int) -> dict[str, Json]:
    return {
        "recipients": e.recipients,
        "delivered": e.delivered,
        "may_be_measured_opens": e.may_open,
        "opened": e.opened if e.may_open >= smallest else None,
        "may_be_measured_clicks": e.may_click,
        "clicked": e.clicked if e.may_click >= smallest else None,
        "unsubscribed": e.left,
    }


def _instant(moment: datetime | None) -> str | None:
    return instant_text(moment) if moment else None
