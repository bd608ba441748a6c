"""The preview's first page: every message as a line of an inbox, and what was found."""

from __future__ import annotations

from itertools import groupby

from compiler.language.finding import Text
from compiler.review.formats import counted
from compiler.review.markup import Markup, join, tag
from compiler.review.preview.parts import findings_section, personal_note, whole
from compiler.review.preview.reading import read
from compiler.review.preview.values import Mail, Preview
from compiler.review.preview.words import CASES, WHY, Tongue
from compiler.review.words import size


def index_page(preview: Preview, say: Tongue, *, version: str) -> str:
    what = say(Text("Aperçu", "Preview"))
    header = tag(
        "header",
        tag("p", f"{preview.organisation} · {what}" if preview.organisation else what, class_="from"),
        tag("h1", preview.campaign),
        tag("p", _lead(preview, say), class_="lead"),
    )
    groups = groupby(preview.mails, key=lambda mail: (mail.variant, mail.language))
    sections = [_group(preview, variant, language, list(mails), say) for (variant, language), mails in groups]
    main = tag("main", findings_section(preview.findings, say) if preview.findings else "", *sections)
    return whole(f"{preview.campaign} – {what}", join(personal_note(preview, say), header, main), say, version=version)


def _lead(preview: Preview, say: Tongue) -> str:
    if preview.problem is not None:
        return say(preview.problem).capitalize()
    if not preview.mails:
        return say(
            Text("Aucun message ne peut être montré : corriger les constats.", "No message can be shown: see findings.")
        )
    if preview.personal:
        return say(Text("Ce que ce contact recevrait.", "What this contact would receive."))
    nothing = say(Text(" Rien à signaler.", " Nothing to report.")) if not preview.findings else ""
    return (
        say(
            Text(
                "Ce que recevraient des contacts fictifs, choisis pour ce qui peut mal tourner. Aucune donnée réelle.",
                "What fictional contacts would receive, chosen for what can go wrong. No real data.",
            )
        )
        + nothing
    )


def _group(preview: Preview, variant: str, language: str, mails: list[Mail], say: Tongue) -> Markup:
    spoken = say.of_language(language)
    several = len({mail.variant for mail in preview.mails}) > 1
    named = say(Text("Variante {v}, en {l}", "Variant {v}, in {l}"), v=variant, l=spoken)
    title = named if several else say(Text("En {l}", "In {l}"), l=spoken)
    return tag(
        "section", tag("h2", title), tag("ul", *(tag("li", _line(preview, m, say)) for m in mails), class_="mails")
    )


def _line(preview: Preview, mail: Mail, say: Tongue) -> Markup:
    case = tag("span", say(CASES[mail.case]), tag("small", say(WHY[mail.case])), class_="case")
    if mail.failure is not None:
        failed = say(Text("Aucun message", "No message"))
        shown = tag("span", tag("span", f"{failed} : " if say.language == "fr" else f"{failed}: ", class_="bad"),
                    tag("span", say(mail.failure)), class_="shown")  # fmt: skip
        return tag("a", case, shown, href=mail.page)
    inbox = read(mail.html, preview.tracker).inbox
    subject = tag("span", mail.subject, class_="what", lang=mail.language)
    following = tag("span", inbox, class_="next", lang=mail.language)
    rows = sum(count for _, count in mail.rows)
    facts = [size(mail.size, say.language)]
    if mail.rows:
        facts.insert(0, say.plural(rows, Text("{n} produit", "{n} product"), Text("{n} produits", "{n} products")))
    noted = tag("span", counted(mail.findings, say.language), class_="noted") if mail.findings else ""
    return tag(
        "a",
        case,
        tag("span", subject, following, class_="shown"),
        tag("span", " · ".join(facts), " " if noted else "", noted, class_="facts"),
        href=mail.page,
    )
