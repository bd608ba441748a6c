"""Leave nobody behind: a send that ran out of time, and the plan for those whom it did not reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compiler.archive import open_plan
from compiler.clock import SimulatedClock
from runner.demo import scenery
from runner.demo.mailserver import MailServer
from runner.demo.scenery import RELAY_LOGIN
from runner.demo.stagehand import Stagehand
from runner.demo.voice import PlainVoice

CAMPAIGN = "spring-2027"
NINE = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
TOO_LATE = datetime(2027, 3, 6, 12, 0, tzinfo=UTC)
A_WEEK_LATER = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
TIMES = ("--start", "2027-03-09T09:00", "--finish-by", "2027-03-12T18:00")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stagehand]:
    """A company whose campaign was approved and sent for two seconds, until everything else was too late."""
    built = scenery.build(tmp_path_factory.mktemp("company"))
    clock = SimulatedClock(built.clock)
    port = scenery.free_port()
    certificate = (built.keys / "relay-ca.pem", built.keys / "relay.pem")
    scenery.publish_workspace(built, relay_port=port, tracker_port=scenery.free_port())
    hand = Stagehand(built, PlainVoice(), clock)
    hand.envoi("contacts", "import", "crm")
    hand.git("checkout", "-q", "-b", "proposal")
    # One clock for everybody: a day's windows are then two, and no send waits for the other side of the world.
    settings = built.workspace / "envoi.yaml"
    settings.write_text(settings.read_text("utf-8").replace("timezone: recipient", "timezone: Europe/Paris"), "utf-8")
    hand.git("commit", "-q", "-a", "-m", "Keep the hours of Paris")
    hand.envoi("propose", CAMPAIGN)
    hand.git("push", "-q", "origin", "proposal:main")
    server = MailServer(built.mailbox, clock, port=port, login=RELAY_LOGIN, certificate=certificate)
    server.start()
    try:
        yield hand
    finally:
        server.stop()


def contacts(hand: Stagehand, digest: str) -> set[str]:
    found = open_plan(hand.scenery.folder / "plans", digest)
    return {slot.contact for shard in found.manifest.shards for slot in found.slots(shard)}


def message_ids(folder: Path) -> list[str]:
    log = folder / "mailbox" / "relay.log"
    return [json.loads(line)["message_id"] for line in log.read_text().splitlines()]


def outcome(output: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_those_whom_a_finished_plan_did_not_reach_get_a_plan_of_their_own_and_nobody_is_written_to_twice(
    company: Stagehand,
) -> None:
    hand, folder = company, company.scenery.folder
    assert b"no plan of" in hand.envoi("--language", "en", "replan", CAMPAIGN, "--missing", codes=(3,)).stderr
    hand.set_clock(NINE, rate=1.0)
    first = outcome(hand.envoi("--json", "send", CAMPAIGN, "--for", "2s", codes=(6,)).stdout)
    assert 0 < first["sent"] < first["recipients"]
    refused = hand.envoi("--language", "en", "replan", CAMPAIGN, "--missing", codes=(4,))
    assert b"will still leave by itself" in refused.stderr

    hand.set_clock(TOO_LATE, rate=1.0)
    over = outcome(hand.envoi("--json", "send", CAMPAIGN, codes=(0, 6)).stdout)
    missed = over["skipped_by_reason"]["expired"]
    assert (over["pending"], missed) == (0, over["recipients"] - over["sent"] - over["refused"] - over["in_doubt"])
    assert b"--finish-by" in hand.envoi("replan", CAMPAIGN, "--missing", codes=(3,)).stderr

    again = hand.ask("replan", CAMPAIGN, "--missing", *TIMES)
    everybody, reached_later = contacts(hand, over["plan"]), contacts(hand, again["digest"])
    assert again["recipients"] == len(reached_later) == missed
    assert reached_later < everybody
    manifest = open_plan(folder / "plans", again["digest"]).manifest
    assert (manifest.supersedes, manifest.edition) == (over["plan"], "1")
    assert manifest.funnel[-1].clause == f"{{not_reached_by: {over['plan']}}}"
    page = hand.envoi("--language", "en", "plan", "show", again["digest"][:12]).stdout.decode()
    assert f"not reached by plan {over['plan'][:12]}" in page

    # Like any other plan: nothing leaves before a merge.
    hand.set_clock(A_WEEK_LATER, rate=1.0)
    hand.envoi("send", again["digest"], codes=(4,))
    hand.git("push", "-q", "origin", "proposal:main")
    hand.set_clock(A_WEEK_LATER, rate=1_500.0)
    done = outcome(hand.envoi("--json", "send", again["digest"], codes=(0, 6)).stdout)
    assert (done["pending"], done["sent"] + done["in_doubt"] + done["refused"]) == (0, missed)
    kept = message_ids(folder)
    assert len(kept) == len(set(kept))
    sent, doubtful = over["sent"] + done["sent"], over["in_doubt"] + done["in_doubt"]
    assert sent <= len(kept) <= sent + doubtful
    assert hand.ask("replan", CAMPAIGN, "--missing", *TIMES)["missing"] == 0
