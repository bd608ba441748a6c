"""Findings of plans on disk, of their locks, and of compiling one."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

_DAMAGED = Text(
    "le plan a changé depuis son écriture : disque, copie incomplète ou main étrangère",
    "the plan changed after it was written: disk, incomplete copy or somebody's hand",
)
_AGAIN = Text(
    "supprimer ce dossier et recompiler : les mêmes entrées redonnent le même plan",
    "delete this folder and compile again: the same inputs give the same plan",
)

DIGEST = Entry(
    "PLAN-DIGEST-01",
    Severity.ERROR,
    Text("le manifeste n'est pas celui que nomme l'empreinte {digest}", "the manifest is not the one named {digest}"),
    _DAMAGED,
    _AGAIN,
    "plans/4f…/manifest.json, un octet changé",
    waivable=False,
)
MANIFEST = Entry(
    "PLAN-MANIFEST-02",
    Severity.ERROR,
    Text("manifeste illisible : {problem}", "unreadable manifest: {problem}"),
    Text(
        "écrit par une autre version d'envoi, ou modifié",
        "written by another version of envoi, or modified",
    ),
    _AGAIN,
    '{"format_version":2,…}',
    waivable=False,
)
MISSING = Entry(
    "PLAN-MISSING-03",
    Severity.ERROR,
    Text("fichier absent du plan", "file missing from the plan"),
    _DAMAGED,
    _AGAIN,
    "shards/00002.jsonl.gz absent",
    waivable=False,
)
EXTRA = Entry(
    "PLAN-EXTRA-04",
    Severity.ERROR,
    Text("fichier étranger au plan", "file that does not belong to the plan"),
    _DAMAGED,
    _AGAIN,
    "shards/99999.jsonl.gz",
    waivable=False,
)
CONTENT = Entry(
    "PLAN-CONTENT-05",
    Severity.ERROR,
    Text(
        "contenu différent de celui qui a été approuvé ({expected} octets attendus)",
        "content other than the approved one ({expected} bytes expected)",
    ),
    _DAMAGED,
    _AGAIN,
    "templates/a/fr/message.html retouché",
    waivable=False,
)
STORED = Entry(
    "PLAN-STORED-06",
    Severity.ERROR,
    Text("octets différents de ceux de files.sha256", "bytes other than those of files.sha256"),
    _DAMAGED,
    _AGAIN,
    "un octet ajouté à la fin de estimate.json",
    waivable=False,
)
CONTAINER = Entry(
    "PLAN-CONTAINER-07",
    Severity.ERROR,
    Text("archive gzip altérée", "altered gzip container"),
    _DAMAGED,
    _AGAIN,
    "un second membre gzip ajouté",
    waivable=False,
)
SLOTS = Entry(
    "PLAN-SLOTS-08",
    Severity.ERROR,
    Text("le plan ne tombe pas juste : {problem}", "the plan does not add up: {problem}"),
    Text("le plan n'a pas été écrit par envoi", "the plan was not written by envoi"),
    _AGAIN,
    "deux envois au même contact",
    waivable=False,
)
FILE = Entry(
    "PLAN-FILE-09",
    Severity.ERROR,
    Text("ni fichier ordinaire ni dossier", "neither a plain file nor a folder"),
    Text("un lien symbolique mène hors du plan", "a symbolic link leads out of the plan"),
    _AGAIN,
    "data.jsonl -> /etc/hosts",
    waivable=False,
)
NOT_RENDERED = Entry(
    "PLAN-RENDER-10",
    Severity.WARNING,
    Text(
        "{count} destinataires écartés ({language}, variante {variant}) : {why_fr}",
        "{count} recipients left out ({language}, variant {variant}): {why_en}",
    ),
    Text(
        "une valeur manque pour ces contacts, et le gabarit ne prévoit rien à sa place",
        "a value is missing for these contacts, and the template has nothing in its place",
    ),
    Text("donner un repli dans `needs` du gabarit", "give a fallback in the template's `needs`"),
    "needs: {first_name: {}} et un contact sans prénom",
)
EMPTY = Entry(
    "PLAN-EMPTY-11",
    Severity.WARNING,
    Text("personne ne recevra {campaign}", "nobody will receive {campaign}"),
    Text(
        "le segment est vide, ou tous ceux qu'il retient sont écartés",
        "the segment is empty, or everybody it chooses is left out",
    ),
    Text("lire l'entonnoir et les exclusions du plan", "read the plan's funnel and exclusions"),
    'segment: {field: department, in: ["99"]}',
)
ONE_LOCK = Entry(
    "PLAN-LOCK-12",
    Severity.ERROR,
    Text("{path} contient aussi la campagne {other}", "{path} also holds the campaign {other}"),
    Text(
        "le verrou est posé à côté du fichier de la campagne : deux campagnes s'y disputeraient la place",
        "the lock stands beside the campaign's file: two campaigns would fight for it",
    ),
    Text("une campagne par fichier", "one campaign a file"),
    "utm: {source: newsletter, medium: email}\n---\nkind: campaign\nname: summer-2027",
    waivable=False,
)
UNREADABLE = Entry(
    "PLAN-READ-13",
    Severity.ERROR,
    Text("{path} ne se lit pas", "{path} cannot be read"),
    Text("le fichier manque, ou n'est pas en UTF-8", "the file is missing, or is not UTF-8"),
    Text("corriger le chemin ou l'encodage", "correct the path or the encoding"),
    "<mj-text>Bonjour, été {{ contact.first_name }},</mj-text>",
    waivable=False,
)
NO_FALLBACK = Entry(
    "PLAN-FALLBACK-14",
    Severity.ADVICE,
    Text("{name} n'a pas de repli", "{name} has no fallback"),
    Text(
        "les contacts dont cette valeur manque n'auront pas de message",
        "contacts without this value will get no message",
    ),
    Text(
        "donner un repli dans `needs`, ou tester la valeur avec `if`",
        "give a fallback in `needs`, or test it with `if`",
    ),
    "first_name: {}",
)
LANGUAGE = Entry(
    "PLAN-LANGUAGE-16",
    Severity.ADVICE,
    Text(
        "{count} destinataires lisent {language} : ils auront le message en {given}",
        "{count} recipients read {language}: they get the message in {given}",
    ),
    Text(
        "la campagne ne parle pas leur langue ; la première des siennes en tient lieu",
        "the campaign does not speak their language; the first of its own stands in",
    ),
    Text(
        "traduire l'objet et le gabarit, ou ne choisir que ceux qui lisent la langue (champ locale)",
        "translate subject and template, or choose only those who read the language (field locale)",
    ),
    "locale: de pour une campagne en français",
)
SUPERSEDED = Entry(
    "PLAN-SUPERSEDES-15",
    Severity.ERROR,
    Text(
        "supersedes : {digest} n'est pas un plan de cette campagne et de cette édition",
        "supersedes: {digest} is no plan of this campaign and edition",
    ),
    Text(
        "un plan corrige un plan conservé ici, de la même campagne et de la même édition",
        "a plan corrects one that is stored here, of the same campaign and edition",
    ),
    Text(
        "écrire l'empreinte que montre `envoi plan show`, ou retirer `supersedes`",
        "write the digest that `envoi plan show` shows, or drop `supersedes`",
    ),
    "supersedes: 3f2a9c0d",
    waivable=False,
)
