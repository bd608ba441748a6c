"""The commands over a whole small workspace: serve for real, sync, publish, report, history."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from compiler.book.keyring import Keyring
from compiler.book.layout import contacts_files
from compiler.book.record import Record
from compiler.book.seal import seal_identity
from compiler.git import Repository
from compiler.language.address import Address
from compiler.language.clock import FixedClock
from compiler.language.consent import Answer, Tracking
from compiler.language.contact import Contact, Identity, Kind, Status
from compiler.language.errors import EnvoiError, UsageProblem
from compiler.language.event import Event, EventKind
from compiler.language.suppression import address_mac
from compiler.language.token import Purpose, Signer
from compiler.session import Session
from compiler.specimen import Specimen
from tracker import commands
from tracker.events.sqlite import SqliteEventStore

NOON = datetime(2027, 3, 2, 12, tzinfo=UTC)
KEY = "11" * 32
WORKSPACE = """
kind: workspace
language: fr
organisation:
  name: Atelier Lumen
  address: 12 rue des Lices, 35000 Rennes, France
  timezone: Europe/Paris
book: {path: ../book, remote: ../book.git, branch: main}
plans: {path: ../plans}
state: {path: ../state}
keyring:
  path: ../state/keyring.sqlite
  master_key: file:../state/key
  suppression_key: file:../state/key
senders:
  newsroom:
    from: Atelier Lumen <nouvelles@mail.atelier-lumen.example>
    reply_to: bonjour@atelier-lumen.example
    return_path: retours.atelier-lumen.example
    delivery: outbox
deliveries:
  outbox: {via: maildir, path: ../outbox}
tracking: {url: "https://t.atelier-lumen.example", opens: consent, clicks: consent, keys: {k1: "file:../state/key"}}
"""


@dataclass
class Host:
    """A keyed host with a workspace, a plan, and its first recipient in the book."""

    folder: Path
    specimen: Specimen
    contact: str

    @property
    def session(self) -> Session:
        clock = FixedClock(NOON + timedelta(hours=1))
        return Session(self.folder / "workspace", clock, os.environ, json=True, language="fr")

    def run(self, command: click.Command, *args: str) -> str:
        result = CliRunner().invoke(command, args, obj=self.session, catch_exceptions=False, standalone_mode=False)
        return result.output

    @property
    def store(self) -> SqliteEventStore:
        return SqliteEventStore(self.folder / "state" / "events.sqlite", node="l1")


@pytest.fixture
def host(tmp_path: Path, small_plan: Callable[..., Specimen]) -> Host:
    specimen = small_plan(slots=6)
    slot = next(specimen.plan.slots(0))
    for name in ("workspace", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "workspace" / "envoi.yaml").write_text(WORKSPACE, encoding="utf-8")
    (tmp_path / "state" / "key").write_text(KEY)
    key = specimen.keys[slot.contact]
    keyring = Keyring.create(tmp_path / "state" / "keyring.sqlite", bytes.fromhex(KEY))
    keyring.add({slot.contact: key})
    keyring.close()
    seal = seal_identity(Identity(specimen.address(0)), key, slot.contact)
    granted = Tracking(Answer.GRANTED, Answer.GRANTED)
    person = Contact(
        slot.contact, Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other", tracking=granted, seal=seal
    )
    remote = Repository.init_bare(tmp_path / "book.git")
    first = remote.commit(None, contacts_files([Record(slot.contact, person)]), message="Import", at=NOON)
    remote.update_ref("refs/heads/main", first, None)
    return Host(tmp_path, specimen, slot.contact)


@pytest.fixture
def url(host: Host) -> Iterator[str]:
    """`envoi tracker serve` as people run it."""
    program = "from compiler.cli import main; main()"
    command = [sys.executable, "-c", program, "-C", str(host.folder / "workspace"), "--json", "tracker", "serve"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield str(json.loads(child.stdout.readline())["url"])
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) in (0, -signal.SIGTERM)


def test_from_a_one_click_to_the_commit_and_the_suppression_list(host: Host, url: str) -> None:
    assert json.loads(host.run(commands.tracker, "sync")) == {"contacts": 1}
    extra = "fr|newsletter|p•••@c•••.example"
    signer = Signer(bytes.fromhex(KEY), 1, host.specimen.plan.digest[:16], host.contact)
    token = signer.token(Purpose.UNSUBSCRIBE, extra.encode())
    link = f"{url}/u/{token}/{base64.urlsafe_b64encode(extra.encode()).decode().rstrip('=')}"
    with httpx.Client(trust_env=False, timeout=20) as client:
        assert "Me désinscrire" in client.get(link).text
        assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        assert client.get(f"{url}/o/{signer.token(Purpose.OPEN)}.gif").status_code == 200
    published = json.loads(host.run(commands.publish))
    assert (published["changes"], published["suppressions"]) == (1, 1)
    book = host.session.book()
    assert next(iter(book.contacts())).objections[0].scope == "newsletter"
    mac = address_mac(Address.parse(host.specimen.address(0)), bytes.fromhex(KEY))
    assert book.suppressions().covers(mac, "newsletter")


def test_the_report_is_written_printed_and_given_as_json(host: Host) -> None:
    plan = host.specimen.plan
    with host.store as store:
        detail = (("campaign", "spring-2027"), ("edition", "1"))
        store.append([Event("l1", 1, NOON, EventKind.SENT, plan.digest[:16], host.contact, detail=detail)])
    out = host.folder / "report"
    told = json.loads(host.run(commands.report, "spring-2027", "--html", str(out)))
    assert (told["campaign"], told["outcomes"]["sent"], told["outcomes"]["pending"]) == ("spring-2027", 1, 5)
    assert (out / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(host.run(commands.report, plan.digest[:12]))["plan"] == plan.digest
    assert host.contact in host.run(commands.history, "export")


def test_an_unknown_plan_is_a_refusal_with_a_sentence(host: Host) -> None:
    with pytest.raises(UsageProblem, match="autumn"):
        host.run(commands.report, "autumn-2027")


def test_a_port_that_is_taken_is_a_refusal_with_a_sentence(host: Host) -> None:
    from tracker.server import listen

    bound = listen("127.0.0.1", 0)
    bound.listen()
    with pytest.raises(UsageProblem, match="cannot listen"):
        host.run(commands.tracker, "serve", "--port", str(bound.getsockname()[1]))
    bound.close()


def test_a_book_that_cannot_be_reached_is_a_refusal_and_loses_nothing(host: Host) -> None:
    host.run(commands.tracker, "sync")
    (host.folder / "book.git").rename(host.folder / "gone.git")
    with pytest.raises(EnvoiError):
        host.run(commands.publish)
