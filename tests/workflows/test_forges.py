"""The three forges' APIs over real HTTP: comments found again by their mark, who approved what, and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compiler.review.forge import Approval, ForgeProblem, Kind, connect, number_of
from compiler.review.posting import Did, post

if TYPE_CHECKING:
    from tests.workflows.conftest import Api

KINDS = [kind.value for kind in Kind]
MARK = "<!-- envoi:review spring -->"


@pytest.mark.parametrize("kind", KINDS)
def test_a_comment_is_posted_then_updated_and_never_repeated(api: Api, kind: str) -> None:
    forge = connect(Kind(kind), api.environment(kind))
    # More than a page; Forgejo gives them all at once, whatever page it is asked for.
    api.comments = {number: ("marie", f"Note {number}") for number in range(1, 231)}
    assert post(forge, 7, [f"{MARK}\nFirst\n"]) == [Did.POSTED]
    api.comments |= dict.fromkeys(range(232, 240), ("marie", "Later"))
    assert post(forge, 7, [f"{MARK}\nFirst\n"]) == [Did.KEPT]
    api.comments[231] = (api.BOT[kind], f"{MARK}\r\nFirst")  # as some forges give it back
    assert post(forge, 7, [f"{MARK}\nFirst\n"]) == [Did.KEPT]
    other = "<!-- envoi:review autumn -->\nAnother campaign"
    assert post(forge, 7, [f"{MARK}\nSecond\n", other]) == [Did.UPDATED, Did.POSTED]
    assert api.comments[231] == (api.BOT[kind], f"{MARK}\nSecond\n")
    assert api.comments[240] == (api.BOT[kind], other)
    assert len(api.comments) == 240


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_elses_comment_with_the_mark_is_left_alone(api: Api, kind: str) -> None:
    api.comments = {1: ("mallory", f"{MARK}\nNothing to see")}
    assert post(connect(Kind(kind), api.environment(kind)), 7, [f"{MARK}\nPlan"]) == [Did.POSTED]
    assert api.comments[1] == ("mallory", f"{MARK}\nNothing to see")


@pytest.mark.parametrize("kind", KINDS)
def test_an_approval_comes_with_the_commit_that_was_seen(api: Api, kind: str, merge: str) -> None:
    api.approvals = [{"who": "paul", "commit": "old"}, {"who": "zoe", "commit": "head"}]
    merged = connect(Kind(kind), api.environment(kind)).merged(merge, into="main")
    assert merged is not None
    assert (merged.number, merged.author, merged.head, merged.base) == (7, "marie", "head", "base")
    assert merged.approvals == (Approval("paul", "old"), Approval("zoe", "head"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_that_was_merged_elsewhere_or_pushed_has_no_pull_request(api: Api, kind: str, merge: str) -> None:
    forge = connect(Kind(kind), api.environment(kind))
    assert forge.merged(merge, into="release") is None
    assert forge.merged("f" * 40, into="main") is None


@pytest.mark.parametrize(
    ("kind", "approvals"),
    [
        pytest.param("github", [{}, {"state": "DISMISSED"}], id="github-dismissed"),
        pytest.param("github", [{}, {"state": "CHANGES_REQUESTED"}], id="github-changed-their-mind"),
        pytest.param("github", [{"association": "NONE"}], id="github-passer-by"),
        pytest.param("github", [{"type": "Bot"}], id="github-program"),
        pytest.param("forgejo", [{"dismissed": "yes"}], id="forgejo-dismissed"),
        pytest.param("forgejo", [{}, {"state": "REQUEST_CHANGES"}], id="forgejo-changed-their-mind"),
        pytest.param("forgejo", [{"association": "NONE"}], id="forgejo-passer-by"),
    ],
)
def test_what_is_no_approval_any_more_does_not_count(
    api: Api, kind: str, approvals: list[dict[str, str]], merge: str
) -> None:
    api.approvals = [{"who": "paul", "commit": "head", **each} for each in approvals]
    merged = connect(Kind(kind), api.environment(kind)).merged(merge, into="main")
    assert merged is not None
    assert merged.approvals == ()


def test_an_older_gitlab_says_when_in_its_notes_alone(api: Api, merge: str) -> None:
    api.approvals = [{"who": "paul", "commit": "old", "noted": "only"}]
    merged = connect(Kind.GITLAB, api.environment("gitlab")).merged(merge, into="main")
    assert merged is not None
    assert merged.approvals == (Approval("paul", "old"),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_token_is_refused_in_one_sentence_that_does_not_hold_it(api: Api, kind: str) -> None:
    given = {name: value.replace(api.TOKEN, "s3cret") for name, value in api.environment(kind).items()}
    with pytest.raises(ForgeProblem) as refusal:
        post(connect(Kind(kind), given), 7, [f"{MARK}\nPlan"])
    assert refusal.value.exit_code == 3
    assert "(401)" in refusal.value.text.en
    assert "token" in refusal.value.text.en
    assert "s3cret" not in f"{refusal.value.text}{connect(Kind(kind), given)!r}"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param((500, b"{}"), r"\(500\): try again later", id="failing"),
        pytest.param((200, b"<html>"), "does not document", id="a-page"),
        pytest.param((200, b"[" * 100_000), "does not document", id="without-end"),
        pytest.param((200, b'{"message": "hello"}'), "does not document", id="no-list"),
        pytest.param((200, b"[" + b" " * (17 * 1024 * 1024) + b"]"), "does not document", id="too-large"),
    ],
)
def test_an_answer_that_is_none_is_refused(api: Api, broken: tuple[int, bytes], said: str) -> None:
    api.broken = broken
    with pytest.raises(ForgeProblem, match=said):
        connect(Kind.GITHUB, api.environment("github")).merged("a" * 40, into="main")


def test_a_redirection_does_not_carry_the_token_away(api: Api) -> None:
    api.broken = (302, f"http://127.0.0.1:{api.server_address[1]}/github/elsewhere".encode())
    with pytest.raises(ForgeProblem, match=r"\(302\)"):
        connect(Kind.GITHUB, api.environment("github")).merged("a" * 40, into="main")
    assert not [path for path in api.asked if "elsewhere" in path]


def test_a_forge_that_is_not_there_is_said(api: Api) -> None:
    given = api.environment("github") | {"GITHUB_API_URL": "http://127.0.0.1:1"}
    with pytest.raises(ForgeProblem, match="does not answer"):
        connect(Kind.GITHUB, given).comments(7)


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("github", {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is missing"),
        ("forgejo", {"GITHUB_TOKEN": ""}, "FORGEJO_TOKEN, GITHUB_TOKEN is missing"),
        ("gitlab", {"ENVOI_GITLAB_TOKEN": ""}, "ENVOI_GITLAB_TOKEN"),
        ("github", {"GITHUB_API_URL": "http://forge.example"}, "not https"),
        ("github", {"GITHUB_API_URL": "file:///etc"}, "not https"),
        ("github", {"GITHUB_REPOSITORY": "a/../b"}, "owner/name"),
        ("github", {"GITHUB_REPOSITORY": "a/.."}, "owner/name"),
        ("gitlab", {"CI_PROJECT_ID": "1/../2"}, "a number"),
    ],
)
def test_what_the_environment_lacks_is_said(api: Api, kind: str, changed: dict[str, str], said: str) -> None:
    with pytest.raises(ForgeProblem, match=said):
        connect(Kind(kind), api.environment(kind) | changed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pull_request_is_the_one_that_the_pipeline_runs_for(api: Api, kind: str) -> None:
    assert number_of(Kind(kind), api.environment(kind)) == 7
    with pytest.raises(ForgeProblem, match="--number"):
        number_of(Kind(kind), {"GITHUB_REF": "refs/heads/main"})
