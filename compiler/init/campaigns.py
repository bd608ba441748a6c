"""A new campaign's file: six lines, or a copy of another that keeps its comments."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from compiler.init.opening import next_start
from compiler.init.pages import SCHEMAS, quoted
from compiler.language.campaign import Campaign, Workspace
from compiler.language.document import RawDocument
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text, did_you_mean
from compiler.load import load
from compiler.session import Session

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_FOLDER = "campaigns"
_SEPARATOR = re.compile(r"---(\s.*)?")
#: What speaks of the former campaign's own days or plans.
_ITS_OWN = ("finish_by", "edition", "supersedes")


@dataclass(frozen=True, slots=True)
class Written:
    """`path` is relative to the workspace."""

    path: str
    start: str


def written(session: Session, name: str, segment: str, template: str) -> Written:
    """Six lines. Raises UsageProblem for a name that is taken, or where a segment or template must be chosen."""
    workspace = session.workspace()
    path = _free(session.root, workspace, name, folder=_folder(workspace))
    settings = workspace.settings
    start = next_start(settings.windows[0], settings.organisation.timezone, session.clock.now())
    if len(settings.windows) > 1:
        raise _which("window", [window.name for window in settings.windows], flag="--from")
    subject = "{{ contact.first_name }}, " + name.replace("-", " ")
    lines = [
        _modeline(session.root, path),
        "kind: campaign",
        f"name: {name}",
        f"segment: {_chosen('segment', segment, [s.name for s in workspace.segments])}",
        f"template: {_chosen('template', template, [t.name for t in workspace.templates])}",
        f"subject: {quoted(subject)}",
        f"start: {start}",
    ]
    _write(session.root / path, "".join(f"{line}\n" for line in lines if line))
    return Written(path, start)


def copied(session: Session, name: str, source: str) -> Written:
    """Another campaign's document under a new name, from its window's next opening on. Raises UsageProblem."""
    workspace = session.workspace()
    known = _campaign(workspace, source)
    path = _free(session.root, workspace, name, folder=str(PurePosixPath(known.path).parent))
    settings = workspace.settings
    window = settings.window(known.window)
    start = next_start(window, settings.organisation.timezone, session.clock.now())
    document = next(d for d in load(session.root).documents if d.kind == "campaign" and d.name == source)
    lines = (session.root / known.path).read_text("utf-8").removeprefix("\ufeff").splitlines()
    text = _renamed(_Copy(lines, document), name, start)
    modeline = "" if text.startswith("# yaml-language-server:") else f"{_modeline(session.root, path)}\n"
    _write(session.root / path, modeline.removeprefix("\n") + text)
    return Written(path, start)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The lines of a file, and the document of it that is wanted."""

    lines: list[str]
    document: RawDocument

    def span(self) -> tuple[int, int]:
        """From the document's first line to the one after its last, the separators left out."""
        at = self.document.key_place("kind").line - 1
        breaks = [number for number, line in enumerate(self.lines) if _SEPARATOR.fullmatch(line)]
        first = max((number + 1 for number in breaks if number < at), default=0)
        return first, min((number for number in breaks if number > at), default=len(self.lines))

    def block(self, key: str) -> range:
        """The lines of a top-level key, with what is indented beneath it."""
        at = self.document.key_place(key).line - 1
        last = at + 1
        while last < self.span()[1] and self.lines[last].startswith((" ", "\t")):
            last += 1
        return range(at, last)


def _renamed(copy: _Copy, name: str, start: str) -> str:
    if copy.document.key_place("kind").column != 1:
        raise UsageProblem(
            Text("cette campagne n'est pas écrite une clé par ligne", "this campaign is not written one key a line")
        )
    first, last = copy.span()
    dropped = {n for key in _ITS_OWN if key in copy.document.data for n in copy.block(key)}
    replaced = {copy.block("name")[0]: f"name: {name}", copy.block("start")[0]: f"start: {start}"}
    kept = [replaced.get(n, copy.lines[n]) for n in range(first, last) if n not in dropped]
    return "\n".join(kept).strip("\n") + "\n"


def _free(root: Path, workspace: Workspace, name: str, *, folder: str) -> str:
    """The path of a campaign that does not exist yet."""
    if not _NAME.fullmatch(name):
        raise UsageProblem(
            Text("un nom est fait de a-z, 0-9 et - : spring-2027", "a name is made of a-z, 0-9 and -: spring-2027")
        )
    path = str(PurePosixPath(folder) / f"{name}.yaml")
    if workspace.campaign(name) is not None or (root / path).exists():
        raise UsageProblem(Text(f"« {name} » existe déjà", f"{name!r} exists already"))
    return path


def _folder(workspace: Workspace) -> str:
    """Where campaigns are already written; their own folder otherwise."""
    folders = {str(PurePosixPath(campaign.path).parent) for campaign in workspace.campaigns}
    return folders.pop() if len(folders) == 1 else _FOLDER


def _campaign(workspace: Workspace, name: str) -> Campaign:
    found = workspace.campaign(name)
    if found is None:
        names = sorted(campaign.name for campaign in workspace.campaigns)
        hint = did_you_mean(name, names) or Text(f"déclarées : {', '.join(names)}", f"declared: {', '.join(names)}")
        raise UsageProblem(Text(f"aucune campagne « {name} » ({hint.fr})", f"no campaign {name!r} ({hint.en})"))
    return found


def _chosen(kind: str, name: str, declared: list[str]) -> str:
    if name in declared or (not name and len(declared) == 1):
        return name or declared[0]
    raise _which(kind, declared, flag=f"--{kind}")


def _which(kind: str, declared: list[str], *, flag: str) -> UsageProblem:
    names = ", ".join(sorted(declared)) or "—"
    return UsageProblem(Text(f"{kind} : choisir avec {flag} ({names})", f"{kind}: choose with {flag} ({names})"))


def _modeline(root: Path, path: str) -> str:
    """What tells an editor the schema, where the workspace has it."""
    schema = root / SCHEMAS / "campaign.json"
    if not schema.is_file():
        return ""
    return f"# yaml-language-server: $schema={os.path.relpath(schema, (root / path).parent)}"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
