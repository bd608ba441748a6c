"""Makes what `envoi init` promises, or nothing: folders, keys, first commit, book and keyring."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compiler.git import Repository
from compiler.init.answers import Answers
from compiler.init.keys import make_keys
from compiler.init.opening import next_start
from compiler.init.pages import SCHEMAS, editor_files, workspace_files
from compiler.init.people import contacts_csv
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.finding import Place, Text
from compiler.pipeline import check_workspace
from compiler.resolve.settings import office_hours
from compiler.schedule import zone
from compiler.session import Session

BESIDE = "../workspace.git"


@dataclass(frozen=True, slots=True)
class Made:
    """Where things are."""

    workspace: Path
    safe_page: Path


def build(session: Session, folder: Path, answers: Answers, *, entropy: Callable[[int], bytes]) -> Made:
    """A whole workspace in a new or empty folder.

    Raises UsageProblem for a folder that holds something, FindingsStop where the answers break a rule; nothing is
    left behind then.
    """
    now = session.clock.now()
    today = now.astimezone(zone(answers.timezone)).date()
    with _all_or_nothing(folder):
        safe = make_keys(folder / "state" / "keys", answers, entropy=entropy, today=today)
        (folder / "contacts").mkdir()
        (folder / "contacts" / "contacts.csv").write_bytes(
            contacts_csv(answers.language, name=answers.name, today=today)
        )
        workspace = _first_commit(folder, answers, now)
        _, findings = check_workspace(workspace, on=today)
        if any(found.stops for found in findings):
            raise FindingsStop(findings)
        inside = Session(workspace, session.clock, session.environment)
        inside.book()
        _make_keyring(inside)
    return Made(workspace, safe)


def refresh_schemas(root: Path) -> list[str]:
    """Writes the editor's schemas of this envoi again; the paths that changed."""
    changed = []
    for path, content in editor_files().items():
        file = root / path
        if path.startswith(SCHEMAS) and (not file.is_file() or file.read_bytes() != content):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
            changed.append(path)
    return changed


def _first_commit(folder: Path, answers: Answers, now: datetime) -> Path:
    """The workspace on its branch main, whose remote stands beside unless another was named."""
    start = next_start(office_hours(Place("envoi.yaml")), answers.timezone, now)
    bare, workspace = Repository.init_bare(folder / "workspace.git"), folder / "workspace"
    files: dict[str, bytes | None] = {**workspace_files(answers, start=start)}
    commit = bare.commit(None, files, message=f"Declare the workspace of {answers.name}", at=now)
    bare.update_ref("refs/heads/main", commit, None)
    Repository.clone(str(bare.path), workspace, bare=False)
    Repository(workspace).set_remote_url(answers.remote or BESIDE)
    if answers.remote:
        shutil.rmtree(bare.path)
    return workspace


def _make_keyring(session: Session) -> None:
    from compiler.book.keyring import Keyring

    settings = session.settings.keyring
    Keyring.create(session.path(settings.path), session.key(settings.master_key)).close()


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """A new or empty folder, which is as it was before where the block does not end well."""
    existed = folder.is_dir()
    if folder.exists() and (not existed or any(folder.iterdir())):
        raise _not_empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise UsageProblem(
            Text("ce dossier ne peut pas être créé ici", "this folder cannot be made here"),
        ) from None
    try:
        if Repository(folder).top() is not None:
            # Inside somebody's repository: nothing of this, keys least of all, is theirs to commit.
            (folder / ".gitignore").write_bytes(b"*\n")
        yield
    except BaseException:
        for child in folder.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
            else:
                child.unlink()
        if not existed:
            folder.rmdir()
        raise


def _not_empty(folder: Path) -> UsageProblem:
    if (folder / "workspace" / "envoi.yaml").is_file() or (folder / "envoi.yaml").is_file():
        return UsageProblem(
            Text("il y a déjà un espace de travail ici : `envoi check`", "there is a workspace here: `envoi check`")
        )
    return UsageProblem(
        Text("ce dossier n'est pas vide : en choisir un autre", "this folder is not empty: choose another")
    )
