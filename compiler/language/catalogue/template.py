"""What templates can have wrong: MJML, Jinja, links."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

BLOCK_UNKNOWN = Entry(
    "TPL-BLOCK-01",
    Severity.ERROR,
    Text("bloc de compilation incompris : {block}", "compile-time block not understood: {block}"),
    Text(
        "Entre [% %] et [[ ]], seuls include, if, else, endif et un nom de paramètre sont connus.",
        "Between [% %] and [[ ]] only include, if, else, endif and a parameter's name are known.",
    ),
    Text("écrire l'une des formes de l'exemple", "write one of the forms of the example"),
    example="[% for p in products %]",
)
BLOCK_OPEN = Entry(
    "TPL-BLOCK-02",
    Severity.ERROR,
    Text("ce [% if %] n'a pas de [% endif %]", "this [% if %] has no [% endif %]"),
    Text("Un bloc de compilation doit se fermer dans son fichier.", "A compile-time block must close in its own file."),
    Text("ajouter [% endif %]", "add [% endif %]"),
    example="[% if accent %]",
)
PARAM_UNKNOWN = Entry(
    "TPL-PARAM-03",
    Severity.ERROR,
    Text(
        "le paramètre {name} n'est pas déclaré (connus : {known})", "parameter {name} is not declared (known: {known})"
    ),
    Text(
        "`[[ nom ]]` est remplacé à la compilation par un paramètre du gabarit ou de l'include.",
        "`[[ name ]]` is replaced at compile time by a parameter of the template or of the include.",
    ),
    Text(
        'le déclarer dans `params`, ou écrire [[ nom | default("…") ]]',
        'declare it in `params`, or write [[ name | default("…") ]]',
    ),
    example="[[ acent ]]",
)
INCLUDE_MISSING = Entry(
    "TPL-INCLUDE-04",
    Severity.ERROR,
    Text("fichier inclus introuvable : {path}", "included file not found: {path}"),
    Text("Le chemin part du dossier du fichier qui inclut.", "The path starts from the including file's folder."),
    Text("corriger le chemin", "correct the path"),
    example='[% include "blocks/foter.mjml" with leave="Se désinscrire"',
)
INCLUDE_OUTSIDE = Entry(
    "TPL-INCLUDE-05",
    Severity.ERROR,
    Text("chemin d'inclusion refusé : {path}", "include path refused: {path}"),
    Text("Une inclusion reste dans l'espace de travail.", "An include stays inside the workspace."),
    Text("déplacer le fichier dans l'espace de travail", "move the file into the workspace"),
    example='<mj-include path="../../etc/passwd" />',
    waivable=False,
)
INCLUDE_CYCLE = Entry(
    "TPL-INCLUDE-06",
    Severity.ERROR,
    Text(
        "{path} s'inclut lui-même, ou l'inclusion est trop profonde", "{path} includes itself, or includes are too deep"
    ),
    Text("Les inclusions doivent finir (10 niveaux au plus).", "Includes must end (10 levels at most)."),
    Text("retirer l'inclusion en trop", "remove the include"),
    example='[% include "loop.mjml" %]',
    waivable=False,
)
TOO_LONG = Entry(
    "TPL-SIZE-07",
    Severity.ERROR,
    Text("le gabarit déplié dépasse 1 Mio", "the expanded template is larger than 1 MiB"),
    Text("Aucun message n'a besoin de tant de texte.", "No message needs that much text."),
    Text("raccourcir, ou sortir les images du gabarit", "shorten it, or take pictures out of it"),
    example='[% include "catalogue.mjml" %]   # 1 Mio',
    waivable=False,
)
NO_MJML = Entry(
    "TPL-MJML-10",
    Severity.ERROR,
    Text("le gabarit ne commence pas par <mjml>", "the template does not begin with <mjml>"),
    Text("Un gabarit MJML est un seul élément <mjml>.", "An MJML template is one <mjml> element."),
    Text("entourer le gabarit de <mjml>…</mjml>", "wrap the template in <mjml>…</mjml>"),
    example="<p>Bonjour</p>",
)
TAG_OPEN = Entry(
    "TPL-TAG-11",
    Severity.ERROR,
    Text("<{tag}> n'est jamais fermé", "<{tag}> is never closed"),
    Text("Chaque élément ouvert doit se fermer, dans l'ordre.", "Each opened element must close, in order."),
    Text("ajouter la balise fermante, ou écrire <… />", "add the closing tag, or write <… />"),
    example="<mj-text><b>Bonjour {{ contact.first_name }}</mj-text>",
)
TAG_UNEXPECTED = Entry(
    "TPL-TAG-12",
    Severity.ERROR,
    Text("<{tag}> n'est pas attendu ici", "<{tag}> is not expected here"),
    Text(
        "Une balise ferme autre chose, ou suit la fin de <mjml>.",
        "A tag closes something else, or follows the end of <mjml>.",
    ),
    Text("vérifier l'ordre des balises", "check the order of the tags"),
    example="<mj-text>Bonjour {{ contact.first_name }},</mj-text></mj-text>",
)
TAG_BROKEN = Entry(
    "TPL-TAG-13",
    Severity.ERROR,
    Text("« < » qui n'ouvre pas de balise lisible", "a `<` that opens no readable tag"),
    Text("Un guillemet manque, ou « < » est du texte.", "A quote is missing, or the `<` is text."),
    Text("fermer le guillemet, ou écrire &lt;", "close the quote, or write &lt;"),
    example='<mj-image src="a>',
)
TAG_DEEP = Entry(
    "TPL-TAG-08",
    Severity.ERROR,
    Text("trop d'éléments les uns dans les autres", "too many elements inside one another"),
    Text("Un message MJML tient en sept niveaux.", "An MJML message takes seven levels."),
    Text("vérifier qu'aucune balise n'est restée ouverte", "check that no tag was left open"),
    example="<mj-wrapper><mj-wrapper><mj-wrapper><mj-wrapper>",
    waivable=False,
)
CHARACTER = Entry(
    "TPL-TEXT-09",
    Severity.ERROR,
    Text("caractère interdit : {character}", "forbidden character: {character}"),
    Text(
        "Un caractère de commande, ou un caractère qui retourne le sens du texte et trompe qui relit.",
        "A control character, or one that turns the text's direction and deceives a reviewer.",
    ),
    Text("le retirer", "remove it"),
    example="Bonjour U+202E {{ contact.first_name }}",
    waivable=False,
)
TEXT_OUTSIDE = Entry(
    "TPL-TEXT-14",
    Severity.ERROR,
    Text("texte en dehors de <mjml>", "text outside <mjml>"),
    Text("Rien ne peut suivre ni précéder l'élément <mjml>.", "Nothing may come before or after the <mjml> element."),
    Text("le déplacer dans <mj-head> ou <mj-body>", "move it into <mj-head> or <mj-body>"),
    example="à bientôt",
)
TEXT_BARE = Entry(
    "TPL-TEXT-15",
    Severity.ERROR,
    Text("texte posé directement dans <{tag}>", "text straight inside <{tag}>"),
    Text(
        "Entre les composants, MJML perd le texte ou casse la mise en page d'Outlook.",
        "Between components MJML loses text, or breaks Outlook's layout.",
    ),
    Text("l'entourer de <mj-text>", "wrap it in <mj-text>"),
    example="Bonjour<mj-text>",
)
COMPONENT_UNKNOWN = Entry(
    "TPL-COMPONENT-16",
    Severity.ERROR,
    Text("composant inconnu : <{tag}>", "unknown component: <{tag}>"),
    Text(
        "mjml-python recopierait cette balise sans rien dire : elle n'aurait aucune mise en page.",
        "mjml-python would copy this tag in silence: it would have no layout.",
    ),
    Text(
        "utiliser un composant MJML, ou mj-text / mj-raw pour du HTML",
        "use an MJML component, or mj-text / mj-raw for HTML",
    ),
    example="<p>Bonjour</p>",
)
COMPONENT_PLACE = Entry(
    "TPL-COMPONENT-17",
    Severity.ERROR,
    Text(
        "<{tag}> ne va pas dans <{parent}> (attendus : {allowed})",
        "<{tag}> cannot be in <{parent}> (expected: {allowed})",
    ),
    Text(
        "MJML range les sections dans le corps, les colonnes dans les sections.",
        "Sections go in the body, columns in sections.",
    ),
    Text("le déplacer dans un parent qui l'accepte", "move it into a parent that takes it"),
    example="<mj-section></mj-section>",
)
COMPONENT_UNSUPPORTED = Entry(
    "TPL-COMPONENT-18",
    Severity.ERROR,
    Text("<{tag}> n'est pas pris en charge", "<{tag}> is not supported"),
    Text("Le moteur MJML d'envoi ne sait pas le lire.", "envoi's MJML engine cannot read it."),
    Text("s'en passer, ou écrire le HTML dans mj-raw", "do without it, or write the HTML in mj-raw"),
    example="<mj-html-attributes></mj-html-attributes>",
)
ATTRIBUTE_UNKNOWN = Entry(
    "TPL-ATTRIBUTE-20",
    Severity.WARNING,
    Text("<{component}> n'a pas d'attribut {attribute}", "<{component}> has no attribute {attribute}"),
    Text("Il serait ignoré sans rien dire.", "It would be ignored in silence."),
    Text("le retirer ou le corriger", "remove or correct it"),
    example='<mj-text colour="red">Bonjour {{ contact.first_name }},</mj-text>',
)
ATTRIBUTE_VALUE = Entry(
    "TPL-ATTRIBUTE-21",
    Severity.ERROR,
    Text(
        "{attribute} : valeur incomprise (attendu : {expected})",
        "{attribute}: value not understood (expected: {expected})",
    ),
    Text("MJML calcule avec cet attribut.", "MJML computes with this attribute."),
    Text("écrire une valeur de la forme attendue", "write a value of the expected form"),
    example='<mj-text align="centre">Bonjour {{ contact.first_name }},</mj-text>',
)
ATTRIBUTE_PERSONAL = Entry(
    "TPL-ATTRIBUTE-22",
    Severity.ERROR,
    Text("{attribute} ne peut pas dépendre du contact", "{attribute} cannot depend on the contact"),
    Text(
        "MJML calcule la mise en page une fois, avant les contacts : la valeur serait perdue.",
        "MJML computes the layout once, before any contact: the value would be lost.",
    ),
    Text("écrire une valeur fixe, ou un paramètre [[ … ]]", "write a fixed value, or a parameter [[ … ]]"),
    example='<mj-divider width="{{ contact.headcount }}px" />',
    waivable=False,
)
ATTRIBUTE_QUOTES = Entry(
    "TPL-ATTRIBUTE-23",
    Severity.ERROR,
    Text("{attribute} : la valeur doit être entre guillemets", "{attribute}: the value must be quoted"),
    Text("Sans guillemets, la lecture s'arrête au premier blanc.", "Without quotes reading stops at the first blank."),
    Text('écrire attribut="valeur"', 'write attribute="value"'),
    example="<mj-text align=left>Bonjour {{ contact.first_name }},</mj-text>",
    waivable=False,
)
ATTRIBUTE_TWICE = Entry(
    "TPL-ATTRIBUTE-24",
    Severity.ERROR,
    Text("{attribute} est donné deux fois", "{attribute} is given twice"),
    Text("Une seule des deux valeurs compterait.", "Only one of the two values would count."),
    Text("en retirer une", "remove one of them"),
    example='<mj-text color="#222222" color="#333333">Bonjour {{ contact.first_name }},</mj-text>',
)
ATTRIBUTE_IGNORED = Entry(
    "TPL-ATTRIBUTE-25",
    Severity.WARNING,
    Text(
        "{attribute} de <{component}> est ignoré par le moteur MJML",
        "the MJML engine ignores {attribute} of <{component}>",
    ),
    Text(
        "Le moteur de référence le prend en compte, celui d'envoi non.",
        "The reference engine obeys it, envoi's does not.",
    ),
    Text("obtenir le même effet autrement (padding, mj-style)", "get the same effect otherwise (padding, mj-style)"),
    example='<mj-image src="{{ asset(\'lamp\') }}" width="600px" alt="" sizes="100vw" />',
)
ATTRIBUTE_DIFFERS = Entry(
    "TPL-ATTRIBUTE-37",
    Severity.WARNING,
    Text(
        "{attribute} de <{component}> : le moteur MJML calcule autrement que la référence",
        "{attribute} of <{component}>: the MJML engine computes otherwise than the reference",
    ),
    Text(
        "La référence retire le border d'un mj-button de sa largeur, arrondit l'intérieur d'une colonne et espace les "
        "cellules d'un tableau ; le moteur d'envoi non.",
        "The reference takes an mj-button's border from its width, rounds the inside of a column and spaces the cells "
        "of a table; envoi's engine does not.",
    ),
    Text(
        "regarder l'aperçu, ajuster la mesure ou s'en passer", "look at the preview, adjust the measure or do without"
    ),
    example='<mj-button width="200px" inner-padding="12px 30px">',
)
IMAGE_ALT = Entry(
    "TPL-IMAGE-26",
    Severity.WARNING,
    Text("image sans texte de remplacement (alt)", "picture without alternative text (alt)"),
    Text(
        "Beaucoup de messageries masquent les images : il ne reste que ce texte.",
        "Many readers hide pictures: this text is all that is left.",
    ),
    Text('écrire alt="…", ou alt="" pour un décor', 'write alt="…", or alt="" for a decoration'),
    example='<mj-image src="{{ asset(\'lamp\') }}" width="600px" />',
)
SOCIAL_ICON = Entry(
    "TPL-IMAGE-27",
    Severity.WARNING,
    Text(
        "icône sociale sans src : elle viendrait de www.mailjet.com",
        "social icon without src: it would come from www.mailjet.com",
    ),
    Text("Chaque lecture préviendrait un tiers.", "Every reading would tell a third party."),
    Text("donner src, chez vous", "give a src of your own"),
    example=(
        '<mj-social><mj-social-element name="mastodon" href="https://www.atelier.example/m">Mastodo'
        "n</mj-social-element></mj-social>"
    ),
)
FONT_REMOTE = Entry(
    "TPL-FONT-28",
    Severity.WARNING,
    Text("police ou style chargé d'ailleurs à la lecture", "a font or style is fetched from elsewhere on reading"),
    Text(
        "Chaque lecture préviendrait l'hébergeur de la police, sans consentement.",
        "Every reading would tell the font's host, without consent.",
    ),
    Text(
        "utiliser une police du lecteur : Arial, Georgia, Verdana…",
        "use a font of the reader's: Arial, Georgia, Verdana…",
    ),
    example="<mj-style>@import url(/style.css);</mj-style>",
)
COLUMN_WIDTH = Entry(
    "TPL-COLUMN-29",
    Severity.WARNING,
    Text("colonne conditionnelle sans width", "conditional column without width"),
    Text(
        "Sa largeur est calculée à la compilation, comme si toutes les colonnes étaient là.",
        "Its width is computed at compile time, as if every column were there.",
    ),
    Text("donner width à chaque colonne de la section", "give a width to every column of the section"),
    example=(
        "<mj-section>{% if contact.company %}<mj-column><mj-text>Pour vous</mj-text></mj-column>{% "
        "endif %}</mj-section>"
    ),
)
JINJA_SYNTAX = Entry(
    "TPL-JINJA-30",
    Severity.ERROR,
    Text("balise Jinja incorrecte : {reason}", "Jinja tag not valid: {reason}"),
    Text("Jinja ne sait pas lire cette balise.", "Jinja cannot read this tag."),
    Text("vérifier accolades, guillemets et parenthèses", "check braces, quotes and parentheses"),
    example="<mj-text>Bonjour {{ contact.first_name }</mj-text>",
    waivable=False,
)
JINJA_SPLIT = Entry(
    "TPL-JINJA-31",
    Severity.ERROR,
    Text(
        "{{% {word} %}} ne s'ouvre et ne se ferme pas dans le même élément",
        "{{% {word} %}} does not open and close in the same element",
    ),
    Text(
        "Un bloc à cheval sur deux éléments casserait les tableaux d'Outlook.",
        "A block that straddles two elements would break Outlook's tables.",
    ),
    Text("ouvrir et fermer le bloc au même niveau", "open and close the block at the same level"),
    example="<mj-section>\n{% for p in products %}",
    waivable=False,
)
JINJA_REFUSED = Entry(
    "TPL-JINJA-32",
    Severity.ERROR,
    Text("{what} n'est pas permis dans un gabarit", "{what} is not allowed in a template"),
    Text(
        "Un gabarit ne fait que présenter des valeurs, en temps borné.",
        "A template only presents values, in bounded time.",
    ),
    Text("s'en passer ; voir la liste des filtres", "do without it; see the list of filters"),
    example="<mj-text>Bonjour {{ contact.first_name | safe }}</mj-text>",
    waivable=False,
)
JINJA_SOCIAL = Entry(
    "TPL-JINJA-33",
    Severity.ERROR,
    Text("bloc Jinja dans <{tag}>", "Jinja block inside <{tag}>"),
    Text("Cet élément n'accepte que ses propres enfants.", "This element takes only children of its own."),
    Text("mettre la condition autour de <{tag}>", "put the condition around it"),
    example="<mj-navbar>{% if contact.company %}",
    waivable=False,
)
WORD_LOST = Entry(
    "TPL-LOST-34",
    Severity.ERROR,
    Text("MJML a perdu : {lost}", "MJML lost: {lost}"),
    Text("Le moteur MJML n'a pas recopié cette partie.", "The MJML engine did not copy this part."),
    Text("la déplacer dans un texte ou un attribut recopié", "move it into a text or an attribute that is copied"),
    example='<mj-text name="{{ contact.first_name }}">',
    waivable=False,
)
ENGINE = Entry(
    "TPL-ENGINE-35",
    Severity.ERROR,
    Text("le moteur MJML refuse le gabarit : {reason}", "the MJML engine refuses the template: {reason}"),
    Text("Une construction que le contrôle n'a pas su nommer.", "Something that the checks could not name."),
    Text("simplifier l'élément désigné", "simplify the element at this place"),
    example="<mj-text>{{ contact.first_name }}</mj-text>",
    waivable=False,
)
HTML_FORBIDDEN = Entry(
    "TPL-HTML-36",
    Severity.ERROR,
    Text("{what} n'est pas permis dans un message", "{what} is not allowed in a message"),
    Text("Les messageries le bloquent et y voient une attaque.", "Mail readers block it and see an attack in it."),
    Text("le retirer", "remove it"),
    example="<mj-raw><script>alert(1)</script></mj-raw>",
    waivable=False,
)
NAME_UNKNOWN = Entry(
    "TPL-NAME-40",
    Severity.ERROR,
    Text("{name} n'est pas déclaré (connus : {known})", "{name} is not declared (known: {known})"),
    Text("Un gabarit n'emploie que des valeurs déclarées.", "A template uses declared values only."),
    Text("le déclarer dans `needs`, ou corriger le nom", "declare it in `needs`, or correct the name"),
    example="{% for p in lamps %}",
    waivable=False,
)
NAME_DYNAMIC = Entry(
    "TPL-NAME-41",
    Severity.ERROR,
    Text("{name} est employé en entier ou par un nom calculé", "{name} is used whole or by a computed name"),
    Text(
        "Le plan n'emporte que les champs nommés : il faut pouvoir les lire dans le gabarit.",
        "The plan carries only the fields that are named: they must be readable in the template.",
    ),
    Text("écrire {name}.champ", "write {name}.field"),
    example="<mj-text>Bonjour {{ contact }}</mj-text>",
    waivable=False,
)
LINK_SCHEME = Entry(
    "TPL-LINK-42",
    Severity.ERROR,
    Text("adresse de lien refusée : {target}", "link target refused: {target}"),
    Text(
        "Un lien mène à une adresse http(s) complète, sans nom d'utilisateur, ou à mailto:, tel:, #ancre.",
        "A link leads to a whole http(s) URL without a user name, or to mailto:, tel:, #anchor.",
    ),
    Text(
        "écrire une adresse https://… complète, sans nom ni mot de passe",
        "write a whole https://… URL, without user name or password",
    ),
    example='<mj-text><a href="/printemps">ici</a></mj-text>',
    waivable=False,
)
LINK_HOST = Entry(
    "TPL-LINK-43",
    Severity.ERROR,
    Text(
        "l'hôte du lien dépend du contact ou d'un bloc : {target}",
        "the link's host depends on the contact or a block: {target}",
    ),
    Text(
        "Qui choisit l'hôte d'un lien signé choisit où mène le message.",
        "Who chooses the host of a signed link chooses where the message leads.",
    ),
    Text(
        "écrire l'hôte en clair, ou prendre l'adresse entière d'un jeu de données : {{ p.url }}",
        "write the host, or take the whole address from a dataset: {{ p.url }}",
    ),
    example='<mj-text><a href="https://{{ contact.tier }}.atelier.example/">ici</a></mj-text>',
    waivable=False,
)
TEXT_EMPTY = Entry(
    "TPL-TEXT-44",
    Severity.WARNING,
    Text("la partie texte est vide", "the text part is empty"),
    Text(
        "Un message sans texte lisible passe pour du courrier indésirable.",
        "A message without readable text looks like spam.",
    ),
    Text("ajouter du texte au gabarit, ou donner `text`", "add text to the template, or give `text`"),
    example="<mj-column></mj-column>",
)
RENDER_FAILED = Entry(
    "TPL-RENDER-45",
    Severity.ERROR,
    Text("le gabarit n'est pas rendu : {fr}", "the template is not rendered: {en}"),
    Text("Le rendu a échoué avec les valeurs d'essai.", "Rendering failed with the trial values."),
    Text("corriger l'expression, ou donner un repli", "correct the expression, or give a fallback"),
    example="<mj-text>Bonjour {{ contact.first_name.__class__ }}</mj-text>",
    waivable=False,
)
RENDER_LIMITS = Entry(
    "TPL-RENDER-46",
    Severity.ERROR,
    Text("le gabarit dépasse les limites : {fr}", "the template exceeds the limits: {en}"),
    Text(
        "Un gabarit venu d'ailleurs est rendu à part, avec peu de mémoire et de temps.",
        "A stranger's template is rendered apart, with little memory and time.",
    ),
    Text("retirer les boucles et multiplications démesurées", "remove the outsized loops and multiplications"),
    example="{% for i in range(900) %}{% for j in range(900) %}{% for k in range(900) %}x",
    waivable=False,
)
