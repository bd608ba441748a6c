"""What the preview's pages share: their head, the warning of a personal one, findings beside their place."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import sha256

from compiler.language.finding import Finding, Text
from compiler.review.formats import counted
from compiler.review.markup import Markup, join, tag
from compiler.review.preview.style import STYLE
from compiler.review.preview.values import Preview
from compiler.review.preview.words import SEVERITIES, Tongue

#: Asks the preview's own server, and nobody else, whether files changed; the chosen views outlive the reload.
RELOAD = (
    "for(const radio of document.querySelectorAll('input[type=radio]')){"
    "radio.checked=sessionStorage[radio.name]?sessionStorage[radio.name]===radio.value:radio.checked;"
    "radio.addEventListener('change',()=>{sessionStorage[radio.name]=radio.value})}"
    "setInterval(async()=>{try{const said=await(await fetch('version',{cache:'no-store'})).text();"
    "if(said!==document.documentElement.dataset.version)location.reload()}catch{}},500)"
)


def whole(title: str, body: str, say: Tongue, *, version: str) -> str:
    """A page that asks for nothing: no script, no request, no form.

    One with a version is live: it may run the one script that it holds.
    """
    # Messages are styled in their elements, which no hash can name: styles alone are free, and they cannot fetch.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    script: Markup | str = ""
    if version:
        policy += f"; script-src 'sha256-{_name(RELOAD)}'; connect-src 'self'"
        script = tag("script", Markup(RELOAD))
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex, nofollow"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content="envoi preview"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    shown = tag("body", tag("div", body, class_="page"), script)
    page = tag("html", tag("head", head), shown, lang=say.language, data_version=version or None)
    return f"<!doctype html>\n{page}\n"


def personal_note(preview: Preview, say: Tongue) -> Markup | str:
    if not preview.personal:
        return ""
    title = say(Text("Données personnelles.", "Personal data."))
    told = say(
        Text(
            "Cette page montre un contact réel. Ne pas la publier, ni la joindre à une demande de fusion ; "
            "l'effacer après usage.",
            "This page shows a real contact. Do not publish it or attach it to a pull request; delete it after use.",
        )
    )
    return tag("aside", tag("strong", title), f" {told}", class_="personal")


def findings_list(findings: Iterable[Finding], say: Tongue) -> Markup:
    """Each with its place, and what to do."""
    return tag("ul", *(_finding(one, say) for one in findings), class_="findings")


def findings_section(findings: tuple[Finding, ...], say: Tongue) -> Markup:
    title = tag("h2", say(Text("Constats", "Findings")))
    summary = tag("p", counted(findings, say.language).capitalize(), class_="why")
    return tag("section", title, summary, findings_list(findings, say) if findings else "")


def remark(one: Finding, say: Tongue) -> Markup:
    """A finding in a few words, to stand under its line."""
    label = tag("span", f"{say(SEVERITIES[one.severity])} {one.code}", class_="tag")
    return join(
        label, " ", _sentence(one, "message", say), " ", tag("span", _sentence(one, "advice", say), class_="cure")
    )


def _finding(one: Finding, say: Tongue) -> Markup:
    waived = say(Text("Levée : {reason}", "Waived: {reason}"), reason=one.waived) if one.waived else ""
    return tag(
        "li",
        tag("p", tag("span", f"{say(SEVERITIES[one.severity])} {one.code}", class_="tag")),
        tag("p", _sentence(one, "message", say)),
        tag("p", _sentence(one, "advice", say), class_="cure"),
        tag("p", waived) if waived else "",
        tag("p", str(one.place), class_="place"),
        class_=one.severity.value,
    )


def _sentence(one: Finding, what: str, say: Tongue) -> str:
    spoken = one.advice if what == "advice" else one.message
    said = say(Text(spoken("fr"), spoken("en")))
    first = said.partition(" ")[0]
    said = said if "." in first else f"{said[:1].upper()}{said[1:]}"  # contact.company keeps its spelling
    return said + ("" if said.endswith((".", "?", "!")) else ".")


def _name(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()
