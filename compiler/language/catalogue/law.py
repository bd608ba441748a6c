"""The rules of law about people, sources and declarations. Those that no waiver lifts are `waivable=False`."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

ERASURE = Entry(
    "RGT-02",
    Severity.ERROR,
    Text("la personne a été effacée", "the person was erased"),
    Text("La clé qui ouvrait l'identité n'existe plus (RGPD art. 17).", "The identity's key is gone (GDPR art. 17)."),
    Text("rien à faire : elle n'est plus dans aucun envoi", "nothing to do: no send holds this person any more"),
    example="envoi contacts erase camille@clients.example",
    waivable=False,
)

SUPPRESSION = Entry(
    "LAW-SUPPR-13",
    Severity.ERROR,
    Text("l'adresse est dans la liste d'opposition", "the address is in the suppression list"),
    Text(
        "Quelqu'un s'est opposé, désinscrit ou plaint avec cette adresse (CNIL, MED-2023-040).",
        "Somebody objected, left or complained with this address (CNIL, MED-2023-040).",
    ),
    Text("seul un consentement ultérieur confirmé la lève", "only a later, confirmed consent lifts it"),
    example="envoi contacts object camille@clients.example",
    waivable=False,
)

WITHDRAWAL = Entry(
    "LAW-WITHDRAW-12",
    Severity.ERROR,
    Text("la personne s'est opposée ou a retiré son consentement", "the person objected or withdrew their consent"),
    Text(
        "L'opposition à la prospection est un droit absolu (RGPD art. 7(3) et 21(3)).",
        "Objecting to marketing is an absolute right (GDPR art. 7(3) and 21(3)).",
    ),
    Text("seul un nouveau consentement permet de lui écrire", "only a new consent allows writing to them"),
    example="basis.newsletter.withdrawn_on: 2027-01-15",
    waivable=False,
)

COMPLAINT = Entry(
    "SND-FBL-14",
    Severity.ERROR,
    Text("la personne a signalé un message comme indésirable", "the person reported a message as unwanted"),
    Text("Un signalement vaut opposition.", "A complaint is an objection."),
    Text("ne plus lui écrire", "do not write to them again"),
    example="Feedback-Type: abuse",
    waivable=False,
)

DEAD_ADDRESS = Entry(
    "SND-DEAD-08",
    Severity.ERROR,
    Text("l'adresse ne reçoit plus", "the address no longer receives"),
    Text(
        "Un serveur a dit que la boîte n'existe pas, ou l'adresse n'en est pas une.",
        "A server said that the mailbox does not exist, or the address is none.",
    ),
    Text("corriger l'adresse dans le système d'origine", "correct the address in the system it comes from"),
    example="5.1.1 User unknown",
    waivable=False,
)

RESTRICTION = Entry(
    "LAW-RESTRICT-15",
    Severity.ERROR,
    Text("le traitement est limité", "processing is restricted"),
    Text("La personne a demandé la limitation (RGPD art. 18).", "The person asked for restriction (GDPR art. 18)."),
    Text("lever la limitation avec elle avant d'écrire", "lift the restriction with them before writing"),
    example="status: restricted",
    waivable=False,
)

DOUBLE_OPT_IN = Entry(
    "LAW-DOI-11",
    Severity.ERROR,
    Text("l'inscription n'est pas confirmée", "the sign-up is not confirmed"),
    Text("Le lien de confirmation n'a pas été suivi.", "The confirmation link was not followed."),
    Text("attendre la confirmation", "wait for the confirmation"),
    example="basis.newsletter.ground: consent, basis.newsletter.confirmed: false",
    waivable=False,
)

MINOR = Entry(
    "LAW-MINOR-16",
    Severity.ERROR,
    Text("{what} vise des mineurs", "{what} is aimed at minors"),
    Text(
        "Sous 15 ans il faut l'accord d'un parent (loi Informatique et Libertés, art. 45).",
        "Below 15 a parent must agree (French data protection act, art. 45).",
    ),
    Text("retirer `minors`, ou faire étudier la campagne par un juriste", "drop `minors`, or ask a lawyer first"),
    example="minors: true",
)

SOURCE = Entry(
    "SRC-01",
    Severity.ERROR,
    Text("l'origine {what} ne nomme personne", "the origin {what} names nobody"),
    Text(
        "La personne doit pouvoir savoir qui a donné son adresse (RGPD art. 14(2)(f) ; CNIL, EDF, SAN-2022-021).",
        "People must be able to learn who gave their address away (GDPR art. 14(2)(f); CNIL, EDF, SAN-2022-021).",
    ),
    Text("nommer la société, le salon ou le formulaire, avec sa date", "name the company, the fair or the form, dated"),
    example="origin: {kind: sale, name: divers}",
    waivable=False,
)

SOURCE_PROOF = Entry(
    "SRC-02",
    Severity.ERROR,
    Text("source {source} : il manque {what}", "source {source}: {what} is missing"),
    Text(
        "Un fichier acheté ou reçu d'un partenaire demande le contrat, la copie du formulaire de collecte, notre nom "
        "parmi les partenaires et une date d'audit (CNIL, SAN-2024-003, SAN-2025-001).",
        "A file bought or received from a partner needs the contract, a copy of the form, our name among the partners "
        "and the date of an audit (CNIL, SAN-2024-003, SAN-2025-001).",
    ),
    Text("déclarer la preuve, ou ne pas utiliser ce fichier", "declare the proof, or do not use this file"),
    example="origin: {kind: purchased, provider: Fichiers et Cie, contract: contrat-2027,",
    waivable=False,
)

SOURCE_RENTED = Entry(
    "SRC-03",
    Severity.ERROR,
    Text("source {source} : un fichier loué ne s'importe pas", "source {source}: a rented file is not imported"),
    Text(
        "Celui qui loue un fichier l'envoie lui-même : les adresses ne changent pas de mains.",
        "Who rents a file out sends to it themselves: the addresses do not change hands.",
    ),
    Text("retirer cette source et confier l'envoi à son propriétaire", "drop this source, and have its owner send"),
    example="origin: {kind: rented,",
    waivable=False,
)

SOURCE_FORBIDDEN = Entry(
    "SRC-04",
    Severity.ERROR,
    Text("source {source} : un fichier aspiré ne s'importe pas", "source {source}: a scraped file is not imported"),
    Text(
        "Ramasser des adresses sur le web est illicite (CNIL, Kaspr, 5 décembre 2024).",
        "Gathering addresses from the web is unlawful (CNIL, Kaspr, 5 December 2024).",
    ),
    Text("retirer cette source", "drop this source"),
    example="origin: {kind: scraped, name: Annuaire Pro de l’Ouest}",
    waivable=False,
)

NOTICE = Entry(
    "INF-14",
    Severity.ERROR,
    Text("la personne n'a pas été informée à temps", "the person was not told in time"),
    Text(
        "Qui n'a pas donné ses données lui-même est informé, source comprise, au premier message et sous un mois "
        "(RGPD art. 14(3)).",
        "Who did not give their data themselves is told, source included, with the first message and within a month "
        "(GDPR art. 14(3)).",
    ),
    Text("informer la personne puis noter la date", "tell the person, then record the date"),
    example="origin.on: 2026-11-02, notices.art14:",
    waivable=False,
)

RETENTION = Entry(
    "RET-01",
    Severity.ERROR,
    Text(
        "finalité {purpose} : {months} mois de conservation, 36 au plus pour un prospect",
        "purpose {purpose}: kept {months} months, at most 36 for a prospect",
    ),
    Text(
        "Un prospect silencieux est écarté après trois ans ; une ouverture n'est pas un contact (CNIL, SAN-2020-003).",
        "A silent prospect is left out after three years; an open is no contact (CNIL, SAN-2020-003).",
    ),
    Text("écrire `retention: 36 months` ou moins", "write `retention: 36 months` or less"),
    example="retention: 5 years",
    waivable=False,
)

BASIS = Entry(
    "LAW-BASIS-01",
    Severity.ERROR,
    Text("finalité {purpose} : aucune base légale déclarée", "purpose {purpose}: no legal basis is declared"),
    Text(
        "Chaque destinataire doit avoir, pour la finalité, une base légale que celle-ci déclare (RGPD art. 6).",
        "Each recipient needs a ground for the purpose, among those that it declares (GDPR art. 6).",
    ),
    Text("déclarer `bases`", "declare `bases`"),
    example="bases: [consent, similar_products]",
    waivable=False,
)

OPT_IN = Entry(
    "LAW-OPTIN-02",
    Severity.ERROR,
    Text("adresse personnelle sans consentement", "a personal address without consent"),
    Text(
        "On n'écrit à un particulier qu'avec son accord, ou après une vente de produits analogues (CPCE L34-5).",
        "Private people are written to with their consent, or after a sale of similar products (CPCE L34-5).",
    ),
    Text("recueillir le consentement", "ask for consent"),
    example="kind: personal, basis.newsletter.ground: legitimate_interest",
    waivable=False,
)

SIMILAR_PRODUCTS = Entry(
    "LAW-SIMILAR-03",
    Severity.ERROR,
    Text("les conditions des produits analogues manquent", "the conditions of similar products are not met"),
    Text(
        "Adresse donnée par la personne lors d'une vente, opposition proposée, même famille de produits (CPCE L34-5).",
        "An address given by the person at a sale, with an offer to object, for the same products (CPCE L34-5).",
    ),
    Text(
        "déclarer `product_families` et noter la vente et l'offre d'opposition",
        "declare `product_families`, and record the sale and the offer to object",
    ),
    example="product_families: [luminaires]",
    waivable=False,
)

PROFESSIONAL = Entry(
    "LAW-PRO-04",
    Severity.WARNING,
    Text(
        "campagne {campaign} : sans `professional_object`, les professionnels sans consentement sont écartés",
        "campaign {campaign}: without `professional_object`, professionals who did not consent are left out",
    ),
    Text(
        "Sans consentement, un message à un professionnel concerne sa fonction (CNIL, 17 février 2005).",
        "Without consent, a message to a professional must concern their function (CNIL, 17 February 2005).",
    ),
    Text("dire en quoi le message concerne leur métier", "say how the message concerns their job"),
    example="window: office-hours\nproduct_families: [luminaires]",
)

PROOF = Entry(
    "LAW-PROOF-07",
    Severity.ERROR,
    Text(
        "formulaire {form} : le texte du consentement {purpose} manque en {language}",
        "form {form}: the text of consent {purpose} is missing in {language}",
    ),
    Text(
        "Le responsable doit pouvoir montrer quand, comment et devant quel texte on a consenti (RGPD art. 7(1)).",
        "The controller must be able to show when, how and before which text people consented (GDPR art. 7(1)).",
    ),
    Text("écrire le texte exact dans chaque langue", "write the exact text in every language"),
    example="text: {fr: J’accepte de recevoir les nouvelles d’Atelier Lumen.}",
    waivable=False,
)

FREE_MAIL = Entry(
    "LAW-PRO-05",
    Severity.WARNING,
    Text(
        "{count} destinataires « professionnels » ont une adresse de messagerie grand public",
        "{count} “professional” recipients have a consumer mailbox",
    ),
    Text("Une boîte gratuite est rarement professionnelle.", "A free mailbox is rarely a professional one."),
    Text("vérifier leur type dans le système d'origine", "check their kind in the system they come from"),
    example="kind: professional, address: camille.petit@gmail.example",
)

PROOF_TEXT = Entry(
    "LAW-PROOF-08",
    Severity.ERROR,
    Text(
        "{count} destinataires ont consenti devant un texte que la version citée du formulaire ne déclare pas",
        "{count} recipients agreed to a text that the cited version of the form does not declare",
    ),
    Text(
        "Une preuve vaut par le texte montré : la version que cite le carnet doit rester déclarée, mot pour mot "
        "(RGPD art. 7(1)).",
        "A proof is worth the text that was shown: the version that the book cites stays declared, word for word "
        "(GDPR art. 7(1)).",
    ),
    Text(
        "déclarer de nouveau cette version du formulaire, à côté de la nouvelle",
        "declare that version of the form again, beside the new one",
    ),
    example="basis.newsletter.form: inscription@1, name: inscription, version: 2",
)

NAMED_GENERIC = Entry(
    "LAW-GENERIC-06",
    Severity.WARNING,
    Text(
        "{count} boîtes « génériques » portent le nom d'une personne",
        "{count} “generic” mailboxes bear a person's name",
    ),
    Text(
        "Une adresse comme contact@ échappe au consentement parce qu'elle n'est celle de personne (CNIL).",
        "An address like contact@ needs no consent because it is nobody's own (CNIL).",
    ),
    Text("retirer le nom, ou déclarer l'adresse professionnelle", "drop the name, or declare the address professional"),
    example="kind: generic, first_name: Camille",
)

SPECIFIC = Entry(
    "LAW-SPECIFIC-09",
    Severity.ERROR,
    Text(
        "formulaire {form} : deux consentements pour la finalité {purpose}",
        "form {form}: two consents for the purpose {purpose}",
    ),
    Text(
        "Un consentement par finalité, chacun à part (RGPD art. 7).", "One consent a purpose, each apart (GDPR art. 7)."
    ),
    Text("séparer les finalités", "keep the purposes apart"),
    example="  - purpose: newsletter\n    text: {fr: Et aussi par la poste., en: And by post.}",
)

NO_PRETICKED = Entry(
    "LAW-NOPREBOX-10",
    Severity.ERROR,
    Text("formulaire {form} : case cochée d'avance ({purpose})", "form {form}: pre-ticked box ({purpose})"),
    Text("Une case cochée d'avance n'est pas un consentement (CJUE C-673/17).", "A pre-ticked box is no consent."),
    Text("retirer `preticked`", "drop `preticked`"),
    example="preticked: true",
)

SENSITIVE = Entry(
    "LAW-SENSITIVE-17",
    Severity.ERROR,
    Text("champ {field} : donnée sensible ou texte libre", "field {field}: sensitive data or free text"),
    Text(
        "Santé, opinions, religion, origine, syndicat, vie sexuelle et notes libres n'ont rien à faire dans un "
        "fichier d'envoi (RGPD art. 5(1)(c) et 9).",
        "Health, opinions, religion, origin, union, sex life and free notes have no place in a mailing file "
        "(GDPR art. 5(1)(c) and 9).",
    ),
    Text("retirer ce champ", "drop this field"),
    example="religion: {type: text, description: Partenaire}",
)

PURPOSE_UNKNOWN = Entry(
    "ROPA-02",
    Severity.ERROR,
    Text("campagne {campaign} : la finalité {purpose} n'est pas déclarée", "campaign {campaign}: no purpose {purpose}"),
    Text(
        "Chaque finalité a ses bases et sa durée, au registre (RGPD art. 5(1)(b) et 30).",
        "Each purpose has its grounds and retention, on record (GDPR art. 5(1)(b) and 30).",
    ),
    Text("déclarer la finalité dans envoi.yaml", "declare the purpose in envoi.yaml"),
    example="purposes: {newsletter: {bases: [consent], retention: 36 months}}",
)

CLEAR_DATA = Entry(
    "SEC-01",
    Severity.ERROR,
    Text("{kind} en clair dans l'espace de travail", "a {kind} in clear in the workspace"),
    Text(
        "L'historique de git garde tout : aucune adresse ni téléphone de personne n'y entre (RGPD art. 32).",
        "Git's history keeps everything: nobody's address or phone enters it (GDPR art. 32).",
    ),
    Text(
        "prendre une adresse en .example, ou déclarer celles de l'entreprise dans envoi.yaml",
        "use an address in .example, or declare the company's own in envoi.yaml",
    ),
    example="À rappeler : 06 12 34 56 78",
    waivable=False,
)

CLEAR_SECRET = Entry(
    "SEC-02",
    Severity.ERROR,
    Text("un secret en clair dans l'espace de travail", "a secret in clear in the workspace"),
    Text("Une clé ou un mot de passe dans git est perdu.", "A key or password in git is lost."),
    Text(
        "le changer, puis écrire env:NOM ou file:CHEMIN",
        "change it, then write env:NAME or file:PATH",
    ),
    example="password: soleil-de-minuit-35",
    waivable=False,
)

WAIVER_UNKNOWN = Entry(
    "WAIVE-UNKNOWN-01",
    Severity.ERROR,
    Text("la dérogation nomme une règle inconnue : {rule}", "the waiver names an unknown rule: {rule}"),
    Text("Aucune règle n'a ce nom.", "No rule has this name."),
    Text("écrire le code du constat", "write the finding's code"),
    example="waivers: [{rule: MSG-SISE-13, reason: Catalogue illustré, until: 2027-04-01}]",
    waivable=False,
)

WAIVER_REFUSED = Entry(
    "WAIVE-REFUSED-02",
    Severity.ERROR,
    Text("la règle {rule} n'admet pas de dérogation", "rule {rule} cannot be waived"),
    Text("Elle protège les personnes ou fait foi devant la loi.", "It protects people, or the law requires it."),
    Text("corriger la cause", "cure the cause"),
    example="waivers: [{rule: MSG-UNSUB-05, reason: Plus joli, until: 2027-04-01}]",
    waivable=False,
)

WAIVER_EXPIRED = Entry(
    "WAIVE-EXPIRED-03",
    Severity.WARNING,
    Text("la dérogation à {rule} a pris fin le {until}", "the waiver of {rule} ended on {until}"),
    Text("Une dérogation vaut jusqu'à sa date, pas au-delà.", "A waiver holds until its date, not beyond."),
    Text("la retirer, ou en décider une nouvelle", "drop it, or decide on a new one"),
    example="waivers: [{rule: MSG-SIZE-13, reason: Catalogue illustré, until: 2027-02-01}]",
    waivable=False,
)

WAIVER_UNUSED = Entry(
    "WAIVE-UNUSED-04",
    Severity.ADVICE,
    Text("la dérogation à {rule} ne sert à rien", "the waiver of {rule} is not needed"),
    Text("Aucun constat de ce code.", "No finding has this code."),
    Text("la retirer", "drop it"),
    example="waivers: [{rule: MSG-SIZE-13, reason: Catalogue illustré, until: 2027-04-01}]",
    waivable=False,
)
