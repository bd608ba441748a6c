"""What stands beside a message: its size, what was merged, where its links lead, which pictures it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.language.finding import Text
from compiler.review.markup import Markup, join, tag
from compiler.review.preview.parts import findings_section
from compiler.review.preview.reading import Link, Seen
from compiler.review.preview.values import Known, Mail
from compiler.review.preview.words import Tongue
from compiler.review.words import size

_CLIPPED = 102_400  # bytes of HTML: Gmail hides the rest


def facts_column(mail: Mail, seen: Seen, foreign: Sequence[str], say: Tongue) -> Markup:
    return join(
        findings_section(mail.findings, say),
        _facts(mail, seen, say),
        _known(mail, say),
        _foreign(foreign, say),
        _links(seen, say),
    )


def _facts(mail: Mail, seen: Seen, say: Tongue) -> Markup:
    rows = [(say(name), value) for name, value in _measures(mail, seen, say)]
    return tag("section", tag("h2", say(Text("En bref", "At a glance"))), _listed(rows))


def _measures(mail: Mail, seen: Seen, say: Tongue) -> Iterator[tuple[Text, str]]:
    share = round(mail.html_size * 100 / _CLIPPED)
    yield Text("Message", "Message"), size(mail.size, say.language)
    clip = Text("{size}, {n} % de ce que Gmail montre", "{size}, {n}% of what Gmail shows")
    yield Text("HTML", "HTML"), say(clip, size=size(mail.html_size, say.language), n=share)
    without = sum(picture.alt is None for picture in seen.pictures)
    pictures = str(len(seen.pictures))
    if without:
        pictures += say(Text(", dont {n} sans texte", ", {n} without a text"), n=without)
    yield Text("Images", "Pictures"), pictures
    yield Text("Liens", "Links"), str(len(seen.links))
    opened = Text("un pixel", "a pixel") if seen.pixel else Text("non mesurée", "not measured")
    yield Text("Ouverture", "Opening"), say(opened)
    measured = sum(link.measured for link in seen.links)
    clicks = (Text("{n} lien mesuré", "{n} measured link"), Text("{n} liens mesurés", "{n} measured links"))
    unmeasured = say(Text("non mesurés", "not measured"))
    yield Text("Clics", "Clicks"), say.plural(measured, *clicks) if measured else unmeasured
    for block, count in mail.rows:
        yield Text(block, block), say.plural(count, Text("{n} ligne", "{n} row"), Text("{n} lignes", "{n} rows"))


def _known(mail: Mail, say: Tongue) -> Markup | str:
    if not mail.known:
        return ""
    title = say(Text("Ce que le message sait du contact", "What the message knows of the contact"))
    return tag("section", tag("h2", title), _listed([(one.name, _value(one, say)) for one in mail.known]))


def _value(one: Known, say: Tongue) -> Markup | str:
    if not one.value:
        return tag("small", say(Text("inconnu, rien ne le remplace", "unknown, nothing stands in")))
    if one.fallback:
        return join(one.value, " ", tag("small", say(Text("(valeur de repli)", "(fallback)"))))
    return one.value


def _foreign(foreign: Sequence[str], say: Tongue) -> Markup | str:
    if not foreign:
        return ""
    title = say(Text("Images d'ailleurs", "Pictures from elsewhere"))
    told = say(
        Text(
            "Cet aperçu ne charge rien : leur texte est montré à leur place.",
            "This preview loads nothing: their text is shown instead.",
        )
    )
    items = (tag("li", tag("code", url or "?")) for url in foreign)
    return tag("section", tag("h2", title), tag("p", told, class_="why"), tag("ul", *items, class_="links"))


def _links(seen: Seen, say: Tongue) -> Markup | str:
    if not seen.links:
        return ""
    title = say(Text("Où mènent les liens", "Where the links lead"))
    return tag(
        "section", tag("h2", title), tag("ol", *(tag("li", _link(link, say)) for link in seen.links), class_="links")
    )


def _link(link: Link, say: Tongue) -> Markup:
    label = tag("span", link.label or say(Text("(sans texte)", "(without text)")))
    if link.own or not link.target.startswith(("https://", "http://")):
        return join(label, tag("code", link.target))
    # Followed only by whoever clicks on it, in a page of its own that is told nothing.
    return join(label, tag("a", link.target, href=link.target, target="_blank", rel="noopener noreferrer nofollow"))


def _listed(rows: Sequence[tuple[str, Markup | str]]) -> Markup:
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in rows))
