"""Findings about locks, which merging approves: they must be envoi's own, and of the files beside them."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

HAND = Entry(
    "LOCK-HAND-01",
    Severity.ERROR,
    Text("envoi n'a pas écrit ce verrou", "envoi did not write this lock"),
    Text(
        "un verrou modifié à la main, ou abîmé par une fusion, n'approuve rien",
        "a lock that was edited by hand, or damaged by a merge, approves nothing",
    ),
    Text(
        "reprendre celui de la branche principale, ou le renouveler par `envoi propose`",
        "take the main branch's, or renew it with `envoi propose`",
    ),
    "approuvé",
    waivable=False,
)
OTHER = Entry(
    "LOCK-OTHER-02",
    Severity.ERROR,
    Text("ce verrou est celui de la campagne {lock}, pas de {campaign}", "this lock is of {lock}, not of {campaign}"),
    Text(
        "le verrou se trouve à côté d'une autre campagne : elle a été renommée, ou le fichier copié",
        "the lock stands beside another campaign: it was renamed, or the file copied",
    ),
    Text(
        "supprimer ce verrou, puis en proposer un par `envoi propose`",
        "delete this lock, then propose one with `envoi propose`",
    ),
    '"campaign": "summer-2027",',
    waivable=False,
)
STALE = Entry(
    "LOCK-STALE-03",
    Severity.ERROR,
    Text(
        "ce fichier a changé depuis que le verrou de {campaign} a été posé",
        "this file has changed since the lock of {campaign} was set",
    ),
    Text(
        "la fusion approuverait un plan fait d'un autre contenu que celui que montre la branche",
        "merging would approve a plan made of other content than the branch shows",
    ),
    Text(
        "renouveler le verrou par `envoi propose` ; si la campagne est partie, supprimer son verrou",
        "renew the lock with `envoi propose`; where the campaign has left, delete its lock",
    ),
    ('"inputs": {\n  "old.yaml": "0000000000000000000000000000000000000000000000000000000000000000"\n}'),
    waivable=False,
)
