"""The files of a new workspace: pages with `§word` where an answer goes, and what the editor needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from string import Template

from compiler.init.answers import DEFAULT_ZONE, Answers
from compiler.init.pipelines import pipeline_files
from compiler.language.document import KINDS
from compiler.language.finding import Language
from compiler.schema import schema_for

SCHEMAS = ".schemas"
SAFE_PAGE = {Language.FR: "LA-CLE.md", Language.EN: "KEYS.md"}
_FOLDERS = {
    "workspace": ("envoi.yaml",),
    "campaign": ("campaigns/**/*.yaml",),
    "segment": ("segments/**/*.yaml",),
    "template": ("templates/**/*.yaml",),
    "fields": ("fields.yaml",),
    "dataset": ("data/**/*.yaml",),
    "source": ("sources/**/*.yaml",),
    "asset": ("assets/**/*.yaml",),
    "form": ("forms/**/*.yaml",),
}
_ORIGIN = {Language.FR: "Formulaire d’inscription de {domain}", Language.EN: "Sign-up form of {domain}"}
_IGNORED = "*.key\n*.pem\n*.sqlite*\n.env\n/contacts/\n/state/\n/plans/\n/outbox/\n/preview/\n/report/\n"
_PAGES = (
    "envoi.yaml", "fields.yaml", "campaigns/first-news.yaml", "segments/subscribers.yaml", "sources/contacts.yaml",
    "templates/news.yaml", "templates/news.mjml",
)  # fmt: skip


class _Page(Template):
    delimiter = "§"


def workspace_files(answers: Answers, *, start: str) -> dict[str, bytes]:
    """Every file of the first commit, by path. `start` is when the campaign may begin, on the organisation's clock."""
    words = {
        "name": quoted(answers.name),
        "address": quoted(answers.address),
        "timezone": f"\n  timezone: {answers.timezone}" if answers.timezone != DEFAULT_ZONE else "",
        "domain": answers.domain,
        "from": quoted(f"{answers.name} <{answers.sender}>"),
        "book": f"\nbook: {{remote: {quoted(answers.book_remote)}}}" if answers.book_remote else "",
        "origin": _ORIGIN[answers.language].format(domain=answers.domain),
        "start": start,
    }
    pages = {path: page(answers.language, path, words) for path in _PAGES}
    pipelines = pipeline_files(answers.forge, answers.source)
    return {**pages, ".gitignore": _IGNORED.encode(), **pipelines, **editor_files()}


def editor_files() -> dict[str, bytes]:
    """The schemas of every kind, and the settings that let an editor complete and check with them."""
    schemas = {f"{SCHEMAS}/{kind}.json": _json(schema_for(kind)) for kind in KINDS}
    settings = {
        "yaml.schemas": {f"./{SCHEMAS}/{kind}.json": list(_FOLDERS[kind]) for kind in KINDS},
        "yaml.schemaStore.enable": False,
        "files.associations": {"*.mjml": "html"},
    }
    recommended = {"recommendations": ["redhat.vscode-yaml"]}
    return {**schemas, ".vscode/settings.json": _json(settings), ".vscode/extensions.json": _json(recommended)}


def page(language: Language, path: str, words: Mapping[str, str]) -> bytes:
    """A page in a language, its words filled in."""
    text = resources.files("compiler.init").joinpath("texts", language.value, *path.split("/")).read_text("utf-8")
    return _Page(text).substitute(words).encode()


def quoted(text: str) -> str:
    """A text as YAML takes it, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
