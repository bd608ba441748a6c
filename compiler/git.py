"""The only place that knows git: plumbing commands on one repository, the same bytes on every machine.

Local commands see neither the machine's nor the user's configuration. Commands that talk to a remote keep the
user's, since credentials and proxies are declared there. No hook of the clone is ever run.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from compiler import process
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.process import Completed, Conversation, ProcessError

IDENTITY = "envoi <envoi@localhost>"
NOTHING = "0" * 40
_LOCAL_SECONDS = 600.0
_REMOTE_SECONDS = 300.0
_HIDDEN = ("GIT_", "LC_", "LANG", "TZ")
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_PROXY_COMMAND")
_PINNED = {
    "LC_ALL": "C",
    "TZ": "UTC",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_AUTHOR_NAME": "envoi",
    "GIT_AUTHOR_EMAIL": "envoi@localhost",
    "GIT_COMMITTER_NAME": "envoi",
    "GIT_COMMITTER_EMAIL": "envoi@localhost",
}
# A hook of somebody's clone must not run with the keyed host's rights; a background gc would race our reads;
# an acknowledged commit must survive a power cut (git does not sync loose objects by default).
_OPTIONS = (
    "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
    "-c", "core.fsync=committed,loose-object", "-c", "core.fsyncMethod=batch", "-c", "core.quotePath=false",
    "-c", "protocol.ext.allow=never",
)  # fmt: skip
_PLAIN_DIFF = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative", "--no-color")


class PushResult(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # somebody else was first, or the remote declined
    UNREACHABLE = "unreachable"  # nobody knows whether the remote took it


class RemoteUnreachable(UsageProblem):
    """A remote did not answer. Its address is not shown: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "le dépôt distant ne répond pas : vérifier le réseau et son adresse (git remote -v), puis recommencer",
                "the remote repository does not answer: check the network and its address (git remote -v), then retry",
            )
        )


class Repository:
    """One repository on this machine, bare or not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def init_bare(cls, path: Path, *, branch: str = "main") -> Repository:
        """A new empty bare repository whose HEAD names `branch`."""
        path.mkdir(parents=True, exist_ok=True)
        repository = cls(path)
        repository._git("init", "-q", "--bare", f"--initial-branch={branch}", ".")
        return repository

    @classmethod
    def clone(cls, url: str, path: Path, *, bare: bool) -> Repository:
        """A clone of `url`. Raises RemoteUnreachable, and leaves nothing behind then."""
        path.parent.mkdir(parents=True, exist_ok=True)
        repository = cls(path)
        flags = ("--bare",) if bare else ()
        done = repository._remote("clone", "-q", *flags, "--", url, str(path.resolve()), cwd=path.parent)
        if done.code:
            raise RemoteUnreachable
        return repository

    def exists(self) -> bool:
        """Whether this folder is a repository itself (not merely inside one)."""
        return (self.path / "HEAD").is_file() or (self.path / ".git").exists()

    # Reading

    def revision(self, ref: str) -> str | None:
        """The commit that a ref names, None where there is none."""
        return self._object(f"{ref}^{{commit}}")

    def tree(self, ref: str) -> str | None:
        """The tree of a commit, None where there is no such commit."""
        return self._object(f"{ref}^{{tree}}")

    def committed_at(self, commit: str) -> datetime:
        """When a commit says it was made, in UTC."""
        done = self._git("show", "-s", "--format=%ct", commit)
        return datetime.fromtimestamp(int(done.stdout), UTC)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`. False also where one of them is unknown here."""
        return self._git("merge-base", "--is-ancestor", older, newer, check=False).code == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both contain, None where they have none in common."""
        return self._git("merge-base", one, other, check=False).stdout.decode().strip() or None

    def changed_in(self, ref: str, path: str) -> str | None:
        """The commit of a branch's own line that last changed a file, a merge as one; None where it never had it."""
        args = ("log", "-1", "--first-parent", "-m", "--format=%H", ref, "--", f":(top,literal){path}")
        return self._git(*args, check=False).stdout.decode().strip() or None

    def line_of(self, ref: str, *, since: str = "", most: int) -> list[str]:
        """Commits of a branch's own line, newest first. `since`: without those that this commit contains."""
        hidden = (f"^{since}",) if since else ()
        args = ("rev-list", "--first-parent", f"--max-count={most}", ref, *hidden)
        return self._git(*args, check=False).stdout.decode().split()

    def irregular(self, ref: str) -> list[str]:
        """Entries of a commit that are no plain file (symbolic links, submodules), sorted by their bytes."""
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", ref).stdout.split(b"\0")
        return [entry.partition(b"\t")[2].decode() for entry in listed if entry and not entry.startswith(b"100")]

    def changed(self, old: str, new: str = "") -> list[str]:
        """Paths that are not the same in two commits, in git's order; without `new`: in the working tree."""
        done = self._git("diff", "--name-only", "-z", *_PLAIN_DIFF, old, *([new] if new else []), "--")
        return [path.decode("utf-8", "replace") for path in done.stdout.split(b"\0") if path]

    def first_change(self, path: str, old: str, new: str = "") -> int:
        """The first line of a file that is not the same, from 1; 0 where the file is gone or is no text."""
        revisions = (old, new) if new else (old,)
        done = self._git("diff", "--unified=0", *_PLAIN_DIFF, *revisions, "--", f":(top,literal){path}", check=False)
        hunk = re.search(rb"^@@ -\S+ \+(\d+)", done.stdout, re.MULTILINE)
        return int(hunk[1]) if hunk else 0

    def read(self, ref: str, path: str) -> bytes | None:
        """A file of a commit, None where it has no such file."""
        return self.read_files(ref, [path]).get(path)

    def list_files(self, ref: str, prefix: str = "") -> list[str]:
        """Paths of a commit that begin with `prefix` (a folder ends in `/`), sorted by their bytes."""
        folder = prefix.rpartition("/")[0]
        where = (f"{ref}:{folder}",) if folder else (ref,)
        listed = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", *where, check=False)
        lead = f"{folder}/" if folder else ""
        names = (lead + name.decode() for name in listed.stdout.split(b"\0") if name)
        return [name for name in names if name.startswith(prefix)]

    def read_files(self, ref: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Several files of a commit; those it does not have are left out."""
        return dict(self.stream_files(ref, paths))

    def stream_files(self, ref: str, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Files of a commit one after the other, in the order asked for, through one `cat-file --batch`."""
        with process.converse(self._command("cat-file", "--batch"), environment=local_environment()) as talk:
            for path in paths:
                if (content := _ask(talk, f"{ref}:{path}")) is not None:
                    yield path, content

    # Writing

    def commit(self, base: str | None, changes: Mapping[str, bytes | None], *, message: str, at: datetime) -> str:
        """A commit on top of `base` that writes files and removes those whose content is None.

        Touches neither a ref nor a working tree: equal arguments give the equal commit id everywhere.
        """
        blobs = self._write_blobs([content for content in changes.values() if content is not None])
        entries = []
        for path, content in changes.items():
            mode, blob = ("0", NOTHING) if content is None else ("100644", next(blobs))
            entries.append(f"{mode} {blob}\t{path}".encode())
        with tempfile.TemporaryDirectory(prefix="envoi-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if base is not None:
                self._git("read-tree", base, extra=index)
            self._git("update-index", "-z", "--index-info", input=b"\0".join(entries) + b"\0", extra=index)
            tree = self._git("write-tree", extra=index).stdout.decode().strip()
        return self.commit_tree(tree, base, message=message, at=at)

    def commit_tree(self, tree: str, *parents: str | None, message: str, at: datetime) -> str:
        """A commit of an existing tree, with envoi's fixed identity at `at`."""
        moment = f"{int(at.astimezone(UTC).timestamp())} +0000"
        flags = [flag for parent in parents if parent for flag in ("-p", parent)]
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        done = self._git("commit-tree", tree, *flags, input=message.rstrip("\n").encode() + b"\n", extra=dates)
        return done.stdout.decode().strip()

    def update_ref(self, ref: str, new: str, old: str | None) -> bool:
        """Move a ref from `old` to `new`; `old` None: it must not exist yet. False where it stands elsewhere."""
        return self._git("update-ref", ref, new, old or NOTHING, check=False).code == 0

    # Remotes

    def fetch(self, remote: str, *refspecs: str) -> None:
        """Fetch from a remote's name, path or URL. Raises RemoteUnreachable."""
        done = self._remote("fetch", "-q", "--no-tags", "--no-write-fetch-head", "--end-of-options", remote, *refspecs)
        if done.code:
            raise RemoteUnreachable

    def push(self, remote: str, refspec: str, *, lease: str | None = None) -> PushResult:
        """Push one refspec, never by force. With `lease` (a commit, or empty: nothing) the remote's ref must
        stand there, else it is rejected: the compare-and-set of refs that are not branches.
        """
        refspec = refspec.lstrip("+")  # git lets a + overrule the lease
        flags = () if lease is None else (f"--force-with-lease={refspec.partition(':')[2]}:{lease}",)
        return _push_result(self._push(remote, refspec, *flags))

    def _push(self, remote: str, refspec: str, *flags: str) -> Completed:
        return self._remote("push", "--porcelain", "--no-verify", *flags, "--end-of-options", remote, refspec)

    def remote_refs(self, remote: str, pattern: str) -> dict[str, str]:
        """The remote's refs that match a pattern (`refs/heads/*`), with their commits. Raises RemoteUnreachable."""
        done = self._remote("ls-remote", "-q", "--refs", "--end-of-options", remote, pattern)
        if done.code:
            raise RemoteUnreachable
        pairs = (line.split("\t") for line in done.stdout.decode().splitlines())
        return {ref: commit for commit, ref in pairs}

    def create_remote_ref(self, remote: str, ref: str, commit: str) -> bool:
        """Create a ref that must not exist on the remote yet. False where it does. Raises RemoteUnreachable."""
        done = self._push(remote, f"{commit}:{ref}", f"--force-with-lease={ref}:")
        if _push_result(done) is PushResult.UNREACHABLE:
            raise RemoteUnreachable
        # "=": the ref stands at this very commit already, which git calls a success and we do not.
        return done.code == 0 and not any(line.startswith(b"=") for line in done.stdout.splitlines())

    def remote_url(self, name: str = "origin") -> str | None:
        """The URL of a declared remote, None where it is not declared."""
        done = self._git("config", "--get", f"remote.{name}.url", check=False)
        return done.stdout.decode().strip() or None

    def set_remote_url(self, url: str, name: str = "origin") -> None:
        """Let a declared remote stand elsewhere; a relative path counts from the top of the working tree."""
        self._git("remote", "set-url", "--", name, url)

    # A clone with a working tree

    def top(self) -> Path | None:
        """The root of the working tree that holds this folder, None outside of one."""
        done = self._git("rev-parse", "--show-toplevel", check=False)
        return Path(done.stdout.decode().rstrip("\n")) if done.code == 0 else None

    def current_branch(self) -> str | None:
        """The branch that is checked out, None on a detached HEAD or outside a repository."""
        done = self._git("symbolic-ref", "-q", "--short", "HEAD", check=False)
        return done.stdout.decode().strip() or None

    def is_clean(self) -> bool:
        """Whether the tracked files of the working tree are those of its commit."""
        return not self._git("status", "--porcelain", "--untracked-files=no").stdout

    def fast_forward(self, commit: str) -> bool:
        """Bring the checked-out branch and its files forward to a commit. False where that is no fast-forward."""
        return self._git("merge", "-q", "--ff-only", commit, check=False).code == 0

    def commit_paths(self, paths: Iterable[str], *, message: str, at: datetime) -> str:
        """Commit some files of the working tree, as they stand there, to the current branch and no others.

        `paths` are relative to the top of the working tree. What else is staged stays staged. Raises UsageProblem
        on a detached HEAD or where the branch moves meanwhile.
        """
        branch, top = self.current_branch(), self.top()
        if branch is None or top is None:
            raise UsageProblem(Text("aucune branche n'est extraite ici", "no branch is checked out here"))
        files = {path: (top / path).read_bytes() if (top / path).exists() else None for path in paths}
        base = self.revision("HEAD")
        new = self.commit(base, files, message=message, at=at)
        if not self.update_ref(f"refs/heads/{branch}", new, base):
            raise UsageProblem(Text("la branche vient de bouger : recommencer", "the branch has just moved: try again"))
        Repository(top)._git("reset", "-q", "--", *files)
        return new

    # Plumbing

    def _object(self, name: str) -> str | None:
        done = self._git("rev-parse", "-q", "--verify", "--end-of-options", name, check=False)
        return done.stdout.decode().strip() or None

    def _write_blobs(self, contents: list[bytes]) -> Iterator[str]:
        """Store contents through one `fast-import` (one pack for many, loose objects for few); their ids in order."""
        if not contents:
            return iter(())
        stream = bytearray()
        for number, content in enumerate(contents, 1):
            stream += b"blob\nmark :%d\ndata %d\n%b\n" % (number, len(content), content)
        for number in range(1, len(contents) + 1):
            stream += b"get-mark :%d\n" % number
        done = self._git("fast-import", "--quiet", "--done", input=bytes(stream) + b"done\n")
        return iter(done.stdout.decode().split())

    def _command(self, *args: str) -> list[str]:
        return ["git", *_OPTIONS, "-C", str(self.path), *args]

    def _git(
        self,
        *args: str,
        input: bytes = b"",  # noqa: A002  as in `process.run`
        extra: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Completed:
        environment = {**local_environment(), **(extra or {})}
        return process.run(
            self._command(*args), input=input, environment=environment, timeout=_LOCAL_SECONDS, check=check
        )

    def _remote(self, *args: str, cwd: Path | None = None) -> Completed:
        command = ["git", *_OPTIONS, "-C", str(cwd or self.path), *args]
        try:
            return process.run(command, environment=remote_environment(), timeout=_REMOTE_SECONDS, check=False)
        except ProcessError as error:
            if error.code == -1 and error.program == "git" and "not found" in error.text.en:
                raise
            raise RemoteUnreachable from None


def local_environment() -> dict[str, str]:
    """An environment in which git reads no configuration but the repository's own."""
    return {**remote_environment(), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def remote_environment() -> dict[str, str]:
    """An environment free of what a surrounding git (a hook, a rebase) may have set, with a pinned identity."""
    inherited = {n: v for n, v in os.environ.items() if n in _KEPT or not n.startswith(_HIDDEN)}
    return {**inherited, **_PINNED}


def _push_result(done: Completed) -> PushResult:
    if done.code == 0:
        return PushResult.ACCEPTED
    rejected = any(line.startswith(b"!") for line in done.stdout.splitlines())
    return PushResult.REJECTED if rejected else PushResult.UNREACHABLE


def _ask(talk: Conversation, name: str) -> bytes | None:
    talk.stdin.write(name.encode() + b"\n")
    talk.stdin.flush()
    answer = talk.stdout.readline()
    if answer.endswith(b" missing\n"):
        return None
    _, kind, size = answer.rsplit(b" ", 2) if answer.count(b" ") >= 2 else (b"", b"", b"0")
    content = talk.stdout.read(int(size) + 1)
    if not kind or len(content) != int(size) + 1:
        raise process.failed("git", -1, b"cat-file ended early")
    return content[:-1] if kind == b"blob" else None
