"""The figures by segment, variant, language, lane and zone: tables that become cards on a telephone."""

from __future__ import annotations

from compiler.language.finding import Text
from compiler.language.lane import OTHER
from compiler.review.markup import Markup, join, tag
from tracker.report.figures import SMALLEST_GROUP, Dimension, Group, Report
from tracker.report.words import LANGUAGES, OTHER_LANE, Tongue

_TITLES = {
    Dimension.SEGMENT: Text("Par segment", "By segment"),
    Dimension.VARIANT: Text("Par variante", "By variant"),
    Dimension.LANGUAGE: Text("Par langue", "By language"),
    Dimension.LANE: Text("Par messagerie", "By mail provider"),
    Dimension.ZONE: Text("Par fuseau horaire", "By time zone"),
}
_COLUMNS = (
    Text("Destinataires", "Recipients"),
    Text("Remis", "Delivered"),
    Text("Ont ouvert", "Opened"),
    Text("Ont cliqué", "Clicked"),
    Text("Désinscrits", "Unsubscribed"),
)


def breakdowns(report: Report, say: Tongue) -> Markup:
    """Only what distinguishes: one lane or one language says nothing more than the whole."""
    tables = [
        _table(dimension, groups, say)
        for dimension, groups in report.groups
        if len(groups) > 1 or (dimension is Dimension.SEGMENT and groups)
    ]
    unknown = ""
    if report.segments_unknown:
        told = Text(
            "Les segments ne sont pas détaillés : les clés du carnet ne sont pas sur cette machine.",
            "Segments are not detailed: the book's keys are not on this machine.",
        )
        unknown = tag("p", say(told), class_="why")
    if not tables and not unknown:
        return Markup("")
    heading = say(Text("Qui a répondu", "Who responded"))
    why = say(
        Text(
            "Taux parmi les personnes mesurées de chaque groupe. Une personne peut être dans plusieurs segments.",
            "Rates among the measured people of each group. A person may be in several segments.",
        )
    )
    return tag("section", tag("h2", heading), tag("p", why, class_="why"), unknown, *tables)


def rate(part: int, whole: int, say: Tongue) -> str:
    """A share, unless it would tell of somebody."""
    return say.share(part, whole) if whole >= SMALLEST_GROUP or not whole else say(Text("trop peu", "too few"))


def group_name(dimension: Dimension, group: Group, say: Tongue) -> str:
    if dimension is Dimension.LANGUAGE and group.name in LANGUAGES:
        return say(LANGUAGES[group.name])
    if dimension is Dimension.LANE:
        return say(OTHER_LANE) if group.name == OTHER else group.name.capitalize()
    return group.name.replace("_", " ")


def _table(dimension: Dimension, groups: tuple[Group, ...], say: Tongue) -> Markup:
    title = say(_TITLES[dimension])
    heads = [tag("th", say(column), scope="col") for column in _COLUMNS]
    head = tag("thead", tag("tr", tag("th", tag("span", title, class_="hidden"), scope="col"), *heads))
    rows = [_row(dimension, group, say) for group in groups]
    table = tag("table", head, tag("tbody", *rows))
    opened = dimension in (Dimension.SEGMENT, Dimension.VARIANT)
    return tag("details", tag("summary", title), table, open=opened)


def _row(dimension: Dimension, group: Group, say: Tongue) -> Markup:
    f = group.figures
    cells = (
        say.count(f.recipients),
        say.count(f.delivered),
        _measured(f.opened, f.may_open, say),
        _measured(f.clicked, f.may_click, say),
        say.count(f.left),
    )
    described = tag("div", group.description, class_="detail") if group.description else ""
    name = tag("th", group_name(dimension, group, say), described, scope="row")
    named = zip(_COLUMNS, cells, strict=True)
    return tag("tr", name, *(tag("td", cell, data_label=say(column)) for column, cell in named))


def _measured(part: int, whole: int, say: Tongue) -> Markup:
    share = rate(part, whole, say)
    if whole < SMALLEST_GROUP:
        return tag("span", share, class_="detail")
    of = say(Text("{p} sur {w}", "{p} of {w}"), p=say.count(part), w=say.count(whole))
    return join(tag("b", share), tag("span", of, class_="detail"))
