"""The rehearsal's acts, in order: from the company's CSV to a second campaign that knows what the first one taught."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compiler.clock import SimulatedClock
from compiler.process import run
from runner.demo import recount, scenery
from runner.demo.mailserver import MailServer
from runner.demo.recipients import Played, play, read_mailbox, request
from runner.demo.scenery import RELAY_LOGIN, Scenery
from runner.demo.sending import Sending, send
from runner.demo.stagehand import BrokenPromise, Stagehand, wait_until
from runner.demo.voice import Voice

FIRST, SECOND = "spring-2027", "showroom-2027"
#: When the recipients read: through the day after the last window of the first campaign.
READING = tuple(datetime(2027, 3, 3, hour, 10, tzinfo=UTC) for hour in (6, 7, 8, 10, 12, 15, 17, 19))
NEXT_WEEK = datetime(2027, 3, 9, 6, 30, tzinfo=UTC)
PLACES = 10


@dataclass
class Told:
    """What the acts learned, for the summary."""

    imported: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    sending: Sending | None = None
    played: Played = field(default_factory=Played)
    published: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    erased: int = 0


def perform(folder: Path, voice: Voice) -> tuple[dict[str, Any], list[str]]:
    """The whole rehearsal under `folder`: its summary, and the promises it saw broken."""
    began = time.monotonic()
    scenery.empty(folder)
    stage = scenery.build(folder)
    clock = SimulatedClock(stage.clock)
    hand = Stagehand(stage, voice, clock)
    certificate = (stage.keys / "relay-ca.pem", stage.keys / "relay.pem")
    relay_port, tracker_port = scenery.free_port(), scenery.free_port()
    server = MailServer(stage.mailbox, clock, port=relay_port, login=RELAY_LOGIN, certificate=certificate)
    scenery.publish_workspace(stage, relay_port=relay_port, tracker_port=tracker_port)
    server.start()
    try:
        told = _acts(hand, server, tracker_port)
    finally:
        server.stop()
        voice.close()
    summary = _summary(hand, told)
    summary["seconds"] = int(time.monotonic() - began)
    (stage / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return summary, hand.broken


def _acts(hand: Stagehand, server: MailServer, tracker_port: int) -> Told:
    told = Told()
    _import(hand, told)
    _approve(hand, told)
    _preview(hand)
    with hand.in_background("tracker", "serve", "--port", str(tracker_port), log="tracker.log"):
        wait_until(lambda: _answers(tracker_port), seconds=30, what="the tracker")
        _send(hand, server, told)
        _receive(hand, told)
        _publish(hand, told)
        _compile_next(hand, told)
        _erase(hand, told)
    _report(hand)
    return told


def _import(hand: Stagehand, told: Told) -> None:
    hand.voice.act("Import the company's CSV into the sealed book")
    told.imported = hand.ask("contacts", "import", "crm")
    hand.envoi("tracker", "sync")
    hand.voice.done(f"{told.imported['new']} contacts, {told.imported['rejected']} rows rejected with reasons")


def _approve(hand: Stagehand, told: Told) -> None:
    hand.voice.act(f"Compile {FIRST}, propose its lock on a branch, merge it: approving")
    branch = f"campaign/{FIRST}"
    hand.git("checkout", "-q", "-b", branch)
    told.plan = hand.ask("propose", FIRST)
    hand.git("push", "-q", "origin", branch)
    comment = hand.scenery / "comment.md"
    hand.envoi("review", "comment", FIRST, "--out", str(comment))
    hand.promise(told.plan["digest"] in comment.read_text("utf-8"), "the comment does not show the plan")
    hand.git("checkout", "-q", "main")
    hand.git("merge", "-q", "--squash", branch)
    hand.git("commit", "-q", "-m", f"Send {FIRST}")
    hand.git("push", "-q", "origin", "main")
    hand.voice.done(f"plan {told.plan['digest'][:12]}: {told.plan['recipients']} recipients; reviewers see comment.md")


def _preview(hand: Stagehand) -> None:
    hand.voice.act(f"See {FIRST} as contacts would: every variant and language, for fictional contacts")
    shown = hand.ask("preview", FIRST, "--out", str(hand.scenery / "preview"))
    hand.promise((hand.scenery / "preview" / "index.html").is_file(), "there is no preview")
    hand.promise(not shown["personal"], "the preview shows a real contact")
    hand.voice.done(f"{len(shown['pages']) - 1} messages in preview/index.html")


def _send(hand: Stagehand, server: MailServer, told: Told) -> None:
    hand.voice.act("Send over SMTP with STARTTLS and AUTH; kill the runner half way; resume (simulated clock)")
    recipients = int(told.plan["recipients"])
    told.sending = send(hand, server, str(told.plan["digest"]), recipients=recipients, places=PLACES)
    account = told.sending.account
    total = sum(int(account[state]) for state in ("sent", "refused", "skipped", "pending", "in_doubt"))
    hand.promise(total == recipients, "the account does not add up to the plan")
    (hand.scenery / "state" / "accounts" / f"{FIRST}.json").write_text(json.dumps(account))
    hand.voice.done(f"sent {account['sent']}, refused {account['refused']}, in doubt {account['in_doubt']}")


def _receive(hand: Stagehand, told: Told) -> None:
    hand.voice.act("Recipients read: opens, clicks, one-click unsubscribes, a scanner that follows every link")
    messages = list(read_mailbox(hand.scenery.mailbox))
    for turn, moment in enumerate(READING):
        hand.leap_to(moment, rate=RATE_OF_READING)
        play(messages[turn :: len(READING)], told.played)
    for sentence in sorted(set(told.played.wrong)):
        hand.promise(False, sentence)
    hand.voice.done(
        f"{told.played.opened} opened, {told.played.clicked} clicked, "
        f"{told.played.one_click + told.played.by_page} left, {told.played.machine} scanned"
    )


RATE_OF_READING = 60.0


def _publish(hand: Stagehand, told: Told) -> None:
    hand.voice.act("Publish what came back: one commit in the book, pushed")
    told.published = hand.ask("publish")
    remote = hand.git("rev-parse", "main", cwd=hand.scenery / "book.git")
    hand.promise(remote == told.published["commit"], "the published commit is not the remote's main")
    hand.voice.done(f"{told.published['changes']} changes in {remote[:12]}")


def _compile_next(hand: Stagehand, told: Told) -> None:
    hand.voice.act(f"Compile {SECOND}: who left or bounced is excluded, with the reason")
    hand.leap_to(NEXT_WEEK, rate=1.0)
    told.second = hand.ask("compile", SECOND)
    excluded = told.second["exclusions"]
    left = told.played.one_click + told.played.by_page
    hand.promise(
        left == 0 or excluded.get("unsubscribed", 0) + excluded.get("objected", 0) > 0, "nobody who left is excluded"
    )
    hand.voice.done(", ".join(f"{reason} {count}" for reason, count in sorted(excluded.items())))


def _erase(hand: Stagehand, told: Told) -> None:
    hand.voice.act("Erase one person: the key is destroyed")
    messages = list(read_mailbox(hand.scenery.mailbox))
    address = messages[len(messages) // 2].mailbox
    hand.envoi("contacts", "erase", address)
    told.erased = 1
    (hand.scenery / "mailbox" / "erased.txt").write_text(address + "\n")
    found = hand.envoi("--json", "contacts", "show", address, codes=(0, 1, 3))
    hand.promise(found.code != 0, "an erased person can still be found")
    hand.voice.done("past plans and the book's history can no longer name them")


def _report(hand: Stagehand) -> None:
    hand.voice.act("Report")
    hand.envoi("report", FIRST, "--html", str(hand.scenery / "report"))
    hand.promise((hand.scenery / "report" / "index.html").is_file(), "there is no report page")


def _summary(hand: Stagehand, told: Told) -> dict[str, Any]:
    assert told.sending is not None
    account = told.sending.account
    report = hand.ask("report", FIRST)
    script = Path(recount.__file__)
    counted = json.loads(run([sys.executable, "-I", str(script), str(hand.scenery.folder)]).stdout)
    for promise, count in (("duplicates", 0), ("lost", 0), ("outside_window", 0)):
        hand.promise(counted[promise] == count, f"{promise}: {counted[promise]}")
    hand.promise(counted["sent"] == account["sent"], "the mailbox does not hold what the account calls sent")
    left = told.played.one_click + told.played.by_page
    for what, seen, acted in (
        ("opened", report["people"]["opened"], told.played.opened),
        ("clicked", report["people"]["clicked"], told.played.clicked),
        ("unsubscribed", report["people"]["unsubscribed"], left),
    ):
        hand.promise(seen == acted, f"{acted} people {what}, the report says {seen}")
    return {
        "imported": told.imported["new"],
        "rejected": told.imported["rejected"],
        "recipients": told.plan["recipients"],
        "excluded by reason": told.plan["exclusions"],
        "sent": counted["sent"],
        "refused": account["refused"],
        "skipped": account["skipped"],
        "pending": account["pending"],
        "in_doubt": account["in_doubt"],
        "duplicates": counted["duplicates"],
        "lost": counted["lost"],
        "outside_window": counted["outside_window"],
        "opened": report["people"]["opened"],
        "clicked": report["people"]["clicked"],
        "machine_events": report["machines"]["opens"] + report["machines"]["clicks"],
        "unsubscribed": report["people"]["unsubscribed"],
        "bounced": report["bounced"] + report["refused"].get("dead", 0),
        "erased": told.erased,
        "commits": int(hand.git("rev-list", "--count", "main", cwd=hand.scenery / "book.git")),
    }


def _answers(port: int) -> bool:
    try:
        return request("GET", f"http://127.0.0.1:{port}/healthz")[0] == 200
    except OSError:
        return False


__all__ = ["BrokenPromise", "Scenery", "perform"]
