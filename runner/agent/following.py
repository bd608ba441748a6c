"""The main branch of the workspace's remote, brought forward here."""

from __future__ import annotations

from compiler.git import Repository
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.lock import APPROVED_REF
from compiler.session import Session


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
    repository.fetch(settings.workspace_remote, f"+refs/heads/{main}:{APPROVED_REF}")
    commit = repository.revision(APPROVED_REF) or ""
    if not repository.fast_forward(commit):
        raise UsageProblem(
            Text(
                f"« {main} » a été réécrite sur le dépôt distant : cloner à nouveau",
                f"{main!r} was rewritten on the remote: clone it again",
            )
        )
    return commit
