"""The report's words in French and English, and how each language writes numbers, shares and instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from compiler.language.finding import Text
from compiler.language.plan import Exclusion
from compiler.language.reply import ReplyClass
from tracker.typography import typeset
from tracker.verdict import Rule

_DAYS = Text(
    "lundi mardi mercredi jeudi vendredi samedi dimanche", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
_MONTHS = Text(
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "January February March April May June July August September October November December",
)
_THIN, _HARD = "\u202f", "\u00a0"


@dataclass(frozen=True, slots=True)
class Tongue:
    """Says texts, numbers and instants in one language, in one time zone."""

    language: str
    zone: ZoneInfo

    def __call__(self, text: Text, **values: object) -> str:
        return typeset(text.say(self.language), self.language).format_map(values)

    def count(self, number: int) -> str:
        grouped = f"{number:,}"
        return grouped.replace(",", _THIN) if self.language == "fr" else grouped

    def share(self, part: int, whole: int) -> str:
        """One decimal, rounded half up, without floats; a dash of nothing."""
        if not whole:
            return "–"
        tenths = (part * 2000 + whole) // (2 * whole)
        if self.language == "fr":
            return f"{tenths // 10},{tenths % 10}{_HARD}%"
        return f"{tenths // 10}.{tenths % 10}%"

    def day(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        weekday = _DAYS.say(self.language).split()[local.weekday()]
        month = _MONTHS.say(self.language).split()[local.month - 1]
        first = "1er" if self.language == "fr" and local.day == 1 else str(local.day)
        return f"{weekday} {first}{_HARD}{month} {local.year}"

    def short_day(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        month = _MONTHS.say(self.language).split()[local.month - 1]
        shortest = month if len(month) <= 4 else month[:4] + "." if self.language == "fr" else month[:3]
        return f"{local.day}{_HARD}{shortest}"

    def time(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local.hour}{_HARD}h{_HARD}{local.minute:02}" if self.language == "fr" else f"{local:%H:%M}"

    def hour(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local.hour}{_HARD}h" if self.language == "fr" else f"{local.hour}:00"

    def people(self, number: int) -> str:
        return self.plural(number, Text("{n} personne", "{n} person"), Text("{n} personnes", "{n} people"))

    def plural(self, number: int, one: Text, many: Text, **values: object) -> str:
        """French counts nought and one alike, English only one."""
        single = number == 1 or (number == 0 and self.language == "fr")
        return self(one if single else many, n=self.count(number), **values)


#: Why somebody chosen by the segment was not written to: name, then what it means.
EXCLUSIONS: dict[str, tuple[Text, Text]] = {
    Exclusion.UNSUBSCRIBED: (
        Text("Désinscrits", "Unsubscribed"),
        Text("ont demandé à ne plus recevoir ces messages", "asked not to receive these messages any more"),
    ),
    Exclusion.OBJECTED: (
        Text("Opposés", "Objected"),
        Text("se sont opposés à la prospection (RGPD, art. 21)", "objected to marketing (GDPR art. 21)"),
    ),
    Exclusion.BOUNCED: (
        Text("Adresses mortes", "Dead addresses"),
        Text("leur serveur a refusé l’adresse comme inconnue", "their server refused the address as unknown"),
    ),
    Exclusion.COMPLAINED: (
        Text("Plaintes", "Complaints"),
        Text("ont signalé un message comme indésirable", "reported a message as spam"),
    ),
    Exclusion.NO_BASIS: (
        Text("Sans base légale", "No legal basis"),
        Text(
            "ni accord ni autre fondement (RGPD, art. 6)",
            "neither consent nor another ground (GDPR art. 6)",
        ),
    ),
    Exclusion.NO_PROOF: (
        Text("Accord non prouvé", "Consent not proven"),
        Text("sa preuve est incomplète (RGPD, art. 7)", "the proof of consent is incomplete (art. 7)"),
    ),
    Exclusion.NO_SOURCE: (
        Text("Origine inconnue", "Unknown source"),
        Text(
            "la provenance du contact n’est pas établie (art. 14)", "where the contact came from is unknown (art. 14)"
        ),
    ),
    Exclusion.NO_NOTICE: (
        Text("Non informés", "Not informed"),
        Text("l’information de l’article 14 manque", "the notice of article 14 is missing"),
    ),
    Exclusion.UNCONFIRMED: (
        Text("Non confirmés", "Not confirmed"),
        Text("n’ont pas confirmé leur inscription", "have not confirmed their subscription"),
    ),
    Exclusion.RESTRICTED: (
        Text("Traitement limité", "Restricted"),
        Text("ont demandé la limitation du traitement (art. 18)", "asked for processing to be restricted (art. 18)"),
    ),
    Exclusion.MINOR: (Text("Mineurs", "Minors"), Text("ont moins de quinze ans", "are under fifteen")),
    Exclusion.DUPLICATE_ADDRESS: (
        Text("Adresses en double", "Duplicate addresses"),
        Text("la même boîte figure déjà dans l’envoi", "the same mailbox is in the plan already"),
    ),
    Exclusion.INVALID: (
        Text("Adresses invalides", "Invalid addresses"),
        Text("l’adresse ne peut pas recevoir", "the address cannot receive"),
    ),
    Exclusion.CAPPED: (
        Text("Déjà assez sollicités", "Written to enough"),
        Text("le plafond de messages par personne est atteint", "the limit of messages a person is reached"),
    ),
    Exclusion.RETENTION: (
        Text("Trop anciens", "Too old"),
        Text("sans nouvelles d’eux depuis la durée de conservation", "not heard of for the retention period"),
    ),
    Exclusion.HOLDOUT: (
        Text("Groupe témoin", "Holdout"),
        Text("laissés de côté pour comparer", "kept aside to compare"),
    ),
    Exclusion.ALREADY_SENT: (
        Text("Déjà servis", "Already sent"),
        Text("ont déjà reçu cette campagne", "had this campaign already"),
    ),
    Exclusion.ERASED: (
        Text("Effacés", "Erased"),
        Text("leurs données ont été effacées (art. 17)", "their data were erased (art. 17)"),
    ),
    Exclusion.TOO_LITTLE_DATA: (
        Text("Rien à leur montrer", "Nothing to show them"),
        Text("aucun contenu ne correspond à leur profil", "no content matches their profile"),
    ),
    Exclusion.NOT_RENDERED: (
        Text("Message non composable", "Message not composable"),
        Text("une valeur manque pour composer leur message", "a value is missing to compose their message"),
    ),
    Exclusion.CHANGED: (
        Text("Adresse changée", "Address changed"),
        Text("l’adresse a changé depuis l’approbation", "the address changed since approval"),
    ),
    Exclusion.EXPIRED: (
        Text("Délai passé", "Too late"),
        Text("l’heure limite de la campagne était passée", "the campaign's last hour had passed"),
    ),
}

REFUSALS: dict[str, Text] = {
    ReplyClass.DEAD: Text("boîte inconnue ou fermée", "unknown or closed mailbox"),
    ReplyClass.MOVED: Text("boîte déménagée", "mailbox moved"),
    ReplyClass.FULL: Text("boîte pleine", "mailbox full"),
    ReplyClass.CONTENT: Text("contenu refusé", "content refused"),
    ReplyClass.LANE_BLOCK: Text("notre adresse d’envoi est bloquée", "our sending address is blocked"),
    ReplyClass.AUTH: Text("authentification refusée", "authentication refused"),
    ReplyClass.CONFIG: Text("réglage d’envoi refusé", "sending configuration refused"),
    ReplyClass.THROTTLE: Text("trop vite pour ce serveur", "too fast for that server"),
    ReplyClass.RECIPIENT_RATE: Text("boîte trop sollicitée", "mailbox receives too much"),
    ReplyClass.TEMP: Text("refus passager", "temporary refusal"),
    ReplyClass.UNKNOWN_PERM: Text("refus sans motif connu", "refused for no known reason"),
}

RULES: dict[str, Text] = {
    Rule.PROXY: Text(
        "Relais d’images des messageries (Apple, Gmail, Yahoo)",
        "Image proxies of mailbox providers (Apple, Gmail, Yahoo)",
    ),
    Rule.SCANNER: Text("Contrôles de sécurité et robots déclarés", "Security checks and declared robots"),
    Rule.NETWORK: Text("Réseaux où personne ne lit", "Networks where nobody reads"),
    Rule.BURST: Text("Plusieurs liens suivis en quelques secondes", "Several links followed within seconds"),
    Rule.TOO_SOON: Text("À l’instant même de la remise", "At the very moment of delivery"),
    Rule.HEAD: Text("Vérifications sans lecture (HEAD)", "Checks without reading (HEAD)"),
    Rule.AGENT_MISSING: Text("Visites sans navigateur", "Visits without a browser"),
}

LANGUAGES = {"fr": Text("Français", "French"), "en": Text("Anglais", "English")}
OTHER_LANE = Text("Autres messageries", "Other providers")


_MERGED = {
    "[first_name]": Text("[prénom]", "[first name]"),
    "[last_name]": Text("[nom]", "[last name]"),
    "[salutation]": Text("[civilité]", "[salutation]"),
    "[company]": Text("[société]", "[company]"),
    "[city]": Text("[ville]", "[city]"),
}


def subject_line(subject: str, say: Tongue) -> str:
    """A subject with the names of what is merged into it."""
    for name, words in _MERGED.items():
        subject = subject.replace(name, say(words))
    return subject


def exclusion(reason: str) -> tuple[Text, Text]:
    return EXCLUSIONS.get(reason, (Text(reason, reason), Text("", "")))


def refusal(reply_class: str) -> Text:
    return REFUSALS.get(reply_class, REFUSALS[ReplyClass.UNKNOWN_PERM])


def rule(name: str) -> Text:
    return RULES.get(name, Text("Autres machines", "Other machines"))
