"""What the law of recipients' countries asks beyond the French and European rules."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

COMPANY = Entry(
    "LAW-COMPANY-19",
    Severity.ERROR,
    Text(
        "sans consentement, on n'écrit pas aux professionnels de ce pays",
        "professionals of this country are not written to without consent",
    ),
    Text(
        "L'Allemagne (UWG § 7), l'Autriche (TKG § 174), la Suisse (LCD art. 3), la Belgique (CDE XII.13, sauf adresse "
        "impersonnelle) et le Canada (LCAP) protègent aussi les professionnels : consentement, ou vente.",
        "Germany (UWG § 7), Austria (TKG § 174), Switzerland (LCD art. 3), Belgium (CDE XII.13, but for impersonal "
        "addresses) and Canada (CASL) protect professionals too: consent, or a sale.",
    ),
    Text("recueillir leur consentement", "ask for their consent"),
    example="kind: professional, country: DE, basis.newsletter.ground: legitimate_interest",
    waivable=False,
)

IMPLIED = Entry(
    "LAW-IMPLIED-20",
    Severity.ERROR,
    Text(
        "la vente date de plus de deux ans : au Canada le consentement tacite a pris fin",
        "the sale is more than two years old: in Canada the implied consent has ended",
    ),
    Text(
        "Une vente vaut consentement pendant deux ans (LCAP, art. 10(10)).",
        "A sale implies consent for two years (CASL, s. 10(10)).",
    ),
    Text("demander un consentement exprès avant ce terme", "ask for express consent before then"),
    example="country: CA, basis.newsletter.ground: similar_products, basis.newsletter.since: 2024-11-02",
    waivable=False,
)

NOWHERE = Entry(
    "LAW-MULTI-18",
    Severity.WARNING,
    Text(
        "{count} destinataires vivent dans un pays dont envoi ne connaît pas la loi : règles françaises appliquées",
        "{count} recipients live in a country whose law envoi does not hold: the French rules are applied",
    ),
    Text(
        "Le pays du contact choisit les règles ; un pays inconnu reçoit celles de la France. La loi locale peut "
        "demander davantage.",
        "A contact's country chooses the rules; an unknown one gets those of France. Its own law may ask for more.",
    ),
    Text(
        "corriger le pays dans le système d'origine, ou écarter ces contacts par le segment (`country`)",
        "correct the country in the system it comes from, or leave these contacts out by the segment (`country`)",
    ),
    example="country: JP",
)

POSTAL_ADDRESS = Entry(
    "MSG-ADDR-21",
    Severity.ERROR,
    Text(
        "l'adresse postale manque, et {count} destinataires vivent aux États-Unis ou au Canada",
        "the postal address is missing, and {count} recipients live in the United States or Canada",
    ),
    Text(
        "Chaque message y donne une adresse postale valable (CAN-SPAM, 15 U.S.C. § 7704(a)(5) ; LCAP, DORS/2012-36).",
        "Each message there gives a valid postal address (CAN-SPAM, 15 U.S.C. § 7704(a)(5); CASL, SOR/2012-36).",
    ),
    Text("écrire {{ organisation.address }} dans le pied", "write {{ organisation.address }} in the footer"),
    example="country: US, sans {{ organisation.address }} · without {{ organisation.address }}",
)
