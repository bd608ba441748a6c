"""The report as one static page: what a company's head reads first, then what an operator wants to know."""

from __future__ import annotations

import base64
from hashlib import sha256

from compiler.language.finding import Text
from compiler.review.markup import Markup, join, tag
from compiler.zones import zone
from tracker.report.breakdown import breakdowns
from tracker.report.charts import Series, bar, columns
from tracker.report.figures import Moment, Report
from tracker.report.style import STYLE
from tracker.report.summary import funnel_steps, lead, not_measured, period, tiles
from tracker.report.words import Tongue, exclusion, refusal, rule, subject_line

_STYLE_NAME = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_NAME}'; img-src data:; base-uri 'none'; form-action 'none'"
_MOST_LABELS = 6
_MOST_LINKS = 25


def render(report: Report, language: str) -> str:
    """A whole page: no script, no outside request, nobody's name."""
    say = Tongue("en" if language == "en" else "fr", zone(report.timezone))
    title = f"{report.campaign} – {say(Text('bilan', 'report'))} – {report.organisation}"
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex, nofollow"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    body = tag("div", _header(report, say), _main(report, say), _footer(report, say), class_="page")
    return "<!doctype html>\n" + tag("html", tag("head", head), tag("body", body), lang=say.language) + "\n"


def _header(report: Report, say: Tongue) -> Markup:
    edition = say(Text(", édition {n}", ", edition {n}"), n=report.edition) if report.edition != "1" else ""
    kind = say(Text("Bilan de campagne", "Campaign report"))
    simulated = say(Text("Répétition : horloge simulée.", "Rehearsal: simulated clock.")) if report.simulated else ""
    return tag(
        "header",
        tag("p", f"{report.organisation} · {kind}", class_="from"),
        tag("h1", report.campaign + edition),
        tag("p", say(Text("« {s} »", "“{s}”"), s=subject_line(report.subject, say)), class_="subject")
        if report.subject
        else "",
        tag("p", lead(report, say), class_="lead"),
        tag("p", period(report, say), class_="meta"),
        tag("p", simulated, class_="note") if simulated else "",
    )


def _main(report: Report, say: Tongue) -> Markup:
    return tag(
        "main",
        tag("ul", *(_tile(*tile) for tile in tiles(report, say)), class_="tiles"),
        tag("div", _funnel(report, say), _exclusions(report, say), class_="grid two"),
        _hours(report, say),
        tag("div", _links(report, say), _machines(report, say), class_="grid wide"),
        breakdowns(report, say),
        tag("div", _not_measured(report, say), _delivery(report, say), class_="grid two"),
    )


def _tile(name: str, value: str, of: str, alert: bool) -> Markup:
    spans = (("name", name), ("value", value), ("of", of))
    return tag(
        "li", *(tag("span", words, class_=kind) for kind, words in spans), class_="tile alert" if alert else "tile"
    )


def _step(name: str, value: str, *, share: str = "", chart: Markup | str = "", detail: str = "") -> Markup:
    number = tag("b", value, tag("span", share, class_="share") if share else "")
    row = tag("div", tag("span", name), number, class_="row")
    return tag("li", row, chart, tag("p", detail, class_="detail") if detail else "")


def _funnel(report: Report, say: Tongue) -> Markup:
    steps = [
        _step(name, say.count(n), share=share, chart=bar(n, most, name=colour), detail=detail)
        for name, n, share, detail, colour, most in funnel_steps(report, say)
    ]
    return tag(
        "section",
        tag("h2", say(Text("Du segment au clic", "From segment to click"))),
        tag("p", say(Text("Combien restent à chaque étape.", "How many are left at each step.")), class_="why"),
        tag("ol", *steps, class_="steps"),
        _clauses(report, say),
    )


def _clauses(report: Report, say: Tongue) -> Markup | str:
    """How the segment chose: what each of its clauses leaves of the whole book."""
    if len(report.funnel) < 2:
        return ""
    everyone = report.funnel[0].left
    heading = say(Text("Comment le segment a choisi", "How the segment chose"))
    items = [
        _step(
            say(Text("Tout le carnet", "The whole book")) if number == 0 else _clause(step.clause),
            say.count(step.left),
            chart=bar(step.left, everyone, name="third"),
        )
        for number, step in enumerate(report.funnel)
    ]
    return join(tag("h3", heading), tag("ol", *items, class_="steps"))


def _clause(written: str) -> str:
    """A clause as its YAML says it, without the outermost braces."""
    return written[1:-1] if written.startswith("{") and written.endswith("}") else written


def _exclusions(report: Report, say: Tongue) -> Markup:
    left_out = sum(n for _, n in report.exclusions)
    title = tag("h2", say(Text("À qui nous n’avons pas écrit, et pourquoi", "Whom we did not write to, and why")))
    if not (left_out or report.skipped):
        none = say(Text("Tous ceux que le segment a choisis.", "Nobody was left out of the segment."))
        return tag("section", title, tag("p", none, class_="why"))
    told = say.plural(
        left_out,
        Text("{n} personne du segment n’est pas dans le plan.", "{n} person of the segment is not in the plan."),
        Text("{n} personnes du segment ne sont pas dans le plan.", "{n} people of the segment are not in the plan."),
    )
    rows = [_reason(reason, n, left_out, say) for reason, n in report.exclusions]
    since = ""
    if report.skipped:
        heading = say(Text("Écartés depuis l’approbation", "Left out since approval"))
        most = sum(n for _, n in report.skipped)
        items = [_reason(reason, n, most, say) for reason, n in report.skipped]
        since = join(tag("h3", heading), tag("ul", *items, class_="steps"))
    return tag("section", title, tag("p", told, class_="why"), tag("ul", *rows, class_="steps"), since)


def _reason(reason: str, count: int, whole: int, say: Tongue) -> Markup:
    name, meaning = exclusion(reason)
    return _step(say(name), say.count(count), chart=bar(count, whole, name="third"), detail=say(meaning))


def _hours(report: Report, say: Tongue) -> Markup:
    if not report.moments:
        return Markup("")
    daily = report.step_hours > 1
    title = say(Text("Jour par jour", "Day by day") if daily else Text("Heure par heure", "Hour by hour"))
    where = say(Text("Heures de {z}.", "Times in {z}."), z=report.timezone.replace("_", " "))
    labels = _labels(report.moments, say, daily=daily)
    sent = Series("sent", tuple(m.sent for m in report.moments))
    opened = Series("opened", tuple(m.opened for m in report.moments))
    clicked = Series("clicked", tuple(m.clicked for m in report.moments))
    handed = say(Text("Messages remis", "Messages delivered"))
    people = say(Text("Première ouverture et premier clic, en personnes", "First open and first click, in people"))
    legend = tag(
        "ul",
        tag("li", say(Text("Ont ouvert", "Opened")), class_="opened"),
        tag("li", say(Text("Ont cliqué", "Clicked")), class_="clicked"),
        class_="legend",
    )
    return tag(
        "section",
        tag("h2", title),
        tag("p", where, class_="why"),
        tag("h3", handed),
        columns([sent], labels, title=handed, top=say.count(max(sent.values))),
        tag("h3", people),
        columns([opened, clicked], labels, title=people, top=say.count(max(*opened.values, *clicked.values))),
        legend,
    )


def _labels(moments: tuple[Moment, ...], say: Tongue, *, daily: bool) -> list[tuple[int, str]]:
    """At most six, evenly spread, so that they never meet on a telephone."""
    stride = max(1, -(-len(moments) // _MOST_LABELS))
    spoken = say.short_day if daily else say.hour
    return [(n, spoken(m.at)) for n, m in enumerate(moments) if n % stride == 0]


def _links(report: Report, say: Tongue) -> Markup:
    clicked = [link for link in report.links if link.people]
    title = tag("h2", say(Text("Les liens suivis", "Links followed")))
    if not clicked:
        none = say(Text("Aucun clic d’une personne mesurée jusqu’ici.", "No click by a measured person so far."))
        return tag("section", title, tag("p", none, class_="why"))
    told = say(
        Text(
            "Personnes ayant cliqué au moins une fois, parmi celles qui acceptent la mesure.",
            "People who clicked at least once, among those who consent to measuring.",
        )
    )
    shown = clicked[:_MOST_LINKS]
    most = max(link.people for link in shown)
    hosts = {link.link.partition("://")[2].partition("/")[0] for link in shown}
    if len(hosts) == 1:
        told = f"{told} {say(Text('Tous sur {host}.', 'All on {host}.'), host=next(iter(hosts)))}"
    items = [_link(link.link, link.people, most, say, hosted=len(hosts) > 1) for link in shown]
    more = say(Text("et {n} autres liens", "and {n} other links"), n=say.count(len(clicked) - len(shown)))
    rest = tag("p", more, class_="detail") if len(clicked) > len(shown) else ""
    return tag("section", title, tag("p", told, class_="why link"), tag("ol", *items, class_="steps"), rest)


def _link(link: str, people: int, most: int, say: Tongue, *, hosted: bool) -> Markup:
    host, _, path = link.partition("://")[2].partition("/")
    name = tag("span", tag("span", host, class_="host") if hosted else "", f"/{path}", class_="link")
    return _step(name, say.count(people), chart=bar(people, most))


def _machines(report: Report, say: Tongue) -> Markup:
    hits = sum(m.opens + m.clicks for m in report.machines)
    title = tag("h2", say(Text("Les machines, à part", "Machines, apart")))
    told = say(
        Text(
            "Les messageries et les antivirus ouvrent et suivent eux-mêmes des liens. Rien n’en est compté ailleurs.",
            "Mail providers and virus scanners open messages and follow links themselves. None of it counts elsewhere.",
        )
    )
    if not hits:
        none = say(Text("Aucune visite de machine jusqu’ici.", "No visit by a machine so far."))
        return tag("section", title, tag("p", told, class_="why"), tag("p", none))
    items = [
        _step(
            say(rule(m.rule)),
            say.count(m.opens + m.clicks),
            chart=bar(m.opens + m.clicks, hits, name="third"),
            detail=_hits(m.opens, m.clicks, say),
        )
        for m in report.machines
    ]
    return tag("section", title, tag("p", told, class_="why"), tag("ul", *items, class_="steps"))


def _hits(opens: int, clicks: int, say: Tongue) -> str:
    opened = say.plural(opens, Text("{n} ouverture", "{n} open"), Text("{n} ouvertures", "{n} opens"))
    followed = say.plural(clicks, Text("{n} lien suivi", "{n} link"), Text("{n} liens suivis", "{n} links"))
    return " · ".join(words for words, n in ((opened, opens), (followed, clicks)) if n)


def _not_measured(report: Report, say: Tongue) -> Markup:
    return tag(
        "section",
        tag("h2", say(Text("Ce qui n’est pas mesuré, et pourquoi", "What is not measured, and why"))),
        tag("ul", *(tag("li", sentence) for sentence in not_measured(report, say)), class_="plain"),
    )


def _delivery(report: Report, say: Tongue) -> Markup:
    """For the operator: refusals by what they mean, and each slot in doubt by its number."""
    title = tag("h2", say(Text("Remise, dans le détail", "Delivery in detail")))
    refused = [
        _step(say(refusal(name)).capitalize(), say.count(n), chart=bar(n, report.outcomes.refused, name="alert"))
        for name, n in report.refusals
    ]
    none = say(Text("Aucun refus, aucun doute : chaque message est remis.", "No refusal, no doubt: all are delivered."))
    doubt = ""
    if report.in_doubt_slots:
        told = say(
            Text(
                "En doute (la coupure est tombée entre l’envoi et la réponse) : emplacements {s}. Jamais renvoyés "
                "sans décision.",
                "In doubt (the break fell between sending and the reply): slots {s}. Never resent without a decision.",
            ),
            s=", ".join(str(slot) for slot in report.in_doubt_slots),
        )
        doubt = tag("p", told, class_="detail")
    quiet = tag("p", none, class_="why") if not (refused or report.in_doubt_slots or report.outcomes.pending) else ""
    waiting = say.plural(
        report.outcomes.pending,
        Text("{n} message attend encore.", "{n} message is still waiting."),
        Text("{n} messages attendent encore.", "{n} messages are still waiting."),
    )
    pending = tag("p", waiting, class_="why") if report.outcomes.pending else ""
    return tag("section", title, quiet, pending, tag("ul", *refused, class_="steps") if refused else "", doubt)


def _footer(report: Report, say: Tongue) -> Markup:
    made = say(
        Text("Établi le {day} à {time}.", "Made on {day} at {time}."),
        day=say.day(report.made_at),
        time=say.time(report.made_at),
    )
    plan = say(Text("Plan {digest}", "Plan {digest}"), digest=report.digest)
    return tag("footer", tag("p", made), tag("p", plan))
