"""What the figures say, in sentences: shared by the page and the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.finding import Text
from compiler.review.markup import Markup, join, tag
from tracker.report.figures import Report
from tracker.report.words import Tongue


def lead(report: Report, say: Tongue) -> Markup:
    """The campaign in one paragraph."""
    o, e = report.outcomes, report.engagement
    delivered = say.plural(
        o.sent,
        Text("{n} message a été remis", "{n} message was delivered"),
        Text("{n} messages ont été remis", "{n} messages were delivered"),
    )
    of = say(Text(" sur {n} destinataires.", " of {n} recipients."), n=say.count(o.recipients))
    parts: list[str] = [join(tag("strong", delivered), of)]
    if o.pending:
        waiting = Text("{n} message attend encore.", "{n} message is still waiting.")
        several = Text("{n} messages attendent encore.", "{n} messages are still waiting.")
        parts.append(say.plural(o.pending, waiting, several))
    if e.may_open or e.may_click:
        parts.append(_readers(report, say))
    if left := report.departures.purpose + report.departures.everything:
        parts.append(
            say.plural(
                left,
                Text("{n} personne s’est désinscrite.", "{n} person unsubscribed."),
                Text("{n} personnes se sont désinscrites.", "{n} people unsubscribed."),
            )
        )
    return join(*parts, by=" ")


def _readers(report: Report, say: Tongue) -> str:
    """Each rate beside the people it is a rate of: those who consent to opens are not always those who do to clicks."""
    e = report.engagement
    both = e.may_open == e.may_click
    consent = Text(
        "Parmi les {n} personnes qui acceptent d’être mesurées, ", "Of the {n} people who consent to being measured, "
    )
    opens = Text(
        "Parmi les {n} personnes qui acceptent la mesure des ouvertures, ",
        "Of the {n} people who consent to the measuring of opens, ",
    )
    clicks = Text(" ; parmi les {n} qui acceptent celle des clics, ", "; of the {n} who consent to that of clicks, ")
    opened = say.plural(
        e.opened,
        Text("{n} a ouvert ({s})", "{n} opened ({s})"),
        Text("{n} ont ouvert ({s})", "{n} opened ({s})"),
        s=say.share(e.opened, e.may_open),
    )
    clicked = say.plural(
        e.clicked,
        Text("{n} a cliqué ({s}).", "{n} clicked ({s})."),
        Text("{n} ont cliqué ({s}).", "{n} clicked ({s})."),
        s=say.share(e.clicked, e.may_click),
    )
    between = say(Text(" et ", " and ")) if both else say(clicks, n=say.count(e.may_click))
    return say(consent if both else opens, n=say.count(e.may_open)) + opened + between + clicked


def period(report: Report, say: Tongue) -> str:
    """When it left."""
    first, last = report.first_sent, report.last_sent
    if first is None or last is None:
        return say(Text("Aucun message n’est encore parti.", "No message has left yet."))
    if say.day(first) == say.day(last):
        told = Text("Envoyé le {day}, de {t1} à {t2}.", "Sent on {day}, from {t1} to {t2}.")
        return say(told, day=say.day(first), t1=say.time(first), t2=say.time(last))
    told = Text("Envoyé du {d1}, {t1}, au {d2}, {t2}.", "Sent from {d1}, {t1}, to {d2}, {t2}.")
    return say(told, d1=say.day(first), t1=say.time(first), d2=say.day(last), t2=say.time(last))


def tiles(report: Report, say: Tongue) -> Iterator[tuple[str, str, str, bool]]:
    """The headline figures: name, value, what it is a part of, whether it should worry."""
    o, e, d = report.outcomes, report.engagement, report.departures
    of_recipients = Text("{s} des {n} destinataires", "{s} of {n} recipients")
    measured = Text("{o} des {n} qui l’acceptent", "{o} of {n} who consent")
    none_yet, nobody = (
        Text("aucun message remis encore", "no message delivered yet"),
        Text("personne n’a accepté la mesure", "nobody consents to measuring"),
    )
    yield (
        say(Text("Remis", "Delivered")),
        say.count(o.sent),
        say(of_recipients, s=say.share(o.sent, o.recipients), n=say.count(o.recipients)),
        False,
    )
    for name, part, whole in (
        (Text("Ont ouvert", "Opened"), e.opened, e.may_open),
        (Text("Ont cliqué", "Clicked"), e.clicked, e.may_click),
    ):
        among = (
            say(measured, o=say.count(part), n=say.count(whole)) if whole else say(nobody if e.delivered else none_yet)
        )
        yield say(name), say.share(part, whole), among, False
    yield (
        say(Text("Refusés", "Refused")),
        say.count(o.refused),
        say(of_recipients, s=say.share(o.refused, o.recipients), n=say.count(o.recipients)),
        o.refused * 20 > o.recipients,
    )
    left = d.purpose + d.everything
    complaints = say.plural(
        d.complaints, Text(", {n} plainte", ", {n} complaint"), Text(", {n} plaintes", ", {n} complaints")
    )
    of_delivered = say(Text("{s} des messages remis", "{s} of messages delivered"), s=say.share(left, o.sent))
    of_delivered = of_delivered if o.sent else say(none_yet)
    yield (
        say(Text("Désinscrits", "Unsubscribed")),
        say.count(left),
        of_delivered + (complaints if d.complaints else ""),
        left * 100 > max(o.sent, 1),
    )


def funnel_steps(report: Report, say: Tongue) -> Iterator[tuple[str, int, str, str, str, int]]:
    """Name, number, share of the step before, detail, colour, and the number that fills the bar."""
    o, e = report.outcomes, report.engagement
    most = max(report.selected, o.recipients, 1)
    chosen = say(Text("segment {name}", "segment {name}"), name=report.segment)
    yield say(Text("Choisis par le segment", "Chosen by the segment")), report.selected, "", chosen, "third", most
    planned = say(Text("le droit et vos règles appliqués", "after the law and your rules"))
    rows = (
        (Text("Destinataires du plan", "Recipients of the plan"), o.recipients, report.selected, planned, "third"),
        (Text("Remis", "Delivered"), o.sent, o.recipients, "", "main"),
    )
    for name, number, whole, detail, colour in rows:
        yield say(name), number, say.share(number, whole), detail, colour, most
    measured = say(Text("les autres ne sont jamais suivis", "the others are never tracked"))
    accept = say(Text("Acceptent la mesure des ouvertures", "Consent to the measuring of opens"))
    yield accept, e.may_open, say.share(e.may_open, o.sent), measured, "main", most
    yield say(Text("Ont ouvert", "Opened")), e.opened, say.share(e.opened, e.may_open), "", "second", most
    among = Text("des {n} qui acceptent la mesure des clics", "of the {n} who consent to the measuring of clicks")
    apart = say(among, n=say.count(e.may_click)) if e.may_click != e.may_open else ""
    yield say(Text("Ont cliqué", "Clicked")), e.clicked, say.share(e.clicked, e.may_click), apart, "second", most


def not_measured(report: Report, say: Tongue) -> Iterator[str]:
    """The limits of the figures, said before anybody asks."""
    e = report.engagement
    counted = (
        (e.delivered - e.may_open, _SILENT_OPENS),
        (e.delivered - e.may_click, _SILENT_CLICKS),
        (report.departures.measure, _STOPPED),
        (report.shed, _SHED),
    )
    yield from (say.plural(number, *texts) for number, texts in counted if number > 0)
    yield from (say(text) for text in _ALWAYS)


_SILENT_OPENS = (
    Text(
        "{n} destinataire n’a pas accepté la mesure des ouvertures : son message n’en porte aucune trace. "
        "Il ne compte ni comme lecteur, ni comme indifférent.",
        "{n} recipient did not consent to the measuring of opens: their message carries no trace of it. "
        "They count neither as a reader nor as indifferent.",
    ),
    Text(
        "{n} destinataires n’ont pas accepté la mesure des ouvertures : leurs messages n’en portent aucune "
        "trace. Ils ne comptent ni comme lecteurs, ni comme indifférents.",
        "{n} recipients did not consent to the measuring of opens: their messages carry no trace of it. "
        "They count neither as readers nor as indifferent.",
    ),
)
_SILENT_CLICKS = (
    Text("{n} destinataire reçoit des liens ordinaires, sans suivi.", "{n} recipient gets plain links."),
    Text("{n} destinataires reçoivent des liens ordinaires, sans suivi.", "{n} recipients get plain links."),
)
_STOPPED = (
    Text("{n} personne a arrêté la mesure depuis.", "{n} person has stopped being measured since."),
    Text("{n} personnes ont arrêté la mesure depuis.", "{n} people have stopped being measured since."),
)
_SHED = (
    Text(
        "{n} visite a été servie sans être gardée, pour cause d’affluence (tous envois).",
        "{n} visit was answered but not kept, because of a rush (all campaigns).",
    ),
    Text(
        "{n} visites ont été servies sans être gardées, pour cause d’affluence (tous envois).",
        "{n} visits were answered but not kept, because of a rush (all campaigns).",
    ),
)
_ALWAYS = (
    Text(
        "Qui lit sans afficher les images n’apparaît pas comme lecteur ; qui lit par un relais d’images (Apple, "
        "Gmail) est compté avec les machines. Le taux d’ouverture est donc un minimum.",
        "Whoever reads without showing pictures does not appear as a reader; whoever reads through an image proxy "
        "(Apple, Gmail) is counted with the machines. The open rate is a lower bound.",
    ),
    Text(
        "« Remis » veut dire accepté par le serveur du destinataire ou par le relais, pas forcément lu ni classé "
        "en boîte de réception.",
        "“Delivered” means accepted by the recipient's server or by the relay, not necessarily read.",
    ),
    Text(
        "Aucune adresse IP n’est gardée, et les groupes de moins de cinq personnes mesurées ne sont pas détaillés.",
        "No IP address is kept, and groups of fewer than five measured people are not detailed.",
    ),
)
