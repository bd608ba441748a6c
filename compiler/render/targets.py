"""Where links lead: which are tracked, which are left alone, which are refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from compiler.language.finding import Text
from compiler.render.lexer import LexError, PieceKind, pieces
from compiler.render.values import RenderError

#: Addresses of envoi's own that must stay as they are.
OWN = frozenset({"unsubscribe_url", "tracking_url", "organisation.privacy_url"})

_UNTRACKED = re.compile(r"(mailto:|tel:|#)", re.IGNORECASE)
# A whole URL: http or https, an ASCII host without user name, then anything but blanks, quotes and backslashes.
_WHOLE = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?([/?#][^\s\x00-\x20\x7f\\\"<>]*)?", re.IGNORECASE)
_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?[/?#]", re.IGNORECASE)
# What may be somebody's password: findings are read in pull requests and in a pipeline's log.
_PASSWORD = re.compile(r"(//)[^/?#\s]*@")
_RESERVED = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Target:
    """A link's target. `expression` is Jinja for a target that depends on values, else empty."""

    text: str
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Untracked:
    """A link that stays as it is written."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A link that cannot be: `host` where a value would choose where it leads."""

    text: str
    host: bool


def read_target(source: str) -> Target | Untracked | Refused:
    """What a link's address, Jinja and all, means. The source is no longer HTML-escaped."""
    try:
        parts = list(pieces(source.strip()))
    except LexError:  # braces that only come out of HTML entities
        return _refused(source, host=False)
    if not parts:
        return Untracked()
    if all(part.kind is PieceKind.TEXT for part in parts):
        return _constant(parts[0].text)
    if len(parts) == 1 and parts[0].inner in OWN:
        return Untracked()
    text = source.strip()
    if parts[0].kind is PieceKind.TEXT and _UNTRACKED.match(parts[0].text):
        return Untracked()
    if any(part.kind not in (PieceKind.TEXT, PieceKind.EXPRESSION) for part in parts):
        return _refused(text, host=True)
    first = parts[0]
    if first.kind is PieceKind.TEXT and not _HOST.match(first.text):
        return _refused(text, host=bool(re.match("https?://", first.text, re.IGNORECASE)))
    if first.kind is PieceKind.EXPRESSION and re.search(r"\bcontact\b", first.inner):
        return _refused(text, host=True)
    spelled = " ~ ".join(
        json.dumps(part.text, ensure_ascii=True) if part.kind is PieceKind.TEXT else f"({part.inner})" for part in parts
    )
    return Target(text, spelled)


def _refused(text: str, *, host: bool) -> Refused:
    return Refused(_PASSWORD.sub(r"\1…@", text), host)


def _constant(text: str) -> Target | Untracked | Refused:
    if _UNTRACKED.match(text):
        return Untracked()
    return Target(_spelled(text)) if _WHOLE.fullmatch(text) else _refused(text, host=False)


@lru_cache(maxsize=4096)
def _checked(text: str) -> str | None:
    return _spelled(text) if _WHOLE.fullmatch(text) else None


def checked_target(target: object) -> str:
    """A target that values made, as a URI. Raises RenderError where it is no whole http(s) URL."""
    checked = _checked(str(target))
    if checked is None:
        raise RenderError(
            Text("l'adresse d'un lien n'est pas une URL http(s) complète", "a link's target is no whole http(s) URL")
        )
    return checked


def _spelled(text: str) -> str:
    """RFC 3987 3.1: letters beyond ASCII as percent-encoded UTF-8."""
    return text if text.isascii() else quote(text, safe=_RESERVED)
