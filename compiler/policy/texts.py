"""The rules about the workspace's files themselves: git keeps what they say for ever, on every clone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from compiler.language.campaign import Workspace
from compiler.language.catalogue.law import CLEAR_DATA, CLEAR_SECRET
from compiler.language.finding import Finding, Place, finding
from compiler.language.lane import is_free_mail
from compiler.policy.domains import organisational
from compiler.policy.registry import ANYWHERE, EU, Family

TextCheck: TypeAlias = Callable[[str, str, frozenset[str]], Iterator[Finding]]
_texts: Family[TextCheck] = Family()

_LARGEST = 16 * 1024 * 1024
_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?![\w@])")
_RESERVED = re.compile(r"(^|\.)(example|test|invalid|localhost)$|(^|\.)example\.(com|net|org)$")  # RFC 2606, 6761
# A French number, or one in international form. Landlines of a company belong in a footer: see `phones_are_nobody_s`.
_PHONE = re.compile(r"(?<![\w.+-])(?:\+33[ .\u00a0]?|0)([1-9])((?:[ .\u00a0-]?\d{2}){4})(?![\w-])")
# Blocks that ARCEP keeps for fiction (decision 2018-0881): they never ring.
_FICTION = ("0199", "0261", "0353", "0465", "0536", "0639")
_MANY = 3
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bglpat-[\w-]{20,}|\bxox[abp]-[\w-]{10,}"
    r"|(?im:^[ \t-]*[\"']?(?:password|passwd|mot_de_passe|secret|api_key|apikey|username_password)[\"']?\s*[:=]\s*"
    r"(?![\"']?(?:env|file):)[\"']?[^\s\"'{\[#][^\s\"']{3,})"
    r"|(?im:[\"']?\b(?:\w*key|k\d+)[\"']?\s*[:=]\s*[\"']?[0-9a-f]{64}\b)"
)
_TEXT = frozenset(
    [
        ".yaml",
        ".yml",
        ".json",
        ".jsonl",
        ".csv",
        ".tsv",
        ".txt",
        ".md",
        ".mjml",
        ".html",
        ".htm",
        ".css",
        ".ini",
        ".cfg",
        ".toml",
        ".env",
        ".pem",
        ".key",
        ".eml",
        ".xml",
    ]
)


def read_texts(root: Path) -> Iterator[tuple[str, str]]:
    """The text files of a workspace as (path, text), in order; links and folders that begin with a dot left out."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            suffix = PurePosixPath(name).suffix.lower() or (name.startswith(".env") and ".env") or ""
            bare = not suffix and not name.startswith(".")  # id_rsa has no ending
            if not (bare or suffix in _TEXT) or path.is_symlink() or path.stat().st_size > _LARGEST:
                continue
            yield path.relative_to(root).as_posix(), path.read_bytes().decode("utf-8", "replace")


def check_texts(workspace: Workspace, texts: Iterable[tuple[str, str]]) -> list[Finding]:
    """SEC-01 and SEC-02 on files. The findings name a place, never what stands there."""
    own = _own_domains(workspace)
    found: list[Finding] = []
    for path, text in texts:
        for rule in TEXT_RULES:
            found += rule.check(path, text, own)
    return found


@_texts.rule(CLEAR_DATA, "V", EU, "GDPR art. 32 and 5(1)(f)")
def addresses_are_ours(path: str, text: str, own: frozenset[str]) -> Iterator[Finding]:
    """SEC-01: an address of anybody outside the organisation's domains and the reserved ones."""
    for match in _ADDRESS.finditer(text):
        domain = match[1].lower()
        if not _RESERVED.search(domain) and organisational(domain) not in own:
            yield finding(CLEAR_DATA, _place(path, text, match.start()), kind="adresse / address")


@_texts.rule(CLEAR_DATA, "V", EU, "GDPR art. 32 and 5(1)(f)")
def phones_are_nobody_s(path: str, text: str, own: frozenset[str]) -> Iterator[Finding]:
    """SEC-01: a mobile is somebody's; several landlines in a file are a list of people."""
    mobiles: list[re.Match[str]] = []
    landlines: list[re.Match[str]] = []
    for match in _PHONE.finditer(text):
        number = f"0{match[1]}{re.sub(r'[^0-9]', '', match[2])}"
        if not number.startswith(_FICTION):
            (mobiles if match[1] in "67" else landlines).append(match)
    distinct = {re.sub(r"\D", "", match[0])[-9:] for match in landlines}
    for match in [*mobiles, *(landlines if len(distinct) >= _MANY else [])]:
        yield finding(CLEAR_DATA, _place(path, text, match.start()), kind="téléphone / phone")


@_texts.rule(CLEAR_SECRET, "V", ANYWHERE, "GDPR art. 32")
def secrets_are_elsewhere(path: str, text: str, own: frozenset[str]) -> Iterator[Finding]:
    """SEC-02: keys and passwords stand in the environment or in a file outside, never in git."""
    for match in _SECRET.finditer(text):
        yield finding(CLEAR_SECRET, _place(path, text, match.start()))


def _own_domains(workspace: Workspace) -> frozenset[str]:
    """The organisation's own domains: everybody may see the addresses that it publishes."""
    domains = [address.domain for s in workspace.settings.senders for address in (s.from_address, s.reply_to)]
    return frozenset(organisational(domain) for domain in domains if not is_free_mail(domain))


def _place(path: str, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(path, before.count("\n") + 1, offset - before.rfind("\n"))


TEXT_RULES = _texts.rules
