"""What `envoi init` needs to know, checked as it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compiler.init.origin import Source
from compiler.language.address import Address, AddressError
from compiler.language.errors import UsageProblem
from compiler.language.finding import Language, Text
from compiler.language.lane import is_free_mail
from compiler.policy.domains import organisational
from compiler.review.forge import Kind
from compiler.schedule import known_zones

DEFAULT_ZONE = "Europe/Paris"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029<>]")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Answers:
    """`remote` and `book_remote`: where the workspace and the book are pushed to; empty for beside, and for nowhere.

    `forge` is the one whose pipelines are wanted, `source` the envoi that they run, None where nobody knows it.
    """

    language: Language
    name: str
    sender: Address
    address: str
    timezone: str = DEFAULT_ZONE
    remote: str = ""
    book_remote: str = ""
    forge: Kind | None = None
    source: Source | None = None

    @property
    def domain(self) -> str:
        """The domain that the organisation registered."""
        return organisational(self.sender.domain)


@dataclass(frozen=True, slots=True)
class Question:
    """`flag` answers it on the command line."""

    flag: str
    text: Text


QUESTIONS = (
    Question("organisation", Text("Nom de l'organisation", "Name of the organisation")),
    Question("from", Text("Adresse d'expédition", "Address to send from")),
    Question("address", Text("Adresse postale, sur une ligne", "Postal address, on one line")),
)


def defaults(folder: str, language: Language) -> Mapping[str, str]:
    """An answer to each question that works at once, by flag; nothing of it can reach anybody (RFC 2606)."""
    slug = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:40].strip("-") or "atelier"
    word = "nouvelles" if language is Language.FR else "news"
    return {
        "organisation": " ".join(part.capitalize() for part in slug.split("-")),
        "from": f"{word}@mail.{slug}.example",
        "address": "12 rue des Lices, 35000 Rennes, France",
    }


def line(text: str) -> str:
    """A name or a postal address on one line. Raises UsageProblem."""
    folded = " ".join(text.split())
    if not folded or len(folded) > _LONGEST or _CONTROL.search(folded):
        raise UsageProblem(
            Text(
                f"un texte d'une ligne est attendu, sans < ni >, d'au plus {_LONGEST} caractères",
                f"a text on one line is expected, without < or >, of {_LONGEST} characters at most",
            )
        )
    return folded


def sender(text: str) -> Address:
    """The address to send from. Raises UsageProblem for what is none, or is a mailbox that anybody can open."""
    try:
        address = Address.parse(text.strip())
    except AddressError:
        raise UsageProblem(Text("ce n'est pas une adresse", "this is no address")) from None
    if is_free_mail(address.domain):
        raise UsageProblem(
            Text(
                f"{address.domain} est à tout le monde : il faut une adresse de votre propre domaine",
                f"{address.domain} is everybody's: it takes an address of your own domain",
            )
        )
    return address


def timezone(text: str) -> str:
    """An IANA time zone. Raises UsageProblem."""
    if text not in known_zones():
        raise UsageProblem(Text("fuseau inconnu (par exemple Europe/Paris)", "unknown zone (such as Europe/Paris)"))
    return text


def terminal_language(environment: Mapping[str, str]) -> Language:
    """The terminal's language, as POSIX has it; English for any but French."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return Language.FR if said.lower().startswith("fr") else Language.EN
