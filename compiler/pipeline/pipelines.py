"""What a branch changes of the pipelines themselves, told in place: it would run with the repository's rights."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from compiler.git import Repository
from compiler.language.catalogue.repository import PIPELINE
from compiler.language.finding import Finding, Place, finding
from compiler.language.settings import Settings
from compiler.lock import inside

_FOLDERS = frozenset({".github", ".gitlab", ".forgejo", ".gitea", ".ci"})
_FILES = frozenset({"action.yml", "action.yaml", ".gitlab-ci.yml", "codeowners"})


def check_pipelines(repository: Repository, bases: Iterable[str], *, ref: str = "") -> list[Finding]:
    """Every file of a pipeline that differs from where the branch left one of the `bases`.

    `ref` is the branch's commit; without it the working tree counts. Bases that are not here say nothing.
    """
    if repository.top() is None or repository.revision(ref or "HEAD") is None:
        return []
    found = [one for base in dict.fromkeys(bases) for one in _since(repository, base, ref)]
    return sorted(set(found), key=lambda one: one.place.path)


def bases_of(settings: Settings | None, environment: Mapping[str, str]) -> list[str]:
    """What this branch may be merged into: as declared, as the clone knows it, as the forge says.

    The declared one alone would not do: the branch itself declares it.
    """
    remote, main = (settings.workspace_remote, settings.main_branch) if settings else ("origin", "main")
    bases = [f"refs/remotes/{remote}/{main}", f"refs/remotes/{remote}/HEAD"]
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        if target := environment.get(name):
            bases.append(f"refs/remotes/{remote}/{target}")
    if commit := environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        bases.append(commit)
    if environment.get("GITHUB_BASE_REF"):
        bases.append("HEAD^1")  # a pull request is checked out as a merge: this is what it is merged into
    return bases


def _since(repository: Repository, base: str, ref: str) -> Iterator[Finding]:
    start = repository.revision(base) and repository.merge_base(base, ref or "HEAD")
    if not start:
        return
    lead, top = inside(repository), repository.top()
    for path in filter(_of_pipelines, repository.changed(start, ref)):
        linked = not ref and top is not None and (top / path).is_symlink()
        line = 0 if linked else repository.first_change(path, start, ref)
        yield finding(PIPELINE, Place(posixpath.relpath(path, lead or "."), line), path=path)


def _of_pipelines(path: str) -> bool:
    """Forges look into folders at the top; actions and owners may stand anywhere."""
    folder, name = path.partition("/")[0].lower(), posixpath.basename(path).lower()
    return folder in _FOLDERS or name in _FILES
