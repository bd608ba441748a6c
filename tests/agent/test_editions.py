"""One merge for all editions: what the agent sends without asking again, and what it asks for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compiler.archive import open_plan, plan_folders

if TYPE_CHECKING:
    from tests.agent.conftest import Company

CAMPAIGN = "2027/spring-2027.yaml"
LOCK = f"{CAMPAIGN}.lock"
NEXT_TUESDAY = datetime(2027, 3, 9, 8, 1, tzinfo=UTC)
RATE = 60.0


def agent(company: Company) -> dict[str, list[Any]]:
    """What the agent did until it had nothing more to do: one object a round."""
    done = company.hand.envoi("--json", "agent", "--once", "--only", "send", codes=(0, 1, 4))
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: [each for found in rounds for each in found[name]] for name in ("proposed", "problems", "sent")}


def approve_the_first(company: Company, editions: str) -> dict[str, Any]:
    """A weekly campaign whose first edition somebody merges. Its lock."""
    marketer = company.marketer
    marketer.edit(CAMPAIGN, "purpose: newsletter", "purpose: newsletter\nrepeat: {every: week, on: tuesday}")
    marketer.edit(CAMPAIGN, "four_eyes_above: 200}", f"four_eyes_above: 200, editions: {editions}}}")
    marketer.push_branch("weekly")
    company.agent("--only", "propose")
    marketer.merge("weekly")
    lock: dict[str, Any] = json.loads((marketer.clone / LOCK).read_text())
    assert lock["edition"] == "2027-W09"
    return lock


def refs(company: Company) -> list[str]:
    listed = company.marketer.git("ls-remote", "origin", "refs/envoi/editions/*")
    return [line.split()[1] for line in listed.splitlines()]


def editions(company: Company) -> dict[str, str]:
    plans = [open_plan(folder.parent, folder.name) for folder in plan_folders(company.hand.scenery / "plans")]
    return {plan.manifest.edition: plan.digest for plan in plans if plan.manifest.campaign == "spring-2027"}


def test_an_edition_like_the_approved_one_leaves_by_itself_and_is_recorded(company: Company) -> None:
    lock = approve_the_first(company, "automatic")
    company.hand.set_clock(NEXT_TUESDAY, rate=RATE)
    found = agent(company)
    plan = editions(company)["2027-W10"]
    assert found["problems"] == []
    assert [(each["campaign"], each["plan"]) for each in found["proposed"]] == [("spring-2027", plan)]
    assert max(each["sent"] for each in found["sent"] if each["plan"] == plan) > 0
    assert refs(company) == ["refs/envoi/editions/spring-2027/2027-03-09"]
    company.marketer.git("fetch", "-q", "origin")
    assert json.loads(company.marketer.git("show", f"origin/main:{LOCK}"))["digest"] == lock["digest"]
    again = agent(company)
    assert (again["proposed"], again["problems"]) == ([], [])
    assert len(editions(company)) == 2

    # Taking the lock back ends it, in the midst of an edition.
    company.marketer.git("rm", "-q", LOCK)
    company.marketer.git("commit", "-q", "-m", "Take it back")
    company.marketer.git("push", "-q", "origin", "main")
    assert agent(company)["sent"] == []
    company.hand.envoi("send", plan, codes=(4,))


def test_editions_ask_for_a_merge_where_nobody_said_otherwise(company: Company) -> None:
    approve_the_first(company, "ask")
    company.hand.set_clock(NEXT_TUESDAY, rate=RATE)
    found = agent(company)
    assert (found["proposed"], refs(company), list(editions(company))) == ([], [], ["2027-W09"])


def test_an_edition_of_other_files_waits_for_a_merge_and_that_is_said_once(company: Company) -> None:
    approve_the_first(company, "automatic")
    company.marketer.edit(CAMPAIGN, "trois lampes", "quatre lampes")
    company.marketer.git("commit", "-q", "-a", "-m", "Reword it without a lock")
    company.marketer.git("push", "-q", "origin", "main")
    company.hand.set_clock(NEXT_TUESDAY, rate=RATE)
    found = agent(company)
    (problem,) = [each for each in found["problems"] if each["about"].startswith("edition")]
    assert "envoi propose" in problem["problem"]
    assert refs(company) == []
    company.hand.envoi("send", editions(company)["2027-W10"], codes=(4,))
    again = agent(company)
    assert [each for each in again["problems"] if each["about"].startswith("edition")] == []
