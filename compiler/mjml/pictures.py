"""`{{ asset('lampe.jpg') }}`: the address of a picture, written into the template before any contact is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from compiler.language.catalogue import picture as codes
from compiler.language.finding import Finding, did_you_mean
from compiler.language.picture import Picture
from compiler.mjml.mapped import MappedText, replaced
from compiler.render.lexer import PieceKind, pieces

# A value handed to an include has its quotes escaped on its way.
_ASSET = re.compile(r"\{\{-?\s*asset\s*\(\s*(?P<q>\"|'|&quot;|&\#x27;)(?P<name>[^\"'\\&{}]*)(?P=q)\s*\)\s*-?\}\}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"(?<![\w.])asset\s*\(")
_IMG_BEFORE = re.compile(r"<img\b[^<>]*\Z", re.IGNORECASE)
_WIDTH = re.compile(r"[\s\"']width\s*=", re.IGNORECASE)
_SHOWN = 60
_NEAR = 2_000  # characters: no tag is longer


class Album(Protocol):
    """The pictures that templates may name."""

    @property
    def base(self) -> str:
        """Below which they are served, without a final slash; empty where nobody serves them."""
        ...

    @property
    def names(self) -> Sequence[str]: ...

    def find(self, name: str) -> Picture | None: ...


@dataclass(frozen=True, slots=True)
class NoPictures:
    """An album without any."""

    base: str = ""
    names: Sequence[str] = ()

    def find(self, name: str) -> Picture | None:
        return None


def with_pictures(mapped: MappedText, album: Album) -> tuple[MappedText, list[Finding]]:
    """Every `{{ asset('…') }}` replaced by the picture's address, with what is wrong in them. Raises LexError."""
    edits: list[tuple[int, int, str]] = []
    findings: list[Finding] = []
    for match in _ASSET.finditer(mapped.text):
        address, problems = _address(mapped, match, album)
        edits.append((match.start(), match.end(), escape(address)))
        findings += problems
    written = replaced(mapped, edits) if edits else mapped
    return written, findings + (_misused(written) if _CALL.search(written.text) else [])


def _misused(mapped: MappedText) -> list[Finding]:
    """What calls asset() in any other way."""
    findings = []
    for piece in pieces(mapped.text):
        if piece.kind in (PieceKind.EXPRESSION, PieceKind.STATEMENT) and _CALL.search(_QUOTED.sub("''", piece.text)):
            short = piece.text if len(piece.text) <= _SHOWN else f"{piece.text[:_SHOWN]}…"
            findings.append(mapped.finding(codes.ASSET_FORM, piece.start, {"tag": short}))
    return findings


def _address(mapped: MappedText, tag: re.Match[str], album: Album) -> tuple[str, list[Finding]]:
    name = tag["name"]
    picture = album.find(name)
    if picture is None:
        known = sorted(album.names)
        hint = did_you_mean(name, known)
        arguments = {"name": name, "known": ", ".join(known) or "—"}
        return "", [mapped.finding(codes.ASSET_UNKNOWN, tag.start(), arguments, hint)]
    if not album.base:
        return "", [mapped.finding(codes.ASSET_NOWHERE, tag.start(), {"name": name})]
    findings = []
    if _lacks_width(mapped.text, tag):
        header = picture.header
        arguments = {"name": name, "width": str(header.width), "height": str(header.height)}
        findings.append(mapped.finding(codes.ASSET_WIDTH, tag.start(), arguments))
    return f"{album.base}/a/{picture.name}", findings


def _lacks_width(text: str, tag: re.Match[str]) -> bool:
    """Whether the tag stands in an `<img>` that does not say how wide it is shown."""
    before = _IMG_BEFORE.search(text, max(0, tag.start() - _NEAR), tag.start())
    if before is None:
        return False
    return not _WIDTH.search(before[0] + text[tag.end() : tag.end() + _NEAR].partition(">")[0])
