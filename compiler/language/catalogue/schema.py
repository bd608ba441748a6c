"""What a document's shape can have wrong: its keys, the types and forms of its values."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

UNKNOWN_KEY = Entry(
    "SCHEMA-KEY-01",
    Severity.ERROR,
    Text("la clé {key} n'existe pas ici", "there is no key {key} here"),
    Text("Le schéma de cette sorte ne connaît pas cette clé.", "The schema of this kind does not know this key."),
    Text("Corriger ou retirer cette clé.", "Correct or remove this key."),
    "segmnt: architects-west",
)
MISSING_KEY = Entry(
    "SCHEMA-MISSING-02",
    Severity.ERROR,
    Text("il manque {key}", "{key} is missing"),
    Text("Cette clé est obligatoire et n'a pas de valeur par défaut.", "This key is required and has no default."),
    Text("L'ajouter.", "Add it."),
    "kind: campaign\nname: spring-2027",
)
TYPE = Entry(
    "SCHEMA-TYPE-03",
    Severity.ERROR,
    Text("{key} : il faut {expected_fr}, et non {found_fr}", "{key}: {expected_en} is expected, not {found_en}"),
    Text("La valeur n'est pas de la sorte attendue.", "The value is not of the expected sort."),
    Text("Écrire une valeur de la sorte attendue.", "Write a value of the expected sort."),
    "limit: three",
)
VALUE = Entry(
    "SCHEMA-VALUE-04",
    Severity.ERROR,
    Text("{key} : {value} n'est pas une valeur admise", "{key}: {value} is not an allowed value"),
    Text("La valeur doit être l'une d'une liste fermée.", "The value must be one of a closed list."),
    Text("Choisir une valeur admise.", "Choose an allowed value."),
    "language: it",
)
FORM = Entry(
    "SCHEMA-FORM-05",
    Severity.ERROR,
    Text("{key} n'est pas de la forme attendue", "{key} is not of the expected form"),
    Text("La valeur s'écrit autrement.", "The value is written otherwise."),
    Text("Suivre l'exemple donné.", "Follow the example given."),
    "start: 2 mars 2027",
)
SIZE = Entry(
    "SCHEMA-SIZE-06",
    Severity.ERROR,
    Text("{key} : {why_fr}", "{key}: {why_en}"),
    Text("Un texte, une liste ou une table a ici une taille bornée.", "A text, list or table has a bounded size here."),
    Text("Le remplir, ou l'abréger.", "Fill it in, or shorten it."),
    "data: {}",
)
RANGE = Entry(
    "SCHEMA-RANGE-07",
    Severity.ERROR,
    Text("{key} : il faut un nombre {bounds_fr}", "{key}: a number {bounds_en} is expected"),
    Text("Le nombre est trop petit ou trop grand.", "The number is too small or too large."),
    Text("Choisir un nombre entre les bornes.", "Choose a number within the bounds."),
    "port: 70000",
)
NAME_FORM = Entry(
    "SCHEMA-NAME-08",
    Severity.ERROR,
    Text("{key} n'est pas un nom admis", "{key} is not an allowed name"),
    Text(
        "Les noms s'écrivent en minuscules, chiffres et traits (d'union ou bas selon l'endroit).",
        "Names are written in lower-case letters, digits and hyphens or underscores, depending on the place.",
    ),
    Text("Renommer.", "Rename it."),
    "senders:\n  Salle de presse:",
)
