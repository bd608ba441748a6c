"""The pipelines of a new workspace, for the forge where it is pushed."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from compiler.init.origin import Source
from compiler.review.forge import Kind

_WORKFLOWS = ("review", "send", "publish", "stop")
_UNKNOWN = Source("https://github.com/OWNER/envoi", "0" * 40)
_PIN = "The 40 digits are the commit of envoi that runs here: a branch or a tag could be moved under us."
_NO_PIN = "To do before it runs: write where envoi's sources are (OWNER/envoi), and the 40 digits of their commit."


class _Page(Template):
    delimiter = "§"


def pipeline_files(forge: Kind | None, source: Source | None) -> dict[str, bytes]:
    """By path. Without a source they say what is left to fill in, and do not run before."""
    words = {
        "pin": _PIN if source else _NO_PIN,
        "source": (source or _UNKNOWN).name,
        "repository": source.url if source else "",
        "commit": (source or _UNKNOWN).commit if source or forge is Kind.GITHUB else "",
    }
    return {path: _page(name, words) for path, name in _pages(forge).items()}


def place_of(forge: Kind | None) -> str:
    """Where they stand; empty for none."""
    places = {
        None: "",
        Kind.GITHUB: ".github/workflows",
        Kind.GITLAB: ".gitlab-ci.yml",
        Kind.FORGEJO: ".forgejo/workflows",
    }
    return places[forge]


def forge_of(remote: str) -> Kind:
    """By the name of the remote's host; GitHub where it does not tell."""
    short = re.fullmatch(r"[\w.-]+@([\w.-]+):.*", remote)
    host = short.group(1) if short else urlsplit(remote).hostname or ""
    if "gitlab" in host:
        return Kind.GITLAB
    if any(word in host for word in ("forgejo", "gitea", "codeberg")):
        return Kind.FORGEJO
    return Kind.GITHUB


def write_pipelines(root: Path, forge: Kind | None, source: Source | None) -> list[str]:
    """Writes them again; the paths that changed."""
    changed = []
    for path, content in pipeline_files(forge, source).items():
        file = root / path
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            changed.append(path)
    return changed


def _pages(forge: Kind | None) -> dict[str, str]:
    match forge:
        case Kind.GITHUB:
            return {f"{place_of(forge)}/{name}.yml": f"{name}.yml" for name in _WORKFLOWS}
        case Kind.GITLAB:
            return {place_of(forge): "gitlab-ci.yml"}
        case Kind.FORGEJO:
            return {f"{place_of(forge)}/envoi.yml": "forgejo.yml"}
        case None:
            return {}


def _page(name: str, words: dict[str, str]) -> bytes:
    text = resources.files("compiler.init").joinpath("texts", "pipelines", name).read_text("utf-8")
    return _Page(text).substitute(words).encode()
