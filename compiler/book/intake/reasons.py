"""Why a row of a source does not become a contact: a closed list, named back to the company's system."""

from __future__ import annotations

from enum import StrEnum

from compiler.language.finding import Text


class Reason(StrEnum):
    """What is wrong with a row, or with the idea of importing it."""

    MALFORMED = "malformed"
    NO_KEY = "no_key"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    BAD_VALUE = "bad_value"
    BAD_DATE = "bad_date"
    BAD_ZONE = "bad_zone"
    BAD_COUNTRY = "bad_country"
    NO_ORIGIN = "no_origin"
    VAGUE_ORIGIN = "vague_origin"
    NO_PROOF_OF_PURCHASE = "no_proof_of_purchase"
    FORBIDDEN_ORIGIN = "forbidden_origin"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    FORMULA = "formula"
    LOST_ZERO = "lost_zero"  # not refused: as VALUE_DROPPED, where a spreadsheet's number is too short
    MERGED = "merged"  # not refused: another row of the same person stands for both
    VALUE_DROPPED = "value_dropped"  # not refused: the person is kept without a value that is wrong


#: Reasons that leave the row's person out because somebody asked for it, or that leave nobody out.
NOT_FAULTS = frozenset({Reason.SUPPRESSED, Reason.ERASED, Reason.MERGED, Reason.VALUE_DROPPED, Reason.LOST_ZERO})

SENTENCES: dict[Reason, Text] = {
    Reason.MALFORMED: Text("ligne mal formée (guillemets ou colonnes)", "malformed row (quotes or columns)"),
    Reason.NO_KEY: Text("aucune clé", "no key"),
    Reason.NO_ADDRESS: Text("aucune adresse", "no address"),
    Reason.BAD_ADDRESS: Text("adresse invalide", "invalid address"),
    Reason.CONTROL_CHARACTER: Text("caractère de contrôle", "control character"),
    Reason.TOO_LONG: Text("valeur trop longue", "value too long"),
    Reason.BAD_VALUE: Text("valeur inconnue", "unknown value"),
    Reason.BAD_DATE: Text("date illisible ou future", "unreadable or future date"),
    Reason.BAD_ZONE: Text("fuseau horaire inconnu", "unknown time zone"),
    Reason.BAD_COUNTRY: Text("pays inconnu", "unknown country"),
    Reason.NO_ORIGIN: Text("origine sans nom ou sans date (SRC-01)", "origin without name or date (SRC-01)"),
    Reason.VAGUE_ORIGIN: Text("origine qui ne nomme personne (SRC-01)", "origin that names nobody (SRC-01)"),
    Reason.NO_PROOF_OF_PURCHASE: Text(
        "fichier de tiers sans contrat, formulaire ni audit déclarés (SRC-02)",
        "third party's file without declared contract, form and audit (SRC-02)",
    ),
    Reason.FORBIDDEN_ORIGIN: Text("fichier loué ou aspiré (SRC-03, SRC-04)", "rented or scraped file (SRC-03, SRC-04)"),
    Reason.SUPPRESSED: Text(
        "s'est opposé : à retirer de vos envois (LAW-SUPPR-13)", "has objected: drop from your mailings (LAW-SUPPR-13)"
    ),
    Reason.ERASED: Text(
        "effacé à sa demande : à effacer chez vous aussi (RGPD art. 17)",
        "erased on request: erase in your system too (GDPR art. 17)",
    ),
    Reason.FORMULA: Text("formule : coller sa valeur", "formula: paste its value"),
    Reason.LOST_ZERO: Text(
        "importé sans un nombre qui a perdu son zéro initial : mettre la colonne en texte",
        "imported without a number that lost its leading zero: make the column text",
    ),
    Reason.MERGED: Text("même personne qu'une autre ligne", "same person as another row"),
    Reason.VALUE_DROPPED: Text("importé sans une valeur erronée", "imported without a wrong value"),
}


#: A value is left out, its person kept.
LEFT_OUT = frozenset({Reason.VALUE_DROPPED, Reason.LOST_ZERO})


class Rule(StrEnum):
    """Which rule chose, among rows of one person, the one that stands for all."""

    CUSTOMER = "customer"
    LATEST = "latest"
    KEY = "key"
    SAME = "same"  # nothing tells them apart but their text
    KNOWN = "known"  # one contact in the book already


RULES: dict[Rule, Text] = {
    Rule.CUSTOMER: Text("l'autre est cliente", "the other one is a customer"),
    Rule.LATEST: Text("l'autre a un dernier contact plus récent", "the other one was heard of later"),
    Rule.KEY: Text("l'autre a la plus petite clé", "the other one has the smaller key"),
    Rule.SAME: Text("même clé et même date", "same key and same day"),
    Rule.KNOWN: Text("un seul contact dans le carnet", "one contact in the book"),
}


class Refused(Exception):
    """A row that is refused, and the target whose value is at fault. Never quotes the value."""

    def __init__(self, reason: Reason, target: str = "") -> None:
        super().__init__(f"{reason.value} {target}".strip())
        self.reason = reason
        self.target = target
