"""The commands as an operator types them: a company with its book, a lock on a bare remote, a relay with AUTH."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compiler.archive import open_plan
from compiler.book.layout import changes_files
from compiler.book.record import Change
from compiler.book.store import Book
from compiler.clock import SimulatedClock
from runner.account import account_of
from runner.demo import scenery
from runner.demo.mailserver import MailServer
from runner.demo.scenery import RELAY_LOGIN
from runner.demo.stagehand import Stagehand
from runner.demo.voice import PlainVoice

NINE = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
CAMPAIGN = "spring-2027"
_FINAL = ("sent", "refused", "skipped")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stagehand]:
    """A company whose book is imported and whose campaign is proposed on a branch, not merged."""
    built = scenery.build(tmp_path_factory.mktemp("company"))
    clock = SimulatedClock(built.clock)
    port = scenery.free_port()
    certificate = (built.keys / "relay-ca.pem", built.keys / "relay.pem")
    server = MailServer(built.mailbox, clock, port=port, login=RELAY_LOGIN, certificate=certificate)
    scenery.publish_workspace(built, relay_port=port, tracker_port=scenery.free_port())
    hand = Stagehand(built, PlainVoice(), clock)
    hand.envoi("contacts", "import", "crm")
    hand.git("checkout", "-q", "-b", "proposal")
    hand.envoi("propose", CAMPAIGN)
    hand.git("push", "-q", "origin", "proposal")
    server.start()
    yield hand
    server.stop()


def _merge(hand: Stagehand) -> None:
    hand.git("push", "-q", "origin", "proposal:main")


def _status(hand: Stagehand) -> dict[str, Any]:
    folder = hand.scenery.folder
    found: dict[str, Any] = dict(account_of(open_plan(folder / "plans", CAMPAIGN), folder / "state").to_json())
    sums = sum(found[name] for name in ("sent", "refused", "skipped", "pending", "in_doubt"))
    assert sums == found["recipients"]
    return found


def _outcome(output: bytes) -> dict[str, Any]:
    """The last object on standard output: what `send` ended with."""
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_a_plans_life_as_an_operator_sees_it(stage: Stagehand, tmp_path: Path) -> None:
    hand, folder = stage, stage.scenery.folder
    # Nothing leaves without the lock on main, and a dry run says so.
    assert b"propose" in hand.envoi("--language", "en", "send", CAMPAIGN, codes=(4,)).stderr
    dry = hand.ask("send", CAMPAIGN, "--dry-run")
    assert (dry["approved"], {step["step"] for step in dry["steps"]}) == (False, {"wait"})
    recipients = hand.ask("status", CAMPAIGN)["recipients"]
    assert _status(hand)["pending"] == recipients
    _a_lock_edited_by_hand_releases_nothing(hand)
    _merge(hand)

    # Outside the window.
    assert _outcome(hand.envoi("--json", "send", CAMPAIGN, "--no-wait", codes=(5,)).stdout)["until"] == (
        "2027-03-02T08:00:00Z"
    )

    # Stopped, resumed; a stop needs no approval, resuming does.
    hand.set_clock(NINE, rate=1.0)
    assert hand.ask("stop", CAMPAIGN)["stops"][0]["reason"] == "command"
    assert _outcome(hand.envoi("--json", "send", CAMPAIGN, codes=(4,)).stdout)["ended"] == "held"
    assert len(hand.ask("resume", CAMPAIGN)["lifted"]) == 1

    # A while before the window opens: nothing was partly sent, it is outside.
    hand.set_clock(NINE - timedelta(hours=1), rate=1.0)
    early = _outcome(hand.envoi("--json", "send", CAMPAIGN, "--for", "1s", codes=(5,)).stdout)
    assert (early["ended"], early["sent"], early["code"]) == ("time", 0, 5)
    hand.set_clock(NINE, rate=1.0)

    # A while of sending, ended cleanly.
    run = hand.envoi("--json", "send", CAMPAIGN, "--for", "2s", codes=(6,))
    ended = _outcome(run.stdout)
    assert ended["ended"] == "time", run.stderr.decode()
    assert 0 < ended["sent"] < recipients
    assert (ended["code"], bool(ended["error"])) == (6, True)
    assert ended["not_recallable"] == ended["sent"] + ended["in_doubt"]

    # Somebody objects in the book, on another machine: the next run's view leaves them out.
    shutil.copytree(folder / "state" / "ledger", tmp_path / "copy")
    left = _object(hand, folder)
    hand.set_clock(NINE + timedelta(minutes=1), rate=7200.0)
    done = _outcome(hand.envoi("--json", "send", CAMPAIGN, codes=(0, 6)).stdout)
    assert (done["ended"], done["pending"]) == ("finished", 0)
    assert done["skipped_by_reason"] == {"unsubscribed": 1}
    assert left not in {each["contact"] for each in done["in_doubt_slots"]}
    log = folder / "mailbox" / "relay.log"
    resolved = hand.ask("resolve", CAMPAIGN, "--in-doubt", "hold", "--relay-log", str(log))
    assert resolved["in_doubt"] == done["in_doubt"] == resolved["proved"] + resolved["held"]
    final = _status(hand)
    kept = [json.loads(line)["message_id"] for line in log.read_text().splitlines()]
    assert len(kept) == len(set(kept)) == final["sent"]

    _a_restored_ledger_is_reconciled(hand, tmp_path / "copy", final)
    _a_lost_ledger_is_adopted(hand, final)
    assert len(log.read_text().splitlines()) == len(kept)
    _an_old_plan_asks_for_a_new_lock(hand)
    _a_damaged_plan_is_named_by_the_status_of_all(hand)


def _a_lock_edited_by_hand_releases_nothing(hand: Stagehand) -> None:
    """Its digest is right and it reads well, but it tells reviewers another number than the plan has."""
    before = hand.git("rev-parse", "origin/main")
    hand.git("checkout", "-q", "-b", "edited", "proposal")
    (lock,) = hand.scenery.workspace.rglob("spring-2027.yaml.lock")
    document = json.loads(lock.read_bytes())
    document["counts"]["recipients"] = "7"
    lock.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    hand.git("commit", "-q", "-a", "-m", "Fewer people than there are")
    hand.git("push", "-q", "origin", "edited:main")
    assert b"envoi did not write" in hand.envoi("--language", "en", "send", CAMPAIGN, codes=(4,)).stderr
    hand.git("checkout", "-q", "-")
    hand.git("push", "-q", "--force", "origin", f"{before}:main")


def _a_damaged_plan_is_named_by_the_status_of_all(hand: Stagehand) -> None:
    folder = open_plan(hand.scenery.folder / "plans", CAMPAIGN).path
    folder.chmod(0o700)
    (folder / "manifest.json").chmod(0o600)
    (folder / "manifest.json").write_bytes(b"{}")
    told = json.loads(hand.envoi("--json", "status", codes=(1,)).stdout)
    assert (told["plans"], told["damaged"]) == ([], [folder.name])
    assert b"plan verify" in hand.envoi("status", codes=(1,)).stdout


def _object(hand: Stagehand, folder: Path) -> str:
    """One pending recipient leaves, by a change that a tracker elsewhere pushed."""
    last = _slots(folder / "plans")[-1]
    elsewhere = Book.open(folder / "elsewhere", str(folder / "book.git"), "main")
    at = hand.clock.now()
    change = Change(
        at, "t0", 1, last, {"objections.newsletter": {"on": at.date().isoformat(), "channel": "page"}}, "unsubscribed"
    )
    elsewhere.transact(lambda view: changes_files([change]), message="Leave", at=at)
    return last


def _slots(plans: Path) -> list[str]:
    found = open_plan(plans, CAMPAIGN)
    return [slot.contact for shard in found.manifest.shards for slot in found.slots(shard)]


def _a_restored_ledger_is_reconciled(hand: Stagehand, copy: Path, final: dict[str, Any]) -> None:
    ledger = hand.scenery.folder / "state" / "ledger"
    shutil.rmtree(ledger)
    shutil.copytree(copy, ledger)
    assert b"reconcile" in hand.envoi("send", CAMPAIGN, codes=(4,)).stderr
    back = hand.ask("ledger", "reconcile")
    assert back["facts"] > 0
    again = _status(hand)
    assert {k: again[k] for k in ("sent", "refused", "skipped")} == {
        k: final[k] for k in ("sent", "refused", "skipped")
    }


def _a_lost_ledger_is_adopted(hand: Stagehand, final: dict[str, Any]) -> None:
    shutil.rmtree(hand.scenery.folder / "state" / "ledger")
    assert b"adopt" in hand.envoi("send", CAMPAIGN, codes=(4,)).stderr
    hand.envoi("ledger", "adopt", CAMPAIGN)
    again = _status(hand)
    assert (again["sent"], again["pending"]) == (final["sent"], 0)
    assert _outcome(hand.envoi("--json", "send", CAMPAIGN, codes=(0, 6)).stdout)["ended"] == "finished"


def _an_old_plan_asks_for_a_new_lock(hand: Stagehand) -> None:
    hand.set_clock(hand.clock.now() + timedelta(days=15), rate=1.0)
    assert b"approve it again" in hand.envoi("--language", "en", "send", CAMPAIGN, codes=(4,)).stderr
