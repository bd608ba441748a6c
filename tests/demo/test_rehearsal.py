"""The whole path, run once for real, and what stands on disk and on the wire afterwards."""

from __future__ import annotations

import csv
import gzip
import json
import mailbox
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from pathlib import Path

import dkim
import pytest

KEYS = {
    *("imported", "rejected", "recipients", "excluded by reason", "sent", "refused", "skipped", "pending", "in_doubt"),
    *("duplicates", "lost", "outside_window", "opened", "clicked", "machine_events", "unsubscribed", "bounced"),
    *("erased", "commits", "seconds"),
}


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one finished rehearsal (`ENVOI_REHEARSAL=DIR` looks at an earlier one)."""
    if given := os.environ.get("ENVOI_REHEARSAL"):
        return Path(given)
    folder = tmp_path_factory.mktemp("rehearsal")
    done = subprocess.run(
        [sys.executable, "-m", "compiler.cli", "demo", "--dir", str(folder)], capture_output=True, timeout=280
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:] + done.stderr.decode()[-3000:]
    (folder / "said.txt").write_bytes(done.stdout)
    return folder


def test_the_readme_shows_what_the_rehearsal_says(rehearsal: Path) -> None:
    def plain(line: str) -> str:
        return " ".join(re.sub(r"\d+", "N", line).split())

    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = text[text.index("make demo") :].split("```text\n", 1)[1].split("```", 1)[0]
    said = (rehearsal / "said.txt").read_text("utf-8").splitlines() if (rehearsal / "said.txt").is_file() else []
    if not said:
        pytest.skip("an earlier rehearsal, whose words were not kept")
    told = iter(plain(line) for line in said)
    for line in shown.splitlines():  # in this order
        assert any(plain(line) in each for each in told), line


@pytest.fixture(scope="module")
def summary(rehearsal: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((rehearsal / "summary.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def delivered(rehearsal: Path) -> list[EmailMessage]:
    parser = BytesParser(policy=policy.default)
    found = [parser.parsebytes(m.as_bytes()) for m in mailbox.Maildir(rehearsal / "mailbox", factory=None)]
    return [message for message in found if isinstance(message, EmailMessage)]


@pytest.fixture(scope="module")
def crm(rehearsal: Path) -> list[dict[str, str]]:
    with next((rehearsal / "crm").glob("contacts.csv")).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_summary_has_every_key_and_no_broken_promise(summary: dict[str, object]) -> None:
    assert set(summary) == KEYS
    assert [summary[key] for key in ("duplicates", "lost", "outside_window", "pending", "in_doubt")] == [0] * 5
    assert isinstance(summary["sent"], int)
    assert summary["sent"] > 200


def test_the_comment_shows_the_plan_and_names_no_recipient(
    rehearsal: Path, summary: dict[str, int], crm: list[dict[str, str]]
) -> None:
    text = (rehearsal / "comment.md").read_text("utf-8")
    assert text.startswith("<!-- envoi:review spring-2027 -->\n")
    assert f"{summary['recipients']} destinataires" in text
    assert "une autre personne que l’auteur" in text
    assert not [needle for needle in _needles(crm) if needle in text.encode()]
    assert not _identities(crm, text)


def test_the_account_adds_up_to_the_plan(summary: dict[str, int]) -> None:
    states = ("sent", "refused", "skipped", "pending", "in_doubt")
    assert sum(summary[state] for state in states) == summary["recipients"]


def test_the_runner_was_killed_half_way_and_people_left(summary: dict[str, int], rehearsal: Path) -> None:
    first_run = (rehearsal / "state" / "logs" / "send-1.log").read_text()
    assert "finished" not in first_run
    assert summary["refused"] > 0
    assert summary["unsubscribed"] > 0
    assert summary["bounced"] > 0
    assert summary["machine_events"] > 0


def test_delivered_messages_parse_without_a_defect(delivered: list[EmailMessage]) -> None:
    for message in delivered:
        assert not [defect for part in message.walk() for defect in part.defects]
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"):
            assert len(message.get_all(name, [])) == 1, name


def test_delivered_messages_verify_with_dkimpy_and_sign_the_unsubscribe_headers(rehearsal: Path) -> None:
    public = (rehearsal / "state" / "keys" / "dkim.pub.pem").read_text()
    record = "v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1])
    for key in list(mailbox.Maildir(rehearsal / "mailbox", factory=None).keys())[:25]:
        raw = mailbox.Maildir(rehearsal / "mailbox", factory=None).get_bytes(key)
        assert dkim.verify(
            raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), dnsfunc=lambda *_, **__: record.encode()
        )
        header = BytesParser(policy=policy.compat32).parsebytes(raw)["DKIM-Signature"]
        signed = re.search(r"\bh=([^;]+)", header)
        assert signed
        assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(re.sub(r"\s", "", signed[1]).lower().split(":"))


def test_accents_and_no_break_spaces_survive_in_body_alt_and_title(delivered: list[EmailMessage]) -> None:
    french = [_html(m) for m in delivered if 'lang="fr"' in _html(m)]
    assert french
    for html in french:
        text = html.replace("&nbsp;", "\u00a0").replace("&#160;", "\u00a0")
        assert re.search("[éèàç]", text)
        assert re.search("[\u00a0\u202f]", text)
        assert re.search('alt="[^"]*[\u00a0\u202f][^"]*"', text)
        assert re.search('title="[^"]*[\u00a0\u202f][^"]*"|<title>[^<]*[\u00a0\u202f][^<]*</title>', text)
        assert "\\u{" not in text


def test_the_text_part_is_real(delivered: list[EmailMessage]) -> None:
    for message in delivered:
        part = message.get_body(("plain",))
        assert part is not None
        text = part.get_content()
        assert len(text) > 300
        assert "/u/" in text
        assert not re.search(r"{{|{%|<td|\| ---", text)


def test_products_differ_from_person_to_person(delivered: list[EmailMessage]) -> None:
    blocks = {tuple(sorted(set(re.findall(r"\b(\d+[,.]\d\d)", _html(m))))) for m in delivered}
    assert len(blocks) > 5


def test_without_consent_there_is_no_pixel_and_no_personal_link(
    delivered: list[EmailMessage], crm: list[dict[str, str]]
) -> None:
    opens = {row["email"].strip().lower() for row in crm if row["consentement_ouverture"] == "oui"}
    clicks = {row["email"].strip().lower() for row in crm if row["consentement_clic"] == "oui"}
    silent = [m for m in delivered if str(m["Delivered-To"]).strip().lower() not in opens]
    unlinked = [m for m in delivered if str(m["Delivered-To"]).strip().lower() not in clicks]
    assert silent
    assert unlinked
    assert not [m for m in silent if re.search(r"/o/[\w-]{20,}", _everything(m))]
    assert not [m for m in unlinked if re.search(r"/c/[\w-]{20,}", _everything(m))]
    assert [m for m in delivered if re.search(r"/o/[\w-]{20,}", _everything(m))]
    assert [m for m in delivered if re.search(r"/c/[\w-]{20,}", _everything(m))]


def test_no_identity_stands_in_clear_outside_the_three_folders(rehearsal: Path, crm: list[dict[str, str]]) -> None:
    needles = _needles(crm)
    found = {
        f"{path.relative_to(rehearsal)}: {needle!r}"
        for path, content in _contents(rehearsal)
        for needle in needles
        if needle in content
    }
    assert not found, sorted(found)[:10]


def test_the_preview_shows_fictional_contacts_and_no_recipient(
    rehearsal: Path, crm: list[dict[str, str]], delivered: list[EmailMessage]
) -> None:
    pages = {path.name: path.read_bytes() for path in (rehearsal / "preview").glob("*.html")}
    assert b"a-fr-typical.html" in pages["index.html"]
    everything = b"".join(pages.values())
    assert b"Camille" in everything
    recipients = {str(message["Delivered-To"]).strip().lower().encode() for message in delivered}
    assert recipients
    assert not [needle for needle in {*_needles(crm), *recipients} if needle in everything]
    assert not _identities(crm, unescape(everything.decode()))


def _identities(crm: list[dict[str, str]], text: str) -> set[str]:
    """What names any contact and stands in a text as words of its own, in whatever case: address, name, company, …"""
    folded = re.sub(r"base64,[\w+/=]+", "", text).casefold()  # pictures
    columns = ("email", "prenom", "nom", "societe", "telephone", "code_client", "siret")
    spelled = {row[column].strip().casefold() for row in crm for column in columns} - {""}
    words = set(re.findall(r"\w+", folded))
    likely = [one for one in spelled if words.issuperset(re.findall(r"\w+", one))]
    return {one for one in likely if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", folded)}


def test_the_search_for_identities_can_find_one(rehearsal: Path, crm: list[dict[str, str]]) -> None:
    content = next((rehearsal / "crm").glob("contacts.csv")).read_bytes()
    assert sum(needle in content for needle in _needles(crm)) > 400
    assert len(_identities(crm, content.decode("utf-8-sig"))) > 1_500


def test_the_erased_person_is_unreadable_even_with_every_key_left(rehearsal: Path) -> None:
    from compiler.book.keyring import Keyring
    from compiler.language.address import Address

    erased = Address.parse((rehearsal / "mailbox" / "erased.txt").read_text().strip())
    keys = rehearsal / "state" / "keys"
    keyring = Keyring.open(rehearsal / "state" / "keyring.sqlite", bytes.fromhex((keys / "master.key").read_text()))
    opened = list(_everyone_ever(rehearsal, keyring))
    assert len(opened) > 300
    assert erased.normalised not in {Address.parse(address).normalised for address in opened}


def _everyone_ever(rehearsal: Path, keyring: object) -> Iterator[str]:
    """Every address that any key opens, in any version of the book and in any slot of any plan."""
    from compiler.archive import open_plan
    from compiler.book.keyring import Keyring
    from compiler.book.seal import open_identity, open_slot

    assert isinstance(keyring, Keyring)
    history = subprocess.run(
        ["git", "log", "-p", "--all", "--no-textconv"], cwd=rehearsal / "book.git", capture_output=True, check=True
    ).stdout.decode()
    for line in {line[1:] for line in history.splitlines() if line[:1] in "+-" and '"seal":"' in line}:
        yield from _seals(json.loads(line), keyring, open_identity)
    for plan_folder in (rehearsal / "plans").glob("*/manifest.json"):
        plan = open_plan(rehearsal / "plans", plan_folder.parent.name)
        for shard in plan.manifest.shards:
            for slot in plan.slots(shard.number):
                key = keyring.keys([slot.contact]).get(slot.contact)
                if key:
                    yield str(open_slot(slot.seal, key, slot.contact, slot.number)["address"])


def _seals(record: object, keyring: object, open_identity: object) -> Iterator[str]:
    from base64 import b64decode

    from compiler.book.keyring import Keyring
    from compiler.book.seal import open_identity as unseal

    assert isinstance(keyring, Keyring)
    if not isinstance(record, dict):
        return
    contact = record.get("contact", record.get("id", ""))
    nested = record.get("set", {})
    inner = nested.get("record", {}) if isinstance(nested, dict) else {}
    for holder in (record, nested, inner):
        seal = holder.get("seal") if isinstance(holder, dict) else None
        key = keyring.keys([str(contact)]).get(str(contact))
        if seal and key:
            yield unseal(b64decode(seal), key, str(contact)).address


def test_the_unsubscribes_stand_in_the_remote_book(rehearsal: Path, summary: dict[str, int]) -> None:
    log = subprocess.run(
        ["git", "log", "-p", "main"], cwd=rehearsal / "book.git", capture_output=True, check=True
    ).stdout.decode()
    objecting = set(re.findall(r'"contact":"([0-9a-f]{32})"[^\n]*"objections\.', log))
    assert len(objecting) >= summary["unsubscribed"] > 0


def _html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    content: str = part.get_content()
    return content


def _everything(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return _html(message) + text


def _needles(crm: list[dict[str, str]]) -> list[bytes]:
    """Addresses, full names and phones, as the company writes them and as envoi might."""
    found: set[str] = set()
    for row in crm:
        address = row["email"].strip()
        if "@" in address:
            found |= {address, address.lower()}
        name = (row["prenom"].strip(), row["nom"].strip())
        if all(name):
            found |= {" ".join(name), " ".join(reversed(name)), f'"first_name":"{name[0]}"', f'"last_name":"{name[1]}"'}
        digits = re.sub(r"\D", "", row["telephone"])
        if len(digits) >= 9:
            # Nine digits alone stand in a random contact id once in ten thousand rehearsals.
            found |= {row["telephone"].strip(), digits, f"0{digits[-9:]}", f"33{digits[-9:]}"}
    return sorted(needle.encode() for needle in found if len(needle) > 9 or not needle.isdigit())


def _contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file but those of the three folders, compressed streams opened."""
    for path in sorted(folder.rglob("*")):
        if (
            path.is_symlink()
            or not path.is_file()
            or path.relative_to(folder).parts[0] in ("crm", "mailbox", "returns")
        ):
            continue
        content = path.read_bytes()
        yield path, content
        if content[:2] == b"\x1f\x8b":
            yield path, gzip.decompress(content)
        elif "objects" in path.parts and len(path.parent.name) == 2:
            yield path, zlib.decompress(content)
    for repository in (*folder.glob("*.git"), folder / "workspace", folder / "book"):
        objects = subprocess.run(
            ["git", "cat-file", "--batch", "--batch-all-objects"], cwd=repository, capture_output=True, check=True
        ).stdout
        yield repository / "(every object)", objects
