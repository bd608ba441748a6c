"""The lock: `<campaign file>.lock`, what a reviewer approves by merging it into the main branch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from compiler.git import Repository
from compiler.language.canonical import sha256_hex
from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from compiler.language.plan import Lock, Manifest
from compiler.manifest import ManifestProblem, decode

APPROVED_REF = "refs/envoi/main"
LEAST_SHOWN = 5


class LockProblem(RefusedByPolicy):
    """A lock that no keyed host wrote approves nothing."""

    def __init__(self, path: str) -> None:
        text = Text(f"{path} : verrou que envoi n'a pas écrit", f"{path}: a lock that envoi did not write")
        super().__init__(text)


def lock_path(campaign_path: str) -> str:
    """Where a campaign's lock stands, relative to the same folder as its document."""
    return f"{campaign_path}.lock"


def lock_of(manifest: Manifest, digest: str, *, commit: str = "") -> Lock:
    """The lock of a plan. `commit` is information: it is no part of what is approved.

    Counts are recipients and exclusions by reason; never their total, from which a masked one could be computed.
    """
    counts = {"recipients": manifest.recipients, **dict(manifest.exclusions)}
    return Lock(
        campaign=manifest.campaign,
        edition=manifest.edition,
        digest=digest,
        compiled_on=manifest.compiled_on,
        counts=tuple(sorted((name, masked(count)) for name, count in counts.items())),
        inputs=manifest.inputs,
        commit=commit,
    )


def masked(count: int) -> str:
    """A count as git may keep it: fewer than 5 people could be recognised (GDPR art. 5(1)(c))."""
    return f"<{LEAST_SHOWN}" if 0 < count < LEAST_SHOWN else str(count)


def same_approval(one: Lock, other: Lock) -> bool:
    """Whether two locks approve the same: all but the commit."""
    return replace(one, commit="") == replace(other, commit="")


def lock_bytes(lock: Lock) -> bytes:
    """The file: sorted keys, two blanks of indent, UTF-8, LF, so that a diff reads well."""
    return (json.dumps(lock.to_json(), sort_keys=True, ensure_ascii=False, indent=2) + "\n").encode()


def lock_from_bytes(data: bytes, path: str) -> Lock:
    """The lock that `lock_bytes` wrote, and nothing but it. Raises LockProblem."""
    try:
        document = json.loads(data)
        if not isinstance(document, dict) or document.pop("format", None) != 1:
            raise LockProblem(path)
        lock = decode(Lock, document, "lock")
        same = lock_bytes(lock) == data
    except (ManifestProblem, ValueError, RecursionError):
        raise LockProblem(path) from None
    if not same:
        raise LockProblem(path)
    assert isinstance(lock, Lock)
    return lock


def approved(repository: Repository, campaign_path: str, *, remote: str, main_branch: str) -> Lock | None:
    """The campaign's lock on the remote's main branch as it is now; None where it has none.

    `campaign_path` is relative to the repository object's folder, which may lie deeper than the clone's top. Raises
    RemoteUnreachable, and LockProblem for a lock that envoi did not write.
    """
    repository.fetch(remote, f"+refs/heads/{main_branch}:{APPROVED_REF}")
    path = inside(repository) + lock_path(campaign_path)
    data = repository.read(APPROVED_REF, path)
    return None if data is None else lock_from_bytes(data, path)


def inside(repository: Repository) -> str:
    """What paths of commits begin with for files of this folder: empty at the clone's top, else ending in `/`."""
    top = repository.top()
    relative = repository.path.resolve().relative_to(top.resolve()).as_posix() if top else "."
    return "" if relative == "." else f"{relative}/"


def changed_inputs(repository: Repository, inputs: Mapping[str, str], *, ref: str) -> list[str]:
    """The inputs whose content in a commit is not the one that was compiled."""
    lead = inside(repository)
    there = {path: sha256_hex(data) for path, data in repository.stream_files(ref, [lead + path for path in inputs])}
    return sorted(path for path, sha256 in inputs.items() if there.get(lead + path) != sha256)
