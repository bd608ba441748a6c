"""What pictures can have wrong: the files, their names in templates, the hosts that messages fetch them from."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

TOO_HEAVY = Entry(
    "RESOLVE-ASSET-29",
    Severity.ERROR,
    Text("l'image {path} dépasse {most} Mo", "the picture {path} exceeds {most} MB"),
    Text("Aucun courriel n'a besoin d'une telle image.", "No e-mail needs such a picture."),
    Text("La réduire.", "Make it smaller."),
    "path: assets/lamp.png   # 6 Mo",
    waivable=False,
)
TOO_WIDE = Entry(
    "RESOLVE-ASSET-30",
    Severity.WARNING,
    Text(
        "l'image {path} fait {width} × {height} pixels (au plus {most} par côté)",
        "the picture {path} measures {width} × {height} pixels (at most {most} a side)",
    ),
    Text(
        "Un petit fichier peut se déployer en centaines de mégaoctets sur un téléphone.",
        "A small file may unfold into hundreds of megabytes on a phone.",
    ),
    Text("La réduire : 1 200 pixels de large suffisent.", "Make it smaller: 1,200 pixels wide are enough."),
    "path: assets/wide.png",
)
ASSET_UNKNOWN = Entry(
    "TPL-ASSET-50",
    Severity.ERROR,
    Text("image inconnue : {name} (déclarées : {known})", "unknown picture: {name} (declared: {known})"),
    Text(
        "asset() nomme une image déclarée (`kind: asset`) : son nom, son fichier ou son chemin.",
        "asset() names a declared picture (`kind: asset`): its name, its file or its path.",
    ),
    Text("la déclarer, ou corriger le nom", "declare it, or correct the name"),
    example="asset('lampe')",
)
ASSET_FORM = Entry(
    "TPL-ASSET-51",
    Severity.ERROR,
    Text("asset() n'est pas seul avec un nom fixe : {tag}", "asset() does not stand alone with a fixed name: {tag}"),
    Text(
        "L'adresse de l'image est écrite à la compilation, la même pour tous : ni variable, ni filtre, ni calcul.",
        "The picture's address is written at compile time, the same for everyone: no variable, filter or computation.",
    ),
    Text("écrire {{ asset('nom.png') }}, ou un if autour", "write {{ asset('name.png') }}, or an if around it"),
    example="asset(contact.tier)",
)
ASSET_NOWHERE = Entry(
    "TPL-ASSET-52",
    Severity.ERROR,
    Text("aucun suivi ne peut servir l'image {name}", "there is no tracker to serve the picture {name}"),
    Text(
        "Les images sont servies sous tracking.url, qu'envoi.yaml ne déclare pas.",
        "Pictures are served under tracking.url, which envoi.yaml does not declare.",
    ),
    Text("déclarer `tracking`, même sans mesure", "declare `tracking`, even without measuring"),
    example="src=\"{{ asset('lamp') }}\"   # sans tracking",
)
ASSET_WIDTH = Entry(
    "TPL-ASSET-53",
    Severity.WARNING,
    Text(
        "<img> sans attribut width : Outlook montre {name} à sa taille, {width} × {height}",
        "<img> without a width attribute: Outlook shows {name} at its own size, {width} × {height}",
    ),
    Text(
        "Outlook ne lit pas la largeur des styles ; un mj-image l'écrit de lui-même.",
        "Outlook does not read a width from styles; an mj-image writes it by itself.",
    ),
    Text('ajouter width="…" en pixels', 'add width="…" in pixels'),
    example='<mj-text><img src="{{ asset(\'lamp\') }}" alt=""></mj-text>',
)
FOREIGN_HOST = Entry(
    "MSG-IMGHOST-19",
    Severity.WARNING,
    Text(
        "image chargée depuis {host}, étranger à l'organisation", "picture fetched from {host}, not the organisation's"
    ),
    Text(
        "Cet hôte apprend qui ouvre, quand et d'où, sans consentement (CNIL 2026-042), et peut changer l'image.",
        "That host learns who opens, when and where from, without consent (CNIL 2026-042), and may change the picture.",
    ),
    Text(
        "mettre l'image dans l'espace de travail et écrire asset()", "put the picture into the workspace, write asset()"
    ),
    example="https://images.autre.example/lampe.png",
)
OWN_HOST = Entry(
    "MSG-IMGOWN-20",
    Severity.ADVICE,
    Text("image chargée depuis {host}, hors de l'espace de travail", "picture fetched from {host}, not the workspace"),
    Text(
        "Ce serveur journalise qui ouvre, et l'image peut changer après l'approbation.",
        "That server logs who opens, and the picture may change after approval.",
    ),
    Text(
        "mettre l'image dans l'espace de travail et écrire asset()", "put the picture into the workspace, write asset()"
    ),
    example="https://www.atelier.example/lampe.png",
)
