"""What can go wrong with a book or its keyring, said without naming anybody."""

from __future__ import annotations

from compiler.language.errors import EnvoiError, RefusedByPolicy, UsageProblem
from compiler.language.finding import Text


class SealBroken(EnvoiError):
    """A ciphertext that this key, contact and use did not make: damaged, moved or forged."""

    def __init__(self) -> None:
        super().__init__(Text("un sceau ne s'ouvre pas avec sa clé", "a seal does not open with its key"))


class WrongMasterKey(UsageProblem):
    def __init__(self) -> None:
        super().__init__(
            Text(
                "cette clé maîtresse n'est pas celle du trousseau (keyring.master_key)",
                "this master key is not the keyring's (keyring.master_key)",
            )
        )


class KeyringMissing(UsageProblem):
    def __init__(self) -> None:
        super().__init__(
            Text(
                "le trousseau manque (keyring.path) : le restaurer d'une sauvegarde, sans lui personne n'est lisible ; "
                "si rien n'a encore été importé : envoi contacts import",
                "the keyring is missing (keyring.path): restore it from a backup, without it nobody can be read; "
                "if nothing was imported yet: envoi contacts import",
            )
        )


class KeyringBusy(EnvoiError):
    """Keys are deleted, yet a reader still holds a page where their bytes may stand."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            Text(
                "clés supprimées, mais un lecteur retient encore le trousseau : relancer pour en purger les octets",
                "keys deleted, but a reader still holds the keyring: run again to purge their bytes",
            )
        )


class BookDamaged(EnvoiError):
    """A line of the book that cannot be read. The line is named, never quoted."""

    exit_code = 1

    def __init__(self, path: str, line: int) -> None:
        super().__init__(
            Text(f"carnet illisible : {path}, ligne {line}", f"the book cannot be read: {path}, line {line}")
        )


class BookMissing(UsageProblem):
    def __init__(self) -> None:
        super().__init__(
            Text(
                "le dépôt distant du carnet n'existe pas ou ne répond pas (book.remote)",
                "the book's remote does not exist or does not answer (book.remote)",
            )
        )


class BookContended(RefusedByPolicy):
    """The remote refused a push again and again: too many writers, or a rule of the server."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "le dépôt du carnet refuse nos envois (autres écritures, ou une règle du serveur)",
                "the book's remote keeps refusing our push (other writers, or a rule of the server)",
            )
        )


class NobodyFound(EnvoiError):
    """What was asked for names nobody that can be read. It is not repeated: it may be an address."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            Text(
                "aucun contact de cet identifiant, adresse, code ou téléphone, ou il est effacé",
                "no contact of this id, address, code or phone, or it was erased",
            )
        )
