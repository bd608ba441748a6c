"""GitHub's REST API, version 2022-11-28: issue comments, pull requests of a commit, reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.language.finding import Text
from compiler.review.forge.subject import Approval, Comment, Merged
from compiler.review.forge.wire import Api, ForgeProblem, needed, unexpected

# A pipeline's own token may not ask who it is.
_BOTS = frozenset({"github-actions[bot]"})
# Anybody may approve a public pull request; only these have been let in by the repository's owners.
_LET_IN = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_SAID = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_RIGHTS = Text(
    "le jeton (GITHUB_TOKEN) a-t-il les droits pull-requests et contents de la chaîne ?",
    "does the token (GITHUB_TOKEN) have the pipeline's rights on pull-requests and contents?",
)


@dataclass(frozen=True, slots=True)
class Github:
    api: Api
    repository: str
    merges_only: bool = False

    def comments(self, number: int) -> list[Comment]:
        return own_comments(self.api, f"repos/{self.repository}/issues/{number}/comments", _BOTS)

    def post(self, number: int, body: str) -> None:
        self.api.send("POST", f"repos/{self.repository}/issues/{number}/comments", {"body": body})

    def update(self, number: int, comment: int, body: str) -> None:
        self.api.send("PATCH", f"repos/{self.repository}/issues/comments/{comment}", {"body": body})

    def merged(self, commit: str, *, into: str) -> Merged | None:
        found = [
            pull
            for pull in self.api.pages(f"repos/{self.repository}/commits/{commit}/pulls")
            if pull.get("merged_at") and pull.get("base", {}).get("ref") == into
        ]
        if not found:
            return None
        pull = min(found, key=lambda each: str(each["merged_at"]))  # what later ones hold was there already
        try:
            number, author = int(pull["number"]), str((pull["user"] or {}).get("login", ""))
            head, base = str(pull["head"]["sha"]), str(pull["base"]["sha"])
        except (KeyError, TypeError, ValueError):
            raise unexpected() from None
        reviews = self.api.pages(f"repos/{self.repository}/pulls/{number}/reviews")
        return Merged(number, author, head, base, tuple(_approvals(reviews)))


def connect(environment: Mapping[str, str]) -> Github:
    token = needed(environment, "GITHUB_TOKEN")
    head = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    api = Api(needed(environment, "GITHUB_API_URL").rstrip("/"), head, _RIGHTS)
    return Github(api, repository_named(needed(environment, "GITHUB_REPOSITORY")))


def number_of(environment: Mapping[str, str]) -> int:
    """`refs/pull/7/merge`; Forgejo says `refs/pull/7/head`."""
    found = re.fullmatch(r"refs/pull/(\d{1,9})/(?:merge|head)", environment.get("GITHUB_REF", ""))
    if found is None:
        raise ForgeProblem(
            Text(
                "cette chaîne ne tourne pas pour une demande de fusion : --number",
                "this pipeline does not run for a pull request: --number",
            )
        )
    return int(found.group(1))


def repository_named(text: str) -> str:
    """`owner/name`, and nothing that would lead a path elsewhere. Raises ForgeProblem."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", text) or {".", ".."} & set(text.split("/")):
        raise ForgeProblem(Text("GITHUB_REPOSITORY : propriétaire/nom", "GITHUB_REPOSITORY: owner/name"))
    return text


def own_comments(api: Api, path: str, bots: frozenset[str]) -> list[Comment]:
    """The comments that this token's owner wrote, oldest first."""
    me = api.find("user")
    mine = frozenset({str(me["login"])}) if isinstance(me, dict) and me.get("login") else bots
    return [
        Comment(int(each["id"]), str(each.get("body") or ""))
        for each in sorted(api.pages(path), key=lambda each: int(each.get("id", 0)))
        if (each.get("user") or {}).get("login") in mine
    ]


def _approvals(reviews: Iterable[dict[str, Any]]) -> Iterator[Approval]:
    """Each person's last word, where it approves. A program's is nobody's."""
    last: dict[str, dict[str, Any]] = {}
    for review in reviews:
        user = review.get("user") or {}
        if review.get("state") in _SAID and user.get("login") and user.get("type") != "Bot":
            last[str(user["login"])] = review
    for who, review in sorted(last.items()):
        if review["state"] == "APPROVED" and review.get("author_association") in _LET_IN:
            yield Approval(who, str(review.get("commit_id") or ""))
