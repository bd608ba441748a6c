"""The rules about what a message says and about its header fields."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

IDENTITY = Entry(
    "MSG-ID-01",
    Severity.ERROR,
    Text("{part} : le message ne nomme pas {name}", "{part}: the message does not name {name}"),
    Text(
        "Qui écrit ne cache pas son identité (CPCE L34-5, LCEN art. 20).",
        "Who writes does not conceal who they are (CPCE L34-5, LCEN art. 20).",
    ),
    Text("écrire {{ organisation.name }} dans le pied", "write {{ organisation.name }} in the footer"),
    example="{{ organisation.address }}\n{{ reason }}",
    waivable=False,
)

CONTACT = Entry(
    "MSG-CONTACT-02",
    Severity.ERROR,
    Text("rien ne permet de s'opposer sans frais", "there is no way to object free of charge"),
    Text(
        "Chaque message donne des coordonnées valables pour s'opposer : lien et adresse de réponse (LCEN art. 22).",
        "Each message gives valid means to object: a link and an address that answers (LCEN art. 22).",
    ),
    Text(
        "mettre unsubscribe_url dans le gabarit et une vraie adresse de réponse",
        "put unsubscribe_url into the template, and a real reply address",
    ),
    example="reply_to: bonjour@atelier-lumen.example",
    waivable=False,
)

SUBJECT = Entry(
    "MSG-SUBJ-03",
    Severity.ERROR,
    Text("l'objet feint une réponse ({prefix})", "the subject pretends to be a reply ({prefix})"),
    Text("Un objet trompeur est interdit (CPCE L34-5).", "A misleading subject is forbidden (CPCE L34-5)."),
    Text("retirer RE:, FW: ou TR:", "drop RE:, FW: or TR:"),
    example='fr: "RE: {{ contact.first_name }} : trois lampes pour votre atelier"',
)

SUBJECT_STYLE = Entry(
    "MSG-SUBJ-18",
    Severity.WARNING,
    Text("objet {problem_fr}", "subject {problem_en}"),
    Text(
        "Un objet long est coupé ; vide, en capitales ou criard, il dessert le message et alerte les filtres.",
        "A long subject is cut; empty, in capitals or shouting, it harms the message and alarms filters.",
    ),
    Text(
        "au plus 78 caractères, en minuscules, deux émojis et un point d'exclamation",
        "at most 78 characters, in lower case, with two emoji and one exclamation mark",
    ),
    example="subject: {fr: DERNIERS JOURS POUR TOUT COMMANDER !!!, en: Three lamps for your projects}",
)

UNSUBSCRIBE = Entry(
    "MSG-UNSUB-05",
    Severity.ERROR,
    Text(
        "{part} : pas de lien de désinscription visible",
        "{part}: no visible unsubscribe link",
    ),
    Text(
        "Le lien se voit dans le HTML et dans le texte, sans compte ni plus de deux pas (CNIL).",
        "The link is seen in the HTML and in the text, without a login and in two steps at most (CNIL).",
    ),
    Text("écrire unsubscribe_url avec un libellé visible", "write unsubscribe_url with a visible label"),
    example="{{ reason }}\nNe plus mesurer : {{ tracking_url }}",
    waivable=False,
)

TRACKING_OFF = Entry(
    "MSG-TRKOFF-06",
    Severity.ERROR,
    Text("{part} : pas de lien visible pour refuser la mesure", "{part}: no visible link to refuse being measured"),
    Text(
        "Un message mesuré donne le moyen de ne plus l'être, à part (CNIL 2026-042).",
        "A measured message says how not to be measured any more, apart (CNIL 2026-042).",
    ),
    Text("écrire tracking_url avec un libellé visible", "write tracking_url with a visible label"),
    example=(
        '<a href="{{ unsubscribe_url }}">[[ leave ]]</a>\n<a href="{{ organisation.privacy_url }}">[[ privacy ]]</a>'
    ),
)

OFFER = Entry(
    "MSG-AD-04",
    Severity.WARNING,
    Text("{part} : une remise est annoncée sans ses conditions", "{part}: a discount is announced without conditions"),
    Text(
        "Une offre promotionnelle se reconnaît, et ses conditions se trouvent aisément (LCEN art. 20).",
        "A promotional offer is recognisable as one, and its conditions are easily found (LCEN art. 20).",
    ),
    Text(
        "dire jusqu'à quand, pour quoi, ou mener aux conditions", "say until when, for what, or lead to the conditions"
    ),
    example='subject: {fr: "-20 % sur trois lampes", en: Three lamps for your projects}',
)

PRIVACY = Entry(
    "MSG-PRIV-07",
    Severity.WARNING,
    Text("{part} : {what} manque", "{part}: {what} is missing"),
    Text(
        "Le message dit pourquoi on le reçoit et mène à la politique de données (RGPD art. 13, 14 et 21(4)).",
        "The message says why one gets it and leads to the privacy notice (GDPR art. 13, 14 and 21(4)).",
    ),
    Text("écrire reason et organisation.privacy_url", "write reason and organisation.privacy_url"),
    example=("{{ organisation.name }}, {{ organisation.address }}\nSe désinscrire : {{ unsubscribe_url }}"),
)

ADDRESS = Entry(
    "MSG-ADDR-08",
    Severity.WARNING,
    Text("{part} : l'adresse postale manque", "{part}: the postal address is missing"),
    Text(
        "Obligatoire aux États-Unis et au Canada, usuelle partout.", "Mandatory in the US and Canada, usual anywhere."
    ),
    Text("écrire {{ organisation.address }}", "write {{ organisation.address }}"),
    example="{{ organisation.address }}",
)

REPLY = Entry(
    "MSG-REPLY-09",
    Severity.ERROR,
    Text("expéditeur {sender} : {what} ne reçoit pas de réponse", "sender {sender}: {what} takes no answers"),
    Text(
        "Une adresse noreply est refusée par des opérateurs (La Poste LPN_405) et par les lecteurs.",
        "A noreply address is refused by providers (La Poste LPN_405) and by readers.",
    ),
    Text("écrire une adresse lue par quelqu'un", "write an address that somebody reads"),
    example="reply_to: noreply@atelier.example",
)

PLAIN_TEXT = Entry(
    "MSG-TEXT-10",
    Severity.WARNING,
    Text("la partie texte ne dit presque rien", "the text part says next to nothing"),
    Text("Des filtres se méfient d'un message sans vrai texte.", "Filters distrust a message without real text."),
    Text("écrire la partie texte, ou la laisser dériver du HTML", "write the text part, or let it derive"),
    example=(
        "{{ organisation.name }}, {{ organisation.address }}\n"
        "{{ reason }}\n"
        "{{ unsubscribe_url }} {{ tracking_url }} {{ organisation.privacy_url }}"
    ),
)

LINK = Entry(
    "MSG-LINK-11",
    Severity.ERROR,
    Text("lien vers {host} : {problem_fr}", "link to {host}: {problem_en}"),
    Text(
        "http, adresse IP, port inhabituel, raccourcisseur, formulaire et script font classer en indésirable.",
        "http, IP addresses, odd ports, shorteners, forms and scripts get a message filed as junk.",
    ),
    Text("lier en https, à un nom d'hôte", "link by https, to a host name"),
    example='<a href="https://bit.ly/abc">ici</a>',
)

LINK_DOMAIN = Entry(
    "MSG-LINKDOM-12",
    Severity.WARNING,
    Text(
        "les liens mesurés passent par {host}, hors du domaine {domain}",
        "measured links pass by {host}, outside the domain {domain}",
    ),
    Text(
        "Des liens d'un autre domaine que l'expéditeur inspirent moins confiance.",
        "Links of another domain are distrusted.",
    ),
    Text("donner au service de suivi un nom sous ce domaine", "give the tracker a name under that domain"),
    example="url: https://t.mesure.example",
)

SIZE = Entry(
    "MSG-SIZE-13",
    Severity.WARNING,
    Text(
        "HTML de {size} Ko une fois encodé : Gmail coupe après 102 Ko",
        "HTML of {size} kB once encoded: Gmail clips after 102 kB",
    ),
    Text("La fin coupée porte souvent le lien de désinscription.", "What is clipped often holds the unsubscribe link."),
    Text("alléger le gabarit ou le nombre de produits", "make the template lighter, or the products fewer"),
    example="{% for p in products %}   # trop",
)

MERGE = Entry(
    "MSG-MERGE-14",
    Severity.ERROR,
    Text("{part} : une valeur n'est pas remplie ({what})", "{part}: a value is not filled in ({what})"),
    Text("Le lecteur verrait « Bonjour None » ou du code.", "The reader would see “Hello None”, or code."),
    Text("donner un repli (`needs`, `or`, `default`)", "give a fallback (`needs`, `or`, `default`)"),
    example="{{ '{{ prénom }}' }}, un bon éclairage",
    waivable=False,
)

RFC_5322 = Entry(
    "MSG-5322-15",
    Severity.ERROR,
    Text("message mal formé : {what}", "malformed message: {what}"),
    Text(
        "From, To, Subject, Date et Message-ID une fois chacun, un seul auteur, CRLF, lignes d'au plus 998 octets "
        "(RFC 5322).",
        "From, To, Subject, Date and Message-ID once each, one author, CRLF, lines of at most 998 octets (RFC 5322).",
    ),
    Text("signaler ce défaut d'envoi", "report this fault of envoi"),
    example="Subject: Trois lampes\\nBcc: camille@clients.example",
    waivable=False,
)

FROM = Entry(
    "MSG-FROM-16",
    Severity.ERROR,
    Text("expéditeur {sender} : {domain} n'est pas à vous", "sender {sender}: {domain} is not yours"),
    Text(
        "Une adresse d'expédition chez un opérateur grand public est une usurpation.",
        "A From address at a consumer provider is impersonation.",
    ),
    Text("écrire depuis un domaine de l'entreprise", "write from a domain of the company"),
    example="from: Atelier <atelier@gmail.com>",
)

LINK_ADDRESS = Entry(
    "SEC-04",
    Severity.ERROR,
    Text("{part} : une adresse est lisible dans un lien", "{part}: an address can be read in a link"),
    Text(
        "Un lien se copie, se journalise et se partage (RGPD art. 32).",
        "Links are copied, logged, shared (GDPR art. 32).",
    ),
    Text("retirer l'adresse du lien", "take the address out of the link"),
    example="https://www.atelier.example/?a=zoe@clients.example",
)

LIST_UNSUBSCRIBE = Entry(
    "HDR-LU-01",
    Severity.ERROR,
    Text("List-Unsubscribe : {what}", "List-Unsubscribe: {what}"),
    Text("Un lien https, puis un mailto (RFC 2369, RFC 8058).", "An https link, then a mailto (RFC 2369, RFC 8058)."),
    Text("signaler ce défaut d'envoi", "report this fault of envoi"),
    example="List-Unsubscribe: <https://…>, <mailto:…>",
    waivable=False,
)

ONE_CLICK = Entry(
    "HDR-LUP-02",
    Severity.ERROR,
    Text("List-Unsubscribe-Post : {what}", "List-Unsubscribe-Post: {what}"),
    Text("Exactement « List-Unsubscribe=One-Click » (RFC 8058).", "Exactly `List-Unsubscribe=One-Click` (RFC 8058)."),
    Text("signaler ce défaut d'envoi", "report this fault of envoi"),
    example="List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    waivable=False,
)

DKIM_COVERS = Entry(
    "HDR-DKIMCOV-03",
    Severity.ERROR,
    Text("la signature DKIM ne couvre pas {what}", "the DKIM signature does not cover {what}"),
    Text(
        "Le désabonnement en un clic n'est honoré que signé (RFC 8058, 4).",
        "One-click unsubscribing is honoured only where it is signed (RFC 8058, 4).",
    ),
    Text("déclarer `dkim` pour l'expéditeur", "declare `dkim` for the sender"),
    example=(
        "newsroom:\n"
        "  from: Atelier Lumen <nouvelles@mail.atelier.example>\n"
        "  reply_to: bonjour@atelier.example\n"
        "  return_path: retours.atelier.example\n"
        "  delivery: relay"
    ),
    waivable=False,
)

LIST_ID = Entry(
    "HDR-LISTID-04",
    Severity.WARNING,
    Text("List-Id : {what}", "List-Id: {what}"),
    Text("Une liste par finalité, nommée (RFC 2919).", "One list a purpose, named (RFC 2919)."),
    Text("signaler ce défaut d'envoi", "report this fault of envoi"),
    example="List-Id: Atelier Lumen <newsletter.atelier-lumen.example>",
)

FEEDBACK_ID = Entry(
    "HDR-FBID-05",
    Severity.WARNING,
    Text("Feedback-ID : {what}", "Feedback-ID: {what}"),
    Text(
        "Quatre parties, la dernière toujours la même : Orange l'exige au-delà de 1 000 par jour.",
        "Four parts, the last always the same: Orange demands it above 1,000 a day.",
    ),
    Text("signaler ce défaut d'envoi", "report this fault of envoi"),
    example="Feedback-ID: spring-2027:newsletter:campaign:atelier-lumen",
)

COMPLAINTS = Entry(
    "HDR-CFBL-06",
    Severity.WARNING,
    Text("CFBL-Address ne s'accorde pas avec {what}", "CFBL-Address does not agree with {what}"),
    Text(
        "L'adresse des plaintes est du domaine de l'expéditeur, et signée (RFC 9477, expérimental).",
        "The address for complaints is of the author's domain, and signed (RFC 9477, experimental).",
    ),
    Text("retirer cet en-tête, ou l'aligner et le signer", "drop this field, or align and sign it"),
    example="CFBL-Address: fbl@autre.example; report=arf",
)

AUTOMATIC = Entry(
    "HDR-PREC-07",
    Severity.WARNING,
    Text("{what} ne va pas sur une campagne", "{what} does not belong on a campaign"),
    Text("Une campagne n'est pas une réponse automatique (RFC 3834).", "A campaign is no automatic answer (RFC 3834)."),
    Text("retirer cet en-tête", "drop this field"),
    example="Auto-Submitted: auto-generated",
)

RETURN_PATH = Entry(
    "HDR-MFROM-08",
    Severity.ERROR,
    Text(
        "expéditeur {sender} : le domaine de retour {domain} n'est pas celui de l'expéditeur",
        "sender {sender}: the return path's domain {domain} is not the sender's",
    ),
    Text("Sans alignement, Orange refuse (SPF, RFC 7208).", "Without alignment Orange refuses (SPF, RFC 7208)."),
    Text("prendre un sous-domaine de l'expéditeur", "take a subdomain of the sender's"),
    example="return_path: retours.autre.example",
)

NO_PERSONAL_DATA = Entry(
    "HDR-NOPII-09",
    Severity.ERROR,
    Text("donnée personnelle dans l'en-tête {name}", "personal data in the field {name}"),
    Text(
        "Les en-têtes sont journalisés par tous les relais (RGPD art. 32).",
        "Every relay logs header fields (GDPR art. 32).",
    ),
    Text("la retirer", "take it out"),
    example="X-Customer: zoe@clients.example",
)
