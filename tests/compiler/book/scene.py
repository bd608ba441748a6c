"""Three people of the company's table, and what can be told or asked of a book beside an import."""

from __future__ import annotations

from datetime import timedelta

from compiler.book.layout import changes_files
from compiler.book.record import Change
from compiler.language.address import Address
from compiler.language.canonical import Json
from compiler.language.suppression import address_mac

from .conftest import SUPPRESSION_KEY, Company

ZOE = {"code_client": "C1", "email": "Zoe.Kermadec@Client.example", "telephone": "02 99 00 00 00"}
YANN = {"code_client": "C2", "email": "yann@atelier.example", "prenom": "Yann", "code_postal": "01000"}
ALIX = {"code_client": "C3", "email": "alix@studio.example", "prenom": "Alix"}


def commits(company: Company) -> int:
    done = company.book.repository._git("rev-list", "--count", "main")
    return int(done.stdout)


def tells(company: Company, contact: str, values: dict[str, Json], *, days: int = 0) -> None:
    """The tracker publishes something about a contact."""
    at = company.clock.now() + timedelta(days=days)
    seq = company.book.view().last_seq("t1") + 1
    change = Change(at, "t1", seq, contact, values, "test")
    company.book.transact(lambda view: changes_files([change]), message="Publish", at=at)


def covered(company: Company, address: str, purpose: str = "newsletter") -> bool:
    mac = address_mac(Address.parse(address), SUPPRESSION_KEY)
    return company.book.suppressions().covers(mac, purpose) is not None
