"""A message's parts, read within bounds: hostile bytes cost no more than honest ones, and never raise.

The standard library's parser recurses with the message's depth and keeps what no return needs; this one reads the
first megabyte, a few levels and a few hundred fields, each byte a constant number of times.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from functools import cached_property

MAX_BYTES = 1 << 20
MAX_DEPTH = 8
MAX_PARTS = 60
_MAX_FIELDS = 400
_MAX_FIELD = 4000
_MAX_HEAD = 1 << 17
_MAX_TEXT = 1 << 16
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]{0,8}:[ \t]*(.*)", re.DOTALL)
_PARAM = re.compile(r";\s{0,80}([\w*-]{1,40})\s{0,8}=\s{0,8}(?:\"([^\"]{0,300})\"|([^\s;\"]{1,300}))")
# The others that Python knows are no mail's, and some of them cost the square of what they are given.
_CHARSET = re.compile(r"(utf|iso|us-ascii|ascii|windows|cp\d|latin|koi8|shift|euc|gb|big5|macroman)[\w.-]{0,20}$", re.I)
_BOUNDARY = re.compile(rb"^--([^\s\-][^\n ]{6,70}|-[^\n ]{12,70})[ \t]*$", re.MULTILINE)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&quot;": '"', "&#39;": "'", "&eacute;": "é", "&amp;": "&"}
_BREAKS = ("br", "/p", "/div", "/tr", "/li", "/td", "/h")

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class Part:
    """One part: `fields` by lower-case name, `kind` as type/subtype, `body` still encoded, `parts` within it."""

    fields: Fields
    kind: str
    params: dict[str, str]
    body: bytes
    parts: tuple[Part, ...] = ()

    def field(self, name: str) -> str:
        """The first field of that name, empty where there is none."""
        return self.fields.get(name, [""])[0]

    @cached_property
    def text(self) -> str:
        """The body as text: decoded, markup taken off."""
        text = _decode(self._plain(), self.params.get("charset", ""))
        return _without_markup(text) if self.kind == "text/html" else text

    def _plain(self) -> bytes:
        encoding = self.field("content-transfer-encoding").strip().lower()
        body = self.body[:_MAX_TEXT]
        if encoding.startswith("quoted-printable"):
            return quopri.decodestring(body)
        if encoding.startswith("base64"):
            packed = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            try:
                return base64.b64decode(packed[: len(packed) // 4 * 4] + _tail(packed))
            except binascii.Error:
                return body
        return body


def _tail(packed: bytes) -> bytes:
    left = packed[len(packed) // 4 * 4 :]
    return left + b"=" * (-len(left) % 4) if len(left) > 1 else b""


def parse(raw: bytes) -> Part:
    """The message of these bytes, whatever they are."""
    data = raw[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if data.startswith(b"From "):  # mbox
        data = data.partition(b"\n")[2]
    return _part(data, 0, [MAX_PARTS])


def _part(data: bytes, depth: int, left: list[int]) -> Part:
    head, body = _cut(data)
    fields = read_fields(_decode(head[:_MAX_HEAD], ""))
    kind, params = _content_type(fields.get("content-type", [""])[0])
    parts: tuple[Part, ...] = ()
    if kind.startswith("multipart/") and depth < MAX_DEPTH:
        parts = _children(body, params, depth, left)
    return Part(fields, kind, params, body, parts)


def _cut(data: bytes) -> tuple[bytes, bytes]:
    if data.startswith(b"\n"):
        return b"", data[1:]
    head, _, body = data.partition(b"\n\n")
    return head, body


def _children(body: bytes, params: dict[str, str], depth: int, left: list[int]) -> tuple[Part, ...]:
    boundary = params.get("boundary", "").encode("utf-8", "replace")
    if not boundary or b"--" + boundary not in body:  # lost on the way: the first line that looks like one
        found = _BOUNDARY.search(body)
        if not found or body.count(b"\n--" + found[1]) < 2 - (found.start() == 0):
            return ()
        boundary = found[1]
    lines = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*$", re.MULTILINE)
    pieces: list[bytes] = []
    start = -1
    for line in lines.finditer(body):
        if start >= 0:
            pieces.append(body[start : line.start()])
        start = -1 if line[1] else line.end() + 1
        if len(pieces) >= left[0]:
            break
    else:
        if start >= 0:  # cut short
            pieces.append(body[start:])
    left[0] -= len(pieces)
    return tuple(_part(piece, depth + 1, left) for piece in pieces)


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    kind = value.partition(";")[0].strip().lower()
    params: dict[str, str] = {}
    for name, quoted, bare in _PARAM.findall(value[:_MAX_FIELD]):
        params.setdefault(name.lower().rstrip("*"), quoted or bare)
    return (kind if "/" in kind else "text/plain"), params


def read_fields(head: str) -> Fields:
    """A block of header fields: unfolded, by lower-case name; what is no field is passed over."""
    fields: Fields = {}
    lines: list[str] = []
    for line in head.split("\n", _MAX_FIELDS * 12)[: _MAX_FIELDS * 12]:
        if lines and (line[:1] in (" ", "\t") or line[:9].lower() == "boundary="):
            lines.append(line)
            continue
        _keep(fields, lines)
        lines = [line]
    _keep(fields, lines)
    return fields


def _keep(fields: Fields, lines: list[str]) -> None:
    found = _FIELD.match("\n".join(lines)[:_MAX_FIELD]) if lines and len(fields) < _MAX_FIELDS else None
    if found:
        fields.setdefault(found[1].lower(), []).append(" ".join(found[2].split()))


def decoded(value: str) -> str:
    """A field's value with its encoded words (RFC 2047) read."""
    if "=?" not in value:
        return value
    try:
        return "".join(
            _decode(piece, charset or "") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(value[:_MAX_FIELD])
        )
    except (HeaderParseError, ValueError, LookupError, UnicodeError):
        return value


def _decode(data: bytes, charset: str) -> str:
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    for name in (charset, "utf-8", "iso-2022-jp" if b"\x1b$" in data else ""):
        try:
            if _CHARSET.match(name):
                return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _without_markup(text: str) -> str:
    """Text of HTML, good enough to be searched. Cut at its brackets: a pattern would go back over unclosed ones."""
    first, *rest = text.split("<")
    pieces = [first]
    for piece in rest:
        tag, closed, said = piece.partition(">")
        if tag.lower().startswith(_BREAKS):
            pieces.append("\n")
        if not tag.lower().startswith(("style", "script")):
            pieces.append(said if closed else piece)
    plain = "".join(pieces)
    for entity, character in _ENTITIES.items():
        plain = plain.replace(entity, character)
    return plain


def leaves(part: Part) -> list[Part]:
    """The parts that hold no others, in order."""
    found: list[Part] = []
    waiting = [part]
    while waiting:
        current = waiting.pop()
        if current.parts:
            waiting.extend(reversed(current.parts))
        else:
            found.append(current)
    return found
