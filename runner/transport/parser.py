"""Replies parsed strictly and bounded (RFC 5321 4.2): a server's bytes are a stranger's input."""

from __future__ import annotations

import re

from compiler.language.reply import Reply

MAX_LINE = 2048  # RFC 5321 4.5.3.1.5 says 512; real servers are wordier
MAX_LINES = 64
MAX_TEXT = 500

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n\0]*))?")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")  # RFC 2034 4, RFC 3463 2


class ProtocolFault(Exception):
    """The bytes are no SMTP reply. The message never quotes them."""


class ReplyParser:
    """Turns bytes into whole replies, holding at most MAX_LINES lines of MAX_LINE octets."""

    __slots__ = ("_code", "_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []

    @property
    def empty(self) -> bool:
        """True between two replies."""
        return not self._rest and not self._code

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete. Raises ProtocolFault; the parser is then of no more use."""
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\r\n")
        if len(self._rest) > MAX_LINE:
            raise ProtocolFault("a reply line without an end")
        replies = []
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                replies.append(reply)
        return replies

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > MAX_LINE:
            raise ProtocolFault("not a reply line")
        code = int(match[1])
        if self._code and code != self._code:
            raise ProtocolFault("the code changes within a reply")
        text = (match[3] or b"").decode("utf-8", "replace")  # RFC 6531 3.5 allows UTF-8
        if match[2] != b"-":
            lines, self._lines, self._code = self._lines, [], 0
            return _reply(code, [*lines, text])
        self._code = code
        self._lines.append(text)
        if len(self._lines) >= MAX_LINES:
            raise ProtocolFault("a reply without an end")
        return None


def reply_of(code: int, text: str) -> Reply:
    """A reply from its code and its text, lines joined by LF."""
    return _reply(code, text.split("\n"))


def _reply(code: int, lines: list[str]) -> Reply:
    first = _ENHANCED.match(lines[0])
    # RFC 2034 4: the class digit repeats the code's first; anything else is text.
    if first is None or lines[0][0] != str(code)[0]:
        return Reply(code, "", " ".join(lines)[:MAX_TEXT].strip())
    enhanced = first[1]
    texts = [line[len(enhanced) :] if line.startswith(enhanced) else line for line in lines]
    return Reply(code, enhanced, " ".join(text.strip() for text in texts)[:MAX_TEXT].strip())
