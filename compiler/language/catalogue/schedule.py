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
    example="- {holidays: ZZ}",
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
    example='- {days: mon-fri, hours: "02:00-05:00"}',
)

FINISH_TOO_LATE = Entry(
    "WIN-FINISH-04",
    Severity.ERROR,
    Text(
        "l'envoi ne peut pas finir avant {limit} : il resterait {left} des {messages} messages de la voie {lane}",
        "the send cannot finish by {limit}: {left} of the {messages} messages of lane {lane} would be left",
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

SHARED_TOO_LATE = Entry(
    "WIN-SHARED-06",
    Severity.ERROR,
    Text(
        "à côté de {others}, l'envoi ne peut pas finir avant {limit} : il resterait {left} des {messages} messages de "
        "la voie {lane}",
        "beside {others}, the send cannot finish by {limit}: {left} of the {messages} messages of lane {lane} would be "
        "left",
    ),
    Text(
        "Des campagnes déjà verrouillées partent en même temps : elles se partagent débits et voies, à parts égales.",
        "Campaigns that are locked already leave at the same time: they share rates and lanes equally.",
    ),
    Text(
        "décaler l'une des campagnes, repousser finish_by ou relever le débit",
        "move one of the campaigns, move finish_by or raise the rate",
    ),
    example="start: 2027-03-02T09:00, comme showroom-2027",
    waivable=False,
)

BEYOND_CAP = Entry(
    "CAMPAIGN-CAP-02",
    Severity.WARNING,
    Text(
        "{campaign} et {other} partent en même temps : {people} personnes sont dans les deux, dont {beyond} au-delà de "
        "per_contact ; elles n'auront pas {yields}",
        "{campaign} and {other} leave at the same time: {people} people are in both, {beyond} of them beyond "
        "per_contact; they will not get {yields}",
    ),
    Text(
        "Le plafond est redemandé au moment de chaque envoi : la campagne qui part en dernier cède.",
        "The cap is asked for again as each message leaves: the campaign that starts last gives way.",
    ),
    Text(
        "espacer les campagnes, ou écarter les destinataires de l'autre dans le segment",
        "space the campaigns out, or leave out the other's recipients in the segment",
    ),
    example="limits: {per_contact: 1 per 7 days}, spring-2027 et showroom-2027 le même jour",
    waivable=False,
)

NARROW_LANES = Entry(
    "CAMPAIGN-LANES-03",
    Severity.WARNING,
    Text(
        "{campaign} et {other} ne tiennent pas ensemble dans leurs fenêtres, il manque du temps : {lanes} ; {yields} "
        "finirait trop tard",
        "{campaign} and {other} do not fit into their windows together, time is missing: {lanes}; {yields} would be "
        "too late",
    ),
    Text(
        "Elles se partagent débits et voies ; la seconde à être verrouillée sera refusée.",
        "They share rates and lanes; the second to be locked will be refused.",
    ),
    Text(
        "décaler l'une des deux, repousser finish_by ou relever le débit",
        "move one of the two, move finish_by or raise the rate",
    ),
    example="deux campagnes de 40 000 personnes le même matin à 5/s",
    waivable=False,
)
