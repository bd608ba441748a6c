"""What windows and finish estimates can find."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

WINDOW_ZONE = Entry(
    "WIN-ZONE-01",
    Severity.ERROR,
    Text("fenêtre {window} : le fuseau {zone} n'existe pas", "window {window}: there is no time zone {zone}"),
    Text("Le fuseau n'est pas un nom de la base IANA.", "The zone is no name of the IANA database."),
    Text("écrire `recipient` ou un nom comme Europe/Paris", "write `recipient` or a name like Europe/Paris"),
    example="timezone: Europe/Paris",
    waivable=False,
)

WINDOW_CALENDAR = Entry(
    "WIN-HOLIDAYS-02",
    Severity.ERROR,
    Text(
        "fenêtre {window} : pas de calendrier de jours fériés {calendar}",
        "window {window}: there is no calendar of holidays {calendar}",
    ),
    Text("Le calendrier ne nomme ni un pays ni une partie d'un pays.", "The calendar names no country or part of one."),
    Text("écrire un code ISO 3166 : FR, ou FR-57 pour la Moselle", "write an ISO 3166 code: FR, or FR-57 for Moselle"),
    example="deny: [{holidays: FR}]",
    waivable=False,
)

WINDOW_EMPTY = Entry(
    "WIN-EMPTY-03",
    Severity.ERROR,
    Text("fenêtre {window} : aucune heure permise", "window {window}: no hour is allowed"),
    Text("Une fenêtre sans `allow` n'ouvre jamais.", "A window without `allow` never opens."),
    Text("permettre au moins des heures", "allow some hours"),
    example='allow: [{days: mon-fri, hours: "09:00-12:00"}]',
    waivable=False,
)

WINDOW_NIGHT = Entry(
    "WIN-NIGHT-05",
    Severity.WARNING,
    Text(
        "fenêtre {window} : ouverte entre 21 h et 7 h chez les destinataires ou chez vous",
        "window {window}: open between 9 p.m. and 7 a.m., where the recipients or you are",
    ),
    Text("Un message de nuit réveille un téléphone, et lasse.", "A message at night wakes a phone, and wears out."),
    Text("fermer la nuit", "close at night"),
    example='allow: [{days: mon-sun, hours: "02:00-05:00"}]',
)

FINISH_TOO_LATE = Entry(
    "WIN-FINISH-04",
    Severity.ERROR,
    Text(
        "l'envoi ne peut pas finir avant {limit} : il resterait {left} messages",
        "the send cannot finish by {limit}: {left} messages would be left",
    ),
    Text(
        "Les fenêtres, les débits et la part réservée au courrier courant ne laissent pas assez de temps.",
        "Windows, rates and the share kept for everyday mail do not leave enough time.",
    ),
    Text(
        "repousser finish_by, élargir la fenêtre, relever le débit ou réduire le segment",
        "move finish_by, widen the window, raise the rate or narrow the segment",
    ),
    example="finish_by: 2027-03-05T18:00",
    waivable=False,
)
