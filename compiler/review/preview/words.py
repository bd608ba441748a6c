"""The words of the preview, in French and English."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.language.finding import Severity, Text
from compiler.review.formats import french_apostrophes, french_spaces
from compiler.review.preview.values import Case

CASES: dict[Case, Text] = {
    Case.TYPICAL: Text("Contact courant", "Typical contact"),
    Case.LONGEST: Text("Valeurs les plus longues", "Longest values"),
    Case.EMPTIEST: Text("Presque rien de connu", "Almost nothing known"),
    Case.MOST: Text("Le plus de produits", "Most products"),
    Case.FEWEST: Text("Le moins de produits", "Fewest products"),
    Case.UNTRACKED: Text("Sans accord de mesure", "No consent to measuring"),
    Case.CONTACT: Text("Ce contact", "This contact"),
}
WHY: dict[Case, Text] = {
    Case.TYPICAL: Text("tout est connu, valeurs ordinaires", "everything known, ordinary values"),
    Case.LONGEST: Text("la mise en page tient-elle ?", "does the layout hold?"),
    Case.EMPTIEST: Text("les valeurs de repli prennent la place", "fallbacks stand in"),
    Case.MOST: Text(
        "la sélection la plus fournie, les textes les plus longs", "the fullest selection, the longest texts"
    ),
    Case.FEWEST: Text("la sélection la plus courte", "the shortest selection"),
    Case.UNTRACKED: Text("ni pixel ni lien personnel", "no pixel, no personal link"),
    Case.CONTACT: Text("données réelles", "real data"),
}
SEVERITIES: dict[Severity, Text] = {
    Severity.ERROR: Text("Erreur", "Error"),
    Severity.WARNING: Text("Avertissement", "Warning"),
    Severity.ADVICE: Text("Conseil", "Advice"),
}
LANGUAGES: dict[str, Text] = {
    "fr": Text("français", "French"),
    "en": Text("anglais", "English"),
    "de": Text("allemand", "German"),
    "es": Text("espagnol", "Spanish"),
    "it": Text("italien", "Italian"),
    "nl": Text("néerlandais", "Dutch"),
    "pt": Text("portugais", "Portuguese"),
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """Says texts in one language, with its spaces."""

    language: str

    def __call__(self, text: Text, **arguments: object) -> str:
        said = text.say(self.language)
        if self.language == "fr":
            said = french_apostrophes(said)
        if arguments:
            said = said.format_map(arguments)
        return french_spaces(said) if self.language == "fr" else said

    def of_language(self, code: str) -> str:
        return self(LANGUAGES[code]) if code in LANGUAGES else code

    def plural(self, count: int, one: Text, many: Text) -> str:
        """French counts 0 and 1 alike."""
        single = count == 1 or (count == 0 and self.language == "fr")
        return self(one if single else many, n=count)
