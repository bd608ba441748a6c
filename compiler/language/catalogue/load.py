"""What the loader finds in files, before any document is understood."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

SYNTAX = Entry(
    "YAML-SYNTAX-01",
    Severity.ERROR,
    Text("YAML mal formé : {problem_fr}", "the YAML is not well formed: {problem_en}"),
    Text(
        "Le fichier ne se lit pas au-delà de cet endroit ; ce qui suit n'est pas examiné.",
        "The file cannot be read beyond this place; what follows is not examined.",
    ),
    Text(
        "Vérifier l'indentation, les guillemets et les crochets de cette ligne et de la précédente.",
        "Check the indentation, quotes and brackets of this line and of the one before.",
    ),
    "professional_object: Éclairage : la prescription",
)
TAB = Entry(
    "YAML-TAB-02",
    Severity.ERROR,
    Text("une tabulation sert d'indentation", "a tab is used as indentation"),
    Text(
        "YAML n'admet que des espaces en début de ligne : une tabulation n'a pas de largeur convenue.",
        "YAML allows only spaces at the beginning of a line: a tab has no agreed width.",
    ),
    Text("Remplacer la tabulation par deux espaces.", "Replace the tab by two spaces."),
    "match:\n\tall:",
)
DUPLICATE_KEY = Entry(
    "YAML-DUPLICATE-03",
    Severity.ERROR,
    Text("la clé {key} est déjà donnée à la ligne {first}", "key {key} is already given on line {first}"),
    Text(
        "De deux valeurs pour une clé, rien ne dit laquelle était voulue.",
        "Of two values for one key, nothing says which was meant.",
    ),
    Text("Garder une seule des deux lignes.", "Keep one of the two lines."),
    "start: 2027-03-02T09:00\nstart: 2027-03-09T09:00",
)
ALIAS = Entry(
    "YAML-ALIAS-04",
    Severity.ERROR,
    Text("trop d'alias, ou un alias qui grossit sans fin", "too many aliases, or an alias that grows without end"),
    Text(
        "Un alias (*nom) répète tout ce que son ancre (&nom) contient ; empilés, quelques octets deviennent des "
        "milliards.",
        "An alias (*name) repeats all that its anchor (&name) holds; stacked, a few bytes become billions.",
    ),
    Text("Écrire les valeurs en toutes lettres.", "Write the values out."),
    "all: &all\n  - {all: *all}",
)
DEPTH = Entry(
    "YAML-DEPTH-05",
    Severity.ERROR,
    Text("plus de {limit} niveaux imbriqués", "more than {limit} nested levels"),
    Text(
        "Aucun document n'a besoin d'une telle profondeur : c'est une erreur, ou une attaque.",
        "No document needs such a depth: it is a mistake, or an attack.",
    ),
    Text("Aplatir le document, ou nommer ses parties.", "Flatten the document, or name its parts."),
    "match: {not: {not: {not: {not: {not: {not: {not: {not:",
)
SIZE = Entry(
    "YAML-SIZE-06",
    Severity.ERROR,
    Text("le fichier dépasse {limit_fr}", "the file is larger than {limit_en}"),
    Text(
        "Une déclaration tient en quelques lignes ; des données vont dans un fichier de données.",
        "A declaration takes a few lines; data belongs in a data file.",
    ),
    Text(
        "Partager le fichier, ou mettre les données en CSV (kind: dataset).",
        "Split the file, or put the data into a CSV (kind: dataset).",
    ),
    example="- a\n- a\n- a",
)
NUMBER = Entry(
    "YAML-NUMBER-07",
    Severity.ERROR,
    Text("{value} peut se lire comme un nombre ou comme un texte", "{value} may be read as a number or as text"),
    Text(
        "Un zéro en tête, 0x, 0o, .inf ou .nan n'ont pas le même sens selon les lecteurs de YAML. "
        "Un code postal y perdrait son zéro.",
        "A leading zero, 0x, 0o, .inf or .nan mean different things to different YAML readers. "
        "A postcode would lose its zero.",
    ),
    Text('Le mettre entre guillemets : "01000".', 'Put it in quotes: "01000".'),
    'in: [01000, "22", "29", "35", "56"]',
)
TAG = Entry(
    "YAML-TAG-08",
    Severity.ERROR,
    Text("l'étiquette {tag} n'est pas admise", "tag {tag} is not allowed"),
    Text(
        "Les étiquettes YAML (!nom) demandent de fabriquer autre chose que des textes, nombres, listes et tables.",
        "YAML tags (!name) ask a program to make something else than texts, numbers, lists and tables.",
    ),
    Text("Retirer l'étiquette ; pour un texte, mettre des guillemets.", "Remove the tag; for a text, use quotes."),
    "name: !!str west",
)
KEY = Entry(
    "YAML-KEY-09",
    Severity.ERROR,
    Text("une clé doit être un mot", "a key must be a word"),
    Text(
        "Une liste, une table ou un alias ne peut pas être la clé d'une valeur.",
        "A list, a table or an alias cannot be the key of a value.",
    ),
    Text(
        "Mettre entre guillemets ce qui commence par une accolade ou un crochet.",
        "Put what begins with a brace or a bracket in quotes.",
    ),
    "subject: {{ contact.first_name }}",
)
ENCODING = Entry(
    "YAML-ENCODING-10",
    Severity.ERROR,
    Text("le fichier n'est pas en UTF-8", "the file is not in UTF-8"),
    Text(
        "Un octet d'un autre codage (souvent Windows-1252) se trouve ici.",
        "A byte of another encoding (often Windows-1252) stands here.",
    ),
    Text("Enregistrer le fichier en UTF-8.", "Save the file as UTF-8."),
    example="name: �t�   # été, Windows-1252",
)
CHARACTER = Entry(
    "YAML-CHARACTER-11",
    Severity.ERROR,
    Text("caractère invisible {character}", "invisible character {character}"),
    Text(
        "Caractères de commande, séparateurs de lignes Unicode et marques de sens d'écriture cachent au relecteur "
        "ce que le fichier dit vraiment.",
        "Control characters, Unicode line separators and direction marks hide from the reviewer "
        "what the file really says.",
    ),
    Text("Effacer ce caractère.", "Delete this character."),
    example='fr: "\\aFabriquées à Rennes',
)
DOCUMENT = Entry(
    "LOAD-DOCUMENT-01",
    Severity.ERROR,
    Text("un document est une table qui commence par « kind: »", "a document is a table that begins with “kind:”"),
    Text(
        "Chaque document dit d'abord ce qu'il déclare : une campagne, un segment, un gabarit…",
        "Each document first says what it declares: a campaign, a segment, a template…",
    ),
    Text(
        "Ajouter « kind: campaign » (ou une autre sorte) en tête.",
        "Add “kind: campaign” (or another kind) at its head.",
    ),
    "- spring-2027",
)
UNKNOWN_KIND = Entry(
    "LOAD-KIND-02",
    Severity.ERROR,
    Text("la sorte {kind} n'existe pas", "there is no kind {kind}"),
    Text(
        "Les sortes sont : workspace, campaign, segment, template, fields, dataset, source, asset, form.",
        "The kinds are: workspace, campaign, segment, template, fields, dataset, source, asset, form.",
    ),
    Text("Choisir l'une de ces sortes.", "Choose one of these kinds."),
    "kind: campagne",
)
MISSING_NAME = Entry(
    "LOAD-NAME-03",
    Severity.ERROR,
    Text("ce document n'a pas de nom", "this document has no name"),
    Text("C'est par son nom que les autres le désignent.", "The others refer to it by its name."),
    Text(
        "Ajouter « name: » : des minuscules, des chiffres et des traits d'union.",
        "Add “name:”: lower-case letters, digits and hyphens.",
    ),
    "kind: segment\nmatch: {everyone: true}",
)
LINK = Entry(
    "LOAD-LINK-04",
    Severity.ERROR,
    Text("lien symbolique refusé", "symbolic link refused"),
    Text(
        "Un lien montrerait au relecteur autre chose que ce qui sera lu.",
        "A link would show the reviewer something else than what will be read.",
    ),
    Text("Mettre le fichier lui-même à cet endroit.", "Put the file itself there."),
    example="hosts.yaml",
)
SUFFIX = Entry(
    "LOAD-SUFFIX-05",
    Severity.WARNING,
    Text("fichier .yml ignoré : envoi lit les .yaml", ".yml file ignored: envoi reads .yaml"),
    Text(
        "Une seule extension, pour qu'un fichier ne soit jamais oublié.",
        "One suffix only, so that no file is forgotten.",
    ),
    Text("Le renommer en .yaml.", "Rename it to .yaml."),
    example="west.yml",
)
FILE_NAME = Entry(
    "LOAD-FILENAME-06",
    Severity.ERROR,
    Text("nom de fichier illisible", "unreadable file name"),
    Text(
        "Ce nom contient des caractères de commande ou n'est pas en UTF-8.",
        "This name holds control characters or is not in UTF-8.",
    ),
    Text("Renommer le fichier.", "Rename the file."),
    example="west…lmay.yaml   # U+202E",
)
UNREADABLE = Entry(
    "LOAD-READ-07",
    Severity.ERROR,
    Text("le fichier ne peut pas être lu", "the file cannot be read"),
    Text("Le système a refusé de l'ouvrir.", "The system refused to open it."),
    Text("Vérifier ses droits.", "Check its permissions."),
    example="socket.yaml",
)
