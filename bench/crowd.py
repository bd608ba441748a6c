"""A book of as many fictional contacts as asked for: the example's people, again and again under other addresses."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from compiler.book.importer import import_source
from compiler.book.keyring import Keyring
from compiler.book.layout import Meta, contacts_files, meta_file
from compiler.book.people import people
from compiler.book.record import Record
from compiler.book.seal import KEY_BYTES, seal_identity
from compiler.git import Repository
from compiler.language.clock import FixedClock
from compiler.language.contact import Identity, Person
from compiler.language.history import History
from compiler.policy import exclude
from compiler.selection import select
from compiler.session import Session
from runner.demo.crm import write_crm

CAMPAIGN = "spring-2027"
CAMPAIGNS = Path(__file__).parents[1] / "campaigns"
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
_FILES = 256  # contacts/00.jsonl … ff.jsonl
_A_COMMIT = 16  # files written at a time


@dataclass(frozen=True, slots=True)
class Company:
    """A folder with `workspace/`, `book/`, `state/` and `plans/`."""

    root: Path

    def session(self) -> Session:
        return Session(self.root / "workspace", FixedClock(NOW), {}, language="en")


def build(root: Path, contacts: int) -> Company:
    """A company whose folded book holds so many contacts. Equal counts give equal people."""
    models = _models(root / "model")
    company = _company(root / "company")
    session = company.session()
    keyring = Keyring.create(
        session.path(session.settings.keyring.path), session.key(session.settings.keyring.master_key)
    )
    Repository.init_bare(session.path(session.settings.book.remote))
    book = session.book()
    lots = random.Random(contacts)
    shares = [contacts // _FILES + (n < contacts % _FILES) for n in range(_FILES)]
    tip: str | None = None
    for first in range(0, _FILES, _A_COMMIT):
        files: dict[str, bytes | None] = {}
        for byte in range(first, first + _A_COMMIT):
            born = dict(_born(models, shares[byte], byte, lots))
            keyring.add({person.contact.id: key for person, key in born.values()})
            files |= contacts_files(
                Record(i, replace(p.contact, seal=seal_identity(p.identity, key, i))) for i, (p, key) in born.items()
            )
        files |= meta_file(Meta())
        tip = book.repository.commit(tip, files, message="People", at=NOW)
    assert tip is not None
    book.repository.update_ref("refs/heads/main", tip, None)
    keyring.close()
    return company


def _born(
    models: Sequence[Person], count: int, byte: int, lots: random.Random
) -> Iterator[tuple[str, tuple[Person, bytes]]]:
    for number in range(count):
        contact = f"{byte:02x}{lots.randbytes(15).hex()}"
        model = models[(number * _FILES + byte) % len(models)]
        local, _, domain = model.identity.address.partition("@")
        identity = Identity(f"{local}{byte:02x}{number}@{domain}", model.identity.fields)
        yield contact, (Person(replace(model.contact, id=contact), identity), lots.randbytes(KEY_BYTES))


def _models(root: Path) -> list[Person]:
    """The example's people: of ten, nine who are written to, so that a plan is about as large as its book."""
    company = _company(root)
    write_crm(root / "crm" / "contacts.csv", 1)
    session = company.session()
    workspace, settings = session.workspace(), session.settings
    Repository.init_bare(session.path(settings.book.remote))
    keyring = Keyring.create(session.path(settings.keyring.path), session.key(settings.keyring.master_key))
    import_source(
        workspace.sources[0],
        workspace,
        session.book(),
        keyring,
        suppression_key=session.suppression_key(),
        entropy=random.Random(5).randbytes,
        clock=session.clock,
    )
    found = list(people(session.book().view(), keyring))
    keyring.close()
    campaign = workspace.campaign(CAMPAIGN)
    assert campaign is not None
    chosen = set(select(workspace, campaign, people=found, history=History(), on=NOW.date()).chosen)
    written = [
        p
        for p in found
        if p.contact.id in chosen and not exclude(campaign, workspace, p, on=NOW.date(), suppressed=None)
    ]
    return [p for n, p in enumerate(found * 2) for p in (written[n % len(written)],) * 9 + (p,)]


def _company(root: Path) -> Company:
    shutil.copytree(CAMPAIGNS, root / "workspace")
    (root / "crm").mkdir()
    keys = root / "state" / "keys"
    keys.mkdir(parents=True)
    for number, name in enumerate(("master", "suppression", "tracking"), 1):
        (keys / f"{name}.key").write_text(f"{number:02x}" * 32)
    return Company(root)
