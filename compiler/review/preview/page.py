"""One message's page: the inbox line, the message in every light and width, its text, its source, what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from compiler.language.finding import Text
from compiler.review.markup import Markup, join, tag
from compiler.review.preview.facts import facts_column
from compiler.review.preview.frames import Light, frame
from compiler.review.preview.parts import findings_section, personal_note, whole
from compiler.review.preview.pictures import Pictures
from compiler.review.preview.reading import Seen, read, shortened
from compiler.review.preview.source import source_view
from compiler.review.preview.values import Mail, Preview
from compiler.review.preview.words import CASES, WHY, Tongue

_VIEWS = (
    ("desk", Text("Ordinateur", "Desktop")),
    ("phone", Text("Téléphone", "Phone")),
    ("text", Text("Texte seul", "Plain text")),
    ("source", Text("Source", "Source")),
)
_LIGHTS = (
    ("day", Text("Clair", "Light")),
    ("night", Text("Sombre", "Dark")),
    ("off", Text("Sans images", "Images off")),
)


def message_page(preview: Preview, mail: Mail, pictures: Pictures, say: Tongue, *, version: str) -> str:
    case = say(CASES[mail.case])
    header = tag(
        "header",
        tag("p", tag("a", f"← {preview.campaign}", href="index.html"), class_="from"),
        tag("h1", case),
        tag("p", say(WHY[mail.case]).capitalize(), class_="lead"),
        _choices(preview, mail, say),
    )
    title = f"{case} – {mail.variant} {mail.language} – {preview.campaign}"
    if mail.failure is not None:
        failed = say(Text("Aucun message pour ce contact :", "No message for this contact:"))
        failure = tag("p", tag("strong", failed), f" {say(mail.failure)}.", class_="failure")
        main = tag("main", tag("section", failure), findings_section(mail.findings, say))
    else:
        seen = read(mail.html, preview.tracker)
        frames = [frame(mail.html, light, pictures, tracker=preview.tracker) for light in Light]
        left = join(_inbox(mail, seen, say), _bench(preview, mail, seen, [document for document, _ in frames], say))
        right = join(facts_column(mail, seen, frames[0][1], say))
        main = tag("main", tag("div", tag("div", left), tag("div", right), class_="cols"))
    return whole(title, join(personal_note(preview, say), header, main), say, version=version)


def _choices(preview: Preview, mail: Mail, say: Tongue) -> Markup:
    """Links to the same message for another contact, in another variant or language."""
    here = (mail.case, mail.variant, mail.language)
    rows: list[tuple[Text, list[tuple[str, Mail]]]] = [
        (Text("Contact", "Contact"), [(say(CASES[m.case]), m) for m in preview.mails if _near(m, here, 0)]),
        (Text("Variante", "Variant"), [(m.variant, m) for m in preview.mails if _near(m, here, 1)]),
        (Text("Langue", "Language"), [(say.of_language(m.language), m) for m in preview.mails if _near(m, here, 2)]),
    ]
    shown = [(say(name), links) for name, links in rows if len(links) > 1]
    return tag("div", *(_choice(name, links, mail) for name, links in shown), class_="choices")


def _near(mail: Mail, here: tuple[str, str, str], axis: int) -> bool:
    """Whether a message differs in one respect at most."""
    there = (mail.case, mail.variant, mail.language)
    return all(a == b for n, (a, b) in enumerate(zip(here, there, strict=True)) if n != axis)


def _choice(name: str, links: Sequence[tuple[str, Mail]], mail: Mail) -> Markup:
    items = (
        tag("li", tag("a", words, href=other.page, aria_current="page" if other.page == mail.page else None))
        for words, other in links
    )
    return tag("nav", tag("span", name, aria_hidden="true"), tag("ul", *items), class_="choice", aria_label=name)


def _inbox(mail: Mail, seen: Seen, say: Tongue) -> Markup:
    """The line by which the message is judged, as wide as it usually is."""
    who, what, following = (
        tag("span", words, class_=kind)
        for words, kind in ((mail.sender[0], "who"), (mail.subject, "what"), (seen.inbox, "next"))
    )
    both = tag("span", tag("b", mail.subject), tag("span", f" – {seen.inbox}", class_="tail"), class_="both")
    lines = (
        (Text("Ordinateur, une ligne", "Desktop, one line"), "wide", tag("div", who, both, class_="line wide-line")),
        (Text("Téléphone", "Phone"), "", tag("div", who, what, following, class_="line phone-line")),
        (Text("Volet étroit", "Narrow pane"), "", tag("div", who, what, following, class_="line pane-line")),
    )
    told = say(
        Text(
            "De : {name} <{address}>. Objet : {n} caractères ; un téléphone en montre une quarantaine.",
            "From: {name} <{address}>. Subject: {n} characters; a phone shows about forty.",
        ),
        name=mail.sender[0],
        address=mail.sender[1],
        n=len(mail.subject),
    )
    figures = (
        tag("figure", tag("figcaption", say(name)), line, class_=f"inbox {kind}".strip(), lang=None)
        for name, kind, line in lines
    )
    return tag(
        "section",
        tag("h2", say(Text("Dans la boîte de réception", "In the inbox"))),
        tag("p", told, class_="why"),
        tag("div", *figures, class_="inboxes"),
    )


def _bench(preview: Preview, mail: Mail, seen: Seen, frames: Sequence[str], say: Tongue) -> Markup:
    heard = {"day": "", "night": "night", "off": "off"}
    windows = [
        _window(document, heard[name], f"{say(Text('Le message', 'The message'))}, {say(words)}")
        for (name, words), document in zip(_LIGHTS, frames, strict=True)
    ]
    night = say(
        Text("Ce message dit comment il se montre la nuit.", "This message says how it looks at night.")
        if seen.dark
        else Text(
            "Ce message n'a pas de style sombre : chaque messagerie le change à sa façon.",
            "This message has no dark style: each mail program changes it in its own way.",
        )
    )
    off = say(
        Text(
            "Beaucoup de messageries ne chargent pas les images d'un expéditeur inconnu : leur texte reste.",
            "Many mail programs do not load pictures from unknown senders: their text remains.",
        )
    )
    stage = join(
        tag("div", tag("div", _head(mail), *windows, class_="device"), class_="stage", tabindex="0", role="region",
            aria_label=say(Text("Le message", "The message"))),
        tag("p", night, class_="hint light night"),
        tag("p", off, class_="hint light off"),
    )  # fmt: skip
    return tag(
        "section",
        tag("h2", say(Text("Le message", "The message"))),
        tag(
            "div",
            _radios("view", Text("Affichage", "View"), _VIEWS, say),
            _radios("light", Text("Lumière", "Light"), _LIGHTS, say, class_="lights"),
            class_="controls",
        ),
        stage,
        tag("div", tag("pre", shortened(mail.text, preview.tracker), lang=mail.language), class_="text"),
        tag("div", source_view(preview, mail, say), class_="source"),
        class_="bench",
    )


def _head(mail: Mail) -> Markup:
    """What a mail program writes above a message."""
    name, address = mail.sender
    return tag(
        "div",
        tag("span", name[:1], class_="face", aria_hidden="true"),
        tag("p", tag("b", mail.subject, lang=mail.language), tag("span", f"{name} <{address}>")),
        class_="head",
    )


def _window(document: str, kind: str, title: str) -> Markup:
    # An empty sandbox: no script, no form, no way out of the frame.
    written = f' class="{kind}"' if kind else ""
    return Markup(f'<iframe{written} sandbox="" title="{escape(title)}" srcdoc="{escape(document)}"></iframe>')


def _radios(name: str, legend: Text, choices: Sequence[tuple[str, Text]], say: Tongue, *, class_: str = "") -> Markup:
    parts: list[Markup] = []
    for number, (value, words) in enumerate(choices):
        key = f"{name}-{value}"
        parts.append(tag("input", type="radio", name=name, id=key, value=value, checked=number == 0))
        parts.append(tag("label", say(words), for_=key))
    return tag("fieldset", tag("legend", say(legend)), tag("div", *parts, class_="seg"), class_=class_ or None)
