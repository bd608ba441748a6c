"""A company with a book: folders, keys, an example workspace turned towards a table that each test writes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings

from compiler.book.importer import How, ImportReport, import_source
from compiler.book.keyring import Keyring
from compiler.book.people import people
from compiler.book.store import Book
from compiler.git import Repository
from compiler.language.campaign import Source, SourceGuards, Workspace
from compiler.language.clock import FixedClock
from compiler.language.contact import Person
from compiler.load import load
from compiler.resolve import resolve
from runner.demo.crm import CONSENT_TEXTS
from runner.demo.scenery import example_workspace

settings.register_profile("book", deadline=None)
settings.load_profile("book")

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
SUPPRESSION_KEY = b"s" * 32
PERSON: Mapping[str, str] = {
    "civilite": "Mme",
    "prenom": "Zoé",
    "nom": "Kermadec",
    "metier": "architecte",
    "code_postal": "35000",
    "ville": "Rennes",
    "pays": "FR",
    "langue": "fr",
    "type": "particulier",
    "statut": "actif",
    "relation": "prospect",
    "dernier_contact": "12/01/2027",
    "consentement_newsletter": "oui",
    "date_consentement": "2026-04-30",
    "mode_consentement": "formulaire web",
    "formulaire": "inscription@2",
    "empreinte_texte": CONSENT_TEXTS["fr"],
    "double_optin": "oui",
    "canal_origine": "formulaire",
    "origine": "Formulaire d’inscription du site",
    "date_origine": "30/04/2026",
}


@dataclass
class Company:
    """One company's machine: `crm` writes its table, `take_in` imports it, `people` reads the book back."""

    root: Path
    workspace: Workspace
    source: Source
    book: Book
    keyring: Keyring
    clock: FixedClock

    @property
    def header(self) -> list[str]:
        return list(dict.fromkeys([self.source.key, *(column for _, column in self.source.mapping)]))

    def crm(self, *rows: Mapping[str, str]) -> None:
        """Rows as the company exports them: PERSON's values where a row says nothing else."""
        header = self.header
        lines = [header, *([self._cell(row, name) for name in header] for row in rows)]
        text = "".join(";".join(line) + "\r\n" for line in lines)
        self.table.parent.mkdir(exist_ok=True)
        self.table.write_text(text, encoding=self.source.encoding, newline="")

    def _cell(self, row: Mapping[str, str], name: str) -> str:
        value = row.get(name, PERSON.get(name, ""))
        return '"' + value.replace('"', '""') + '"' if any(c in value for c in ';"\n\r') else value

    @property
    def table(self) -> Path:
        return self.root / "crm" / "contacts.csv"

    @property
    def rejected(self) -> str:
        path = self.root / "crm" / "contacts.rejected.csv"
        return path.read_text(encoding="utf-8-sig") if path.exists() else ""

    def take_in(
        self,
        *,
        seed: int = 1,
        despite_guards: bool = False,
        dry_run: bool = False,
        whole: bool = False,
        conninfo: str = "",
        **source: object,
    ) -> ImportReport:
        return import_source(
            replace(self.source, **source),  # type: ignore[arg-type]
            self.workspace,
            self.book,
            self.keyring,
            suppression_key=SUPPRESSION_KEY,
            entropy=random.Random(seed).randbytes,
            clock=self.clock,
            how=How(despite_guards=despite_guards, dry_run=dry_run, whole=whole, conninfo=conninfo),
        )

    def people(self) -> dict[str, Person]:
        """Everybody by address."""
        return {person.identity.address: person for person in people(self.book, self.keyring)}

    def person(self, address: str) -> Person:
        return self.people()[address]


@pytest.fixture(scope="session")
def example() -> Workspace:
    root = example_workspace()
    workspace, findings = resolve(root, load(root).documents)
    assert workspace is not None, findings
    return workspace


@pytest.fixture
def found_company(tmp_path: Path, example: Workspace) -> Iterator[Callable[..., Company]]:
    """Founds companies under `tmp_path`, each in a folder of its own, their book with a remote or without."""
    founded: list[Company] = []

    def found(name: str, *, remote: bool) -> Company:
        root = tmp_path / name
        if remote:
            Repository.init_bare(root / "book.git")
        company = Company(
            root=root,
            workspace=replace(example, root=str(root / "workspace")),
            source=replace(example.sources[0], guards=_open_guards(), encoding="utf-8-sig"),
            book=Book.open(root / "book", str(root / "book.git") if remote else ""),
            keyring=Keyring.create(root / "state" / "keyring.sqlite", b"m" * 32),
            clock=FixedClock(AT),
        )
        (root / "workspace").mkdir(exist_ok=True)
        founded.append(company)
        return company

    yield found
    for company in founded:
        company.keyring.close()


@pytest.fixture
def company(found_company: Callable[..., Company]) -> Company:
    """A company whose book has a remote."""
    return found_company("company", remote=True)


@pytest.fixture
def shop(found_company: Callable[..., Company]) -> Company:
    """A company whose book is on this machine alone: quicker, where the remote plays no part."""
    return found_company("shop", remote=False)


def _open_guards() -> SourceGuards:
    return SourceGuards(min_rows=Fraction(0), retired=Fraction(1), rejected=Fraction(1))
