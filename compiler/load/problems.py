"""libyaml's sentences about malformed YAML, said so that a marketer can act on them."""

from __future__ import annotations

from compiler.language.finding import Text

_KNOWN: tuple[tuple[str, Text], ...] = (
    (
        "mapping values are not allowed",
        Text(
            "un « : » au milieu d'un texte ; mettre ce texte entre guillemets",
            "a “: ” within a text; put that text in quotes",
        ),
    ),
    ("could not find expected ':'", Text("il manque « : » après une clé", "a “:” is missing after a key")),
    (
        "did not find expected key",
        Text(
            "cette ligne n'est pas alignée sur les précédentes, ou un guillemet la coupe",
            "this line is not aligned with those before it, or a quote cuts it",
        ),
    ),
    (
        "did not find expected '-' indicator",
        Text("cette ligne n'est pas alignée sur la liste", "this line is not aligned with the list"),
    ),
    ("did not find expected ',' or ']'", Text("un crochet n'est pas fermé", "a bracket is not closed")),
    ("did not find expected ',' or '}'", Text("une accolade n'est pas fermée", "a brace is not closed")),
    ("found unexpected end of stream", Text("un guillemet n'est pas fermé", "a quote is not closed")),
    ("found undefined alias", Text("un alias sans ancre", "an alias without an anchor")),
    (
        "found character that cannot start any token",
        Text(
            "ce caractère ne peut pas commencer un texte ; mettre le texte entre guillemets",
            "this character cannot begin a text; put the text in quotes",
        ),
    ),
    (
        "found unknown escape character",
        Text(
            "barre oblique inverse inconnue ; préférer les guillemets simples",
            "unknown backslash sequence; prefer single quotes",
        ),
    ),
    (
        "block sequence entries are not allowed",
        Text("une liste ne peut pas commencer ici", "a list cannot begin here"),
    ),
    (
        "did not find expected <document start>",
        Text(
            "un document finit ici : les suivants commencent par ---",
            "a document ends here: further ones begin with ---",
        ),
    ),
)
_OTHER = Text("cette ligne ne se lit pas comme du YAML", "this line does not read as YAML")


def explain(problem: str) -> Text:
    """The sentence for a problem that libyaml names."""
    return next((text for known, text in _KNOWN if known in problem), _OTHER)
