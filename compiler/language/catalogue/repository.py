"""What git itself can carry unseen, changed pipelines, and campaigns that meet the same people."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

NESTED = Entry(
    "LOAD-GIT-08",
    Severity.ERROR,
    Text("un dépôt dans l'espace de travail", "a repository inside the workspace"),
    Text(
        "Le contenu d'un sous-module n'est pas dans la demande de fusion : personne ne le relit.",
        "A submodule's content is not in the pull request: nobody reviews it.",
    ),
    Text("Copier les fichiers à leur place.", "Copy the files into their place."),
    ".gitmodules",
    waivable=False,
)
REWRITTEN = Entry(
    "LOAD-GIT-09",
    Severity.ERROR,
    Text("l'attribut git {attribute} change les fichiers", "the git attribute {attribute} changes files"),
    Text(
        "Ce que git écrit sur le disque ne serait plus ce qui a été relu et approuvé.",
        "What git writes to the disk would not be what was reviewed and approved.",
    ),
    Text("Retirer cet attribut.", "Remove this attribute."),
    "*.mjml ident",
    waivable=False,
)
TWICE = Entry(
    "CAMPAIGN-TWICE-01",
    Severity.WARNING,
    Text(
        "{campaign} écrit au segment de {other} à moins d'un jour d'écart",
        "{campaign} writes to the segment of {other} within one day",
    ),
    Text(
        "Les mêmes personnes recevraient deux messages : une campagne ne sait rien de l'autre, hormis per_contact.",
        "The same people would get two messages: one campaign knows nothing of the other, except for per_contact.",
    ),
    Text(
        "Les espacer, les réunir en variantes, ou écarter les destinataires de l'autre.",
        "Space them out, join them as variants, or leave out the other's recipients.",
    ),
    "segment: architects-west",
)
PIPELINE = Entry(
    "REPO-PIPELINE-10",
    Severity.WARNING,
    Text(
        "cette branche change ce que les pipelines exécutent, ou qui approuve : {path}",
        "this branch changes what the pipelines run, or who approves: {path}",
    ),
    Text(
        "Une campagne n'a pas besoin d'y toucher : ce qui y est écrit s'exécute avec les droits du dépôt.",
        "A campaign has no need to touch it: what is written there runs with the repository's rights.",
    ),
    Text(
        "Le retirer de cette branche, ou le faire relire par qui répond de la machine d'envoi.",
        "Take it out of this branch, or have it reviewed by whoever answers for the sending host.",
    ),
    ".github/workflows/send.yml",
    waivable=False,
)
