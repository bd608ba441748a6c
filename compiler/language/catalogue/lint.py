"""What can be wrong with how a message looks and reads, in the programs that its readers have."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

ANCHOR = Entry(
    "MSG-ANCHOR-21",
    Severity.WARNING,
    Text("le lien {anchor} ne mène nulle part", "the link {anchor} leads nowhere"),
    Text(
        "Aucun élément du message ne porte cet id ni ce name : rien ne se passe quand on clique.",
        "No element of the message has this id or name: nothing happens on a click.",
    ),
    Text("mettre cet id dans le message, ou une adresse https", "put this id into the message, or an https address"),
    example='<mj-text><a href="#tarifs">Voir les tarifs</a></mj-text>',
)
LINK_TEXT = Entry(
    "MSG-LINKTEXT-22",
    Severity.WARNING,
    Text("le lien vers {target} n'a rien à lire", "the link to {target} has nothing to read"),
    Text(
        "Sans texte ni texte de remplacement de l'image, personne ne sait où il mène, un lecteur d'écran moins encore.",
        "Without a text, or its picture's alternative text, nobody knows where it leads, least of all a screen reader.",
    ),
    Text("écrire ce que l'on trouve derrière", "write what is found behind it"),
    example='<mj-text><a href="https://www.atelier.example/atelier"></a></mj-text>',
)
LINK_TWICE = Entry(
    "MSG-LINKTWICE-23",
    Severity.ADVICE,
    Text("{count} libellés pour un même lien, {target}", "{count} labels for the same link, {target}"),
    Text(
        "Qui suit l'un puis l'autre retrouve la même page, et leurs clics se comptent ensemble.",
        "Whoever follows both finds the same page twice, and their clicks are counted together.",
    ),
    Text("garder un seul libellé, ou mener à deux endroits", "keep one label, or lead to two places"),
    example=(
        '<mj-text><a href="https://www.atelier.example/ete">La collection</a> '
        '<a href="https://www.atelier.example/ete">Nos tarifs</a></mj-text>'
    ),
)
ALT = Entry(
    "MSG-ALT-24",
    Severity.WARNING,
    Text("l'image {picture} n'a pas de texte de remplacement", "the picture {picture} has no alternative text"),
    Text(
        "Images coupées ou lecteur d'écran : on n'y verrait que le nom du fichier, ou rien.",
        "With pictures off, or by a screen reader, one would get the file's name or nothing.",
    ),
    Text("écrire alt=\"…\", vide si elle n'est qu'un décor", 'write alt="…", empty where it only decorates'),
    example='<mj-text><img src="{{ asset(\'lamp\') }}" width="60"></mj-text>',
)
PREVIEW = Entry(
    "MSG-PREVIEW-25",
    Severity.ADVICE,
    Text("aperçu {problem_fr}", "the preview text {problem_en}"),
    Text(
        "La boîte de réception le montre à côté de l'objet : c'est lui, avec l'objet, qui fait ouvrir.",
        "The inbox shows it beside the subject: with the subject it decides who opens.",
    ),
    Text(
        "écrire dans `preview` 35 à 140 caractères qui complètent l'objet",
        "write 35 to 140 characters into `preview` that go on from the subject",
    ),
    example="preview: {fr: Trois lampes, en: Three lamps}",
)
PICTURE_WEIGHT = Entry(
    "MSG-IMGWEIGHT-26",
    Severity.ADVICE,
    Text("{picture} : {size} Ko (au plus {most})", "{picture}: {size} kB (at most {most})"),
    Text(
        "Sur un réseau mobile, le message reste vide plusieurs secondes, et coûte à qui paie ses données.",
        "On a mobile network the message stays empty for seconds, and costs whoever pays for data.",
    ),
    Text("réduire ou recomprimer l'image", "make the picture smaller, or compress it again"),
    example="assets/lamp.png",
)
PICTURE_RATIO = Entry(
    "MSG-IMGRATIO-27",
    Severity.ADVICE,
    Text("{percent} % du message est en images", "{percent}% of the message is pictures"),
    Text(
        "Un lecteur sur trois ne charge pas les images, et les filtres se méfient d'un message qui n'est qu'une image.",
        "Many readers load no pictures, and filters distrust a message that is one picture.",
    ),
    Text("dire l'essentiel en texte", "say what matters in words"),
    example='<mj-image src="{{ asset(\'lamp\') }}" width="600px" height="2400px" alt="Toute la collection" />',
)
CONTRAST = Entry(
    "MSG-CONTRAST-28",
    Severity.WARNING,
    Text(
        "texte {colour} sur {ground} en {scheme_fr} : contraste de {ratio_fr} pour 1, il faut {least_fr}",
        "text {colour} on {ground} in {scheme_en}: a contrast of {ratio_en} to 1, {least_en} are needed",
    ),
    Text(
        "En dessous, beaucoup ne lisent plus : dehors, sur un vieil écran, ou passé cinquante ans (WCAG 2.2, 1.4.3).",
        "Below it many cannot read: outdoors, on an old screen, or past fifty (WCAG 2.2, 1.4.3).",
    ),
    Text("foncer le texte ou éclaircir le fond", "make the text darker, or the ground lighter"),
    example='<mj-text color="#b8b0a4">Un bon éclairage se remarque à peine.</mj-text>',
    link="https://www.w3.org/TR/WCAG22/#contrast-minimum",
)
CLIENTS = Entry(
    "MSG-CLIENTS-29",
    Severity.ADVICE,
    Text(
        "{feature} : perdu pour environ {percent} % des lecteurs ({programs})",
        "{feature}: lost on about {percent}% of the readers ({programs})",
    ),
    Text(
        "Ces logiciels l'ignorent, d'après les essais de caniemail.com ; l'audience est estimée par opérateur.",
        "These programs ignore it, by the tests of caniemail.com; the audience is estimated by operator.",
    ),
    Text("vérifier que le message se lit aussi sans", "see that the message reads well without it"),
    example='<div style="display:flex">',
    link="https://www.caniemail.com/",
)
CLIENTS_MOST = Entry(
    "MSG-CLIENTS-30",
    Severity.WARNING,
    Text(
        "{feature} : perdu pour environ {percent} % des lecteurs ({programs})",
        "{feature}: lost on about {percent}% of the readers ({programs})",
    ),
    Text(
        "La plupart ne le verront pas, d'après les essais de caniemail.com ; l'audience est estimée par opérateur.",
        "Most will not see it, by the tests of caniemail.com; the audience is estimated by operator.",
    ),
    Text("s'en passer, ou dire la même chose autrement", "do without, or say the same in another way"),
    example='<mj-text><span style="font-size:var(--grand)">Deux lampes.</span></mj-text>',
    link="https://www.caniemail.com/",
)
EMPTY_VALUE = Entry(
    "MSG-EMPTY-31",
    Severity.WARNING,
    Text("{part} : une valeur vide laisse un trou (« {what} »)", "{part}: an empty value leaves a hole (“{what}”)"),
    Text(
        "Pour qui n'a rien à cet endroit, le message dirait « Bonjour , ».",
        "To whoever has nothing there, the message would say “Hello ,”.",
    ),
    Text(
        "donner un repli (`needs`), ou mettre le mot et sa ponctuation dans un {% if %}",
        "give a fallback (`needs`), or put the word and its punctuation into an {% if %}",
    ),
    example="<mj-text>Bonjour {{ contact.company or '' }},</mj-text>",
)
SPAM = Entry(
    "MSG-SPAM-32",
    Severity.WARNING,
    Text(
        "SpamAssassin donne {score} points (au plus {most}) : {rules}",
        "SpamAssassin gives {score} points (at most {most}): {rules}",
    ),
    Text(
        "Ces règles lisent le message seul : elles ne savent rien de la réputation de l'expéditeur.",
        "These rules read the message alone: they know nothing of the sender's reputation.",
    ),
    Text("reprendre ce que ces règles nomment", "change what these rules name"),
    example="envoi check --spam 5",
)
SPAM_UNKNOWN = Entry(
    "MSG-SPAM-33",
    Severity.ADVICE,
    Text("SpamAssassin n'a rien dit : {why_fr}", "SpamAssassin said nothing: {why_en}"),
    Text("`check --spam` demande ce programme, installé à part.", "`check --spam` asks this program, installed apart."),
    Text("installer spamassassin (apt install spamassassin)", "install spamassassin (apt install spamassassin)"),
    example="envoi check --spam 5",
)
RULES = Entry(
    "MSG-RULES-34",
    Severity.WARNING,
    Text(
        "{count} règles de style : les couleurs ne sont pas jugées au-delà de {most}",
        "{count} style rules: beyond {most} the colours are not judged",
    ),
    Text(
        "Chaque règle se demande à chaque élément de la page ; un message en a une centaine.",
        "Each rule is asked of each element of the page; a message has about a hundred.",
    ),
    Text("retirer les règles qui ne servent pas", "drop the rules that serve nothing"),
    example=".lampe { color: #221e1a }",
)
