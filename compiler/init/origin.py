"""Where this envoi came from: what a pipeline must name to run the same one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from compiler.git import Repository
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT = re.compile(r"(?:ssh://)?git@([\w.-]+)[:/]([\w./-]+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A repository with envoi's sources and one commit of it."""

    url: str
    commit: str

    @property
    def name(self) -> str:
        """`owner/name`, as a forge calls it."""
        return urlsplit(self.url).path.strip("/").removesuffix(".git")

    @classmethod
    def parse(cls, text: str) -> Source:
        """`https://HOST/OWNER/NAME@COMMIT`. Raises UsageProblem."""
        url, _, commit = text.rpartition("@")
        public = _public(url)
        if public is None or not _COMMIT.fullmatch(commit):
            raise UsageProblem(
                Text(
                    "--source : https://HÔTE/PROPRIÉTAIRE/NOM@COMMIT, les 40 chiffres du commit",
                    "--source: https://HOST/OWNER/NAME@COMMIT, the commit's 40 digits",
                )
            )
        return cls(public, commit)


def installed_from() -> Source | None:
    """What pip noted when it installed this envoi (PEP 610); None where it came from a file or from a package index."""
    try:
        noted = json.loads(distribution("envoi").read_text("direct_url.json") or "null")
    except (PackageNotFoundError, ValueError):
        return None
    if not isinstance(noted, dict):
        return None
    url, commit = str(noted.get("url", "")), str((noted.get("vcs_info") or {}).get("commit_id", ""))
    if "dir_info" in noted:  # a clone, or what was unpacked
        folder = Repository(Path(unquote(urlsplit(url).path)))
        if not folder.exists():
            return None
        url, commit = folder.remote_url() or "", folder.revision("HEAD") or ""
    public = _public(url)
    return Source(public, commit) if public and _COMMIT.fullmatch(commit) else None


def _public(url: str) -> str | None:
    """An address that a machine without a password can fetch, written so; None for a path or anything else."""
    if short := _SHORT.fullmatch(url):
        url = f"https://{short.group(1)}/{short.group(2)}"
    parts = urlsplit(url)
    whole = re.fullmatch(r"/[\w.-]+(?:/[\w.-]+)+", parts.path.rstrip("/"))
    if parts.scheme != "https" or not parts.hostname or whole is None or ".." in parts.path:
        return None
    port = f":{parts.port}" if parts.port else ""
    return f"https://{parts.hostname}{port}{parts.path.rstrip('/').removesuffix('.git')}"
