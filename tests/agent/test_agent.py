"""People push, the agent does the rest: proposals, sendings, answers, notices; and what it refuses."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta
from email.header import decode_header, make_header
from mailbox import MaildirMessage
from typing import TYPE_CHECKING, Any

import pytest

from compiler.archive import open_plan
from compiler.session import Session
from runner.demo.stagehand import wait_until
from runner.dry_run import steps_now
from runner.stages import Finish, Send, Wait

if TYPE_CHECKING:
    from tests.agent.conftest import Company

CAMPAIGN = "2027/spring-2027.yaml"
LOCK = f"{CAMPAIGN}.lock"
BLOCK = "templates/blocks/lamp.mjml"
RATE = 240.0
NOTIFY = "notify: {to: [direction@atelier-lumen.example]}\n"


def test_a_marketers_change_goes_from_branch_to_report_by_pushes_alone(company: Company) -> None:
    marketer, hand = company.marketer, company.hand
    marketer.edit("envoi.yaml", "\nseeds:", f"\n{NOTIFY}seeds:")
    marketer.git("commit", "-q", "-a", "-m", "Tell the direction")
    marketer.git("push", "-q", "origin", "main")
    marketer.edit(CAMPAIGN, "trois lampes", "deux lampes")
    marketer.edit("segments/architects-west.yaml", "designer, ", "")
    marketer.edit(CAMPAIGN, "limit: 3", "limit: 2")
    marketer.edit(BLOCK, "#f2b65a", "#ffd166")
    hand.envoi("-C", str(marketer.clone), "check")
    head = marketer.push_branch("spring")

    proposed = company.agent()["proposed"]
    # The segment that changed is the showroom's as well.
    assert [(each["branch"], each["campaign"]) for each in proposed] == [
        ("spring", "showroom-2027"),
        ("spring", "spring-2027"),
    ]
    marketer.git("fetch", "-q", "origin")
    lock = json.loads(marketer.git("show", f"origin/spring:{LOCK}"))
    assert lock["digest"] == proposed[1]["plan"]
    assert marketer.git("rev-parse", "origin/spring~2") == head
    _reviewed(company, lock["digest"])
    again = company.agent()
    assert [each["commit"] for each in again["proposed"]] == ["", ""]  # its own push asks for nothing
    assert again["sent"] == []  # nothing is approved yet
    marketer.merge("spring")
    hand.set_clock(hand.clock.now() + timedelta(minutes=5), rate=RATE)
    plan = lock["digest"]
    account = _send_to_the_end(company, plan)
    mailing = [message for message in company.kept if not message["Auto-Submitted"]]
    people = Counter(str(message["Delivered-To"]) for message in mailing)
    _changed(company, mailing)
    assert len(people) >= account["sent"] > 0
    assert max(people.values()) == 1
    company.agent("--only", "publish")
    hand.set_clock(hand.clock.now() + timedelta(days=2), rate=RATE)
    assert company.agent("--only", "publish")["told"] == ["spring-2027 report"]
    assert company.agent("--only", "publish")["told"] == []
    notices = [message for message in company.kept if message["Auto-Submitted"]]
    assert {str(message["Delivered-To"]) for message in notices} == {"direction@atelier-lumen.example"}
    text = "".join((message.get_payload(decode=True) or b"").decode() for message in notices)  # type: ignore[union-attr]
    assert "l'envoi a commencé" in text
    assert "l'envoi est fini" in text
    assert "ont ouvert" in text
    addresses = set(people)
    assert not [address for address in addresses if address in text]
    assert open_plan(hand.scenery / "plans", plan).manifest.recipients == account["recipients"]
    report = hand.ask("report", plan)
    assert report["plan"] == plan
    assert report["outcomes"]["sent"] == account["sent"]


def _reviewed(company: Company, digest: str) -> None:
    """What the review says of the branch, in its comment, and of a later edit, in its check."""
    comment = company.hand.envoi("--language", "fr", "review", "comment", "spring-2027", "--branch", "spring")
    text = comment.stdout.decode()
    assert digest in text
    assert "deux lampes pour votre atelier" in text
    assert "| job parmi architecte, architecte d'intérieur, éclairagiste |" in text
    assert not [
        row["email"] for row in company.contacts if "@" in row["email"] and row["email"].lower() in text.lower()
    ]
    marketer = company.marketer
    marketer.git("merge", "-q", "--ff-only", "origin/spring")
    marketer.edit(CAMPAIGN, "limit: 2", "limit: 1")
    stale = company.hand.envoi("-C", str(marketer.clone), "check", codes=(1,))
    assert b"LOCK-STALE" in stale.stdout
    marketer.git("checkout", "-q", "--", CAMPAIGN)


def _changed(company: Company, mailing: list[MaildirMessage]) -> None:
    """The mailing is the changed one: its subject, its people, its products and how each is shown."""
    subjects = {str(make_header(decode_header(message["Subject"]))) for message in mailing}
    assert any("deux lampes" in subject for subject in subjects)
    assert not any("trois lampes pour votre atelier" in subject for subject in subjects)
    told = {str(message["Delivered-To"]).strip().lower() for message in mailing}
    jobs = {row["metier"] for row in company.contacts if row["email"].strip().lower() in told}
    assert "architecte" in jobs
    assert "designer" not in jobs
    for message in mailing:
        (html,) = [part for part in message.walk() if part.get_content_type() == "text/html"]
        shown = (html.get_payload(decode=True) or b"").decode()  # type: ignore[union-attr]
        assert shown.count("#ffd166") == 2


def _send_to_the_end(company: Company, plan: str) -> dict[str, Any]:
    """One run of the agent, leaping from window to window."""
    hand = company.hand
    keyed, found = Session(hand.scenery.workspace, hand.clock, {}), open_plan(hand.scenery / "plans", plan)
    with hand.in_background(
        "--json", "agent", "--until-sent", "--only", "send", "--every", "2m", log="agent.log"
    ) as runner:

        def ended() -> bool:
            time.sleep(0.5)
            steps = steps_now(keyed, found)
            opens = [step.until for step in steps if isinstance(step, Wait)]
            if opens and not any(isinstance(step, Send) for step in steps):
                hand.leap_to(min(opens) + timedelta(seconds=1), rate=RATE)
            assert runner.poll() is None  # the showroom's turn comes weeks later
            return any(isinstance(step, Finish) for step in steps)

        wait_until(ended, seconds=90, what="the campaign's end")
        runner.terminate()
        assert runner.wait(30) == 130  # seconds: other tests may hold the processors
    account: dict[str, Any] = hand.ask("status", plan)
    assert account["pending"] == 0
    return account


def test_a_later_edit_renews_the_lock_and_an_untouched_campaign_keeps_its_own(company: Company) -> None:
    marketer = company.marketer
    marketer.edit(CAMPAIGN, "trois lampes", "deux lampes")
    marketer.push_branch("spring")
    first = company.agent("--only", "propose")["proposed"]
    assert [each["campaign"] for each in first] == ["spring-2027"]
    marketer.git("pull", "-q", "--rebase", "origin", "spring")
    marketer.edit(CAMPAIGN, "deux lampes", "quatre lampes")
    marketer.push_branch("spring", "Say it otherwise")
    second = company.agent("--only", "propose")["proposed"]
    assert [each["campaign"] for each in second] == ["spring-2027"]
    assert second[0]["plan"] != first[0]["plan"]
    again = company.agent("--only", "propose", "--branch", "spring")["proposed"]
    assert again == [{**second[0], "commit": ""}]


def test_a_branch_that_is_not_on_the_remote_is_refused(company: Company) -> None:
    done = company.hand.envoi("agent", "--once", "--branch", "of-a-fork", codes=(4,))
    assert b"fork" in done.stderr


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            "envoi.yaml", "master_key: file:../state/keys/master.key", "master_key: file:/etc/hostname", id="key"
        ),
        pytest.param("envoi.yaml", "remote: ../book.git", "remote: ../other.git", id="book"),
    ],
)
def test_a_branch_cannot_move_keys_or_book(company: Company, path: str, old: str, new: str) -> None:
    company.marketer.edit(path, old, new)
    company.marketer.push_branch("hostile")
    answer = company.agent("--only", "propose", codes=(4,))
    assert answer["proposed"] == []
    assert [each["about"] for each in answer["problems"]] == ["hostile"]


def test_a_branch_with_a_symbolic_link_is_not_read(company: Company) -> None:
    (company.marketer.clone / "data" / "keys.csv").symlink_to("../../state/keys/master.key")
    company.marketer.push_branch("linked")
    assert "data/keys.csv" in company.agent("--only", "propose", codes=(4,))["problems"][0]["problem"]


def test_findings_stop_a_proposal_and_are_shown_once(company: Company) -> None:
    company.marketer.edit(CAMPAIGN, "segment: ", "segment: nobody-")
    company.marketer.push_branch("wrong")
    done = company.hand.envoi("agent", "--once", "--only", "propose", codes=(1,))
    assert CAMPAIGN.encode() in done.stderr
    assert company.agent("--only", "propose")["problems"] == []


def test_a_machine_without_keyring_or_ledger_refuses(company: Company) -> None:
    hand = company.hand
    keyring = hand.scenery / "state" / "keyring.sqlite"
    keyring.rename(keyring.with_name("elsewhere"))
    assert b"trousseau" in hand.envoi("--language", "fr", "agent", "--once", codes=(4,)).stderr
    keyring.with_name("elsewhere").rename(keyring)
    commit = company.marketer.git("rev-parse", "HEAD")
    company.marketer.git("push", "-q", "origin", f"{commit}:refs/envoi/ledger/{'0' * 32}")
    assert b"ledger" in hand.envoi("--language", "en", "agent", "--once", codes=(4,)).stderr


def test_a_clone_that_somebody_works_in_is_not_followed(company: Company) -> None:
    company.hand.git("checkout", "-q", "-b", "mine")
    assert b"clone" in company.hand.envoi("agent", "--once", codes=(3,)).stderr
