"""GitLab's REST API, version 4: a merge request's notes, versions and approvals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compiler.language.finding import Text
from compiler.review.forge.subject import Approval, Comment, Merged
from compiler.review.forge.wire import Api, ForgeProblem, needed, unexpected

_APPROVED = "approved this merge request"  # what GitLab itself notes, in English whatever the reader's language
_RIGHTS = Text(
    "le jeton du projet (ENVOI_GITLAB_TOKEN, portée api) est-il donné à la chaîne ? CI_JOB_TOKEN ne suffit pas",
    "is the project's access token (ENVOI_GITLAB_TOKEN, scope api) given to the pipeline? CI_JOB_TOKEN is not enough",
)


@dataclass(frozen=True, slots=True)
class Gitlab:
    api: Api
    project: int
    merges_only: bool = False

    def comments(self, number: int) -> list[Comment]:
        me = self.api.get("user")
        name = me.get("username") if isinstance(me, dict) else None
        if not name:
            raise unexpected()
        notes = sorted(self.api.pages(self._notes(number)), key=lambda each: int(each.get("id", 0)))
        return [
            Comment(int(each["id"]), str(each.get("body") or ""))
            for each in notes
            if (each.get("author") or {}).get("username") == name and not each.get("system")
        ]

    def post(self, number: int, body: str) -> None:
        self.api.send("POST", self._notes(number), {"body": body})

    def update(self, number: int, comment: int, body: str) -> None:
        self.api.send("PUT", f"{self._notes(number)}/{comment}", {"body": body})

    def merged(self, commit: str, *, into: str) -> Merged | None:
        found = [
            request
            for request in self.api.pages(f"projects/{self.project}/repository/commits/{commit}/merge_requests")
            if request.get("state") == "merged" and request.get("target_branch") == into
        ]
        if not found:
            return None
        request = min(found, key=lambda each: str(each.get("merged_at")))
        try:
            number, author = int(request["iid"]), str((request["author"] or {}).get("username", ""))
        except (KeyError, TypeError, ValueError):
            raise unexpected() from None
        versions = list(self.api.pages(f"projects/{self.project}/merge_requests/{number}/versions"))
        newest = max(versions, key=lambda each: _moment(each.get("created_at")), default={})
        approved = self.api.get(f"projects/{self.project}/merge_requests/{number}/approvals")
        entries = approved.get("approved_by") if isinstance(approved, dict) else None
        if entries is None or not newest:
            raise unexpected()
        noted = _noted(self.api.pages(self._notes(number))) if entries else {}
        head, base = str(newest.get("head_commit_sha") or ""), str(newest.get("base_commit_sha") or "")
        return Merged(number, author, head, base, tuple(_approvals(entries, noted, versions)))

    def _notes(self, number: int) -> str:
        return f"projects/{self.project}/merge_requests/{number}/notes"


def connect(environment: Mapping[str, str]) -> Gitlab:
    token = needed(environment, "ENVOI_GITLAB_TOKEN", "GITLAB_TOKEN")
    api = Api(needed(environment, "CI_API_V4_URL").rstrip("/"), {"PRIVATE-TOKEN": token}, _RIGHTS)
    return Gitlab(api, _number(needed(environment, "CI_PROJECT_ID")))


def number_of(environment: Mapping[str, str]) -> int:
    said = environment.get("CI_MERGE_REQUEST_IID", "")
    if not said:
        raise ForgeProblem(
            Text(
                "cette chaîne ne tourne pas pour une demande de fusion : --number",
                "this pipeline does not run for a merge request: --number",
            )
        )
    return _number(said)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ForgeProblem(Text("un numéro est attendu de GitLab", "GitLab is to give a number"))
    return int(text)


def _approvals(
    entries: Iterable[dict[str, Any]], noted: Mapping[str, datetime], versions: list[dict[str, Any]]
) -> Iterator[Approval]:
    """With the version that stood there when they approved; GitLab may keep approvals when commits are added."""
    for entry in entries:
        who = str((entry.get("user") or {}).get("username") or "")
        at = _moment(entry["approved_at"]) if entry.get("approved_at") else noted.get(who)
        before = [each for each in versions if at is not None and _moment(each.get("created_at")) <= at]
        if who and before:
            seen = max(before, key=lambda each: _moment(each.get("created_at")))
            yield Approval(who, str(seen.get("head_commit_sha") or ""))


def _noted(notes: Iterable[dict[str, Any]]) -> dict[str, datetime]:
    """When each last approved, by GitLab's own notes: before 18 the approvals do not say it."""
    found: dict[str, datetime] = {}
    for note in notes:
        who = str((note.get("author") or {}).get("username") or "")
        if note.get("system") and note.get("body") == _APPROVED:
            at = _moment(note.get("created_at"))
            found[who] = max(at, found.get(who, at))
    return found


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise unexpected() from None
    if moment.tzinfo is None:
        raise unexpected()
    return moment
