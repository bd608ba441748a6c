"""Replies parsed strictly and bounded (RFC 5321 4.2): a server's bytes are a stranger's input."""

from __future__ import annotations

import re
from functools import lru_cache

from compiler.language.reply import Reply

MAX_LINE = 2048  # RFC 5321 4.5.3.1.5 says 512; real servers are wordier
MAX_LINES = 64
MAX_TEXT = 500
_SHORT = 128

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n\0]*))?")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")  # RFC 2034 4, RFC 3463 2


class ReplyParser:
    """Turns bytes into whole replies, holding at most MAX_LINES lines of MAX_LINE octets.

    `faulty` once something came that is no reply: what came before it still counts, nothing after it does.
    """

    __slots__ = ("_code", "_lines", "_rest", "faulty")

    def __init__(self) -> None:
        self.faulty = False
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete."""
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\r\n")
        replies: list[Reply] = []
        for line in lines:
            self._line(line, replies)
        if len(self._rest) > MAX_LINE or self.faulty:
            self.faulty, self._rest = True, b""
        return replies

    def _line(self, line: bytes, replies: list[Reply]) -> None:
        if len(line) <= _SHORT and not self._code and not self.faulty and (reply := _whole(line)) is not None:
            replies.append(reply)
            return
        match = _LINE.fullmatch(line)
        if self.faulty or match is None or len(line) > MAX_LINE or self._code not in (0, int(match[1])):
            self.faulty = True
            return
        code = int(match[1])
        text = (match[3] or b"").decode("utf-8", "replace")  # RFC 6531 3.5 allows UTF-8
        if match[2] == b"-":
            self._code = code
            self._lines.append(text)
            self.faulty = len(self._lines) >= MAX_LINES
            return
        replies.append(_reply(code, [*self._lines, text]))
        self._lines, self._code = [], 0


@lru_cache(maxsize=64)  # three of a message's four replies are always the same
def _whole(line: bytes) -> Reply | None:
    """A reply of one line, if this is one."""
    match = _LINE.fullmatch(line)
    if match is None or match[2] == b"-":
        return None
    return _reply(int(match[1]), [(match[3] or b"").decode("utf-8", "replace")])


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
