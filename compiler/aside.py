"""A branch's files, read from a copy beside the clone: nothing of them is run but templates, in their sandbox.

A branch is not reviewed yet: it may say whom to write to and what, but neither where keys, book and plans stand nor
which branch approves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from compiler.git import Repository
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.settings import Settings
from compiler.lock import inside
from compiler.session import Session

_HEADS = "refs/heads/"
_SEEN = "refs/envoi/heads/"


def branch_heads(session: Session, only: str = "") -> dict[str, str]:
    """Branches of the remote but main, with their commits, which are here afterwards. `only`: that one alone.

    Only `refs/heads/` of the declared remote is ever looked at: what a fork offers stands elsewhere. Raises
    RefusedByPolicy where that one is not on the remote: a fork's branch is never compiled on a keyed host.
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


def seen_ref(branch: str) -> str:
    """Where a branch of the remote stands in the clone once `branch_heads` has looked."""
    return f"{_SEEN}{branch}"


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


@contextmanager
def read_branch(session: Session, branch: str) -> Iterator[Session]:
    """A session on a copy of what a branch of the remote holds now. Raises RefusedByPolicy for what is not for us."""
    with read_aside(session, branch_heads(session, branch)[branch]) as aside:
        refuse_other_places(session.settings, aside.settings)
        yield aside


def refuse_other_places(main: Settings, branch: Settings) -> None:
    """Raises RefusedByPolicy where a branch declares other keys, books, plans or remotes than main."""
    if _places(main) != _places(branch):
        raise RefusedByPolicy(
            Text(
                "cette branche change où sont les clés, le carnet, les plans ou le dépôt : à proposer à la main "
                "(`envoi propose`), sur la machine qui a les clés",
                "this branch changes where keys, book, plans or the remote are: propose it by hand (`envoi propose`), "
                "on the machine that has the keys",
            )
        )


def _places(settings: Settings) -> tuple[object, ...]:
    keys = settings.tracking.keys if settings.tracking else ()
    own = (settings.book, settings.keyring, settings.plans, settings.state)
    return (*own, settings.main_branch, settings.workspace_remote, keys)
