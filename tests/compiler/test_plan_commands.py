from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from compiler import archive
from compiler.git import Repository
from compiler.language.errors import EnvoiError, FindingsStop, RefusedByPolicy, UsageProblem
from compiler.lock import lock_from_bytes
from compiler.plan_commands import compile_command, plan, propose
from compiler.schedule import zone
from compiler.session import Session

if TYPE_CHECKING:
    from tests.conftest import Example

LOCK = "2027/spring-2027.yaml.lock"


def git(folder: Path, *args: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@clients.example", "-C", str(folder), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


@pytest.fixture
def desk(example: Example) -> Iterator[Example]:
    """The example with its workspace in git, on a branch that is not the main one."""
    git(example.workspace, "init", "-q", "-b", "main")
    git(example.workspace, "add", "-A")
    git(example.workspace, "commit", "-q", "-m", "Begin")
    git(example.workspace, "switch", "-q", "-c", "spring")
    yield example
    for folder in archive.plan_folders(example.root / "plans"):
        archive.remove(folder)


def run(command: Any, session: Session, *args: str) -> Result:
    result = CliRunner().invoke(command, list(args), obj=session)
    if result.exception is not None and not isinstance(result.exception, EnvoiError | SystemExit):
        raise result.exception
    return result


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_compile_stores_a_plan_and_shows_it(desk: Example) -> None:
    result = run(compile_command, desk.session(), "spring-2027")
    assert result.exit_code == 0, result.exception
    assert "messages partiront" in result.stdout
    (folder,) = archive.plan_folders(desk.root / "plans")
    assert str(folder) in result.stdout
    assert archive.verify(folder) == []
    assert (desk.root / "plans" / "history").is_dir()


def test_compile_speaks_json(desk: Example) -> None:
    document = said(run(compile_command, desk.session(as_json=True), "spring-2027", "--on", "2027-03-01"))
    assert document["recipients"] == document["selected"] - sum(document["exclusions"].values())
    assert Path(document["path"]).name == document["digest"]


def test_compile_knows_its_campaigns(desk: Example) -> None:
    for asked, hint in (("spring-2028", "spring-2027"), ("", "showroom-2027, spring-2027")):
        error = run(compile_command, desk.session(), asked).exception
        assert isinstance(error, UsageProblem)
        assert hint in error.text.fr


def test_compile_wants_a_date(desk: Example) -> None:
    assert isinstance(run(compile_command, desk.session(), "spring-2027", "--on", "demain").exception, UsageProblem)


def test_findings_that_stop_store_nothing(desk: Example) -> None:
    desk.edit("templates/product-news.fr.mjml", "{{ contact.first_name }}", "{{ contact.frist_name }}")
    assert isinstance(run(compile_command, desk.session(), "spring-2027").exception, FindingsStop)
    assert archive.plan_folders(desk.root / "plans") == []


def test_propose_commits_a_lock_that_names_the_stored_plan(desk: Example) -> None:
    document = said(run(propose, desk.session(as_json=True), "spring-2027"))
    assert document["branch"] == "spring"
    data = Repository(desk.workspace).read("spring", LOCK)
    assert data is not None
    lock = lock_from_bytes(data, LOCK)
    assert lock.digest == document["digest"]
    assert (desk.root / "plans" / lock.digest).is_dir()
    assert git(desk.workspace, "status", "--porcelain") == ""


def test_proposing_again_does_nothing(desk: Example) -> None:
    run(propose, desk.session(), "spring-2027")
    head = git(desk.workspace, "rev-parse", "HEAD")
    again = run(propose, desk.session(), "spring-2027")
    assert "rien à faire" in again.stdout
    assert git(desk.workspace, "rev-parse", "HEAD") == head


def test_propose_masks_small_counts_and_names_nobody(desk: Example) -> None:
    run(propose, desk.session(), "spring-2027")
    lock = json.loads((desk.workspace / LOCK).read_text())
    assert lock["counts"]["retention"] == "<5"
    assert "@" not in json.dumps(lock)


def test_propose_refuses_the_main_branch(desk: Example) -> None:
    git(desk.workspace, "switch", "-q", "main")
    error = run(propose, desk.session(), "spring-2027").exception
    assert isinstance(error, RefusedByPolicy)
    assert error.exit_code == 4


def test_propose_refuses_edits_that_are_not_committed(desk: Example) -> None:
    desk.edit("2027/spring-2027.yaml", "rank", "rank")
    path = desk.workspace / "2027" / "spring-2027.yaml"
    path.write_text(path.read_text("utf-8") + "# relu\n", "utf-8")
    error = run(propose, desk.session(), "spring-2027").exception
    assert isinstance(error, RefusedByPolicy)
    assert "2027/spring-2027.yaml" in error.text.fr


def test_a_squash_or_a_rebase_leaves_the_digest_as_it_was(desk: Example) -> None:
    first = said(run(propose, desk.session(as_json=True), "spring-2027"))["digest"]
    git(desk.workspace, "switch", "-q", "main")
    git(desk.workspace, "merge", "-q", "--squash", "spring")
    git(desk.workspace, "commit", "-q", "-m", "Squashed")
    assert said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"] == first
    (desk.workspace / "README.md").write_text("autre chose\n")
    git(desk.workspace, "add", "-A")
    git(desk.workspace, "commit", "-q", "-m", "Something else")
    git(desk.workspace, "switch", "-q", "spring")
    git(desk.workspace, "rebase", "-q", "main")
    assert said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"] == first


def test_plan_show_says_what_to_do_next(desk: Example) -> None:
    run(compile_command, desk.session(), "spring-2027")
    assert "envoi propose spring-2027" in run(plan, desk.session(), "show", "spring-2027").stdout
    run(propose, desk.session(), "spring-2027")
    assert "fusionner cette branche" in run(plan, desk.session(), "show", "spring-2027").stdout
    document = said(run(plan, desk.session(as_json=True), "show", "spring-2027"))
    assert document["locked"] is True
    assert document["manifest"]["campaign"] == "spring-2027"


def test_plan_diff_tells_two_plans_apart(desk: Example) -> None:
    one = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    path = desk.workspace / "2027" / "spring-2027.yaml"
    path.write_text(path.read_text("utf-8") + "# relu\n", "utf-8")
    other = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    found = said(run(plan, desk.session(as_json=True), "diff", one[:12], other[:12]))
    assert found["inputs"] == {"2027/spring-2027.yaml": "changed"}
    assert found["added"] == 0
    assert found["removed"] == {}
    assert "2027/spring-2027.yaml" in run(plan, desk.session(), "diff", one[:12], other[:12]).stdout


def test_plan_diff_shows_the_words_that_change_as_a_reader_of_the_message_sees_them(desk: Example) -> None:
    one = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    desk.edit("2027/spring-2027.yaml", "trois lampes pour votre atelier", "quatre lampes pour votre atelier")
    desk.edit("2027/spring-2027.yaml", "start: 2027-03-02T09:00", "start: 2027-03-03T09:00")
    desk.edit("templates/product-news.fr.mjml", "Bonjour ", "Chère cliente, cher client ")
    other = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    found = said(run(plan, desk.session(as_json=True), "diff", one, other))
    (french,) = [each for each in found["rewordings"] if (each["variant"], each["language"]) == ("a", "fr")]
    assert [text.count("quatre lampes") for text in french["subject"]] == [0, 1]
    (change,) = french["text"]
    assert "Bonjour" in change["before"][0]
    assert "Chère cliente, cher client" in change["after"][0]
    assert found["moments"]["start"] == ["2027-03-02T08:00:00Z", "2027-03-03T08:00:00Z"]
    page = run(plan, desk.session(), "diff", one, other).stdout
    assert "Message a · fr" in page
    assert re.search(r"\+ Bonjour \{\{ contact.first_name \}\}\s: quatre lampes pour votre atelier", page)
    assert "mardi 2 mars 2027 09:00 → mercredi 3 mars 2027 09:00" in page


def test_plan_diff_says_who_enters_and_who_leaves_where_asked(desk: Example) -> None:
    one = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    desk.edit("segments/architects-west.yaml", ", designer", "")
    other = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    counted = said(run(plan, desk.session(as_json=True), "diff", one, other))
    named = said(run(plan, desk.session(as_json=True), "diff", one, other, "--people"))
    assert len(named["leaving"]) == sum(counted["removed"].values()) > 0
    assert set(named["leaving"].values()) == {"not_selected"}
    assert "leaving" not in counted
    somebody = min(named["leaving"])
    assert somebody in run(plan, desk.session(), "diff", one, other, "--people").stdout
    assert somebody not in run(plan, desk.session(), "diff", one, other).stdout
    back = said(run(plan, desk.session(as_json=True), "diff", other, one, "--people"))
    assert back["entering"] == sorted(named["leaving"])


def test_plan_diff_tells_a_change_by_its_exit_code_where_asked(desk: Example) -> None:
    one = said(run(compile_command, desk.session(as_json=True), "spring-2027", "--on", "2027-03-01"))["digest"]
    other = said(run(compile_command, desk.session(as_json=True), "spring-2027", "--on", "2027-02-28"))["digest"]

    def code(*args: str) -> int | None:
        context = plan.make_context("plan", ["diff", *args], obj=desk.session(as_json=True))
        with context:
            result: int | None = plan.invoke(context)
        return result

    assert code(one, other) == 0
    assert code(one, one, "--detailed-exitcode") == 0
    assert code(one, other, "--detailed-exitcode") == 2


@pytest.mark.raises_code("PLAN-SUPERSEDES-15")
def test_a_plan_corrects_only_one_of_its_own_campaign_and_edition(desk: Example) -> None:
    first = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    other = said(run(compile_command, desk.session(as_json=True), "showroom-2027"))["digest"]
    for digest in (other[:12], "0" * 12):
        desk.edit("2027/spring-2027.yaml", "purpose: newsletter", f"purpose: newsletter\nsupersedes: '{digest}'")
        error = run(compile_command, desk.session(), "spring-2027").exception
        assert isinstance(error, FindingsStop)
        assert [one.code for one in error.findings] == ["PLAN-SUPERSEDES-15"]
        desk.edit("2027/spring-2027.yaml", f"\nsupersedes: '{digest}'", "")
    desk.edit("2027/spring-2027.yaml", "purpose: newsletter", f"purpose: newsletter\nsupersedes: '{first[:12]}'")
    corrected = said(run(compile_command, desk.session(as_json=True), "spring-2027"))
    assert corrected["digest"] != first


@pytest.mark.raises_code("PLAN-CONTENT-05")
def test_plan_verify_is_a_proof_or_a_refusal(desk: Example) -> None:
    digest = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    assert "intact" in run(plan, desk.session(), "verify", digest[:8]).stdout
    folder = desk.root / "plans" / digest
    assert said(run(plan, desk.session(as_json=True), "verify", str(folder)))["intact"] is True
    (folder / "data.jsonl").chmod(0o600)
    (folder / "data.jsonl").write_bytes(b"{}\n")
    error = run(plan, desk.session(), "verify", digest[:8]).exception
    assert isinstance(error, FindingsStop)
    assert error.exit_code == 1


def test_an_unknown_plan_is_a_usage_problem(desk: Example) -> None:
    assert isinstance(run(plan, desk.session(), "show", "autumn-2027").exception, UsageProblem)


def repeating(desk: Example, repeat: str) -> None:
    desk.edit("2027/spring-2027.yaml", "purpose: newsletter", f"purpose: newsletter\nrepeat: {repeat}")
    git(desk.workspace, "commit", "-q", "-a", "-m", "Repeat it")


def compiled(desk: Example, *args: str) -> Any:
    return said(run(compile_command, desk.session(as_json=True), "spring-2027", *args))


def test_each_edition_is_a_plan_of_its_own_at_the_hour_of_the_first(desk: Example) -> None:
    repeating(desk, "{every: month, on: first tuesday}")
    first, april = compiled(desk), compiled(desk, "--edition", "2027-04")
    assert [first["edition"], april["edition"]] == ["2027-03", "2027-04"]
    manifest = archive.open_plan(desk.root / "plans", april["digest"]).manifest
    # 9 in Paris, which keeps summer time by then
    assert manifest.start.isoformat() == "2027-04-06T07:00:00+00:00"
    assert manifest.finish_by is not None
    assert manifest.finish_by.isoformat() == "2027-04-09T16:00:00+00:00"
    assert compiled(desk, "--on", "2027-03-03")["edition"] == "2027-04"
    again = said(run(propose, desk.session(as_json=True), "spring-2027", "--edition", "2027-04"))
    assert again["digest"] == april["digest"]


def test_editions_that_cannot_be_are_refused(desk: Example) -> None:
    assert isinstance(run(compile_command, desk.session(), "spring-2027", "--edition", "1").exception, UsageProblem)
    repeating(desk, "{every: month, on: first tuesday}")
    for name in ("avril", "2027-02"):
        error = run(compile_command, desk.session(), "spring-2027", "--edition", name).exception
        assert isinstance(error, UsageProblem)


def test_editions_of_once_per_contact_share_their_permits(desk: Example) -> None:
    repeating(desk, "{every: month, on: first tuesday, once_per_contact: true}")
    first, april = compiled(desk), compiled(desk, "--edition", "2027-04")
    assert first["edition"] == april["edition"] == "1"
    assert first["digest"] != april["digest"]


def test_editions_without_a_repeat_are_a_finding_at_their_place(desk: Example) -> None:
    desk.edit("2027/spring-2027.yaml", "four_eyes_above: 200}", "four_eyes_above: 200, editions: automatic}")
    error = run(compile_command, desk.session(), "spring-2027").exception
    assert isinstance(error, FindingsStop)
    (found,) = error.findings
    assert (found.code, found.place.path, found.place.line > 0) == ("RESOLVE-VALUE-05", "2027/spring-2027.yaml", True)


def test_the_edition_under_way_is_the_last_that_began(desk: Example) -> None:
    repeating(desk, "{every: month, on: first tuesday}")
    campaign = desk.session().workspace().campaign("spring-2027")
    assert campaign
    paris = zone("Europe/Paris")

    def edition(day: str) -> str | None:
        found = campaign.latest_edition(date.fromisoformat(day), paris)
        return found.edition if found else None

    assert [edition(day) for day in ("2027-03-01", "2027-03-02", "2027-04-05", "2027-04-06", "2028-01-01")] == [
        None,
        "2027-03",
        "2027-03",
        "2027-04",
        "2027-12",
    ]


def damage(desk: Example, digest: str) -> None:
    manifest = desk.root / "plans" / digest / "manifest.json"
    manifest.parent.chmod(0o700)
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes() + b" ")


def test_a_damaged_plan_is_said_to_be_damaged_not_missing(desk: Example) -> None:
    first = said(run(compile_command, desk.session(as_json=True), "spring-2027"))["digest"]
    damage(desk, first)
    error = run(plan, desk.session(), "show", "spring-2027").exception
    assert isinstance(error, FindingsStop)
    assert error.exit_code == 1
    again = said(run(compile_command, desk.session(as_json=True), "spring-2027", "--on", "2027-02-28"))["digest"]
    shown = said(run(plan, desk.session(as_json=True), "show", "spring-2027"))
    assert shown["digest"] == again  # the newest whole one
    missing = run(plan, desk.session(), "show", "showroom-2027").exception
    assert isinstance(missing, UsageProblem)
    assert f"plans endommagés ici : {first[:12]}" in missing.text.fr
