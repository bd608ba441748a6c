"""What the workspace's remote holds: its main branch, brought forward here, and the branches that people pushed.

Only `refs/heads/` of the declared remote is ever looked at: what a fork offers stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from compiler.git import Repository
from compiler.language.errors import RefusedByPolicy, UsageProblem
from compiler.language.finding import Text
from compiler.lock import APPROVED_REF, inside
from compiler.session import Session

_HEADS = "refs/heads/"
_SEEN = "refs/envoi/heads/"


def follow_main(session: Session) -> str:
    """Bring the clone to the remote's main branch; the commit. Raises RemoteUnreachable, and UsageProblem where the
    clone is not the agent's to move: another branch is checked out, or its files were edited.
    """
    settings, repository = session.settings, Repository(session.home)
    main = settings.main_branch
    if repository.current_branch() != main or not repository.is_clean():
        raise UsageProblem(
            Text(
                f"l'agent suit un clone à lui : sur « {main} », sans modification",
                f"the agent follows a clone of its own: on {main!r}, without changes",
            )
        )
    repository.fetch(settings.workspace_remote, f"+{_HEADS}{main}:{APPROVED_REF}")
    commit = repository.revision(APPROVED_REF) or ""
    if not repository.fast_forward(commit):
        raise UsageProblem(
            Text(
                f"« {main} » a été réécrite sur le dépôt distant : cloner à nouveau",
                f"{main!r} was rewritten on the remote: clone it again",
            )
        )
    return commit


def pushed_branches(session: Session, only: str) -> dict[str, str]:
    """Branches of the remote but main, with their commits, which are here afterwards. `only`: that one alone.

    Raises RefusedByPolicy where that one is not on the remote: a fork's branch is never compiled on a keyed host.
    """
    settings, repository = session.settings, Repository(session.home)
    remote = settings.workspace_remote
    heads = {ref.removeprefix(_HEADS): commit for ref, commit in repository.remote_refs(remote, f"{_HEADS}*").items()}
    heads.pop(settings.main_branch, None)
    if only and only not in heads:
        raise RefusedByPolicy(
            Text(
                "cette branche n'est pas dans ce dépôt : la branche d'un fork n'est jamais compilée ici",
                "no such branch in this repository: a fork's branch is never compiled here",
            )
        )
    found = {branch: commit for branch, commit in sorted(heads.items()) if only in ("", branch)}
    if found:
        repository.fetch(remote, *(f"+{_HEADS}{branch}:{_SEEN}{branch}" for branch in found))
    return {branch: repository.revision(f"{_SEEN}{branch}") or commit for branch, commit in found.items()}


@contextmanager
def read_aside(session: Session, commit: str) -> Iterator[Session]:
    """A session on a copy of a commit's files, which is gone afterwards. The clone's own files are not touched.

    Raises RefusedByPolicy for a commit with symbolic links, submodules or names that lead elsewhere.
    """
    repository = Repository(session.home)
    lead = inside(repository)
    names = repository.list_files(commit, lead)
    odd = [name for name in repository.irregular(commit) if name.startswith(lead)]
    odd += [name for name in names if {"..", ".git", ""} & set(PurePosixPath(name).parts) or name.startswith("/")]
    if odd:
        raise RefusedByPolicy(
            Text(f"{odd[0]} : ni lien symbolique ni sous-module", f"{odd[0]}: neither symbolic links nor submodules")
        )
    with TemporaryDirectory(prefix="envoi-branch-") as folder:
        root = Path(folder)
        for name, content in repository.stream_files(commit, names):
            path = root / name.removeprefix(lead)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Session(
            root, session.clock, session.environment, json=session.json, language=session.language, aside=session.home
        )
