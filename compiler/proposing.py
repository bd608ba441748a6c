"""Proposing a plan: its lock, committed to a branch that somebody else will merge."""

from __future__ import annotations

from datetime import datetime

from compiler.archive import Plan
from compiler.git import Repository
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.language.plan import Lock, Manifest
from compiler.lock import (
    LockProblem,
    changed_inputs,
    inside,
    lock_bytes,
    lock_from_bytes,
    lock_of,
    lock_path,
    same_approval,
)


def branch_for_lock(repository: Repository, *, main: str) -> str:
    """The branch that the lock goes to. Raises RefusedByPolicy on the main branch: merging must stay an act."""
    branch = repository.current_branch()
    if branch is None:
        raise UsageProblem(
            Text(
                "propose pose un verrou sur une branche git, et aucune n'est extraite ici : `git switch -c NOM` ; "
                "sans dépôt, d'abord `git init -b main && git add -A && git commit -m Début`",
                "propose commits a lock to a git branch, and none is checked out here: `git switch -c NAME`; "
                "without a repository, first `git init -b main && git add -A && git commit -m Begin`",
            )
        )
    if branch == main:
        raise RefusedByPolicy(
            Text(
                f"« {branch} » est la branche qui approuve : créer une branche (git switch -c …), puis la fusionner",
                f"{branch!r} is the branch that approves: make a branch (git switch -c …), then merge it",
            )
        )
    return branch


def refuse_uncommitted(repository: Repository, manifest: Manifest) -> None:
    """A lock must approve what its branch holds. Raises RefusedByPolicy where the plan has other inputs."""
    inputs = dict(manifest.inputs)
    changed = changed_inputs(repository, inputs, ref="HEAD") if repository.revision("HEAD") else sorted(inputs)
    if changed:
        listed = ", ".join(changed)
        raise RefusedByPolicy(
            Text(
                f"à enregistrer dans git (commit) avant de proposer : {listed}",
                f"commit these before proposing: {listed}",
            )
        )


def commit_lock(repository: Repository, plan: Plan, *, at: datetime) -> str:
    """The commit that holds the plan's lock, on the current branch; empty where the branch already has it."""
    manifest = plan.manifest
    local = lock_path(manifest.campaign_path)
    path = inside(repository) + local
    lock = lock_of(manifest, plan.digest, commit=repository.revision("HEAD") or "")
    if (known := repository.read("HEAD", path)) is not None and _same(known, lock, local):
        return ""
    (repository.path / local).write_bytes(lock_bytes(lock))
    message = f"Propose {manifest.campaign}, edition {manifest.edition}: plan {plan.digest[:12]}"
    return repository.commit_paths([path], message=message, at=at)


def _same(known: bytes, lock: Lock, path: str) -> bool:
    try:
        return same_approval(lock_from_bytes(known, path), lock)
    except LockProblem:  # somebody's hand: ours takes its place
        return False
