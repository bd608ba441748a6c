"""What every forge knows of a pull request, whatever it calls it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"
    FORGEJO = "forgejo"  # and Gitea


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    body: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, and the commit that they had before them: what was pushed later they have not seen."""

    who: str
    commit: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A pull request that was merged. `head` is its last commit, `base` one of the main branch before it."""

    number: int
    author: str
    head: str
    base: str
    approvals: tuple[Approval, ...]


class Forge(Protocol):
    @property
    def merges_only(self) -> bool:
        """Whether it knows the pull request of a merge's own commit alone, not of a rebased branch's earlier ones."""
        ...

    def comments(self, number: int) -> list[Comment]:
        """The pull request's comments by whoever owns the token, oldest first. Nobody else's are ours to replace."""
        ...

    def post(self, number: int, body: str) -> None: ...

    def update(self, number: int, comment: int, body: str) -> None: ...

    def merged(self, commit: str, *, into: str) -> Merged | None:
        """The pull request by whose merge into a branch a commit came there, None where it was pushed."""
        ...
