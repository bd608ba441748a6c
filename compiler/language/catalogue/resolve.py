"""What documents can have wrong once each is well formed: their names, their links, the meaning of their values."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

NO_WORKSPACE = Entry(
    "RESOLVE-WORKSPACE-01",
    Severity.ERROR,
    Text("envoi.yaml ne déclare pas l'espace de travail", "envoi.yaml does not declare the workspace"),
    Text(
        "Un espace de travail a un seul document « kind: workspace », dans envoi.yaml à sa racine.",
        "A workspace has one document “kind: workspace”, in envoi.yaml at its root.",
    ),
    Text("L'écrire dans envoi.yaml.", "Write it in envoi.yaml."),
    "kind: workspace\norganisation: {name: A, address: B}",
)
SECOND_NAME = Entry(
    "RESOLVE-NAME-02",
    Severity.ERROR,
    Text("{kind} {name} est déjà déclaré dans {first}", "{kind} {name} is already declared in {first}"),
    Text("Deux documents d'une même sorte portent ce nom.", "Two documents of one kind bear this name."),
    Text("Renommer l'un des deux.", "Rename one of the two."),
    "- name: a",
)
UNKNOWN_NAME = Entry(
    "RESOLVE-REFERENCE-03",
    Severity.ERROR,
    Text("{kind} {name} n'est pas déclaré", "{kind} {name} is not declared"),
    Text("Rien dans l'espace de travail ne porte ce nom.", "Nothing in the workspace bears this name."),
    Text("Corriger le nom, ou déclarer ce qui manque.", "Correct the name, or declare what is missing."),
    "segment: architects-wset",
)
NO_CHOICE = Entry(
    "RESOLVE-DEFAULT-04",
    Severity.ERROR,
    Text("{key} : plusieurs sont déclarés ({known})", "{key}: several are declared ({known})"),
    Text(
        "Quand il n'y en a qu'un, c'est celui-là ; quand il y en a plusieurs, il faut choisir.",
        "Where there is only one, that one is meant; where there are several, one must be chosen.",
    ),
    Text("Ajouter la clé et le nom voulu.", "Add the key with the name wanted."),
    'mornings: {allow: [{days: mon-fri, hours: "09:00-10:00"}]}',
)
BAD_VALUE = Entry(
    "RESOLVE-VALUE-05",
    Severity.ERROR,
    Text("{key} : {why_fr}", "{key}: {why_en}"),
    Text("La valeur a la bonne forme, mais pas de sens ici.", "The value has the right form, but no meaning here."),
    Text("Corriger la valeur.", "Correct the value."),
    'hours: "12:00-09:00"',
)
NO_SUCH_TIME = Entry(
    "RESOLVE-TIME-06",
    Severity.ERROR,
    Text("{key} : cette heure n'existe pas à {zone}", "{key}: this time does not exist in {zone}"),
    Text(
        "Au passage à l'heure d'été, l'horloge saute une heure.",
        "When summer time begins, the clock skips an hour.",
    ),
    Text("Choisir une heure avant ou après le saut.", "Choose a time before or after the gap."),
    "start: 2027-03-28T02:30",
)
ZONE = Entry(
    "RESOLVE-ZONE-07",
    Severity.ERROR,
    Text("le fuseau {zone} n'existe pas", "there is no time zone {zone}"),
    Text("Les fuseaux portent leurs noms IANA.", "Time zones bear their IANA names."),
    Text("Écrire par exemple Europe/Paris.", "Write Europe/Paris, for example."),
    "timezone: Paris",
)
UNKNOWN_FIELD = Entry(
    "RESOLVE-FIELD-08",
    Severity.ERROR,
    Text("le champ {field} n'est pas déclaré", "field {field} is not declared"),
    Text(
        "Segments, gabarits, données et sources n'emploient que les champs de « kind: fields » et ceux que tout "
        "contact possède.",
        "Segments, templates, data and sources use only the fields of “kind: fields” and those that every contact has.",
    ),
    Text("Corriger son nom, ou le déclarer.", "Correct its name, or declare it."),
    "{field: jbo, in: [architecte, designer]}",
)
FIELD_TYPE = Entry(
    "RESOLVE-TYPE-09",
    Severity.ERROR,
    Text(
        "{field} est de type {type} : {operator} ne s'y applique pas ainsi",
        "{field} is of type {type}: {operator} does not apply to it like this",
    ),
    Text(
        "Un texte se compare par is, in, begins ; un nombre par at_least, at_most, more_than, less_than aussi ; "
        "une date par before et after ; tous par known.",
        "A text is compared by is, in, begins; a number also by at_least, at_most, more_than, less_than; "
        "a date by before and after; all of them by known.",
    ),
    Text("Changer d'opérateur, ou la valeur.", "Change the operator, or the value."),
    "{field: job, at_least: 10}",
)
CYCLE = Entry(
    "RESOLVE-CYCLE-10",
    Severity.ERROR,
    Text("le segment se contient lui-même : {path}", "the segment contains itself: {path}"),
    Text("Aucun contact ne pourrait en être, ni n'en pas être.", "No contact could be in it, nor out of it."),
    Text("Retirer l'un de ces renvois.", "Remove one of these references."),
    "name: west\nmatch: {segment: west}",
)
CLAUSE = Entry(
    "RESOLVE-CLAUSE-11",
    Severity.ERROR,
    Text("condition ambiguë : {why_fr}", "ambiguous condition: {why_en}"),
    Text(
        "Une condition est un champ et son opérateur, un segment, un geste, ou un seul de all, any, not.",
        "A condition is a field with its operator, a segment, a deed, or one of all, any, not.",
    ),
    Text("La partager en plusieurs, sous all ou any.", "Split it into several, under all or any."),
    "{segment: west, field: job, is: designer}",
)
FILE = Entry(
    "RESOLVE-FILE-12",
    Severity.ERROR,
    Text("{path} : {why_fr}", "{path}: {why_en}"),
    Text(
        "Gabarits, données et images sont des fichiers de l'espace de travail, nommés depuis sa racine.",
        "Templates, data and pictures are files of the workspace, named from its root.",
    ),
    Text("Corriger le chemin, ou ajouter le fichier.", "Correct the path, or add the file."),
    "path: ../catalogue.csv",
)
NO_LANGUAGE = Entry(
    "RESOLVE-LANGUAGE-13",
    Severity.ERROR,
    Text("l'objet et le gabarit n'ont aucune langue commune", "subject and template have no language in common"),
    Text("Aucun message complet ne peut être écrit.", "No whole message can be written."),
    Text("Traduire l'un ou l'autre.", "Translate one or the other."),
    "subject: {en: Three lamps for your projects}",
)
ONE_LANGUAGE = Entry(
    "RESOLVE-LANGUAGE-14",
    Severity.WARNING,
    Text("la langue {language} manque à {missing}", "language {language} is missing from {missing}"),
    Text(
        "Ceux qui parlent cette langue recevront le message dans la première langue de la campagne.",
        "Those who speak it will receive the message in the campaign's first language.",
    ),
    Text("Ajouter la traduction, ou retirer l'autre.", "Add the translation, or remove the other."),
    (
        "preview:\n"
        '  fr: "Fabriquées à Rennes, garanties dix ans : notre choix du printemps, pour vos projets."\n'
        "start: 2027-03-02T09:00"
    ),
)
WHERE = Entry(
    "RESOLVE-WHERE-15",
    Severity.ERROR,
    Text("{key} ne se lit pas : {part}", "{key} cannot be read: {part}"),
    Text(
        "order_by s'écrit « colonne » ou « colonne desc », séparés par des virgules ; le where d'un bloc de données "
        "compare des colonnes, jamais des segments ni des gestes.",
        "order_by is written “column” or “column desc”, separated by commas; the where of a data block compares "
        "columns, never segments nor deeds.",
    ),
    Text("Le réécrire ainsi.", "Rewrite it so."),
    'order_by: "rank downwards"',
)
UNKNOWN_COLUMN = Entry(
    "RESOLVE-COLUMN-16",
    Severity.ERROR,
    Text("la colonne {column} n'est pas dans {dataset}", "column {column} is not in {dataset}"),
    Text(
        "La table ne déclare pas cette colonne, ou son fichier ne l'a pas.",
        "The table does not declare this column, or its file does not have it.",
    ),
    Text("Corriger son nom.", "Correct its name."),
    "key: ref",
)
RESERVED = Entry(
    "RESOLVE-RESERVED-17",
    Severity.ERROR,
    Text("{name} est un nom réservé", "{name} is a reserved name"),
    Text(
        "Ce nom a déjà un sens dans les gabarits ou le carnet.",
        "This name already means something in templates or the book.",
    ),
    Text("Choisir un autre nom.", "Choose another name."),
    "status: {type: boolean, description: Partenaire}",
)
FIELD_TWICE = Entry(
    "RESOLVE-FIELD-18",
    Severity.ERROR,
    Text("le champ {field} est déjà déclaré en {first}", "field {field} is already declared at {first}"),
    Text("Un champ n'a qu'une définition.", "A field has one definition."),
    Text("Garder une seule des deux.", "Keep one of the two."),
    "kind: fields\nfields:\n  headcount: {type: text}",
)
NOT_A_VALUE = Entry(
    "RESOLVE-VALUES-19",
    Severity.WARNING,
    Text("{field} n'a jamais la valeur {value}", "{field} never has the value {value}"),
    Text("Le champ n'admet que les valeurs qu'il déclare.", "The field allows only the values that it declares."),
    Text("Corriger la valeur, ou l'ajouter au champ.", "Correct the value, or add it to the field."),
    "match: {field: tier, is: platine}",
)
NO_CAMPAIGN = Entry(
    "RESOLVE-HISTORY-20",
    Severity.WARNING,
    Text("aucune campagne {name} ici", "no campaign {name} here"),
    Text(
        "Une campagne passée peut avoir quitté l'espace de travail ; mais un nom mal écrit ne trouve jamais personne.",
        "A past campaign may have left the workspace; but a misspelt name never finds anybody.",
    ),
    Text("Vérifier le nom.", "Check the name."),
    "match: {clicked: {campaign: spring-2072, within: 90 days}}",
)
TARGET = Entry(
    "RESOLVE-MAPPING-21",
    Severity.ERROR,
    Text(
        "{target} n'est ni un champ ni une propriété d'un contact",
        "{target} is neither a field nor a property of a contact",
    ),
    Text(
        "À gauche : ce que l'on remplit ; à droite : la colonne.",
        "On the left what is filled, on the right the column.",
    ),
    Text(
        "Employer un champ déclaré, address, kind, zone, basis.FINALITÉ.ground, tracking.opens…",
        "Use a declared field, address, kind, zone, basis.PURPOSE.ground, tracking.opens…",
    ),
    "metier: metier",
)
NO_ADDRESS = Entry(
    "RESOLVE-MAPPING-22",
    Severity.ERROR,
    Text("aucune colonne ne donne l'adresse", "no column gives the address"),
    Text("Sans adresse, il n'y a pas de contact.", "Without an address there is no contact."),
    Text("Ajouter « address: » avec le nom de la colonne.", "Add “address:” with the column's name."),
    "mapping:\n  first_name: prenom",
)
DELIVERY = Entry(
    "RESOLVE-DELIVERY-23",
    Severity.ERROR,
    Text("acheminement {name} : {why_fr}", "delivery {name}: {why_en}"),
    Text(
        "Un relais a un nom et du chiffrement, un dossier a un chemin.",
        "A relay has a host and encryption, a folder has a path.",
    ),
    Text("Compléter l'acheminement.", "Complete the delivery."),
    "relay: {via: maildir}",
)
TRACKER_URL = Entry(
    "RESOLVE-TRACKER-24",
    Severity.ERROR,
    Text("le service de suivi doit être en https", "the tracker must be on https"),
    Text(
        "En clair, le lien de désinscription de chacun se lirait en chemin ; http n'est admis que sur cette machine.",
        "In clear text anybody's unsubscribe link could be read on its way; http is allowed on this machine only.",
    ),
    Text("Écrire https://…", "Write https://…"),
    "url: http://t.atelier.example",
)
TOO_EARLY = Entry(
    "RESOLVE-FINISH-25",
    Severity.ERROR,
    Text("finish_by vient avant start", "finish_by comes before start"),
    Text("Il ne resterait aucun instant pour envoyer.", "No instant would remain to send."),
    Text("Corriger l'une des deux dates.", "Correct one of the two dates."),
    "start: 2027-03-02T09:00\nfinish_by: 2027-03-01T18:00",
)
UNFOLDED = Entry(
    "RESOLVE-SEGMENT-26",
    Severity.ERROR,
    Text(
        "le segment {name} compte plus de {limit} conditions une fois déplié",
        "segment {name} has more than {limit} conditions once unfolded",
    ),
    Text(
        "Chaque segment nommé est écrit en entier dans celui qui le nomme ; empilés, ils doublent à chaque étage.",
        "Each segment named is written out in the one that names it; stacked, they double at each level.",
    ),
    Text("Simplifier les segments qu'il nomme.", "Simplify the segments that it names."),
    "kind: segment\nname: l9\nmatch: {any: [{segment: l8}, {segment: l8}]}",
)
PICTURE = Entry(
    "RESOLVE-ASSET-27",
    Severity.ERROR,
    Text("{path} n'est pas une image PNG, JPEG ou GIF", "{path} is no PNG, JPEG or GIF picture"),
    Text("Les autres formats ne s'affichent pas dans tous les courriels.", "Other formats do not show in all e-mails."),
    Text("L'enregistrer en PNG, JPEG ou GIF.", "Save it as PNG, JPEG or GIF."),
    "path: assets/lamp.svg",
)
HEAVY = Entry(
    "RESOLVE-ASSET-28",
    Severity.WARNING,
    Text(
        "l'image {path} pèse {size} ko (limite : {most} ko)", "the picture {path} weighs {size} kB (limit: {most} kB)"
    ),
    Text(
        "Une image lourde tarde sur un téléphone ; sans `limit`, un mégaoctet est le plus.",
        "A heavy picture is slow on a phone; without `limit`, one megabyte is the most.",
    ),
    Text("La réduire, ou relever sa limite.", "Make it smaller, or raise its limit."),
    "path: assets/lamp.png\nlimit: 1 kB",
)
UNUSED = Entry(
    "RESOLVE-UNUSED-31",
    Severity.ADVICE,
    Text("{kind} {name} ne sert à aucune campagne", "{kind} {name} is used by no campaign"),
    Text(
        "Ce qui ne sert plus se relit encore ; et un nom changé à un seul endroit laisse l'ancien derrière lui.",
        "What is of no use is still reviewed; and a name changed in one place only leaves the old one behind.",
    ),
    Text("Le retirer, ou l'employer.", "Remove it, or use it."),
    "kind: segment\nname: old\nmatch: {everyone: true}",
)
SOURCE_LACKS = Entry(
    "RESOLVE-SOURCE-29",
    Severity.ERROR,
    Text("une source {format} a besoin de {key}", "a {format} source needs {key}"),
    Text(
        "Un fichier a un chemin, une base une requête, un serveur une connexion ; rien n'est deviné.",
        "A file has a path, a database a query, a server a connection; nothing is guessed.",
    ),
    Text("Ajouter cette clé.", "Add that key."),
    "format: sqlite\npath: ../crm/contacts.sqlite",
)
SOURCE_IDLE = Entry(
    "RESOLVE-SOURCE-30",
    Severity.ERROR,
    Text("{key} ne fait rien dans une source {format}", "{key} does nothing in a {format} source"),
    Text(
        "Cette clé décrit un autre format : ou elle, ou le format est une erreur.",
        "This key describes another format: either it or the format is a mistake.",
    ),
    Text("Retirer la clé, ou corriger format.", "Remove the key, or correct format."),
    'format: jsonl\ndelimiter: ";"',
)
