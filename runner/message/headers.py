"""Header fields as octets: RFC 5322 lines, RFC 2047 words, nothing that could begin another field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from compiler.language.errors import EnvoiError
from compiler.language.finding import Text

_LINE = 76  # RFC 2047 2: lines that hold encoded words; RFC 5322 2.1.1 recommends 78
_WORD = 75  # RFC 2047 2: one encoded word
_OPENS = {"q": "=?utf-8?q?", "b": "=?utf-8?b?"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # RFC 2047 5(3)
_Q = tuple(chr(b) if b in _Q_SAFE else "_" if b == 0x20 else f"={b:02X}" for b in range(256))


class HeaderProblem(EnvoiError):
    """A value that cannot stand in a header. The text never quotes it."""

    exit_code = 1


def unstructured(name: str, text: str) -> bytes:
    """A field of free text (Subject), folded. Raises HeaderProblem for a control character."""
    return f"{name}: {_words(_checked(name, text), len(name) + 2)}\r\n".encode("ascii")


def mailbox(name: str, display: str, address: str) -> bytes:
    """A field with one address (From, Reply-To). Raises HeaderProblem for a control character."""
    _checked(name, address)
    phrase = _phrase(_checked(name, display), len(name) + 2)
    value = f"{phrase} <{address}>" if phrase else address
    if len(name) + 2 + len(value) - value.rfind("\n") > _LINE:
        value = value.replace(" <", "\r\n <", 1) if phrase else value
    return f"{name}: {value}\r\n".encode()


def plain(name: str, value: str) -> bytes:
    """A field whose value is ours: ASCII but for a UTF-8 address. Raises HeaderProblem for a control character."""
    return f"{name}: {_checked(name, value)}\r\n".encode()


def date_text(at: datetime) -> str:
    """RFC 5322 3.3, in UTC."""
    return _date_text(int(at.timestamp()))


@lru_cache(maxsize=8)
def _date_text(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def _checked(name: str, text: str) -> str:
    if _UNSAFE.search(text):
        raise HeaderProblem(
            Text(f"caractère de contrôle dans l'en-tête {name}", f"control character in the {name} header")
        )
    return text


def _phrase(text: str, column: int) -> str:
    if not text or (_PLAIN_PHRASE.fullmatch(text) and "=?" not in text):
        return text
    if text.isascii() and "=?" not in text:  # readers decode such words even between quotes
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return _encoded(text, column)


@lru_cache(maxsize=4096)
def _words(text: str, column: int) -> str:
    if text.isascii() and "=?" not in text and text == text.strip():
        folded = _folded(text, column)
        if folded is not None:
            return folded
    return _encoded(text, column)


def _folded(text: str, column: int) -> str | None:
    """ASCII folded at its blanks; None where that would change it or leave a line too long."""
    if column + len(text) <= _LINE:
        return text
    if "  " in text:  # a fold inside a run of blanks is not kept by everybody
        return None
    lines, room = [""], _LINE - column
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = _LINE - 1
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return None if any(len(line) > _LINE for line in lines) else "\r\n ".join(lines)


def _encoded(text: str, column: int) -> str:
    """RFC 2047 words, each of whole characters, in the shorter of the two encodings."""
    data = text.encode("utf-8")
    quoted = sum(len(_Q[b]) for b in data)
    return _quoted_words(text, column) if quoted <= len(data) * 4 // 3 else _base64_words(text, column)


def _quoted_words(text: str, column: int) -> str:
    words, word, room = [], "", min(_WORD, _LINE - column) - len(_OPENS["q"]) - 2
    for character in text:
        piece = "".join(_Q[b] for b in character.encode())
        if len(word) + len(piece) > room:
            words.append(word)
            word, room = "", _WORD - len(_OPENS["q"]) - 2
        word += piece
    words.append(word)
    return "\r\n ".join(f"{_OPENS['q']}{word}?=" for word in words if word)


def _base64_words(text: str, column: int) -> str:
    from base64 import b64encode

    words, word, room = [], b"", min(_WORD, _LINE - column) - len(_OPENS["b"]) - 2
    for character in text:
        piece = character.encode()
        if (len(word) + len(piece) + 2) // 3 * 4 > room:
            words.append(word)
            word, room = b"", _WORD - len(_OPENS["b"]) - 2
        word += piece
    words.append(word)
    return "\r\n ".join(f"{_OPENS['b']}{b64encode(word).decode()}?=" for word in words if word)
