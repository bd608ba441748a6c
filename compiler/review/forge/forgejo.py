"""Forgejo's REST API (Gitea's is the same here): issue comments, the pull request of a merge, reviews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.language.finding import Text
from compiler.review.forge import github
from compiler.review.forge.subject import Approval, Comment, Merged
from compiler.review.forge.wire import Api, needed, unexpected

_BOTS = frozenset({"forgejo-actions", "gitea-actions"})
_SAID = frozenset({"APPROVED", "REQUEST_CHANGES"})
_RIGHTS = Text(
    "le jeton (FORGEJO_TOKEN) a-t-il write:issue et read:repository ?",
    "does the token (FORGEJO_TOKEN) have write:issue and read:repository?",
)

number_of = github.number_of


@dataclass(frozen=True, slots=True)
class Forgejo:
    api: Api
    repository: str
    merges_only: bool = True

    def comments(self, number: int) -> list[Comment]:
        return github.own_comments(self.api, f"repos/{self.repository}/issues/{number}/comments", _BOTS)

    def post(self, number: int, body: str) -> None:
        self.api.send("POST", f"repos/{self.repository}/issues/{number}/comments", {"body": body})

    def update(self, number: int, comment: int, body: str) -> None:
        self.api.send("PATCH", f"repos/{self.repository}/issues/comments/{comment}", {"body": body})

    def merged(self, commit: str, *, into: str) -> Merged | None:
        pull = self.api.find(f"repos/{self.repository}/commits/{commit}/pull")
        if not isinstance(pull, dict) or not pull.get("merged") or pull.get("base", {}).get("ref") != into:
            return None
        try:
            number, author = int(pull["number"]), str((pull["user"] or {}).get("login", ""))
            head, base = str(pull["head"]["sha"]), str(pull["merge_base"])
        except (KeyError, TypeError, ValueError):
            raise unexpected() from None
        reviews = self.api.pages(f"repos/{self.repository}/pulls/{number}/reviews")
        return Merged(number, author, head, base, tuple(_approvals(reviews)))


def connect(environment: Mapping[str, str]) -> Forgejo:
    token = needed(environment, "FORGEJO_TOKEN", "GITHUB_TOKEN")
    base = needed(environment, "FORGEJO_API_URL", "GITHUB_API_URL").rstrip("/")
    api = Api(base, {"Authorization": f"token {token}"}, _RIGHTS)
    return Forgejo(api, github.repository_named(needed(environment, "FORGEJO_REPOSITORY", "GITHUB_REPOSITORY")))


def _approvals(reviews: Iterable[dict[str, Any]]) -> Iterator[Approval]:
    """Each person's last word, where it approves. `official`: by somebody who may write, or whom the branch names."""
    last: dict[str, dict[str, Any]] = {}
    for review in sorted(reviews, key=lambda each: int(each.get("id", 0))):
        login = (review.get("user") or {}).get("login")
        if review.get("state") in _SAID and login:
            last[str(login)] = review
    for who, review in sorted(last.items()):
        if review["state"] == "APPROVED" and review.get("official") and not review.get("dismissed"):
            yield Approval(who, str(review.get("commit_id") or ""))
