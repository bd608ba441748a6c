"""A campaign corrected under way, and people who leave while the runner waits: real commands, servers, remotes."""

from __future__ import annotations

import mailbox
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compiler.archive import open_plan
from compiler.clock import SimulatedClock
from compiler.language.token import Purpose, Signer
from runner.demo import scenery
from runner.demo.mailserver import MailServer, Mood, mood_of
from runner.demo.recipients import request
from runner.demo.sending import RATE, Waits, status
from runner.demo.stagehand import Stagehand, wait_until
from runner.demo.voice import PlainVoice

CAMPAIGN = "spring-2027"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[Stagehand, MailServer, int]]:
    """A company's workspace, book and remotes, a receiving server, and the port that the tracker will have."""
    built = scenery.build(tmp_path / "stage")
    clock = SimulatedClock(built.clock)
    relay, tracker = scenery.free_port(), scenery.free_port()
    certificate = (built.keys / "relay-ca.pem", built.keys / "relay.pem")
    server = MailServer(built.mailbox, clock, port=relay, login=scenery.RELAY_LOGIN, certificate=certificate)
    scenery.publish_workspace(built, relay_port=relay, tracker_port=tracker)
    hand = Stagehand(built, PlainVoice(), clock)
    server.start()
    try:
        hand.envoi("contacts", "import", "crm")
        hand.envoi("tracker", "sync")
        yield hand, server, tracker
    finally:
        server.stop()


def _approve(hand: Stagehand, branch: str) -> str:
    """Proposes on a branch and merges it; the plan's digest."""
    if hand.git("branch", "--show-current") == "main":
        hand.git("checkout", "-q", "-b", branch)
    digest: str = hand.ask("propose", CAMPAIGN)["digest"]
    hand.git("checkout", "-q", "main")
    hand.git("merge", "-q", "--squash", branch)
    hand.git("commit", "-q", "-m", f"Send {branch}")
    hand.git("push", "-q", "origin", "main")
    return digest


def _run_to_the_end(hand: Stagehand, plan: str, log: str) -> None:
    """Sends until nothing is pending, leaping over nights."""
    hand.set_clock(hand.clock.now(), rate=RATE)
    with hand.in_background("--json", "send", plan, log=log) as runner:
        waits = Waits(hand.scenery / "state" / "logs" / log)

        def ended() -> bool:
            opening = waits.newest()
            if opening is not None:
                hand.leap_to(opening - timedelta(seconds=2), rate=RATE)
            return runner.poll() is not None

        wait_until(ended, seconds=90, what="the runner's end")


def _kept(folder: Path) -> Counter[str]:
    return Counter(str(m["Delivered-To"]).lower() for m in mailbox.Maildir(folder, factory=None))


def test_a_corrected_plan_after_a_tenth_was_sent_mails_nobody_twice(stage: tuple[Stagehand, MailServer, int]) -> None:
    hand, server, _ = stage
    first = _approve(hand, "first")
    recipients = open_plan(hand.scenery / "plans", first).manifest.recipients
    hand.set_clock(hand.clock.now() + timedelta(minutes=3), rate=1.0)
    with hand.in_background("--json", "send", first, log="first.log") as runner:
        wait_until(lambda: server.receiver.kept >= recipients // 10, seconds=60, what="a tenth to be sent")
        hand.envoi("stop", first)
        wait_until(lambda: runner.poll() is not None, seconds=30, what="the stopped runner's end")
    already = server.receiver.kept
    assert recipients // 10 <= already < recipients // 2

    hand.git("checkout", "-q", "-b", "corrected")
    template = hand.scenery.workspace / "templates" / "product-news.fr.mjml"
    text = template.read_text(encoding="utf-8")
    assert "Bonjour" in text
    template.write_text(text.replace("Bonjour", "Bien le bonjour"), encoding="utf-8")
    hand.git("commit", "-q", "-a", "-m", "Correct the greeting")
    second = _approve(hand, "corrected")
    assert second != first
    refused = hand.envoi("send", first, codes=(4,))
    assert refused.code == 4
    _run_to_the_end(hand, second, "second.log")
    if status(hand, second)["in_doubt"]:
        log = str(hand.scenery.mailbox / "relay.log")
        hand.envoi("resolve", second, "--in-doubt", "resend", "--relay-log", log)
        _run_to_the_end(hand, second, "third.log")

    kept = _kept(hand.scenery.mailbox)
    assert [address for address, times in kept.items() if times > 1] == []
    account = status(hand, second)
    assert account["pending"] == account["in_doubt"] == 0
    unknown = sum(mood_of(row) is Mood.UNKNOWN for row in _addresses(hand, first))
    assert len(kept) + unknown == recipients
    assert {*kept} == {a for a in _addresses(hand, first) if mood_of(a) is not Mood.UNKNOWN}


def test_an_unsubscribe_by_post_is_effective_before_the_next_permit_and_a_get_changes_nothing(
    stage: tuple[Stagehand, MailServer, int],
) -> None:
    hand, _, port = stage
    plan = _approve(hand, "first")
    waiting = _slots_in(hand, plan, "Pacific/Noumea")
    leaving, looking = waiting[0], waiting[1]
    hand.set_clock(hand.clock.now() + timedelta(minutes=3), rate=RATE)
    log = "life.log"
    with hand.in_background("tracker", "serve", "--port", str(port), log="tracker.log"):
        wait_until(lambda: _healthy(port), seconds=30, what="the tracker")
        with hand.in_background("--json", "send", plan, log=log) as runner:
            waits = Waits(hand.scenery / "state" / "logs" / log)
            opening = None
            told = False

            def ended() -> bool:
                nonlocal opening, told
                opening = waits.newest() or opening
                if opening is not None and opening.hour == 22 and not told:
                    told = True  # the runner waits for the Pacific's morning: now one person leaves, another looks
                    assert request("GET", _unsubscribe_url(hand, plan, looking, port))[0] == 200
                    left = request(
                        "POST", _unsubscribe_url(hand, plan, leaving, port), body="List-Unsubscribe=One-Click"
                    )
                    assert left[0] == 200
                if opening is not None:
                    hand.leap_to(opening - timedelta(seconds=2), rate=RATE)
                return runner.poll() is not None

            wait_until(ended, seconds=90, what="the runner's end")
            assert told
        hand.envoi("publish")
    account = status(hand, plan)
    assert account["skipped"] == 1
    assert account["skipped_by_reason"] == {"unsubscribed": 1}
    remote = hand.git("log", "-p", "main", cwd=hand.scenery / "book.git")
    assert f'"contact":"{leaving}"' in remote
    assert not [line for line in remote.splitlines() if looking in line and '"objections.' in line]


def test_killed_and_started_again_and_again_nobody_is_mailed_twice(stage: tuple[Stagehand, MailServer, int]) -> None:
    hand, server, _ = stage
    plan = _approve(hand, "first")
    hand.set_clock(hand.clock.now() + timedelta(minutes=3), rate=RATE)
    for attempt in range(3):
        before = server.receiver.kept
        with hand.in_background("--json", "send", plan, log=f"{attempt}.log") as runner:
            goal = before + 25
            wait_until(lambda goal=goal: server.receiver.kept >= goal, seconds=60, what="25 more")
            os.killpg(runner.pid, signal.SIGKILL)
            runner.wait()
        account = status(hand, plan)
        total = sum(account[state] for state in ("sent", "refused", "skipped", "pending", "in_doubt"))
        assert total == account["recipients"]
    kept = _kept(hand.scenery.mailbox)
    assert max(kept.values()) == 1


def _healthy(port: int) -> bool:
    try:
        return request("GET", f"http://127.0.0.1:{port}/healthz")[0] == 200
    except OSError:
        return False


def _slots_in(hand: Stagehand, digest: str, zone: str) -> list[str]:
    plan = open_plan(hand.scenery / "plans", digest)
    return [s.contact for shard in plan.manifest.shards if shard.zone == zone for s in plan.slots(shard.number)]


def _addresses(hand: Stagehand, digest: str) -> set[str]:
    from compiler.book.keyring import Keyring
    from compiler.book.seal import open_slot

    keys = hand.scenery.keys
    keyring = Keyring.open(hand.scenery / "state" / "keyring.sqlite", bytes.fromhex((keys / "master.key").read_text()))
    plan = open_plan(hand.scenery / "plans", digest)
    slots = [slot for shard in plan.manifest.shards for slot in plan.slots(shard.number)]
    held = keyring.keys([slot.contact for slot in slots])
    keyring.close()
    return {str(open_slot(s.seal, held[s.contact], s.contact, s.number)["address"]).lower() for s in slots}


def _unsubscribe_url(hand: Stagehand, digest: str, contact: str, port: int) -> str:
    from base64 import urlsafe_b64encode

    key = bytes.fromhex((hand.scenery.keys / "tracking.key").read_text())
    extra = "fr|newsletter|a•••@b•••.example".encode()
    token = Signer(key, 1, digest, contact).token(Purpose.UNSUBSCRIBE, extra)
    return f"http://127.0.0.1:{port}/u/{token}/{urlsafe_b64encode(extra).decode().rstrip('=')}"
