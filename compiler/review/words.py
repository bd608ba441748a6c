"""The words for what a plan says: reasons, parts, days and counts, in French and English."""

from __future__ import annotations

from datetime import date, datetime, time

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from compiler.language.finding import Text
from compiler.language.plan import Exclusion, Manifest, Rendered

#: Why somebody is left out, as labels that fit any count.
REASONS: dict[Exclusion, Text] = {
    Exclusion.UNSUBSCRIBED: Text("désinscription", "unsubscribed"),
    Exclusion.OBJECTED: Text("opposition à ces messages", "objection to these messages"),
    Exclusion.BOUNCED: Text("adresse qui n'existe plus", "address that no longer exists"),
    Exclusion.COMPLAINED: Text("message signalé comme indésirable", "message reported as spam"),
    Exclusion.NO_BASIS: Text("ni consentement ni autre base légale", "neither consent nor another legal basis"),
    Exclusion.NO_PROOF: Text("consentement sans preuve", "consent without proof"),
    Exclusion.NO_SOURCE: Text("provenance inconnue", "unknown origin"),
    Exclusion.NO_NOTICE: Text("pas informé de la provenance de ses données", "not told where the data come from"),
    Exclusion.UNCONFIRMED: Text("inscription non confirmée", "subscription not confirmed"),
    Exclusion.RESTRICTED: Text("limitation du traitement demandée", "restricted processing asked for"),
    Exclusion.MINOR: Text("personne mineure", "minor"),
    Exclusion.DUPLICATE_ADDRESS: Text("adresse déjà retenue ailleurs", "address of another contact"),
    Exclusion.INVALID: Text("adresse invalide", "invalid address"),
    Exclusion.CAPPED: Text("plafond de messages atteint", "message cap reached"),
    Exclusion.RETENTION: Text("durée de conservation dépassée", "retention period over"),
    Exclusion.HOLDOUT: Text("groupe témoin", "control group"),
    Exclusion.ALREADY_SENT: Text("a déjà reçu cette campagne", "already received this campaign"),
    Exclusion.ERASED: Text("contact effacé", "erased contact"),
    Exclusion.TOO_LITTLE_DATA: Text("pas assez de données à montrer", "too little data to show"),
    Exclusion.NOT_RENDERED: Text("message incomplet : une valeur manque", "message incomplete: a value is missing"),
    Exclusion.CHANGED: Text("adresse changée depuis", "address changed since"),
    Exclusion.EXPIRED: Text("trop tard", "too late"),
}


def reason(name: str, language: str) -> str:
    """A closed reason in words."""
    return REASONS[Exclusion(name)].say(language)


def number(count: int, language: str) -> str:
    """A count with the reader's separator."""
    return str(format_decimal(count, locale=language))


def day(moment: datetime | date, language: str) -> str:
    """`mardi 2 mars 2027`, `lundi 1er mars 2027`, `Tuesday 2 March 2027`."""
    return _first(str(format_date(moment, "EEEE d MMMM y", locale=language)), language)


def short_day(moment: datetime | date, language: str) -> str:
    return _first(str(format_date(moment, "EEE d MMM", locale=language)), language)


def hour(moment: datetime | time, language: str) -> str:
    """`09:00`, on the clock that the moment is told in."""
    naive = moment.time() if isinstance(moment, datetime) else moment
    return str(format_time(naive, "HH:mm", locale=language))


def size(count: int, language: str) -> str:
    """Bytes as `43 ko`, `43 kB`, rounded up."""
    unit = "kB" if language == "en" else "ko"
    return f"{number(-(-count // 1000), language)}\u00a0{unit}"


def _first(text: str, language: str) -> str:
    return text.replace(" 1 ", " 1er ", 1) if language == "fr" else text


def rendering(manifest: Manifest) -> Text:
    """For whom messages were rendered to be sure that they can be."""
    rendered = manifest.rendered
    if rendered.whom == Rendered.EVERYONE:
        return Text("le message de chaque destinataire", "every recipient's message")
    some, whole = ({lang: number(n, lang) for lang in ("fr", "en")} for n in (rendered.messages, manifest.recipients))
    return Text(
        f"{some['fr']} messages sur {whole['fr']} : chaque branche des gabarits, les cas extrêmes et quelques tirages",
        f"{some['en']} messages of {whole['en']}: every branch of the templates, the worst cases and some drawn",
    )
