"""The unsubscribe page, in the language of the link: what is asked, one button an act, what was done, its undoing."""

from __future__ import annotations

from compiler.language.finding import Text
from compiler.language.suppression import ALL
from compiler.review.markup import Markup, join, tag
from tracker.answers import page
from tracker.events import MEASURING
from tracker.leaving import Standing, Wish
from tracker.typography import typeset

#: What people call the purposes that most companies declare; any other is named as declared.
_PURPOSES = {
    "newsletter": Text("la lettre d’information", "the newsletter"),
    "offers": Text("les offres", "offers"),
    "events": Text("les invitations", "invitations"),
    "news": Text("les actualités", "news"),
}


def leaving_page(standing: Standing, *, done: tuple[Wish, str] | None = None, measure_first: bool = False) -> bytes:
    """The page for a recipient; `done` is the act that this answer acknowledges."""
    say = _Words(standing)
    shown = done[1] if done and done[0] is Wish.LEAVE else ""  # said once: the acknowledgement has its undoing
    measure = "" if shown == MEASURING else _measure(standing, say)
    body = join(
        tag("p", standing.organisation.name, class_="from"),
        tag(
            "main",
            _heading(standing, say, done, measure_first=measure_first),
            _acknowledged(standing, say, done) if done else "",
            measure if measure_first else "",
            "" if shown == standing.leaving.purpose else _purpose(standing, say),
            "" if shown == ALL else _everything(standing, say),
            "" if measure_first else measure,
        ),
        _footer(standing, say),
    )
    title = say(Text("Vos messages", "Your messages")) + f" – {standing.organisation.name}"
    return page(language=say.language, title=title, body=body)


def unavailable_page(language: str) -> bytes:
    """Nothing was written down: said plainly, so that the person comes again."""
    say = _Tongue(language)
    body = tag(
        "main",
        tag("h1", say(Text("Un instant encore", "One moment more"))),
        tag(
            "div",
            tag(
                "p",
                say(
                    Text(
                        "Votre demande n’a pas pu être confirmée : réessayez dans une minute, s’il vous plaît.",
                        "Your request could not be confirmed: please try again in a minute.",
                    )
                ),
            ),
            class_="sorry",
            role="alert",
        ),
    )
    return page(language=say.language, title=say(Text("Réessayez", "Try again")), body=body)


class _Tongue:
    """Says a text in the page's language."""

    def __init__(self, language: str) -> None:
        self.language = "fr" if language.lower().startswith("fr") else "en"

    def __call__(self, text: Text, **values: str) -> str:
        return typeset(text.say(self.language), self.language).format_map(values)


class _Words(_Tongue):
    """The same, knowing the organisation and the purpose of the link."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.leaving.language)
        self.values = {"organisation": standing.organisation.name, "purpose": self.scope(standing.leaving.purpose)}

    def __call__(self, text: Text, **values: str) -> str:
        return super().__call__(text, **self.values, **values)

    def scope(self, purpose: str) -> str:
        named = _PURPOSES.get(purpose)
        plain = purpose.replace("-", " ").replace("_", " ")
        return named.say(self.language) if named else (f"« {plain} »" if self.language == "fr" else f"“{plain}”")


def _heading(standing: Standing, say: _Words, done: tuple[Wish, str] | None, *, measure_first: bool) -> Markup:
    gone = standing.withdrawn(ALL) or standing.withdrawn(standing.leaving.purpose)
    if measure_first and done is None:
        title = Text("Ne plus être mesuré ?", "Stop being measured?")
    elif gone:
        title = Text("Désinscription enregistrée", "You are unsubscribed")
    elif done and done[0] is Wish.UNDO:
        title = Text("C’est rétabli", "It is restored")
    else:
        title = Text("Vos messages, votre choix", "Your messages, your choice")
    address = tag("span", standing.leaving.masked, class_="mail")
    return join(
        tag("h1", say(title)),
        tag("p", say(Text("Pour l’adresse ", "For the address ")), address, class_="soft"),
    )


def _acknowledged(standing: Standing, say: _Words, done: tuple[Wish, str]) -> Markup:
    wish, scope = done
    if wish is Wish.UNDO:
        title, sentence = _UNDONE.get(scope, _UNDONE[""])
    else:
        title, sentence = _DONE.get(scope, _DONE[""])
    undo = _undo(say, scope) if scope in standing.undoable else Markup("")
    return tag("div", tag("h2", say(title)), tag("p", say(sentence)), undo, class_="done", role="status")


_DONE = {
    "": (
        Text("C’est fait", "Done"),
        Text(
            "Vous ne recevrez plus {purpose}. C’est effectif dès maintenant.",
            "You will no longer receive {purpose}. This takes effect now.",
        ),
    ),
    ALL: (
        Text("C’est fait", "Done"),
        Text(
            "{organisation} ne vous écrira plus. C’est effectif dès maintenant.",
            "{organisation} will not write to you again. This takes effect now.",
        ),
    ),
    MEASURING: (
        Text("La mesure est arrêtée", "Measuring has stopped"),
        Text(
            "Vos ouvertures et vos clics ne sont plus enregistrés, même dans les messages déjà reçus.",
            "Your opens and clicks are no longer recorded, not even in messages you already have.",
        ),
    ),
}
_UNDONE = {
    "": (
        Text("Désinscription annulée", "Unsubscribing undone"),
        Text("Vous recevrez de nouveau {purpose}.", "You will receive {purpose} again."),
    ),
    ALL: (
        Text("Désinscription annulée", "Unsubscribing undone"),
        Text("{organisation} pourra de nouveau vous écrire.", "{organisation} may write to you again."),
    ),
    MEASURING: (
        Text("Choix rétabli", "Choice restored"),
        Text("Votre accord précédent est rétabli.", "Your earlier consent is restored."),
    ),
}


def _purpose(standing: Standing, say: _Words) -> Markup:
    purpose = standing.leaving.purpose
    if standing.withdrawn(ALL):
        return Markup("")
    if standing.withdrawn(purpose):
        return _left(standing, say, purpose, Text("Vous ne recevez plus {purpose}.", "You do not receive {purpose}."))
    return tag(
        "section",
        tag("h2", say(Text("Ne plus recevoir {purpose}", "Stop receiving {purpose}"))),
        tag(
            "p",
            say(
                Text(
                    "Un seul geste suffit, l’effet est immédiat. Vous pourrez revenir sur ce choix pendant 24 heures.",
                    "One click is enough and it takes effect at once. You can change your mind for 24 hours.",
                )
            ),
            class_="soft",
        ),
        _form(Wish.LEAVE, purpose, say(Text("Me désinscrire", "Unsubscribe")), first=True),
    )


def _everything(standing: Standing, say: _Words) -> Markup:
    if standing.withdrawn(ALL):
        told = Text("{organisation} ne vous écrit plus.", "{organisation} does not write to you any more.")
        return _left(standing, say, ALL, told)
    return tag(
        "section",
        tag("h2", say(Text("Ne plus rien recevoir", "Stop receiving anything"))),
        tag(
            "p",
            say(
                Text(
                    "Plus aucun message de prospection de la part de {organisation}, quel qu’en soit le sujet.",
                    "No more marketing messages from {organisation}, whatever they are about.",
                )
            ),
            class_="soft",
        ),
        _form(Wish.LEAVE, ALL, say(Text("Tout arrêter", "Stop everything"))),
    )


def _measure(standing: Standing, say: _Words) -> Markup:
    title = tag("h2", say(Text("Mesure des ouvertures et des clics", "Measuring of opens and clicks")), id="measure")
    if standing.withdrawn(MEASURING):
        told = Text("Vos ouvertures et vos clics ne sont pas enregistrés.", "Your opens and clicks are not recorded.")
        return _left(standing, say, MEASURING, told)
    if not standing.measured:
        told = Text(
            "Vos ouvertures et vos clics ne sont pas enregistrés : vous n’avez pas donné votre accord.",
            "Your opens and clicks are not recorded: you have not consented to it.",
        )
        return tag("section", title, tag("p", say(told), class_="soft"))
    told = Text(
        "Avec votre accord, nous comptons les messages ouverts et les liens suivis. "
        "Vous pouvez arrêter sans vous désinscrire.",
        "With your consent we count messages opened and links followed. You can stop that and stay subscribed.",
    )
    button = say(Text("Arrêter la mesure", "Stop measuring"))
    return tag("section", title, tag("p", say(told), class_="soft"), _form(Wish.LEAVE, MEASURING, button))


def _left(standing: Standing, say: _Words, scope: str, told: Text) -> Markup:
    """What already stands, and its undoing while that lasts."""
    return tag("section", tag("p", say(told)), _undo(say, scope) if scope in standing.undoable else "")


def _undo(say: _Words, scope: str) -> Markup:
    return _form(Wish.UNDO, scope, say(Text("Annuler (possible pendant 24 heures)", "Undo (possible for 24 hours)")))


def _form(wish: Wish, scope: str, label: str, *, first: bool = False) -> Markup:
    """Without an action, a form posts to the page's own address: the signed link."""
    return tag(
        "form",
        tag("input", type="hidden", name="act", value=wish.value),
        tag("input", type="hidden", name="scope", value=scope),
        tag("button", label, type="submit", class_="first" if first else None),
        method="post",
    )


def _footer(standing: Standing, say: _Words) -> Markup:
    organisation = standing.organisation
    privacy: list[str] = []
    if organisation.privacy_url.startswith(("https://", "http://")):
        words = say(Text("Vos données et vos droits", "Your data and your rights"))
        privacy.append(tag("a", words, href=organisation.privacy_url, rel="noreferrer"))
    if organisation.privacy_contact:
        privacy.append(tag("a", organisation.privacy_contact, href=f"mailto:{organisation.privacy_contact}"))
    return tag(
        "footer",
        tag("p", f"{organisation.name}, {organisation.address}"),
        tag("p", join(*privacy, by=" · ")) if privacy else "",
    )
