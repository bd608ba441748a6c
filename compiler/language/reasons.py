"""The reason that a server's words, numbers or status give (RFC 3463; phrases: `reason_words`)."""

from __future__ import annotations

import re
import unicodedata

from compiler.language.reason import Reason
from compiler.language.reason_words import FIRM, VAGUE, Phrases

# RFC 3463 and the IANA registry. What is missing says nothing (x.0.0) or is said otherwise by everybody.
BY_STATUS: dict[str, Reason] = {
    "1.1": Reason.USER_UNKNOWN,
    "1.2": Reason.HOST_UNKNOWN,
    "1.3": Reason.USER_UNKNOWN,
    "1.4": Reason.FILTERED,
    "1.6": Reason.HAS_MOVED,
    "1.7": Reason.REJECTED,
    "1.8": Reason.REJECTED,
    "1.10": Reason.NOT_ACCEPT,
    "2.0": Reason.FILTERED,
    "2.1": Reason.FILTERED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.EXCEED_LIMIT,
    "2.4": Reason.FILTERED,
    "3.0": Reason.SYSTEM_ERROR,
    "3.1": Reason.SYSTEM_FULL,
    "3.2": Reason.NOT_ACCEPT,
    "3.4": Reason.MESSAGE_TOO_BIG,
    "3.5": Reason.SYSTEM_ERROR,
    "4.0": Reason.NETWORK_ERROR,
    "4.1": Reason.EXPIRED,
    "4.2": Reason.EXPIRED,
    "4.3": Reason.NETWORK_ERROR,
    "4.4": Reason.HOST_UNKNOWN,
    "4.6": Reason.NETWORK_ERROR,
    "4.7": Reason.EXPIRED,
    "5.1": Reason.SYNTAX_ERROR,
    "5.2": Reason.SYNTAX_ERROR,
    "5.4": Reason.SYNTAX_ERROR,
    "6.0": Reason.CONTENT_ERROR,
    "6.1": Reason.CONTENT_ERROR,
    "6.2": Reason.CONTENT_ERROR,
    "6.3": Reason.CONTENT_ERROR,
    "6.6": Reason.CONTENT_ERROR,
    "6.7": Reason.SYNTAX_ERROR,
    "7.0": Reason.SECURITY_ERROR,
    "7.1": Reason.SECURITY_ERROR,
    "7.8": Reason.SECURITY_ERROR,
    "7.9": Reason.SECURITY_ERROR,
    "7.13": Reason.SUSPEND,
    "7.20": Reason.AUTH_FAILURE,
    "7.21": Reason.AUTH_FAILURE,
    "7.22": Reason.AUTH_FAILURE,
    "7.23": Reason.AUTH_FAILURE,
    "7.24": Reason.AUTH_FAILURE,
    "7.25": Reason.REQUIRE_PTR,
    "7.26": Reason.AUTH_FAILURE,
    "7.27": Reason.NOT_ACCEPT,
    "7.28": Reason.SPEEDING,
    "7.509": Reason.AUTH_FAILURE,
    "7.515": Reason.AUTH_FAILURE,
}


_GAP = 80
_HEARD = 6000


def heard(text: str) -> str:
    """A text as the phrases are written: lower case, without accents, with single spaces."""
    text = text[:_HEARD].replace("\u2019", "'").lower()
    if not text.isascii():
        text = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return " ".join(text.split())


_Table = tuple[tuple[Reason, tuple[tuple[str, ...], ...]], ...]


def _table(phrases: Phrases) -> _Table:
    return tuple((reason, tuple(_phrase(text) for text in lines.split("|"))) for reason, lines in phrases)


def _phrase(text: str) -> tuple[str, ...]:
    text = " ".join(text.split())
    return tuple((text if text.isascii() else heard(text)).split("*"))


_FIRM, _VAGUE = _table(FIRM), _table(VAGUE)
_OFR = re.compile(r"\b(?:ofr|lpn|lpnaaa|ouk)\d{0,3}_?(\d{3})\b")
_ORANGE: dict[int, Reason] = {
    **dict.fromkeys((101, 102, 103, 510, 630), Reason.BLOCKED),
    104: Reason.TOO_MANY_CONN,
    **dict.fromkeys((105, 108, 109, 423, 424, 503, 505, 999), Reason.SPEEDING),
    107: Reason.REQUIRE_PTR,
    **dict.fromkeys((305, 402, 403, 405, 415, 421), Reason.REJECTED),
    **dict.fromkeys((401, 517, 535), Reason.AUTH_FAILURE),
    416: Reason.USER_UNKNOWN,
    417: Reason.MAILBOX_FULL,
    **dict.fromkeys((420, 426), Reason.SUSPEND),
    **dict.fromkeys((506, 513, 514), Reason.SPAM_DETECTED),
}


def reason_in(said: str) -> Reason | None:
    """The reason that a text, as `heard`, gives in words."""
    return numbered_reason_in(said) or _first(_FIRM, said)


def vague_reason_in(said: str) -> Reason | None:
    """The reason that a text seems to give, where nothing better does."""
    return _first(_VAGUE, said)


def _first(table: _Table, said: str) -> Reason | None:
    return next((reason for reason, phrases in table if any(_found(phrase, said) for phrase in phrases)), None)


def numbered_reason_in(said: str) -> Reason | None:
    """The numbers of Orange, La Poste and SFR, which tell more than the sentence before them."""
    if "sfr_in_" in said:
        return Reason.SPEEDING
    found = _OFR.search(said) if "ofr" in said or "lpn" in said or "ouk" in said else None
    number = int(found[1]) if found else 0
    return Reason.REJECTED if 200 <= number < 300 else _ORANGE.get(number)


def _found(phrase: tuple[str, ...], said: str) -> bool:
    first, rest = phrase[0], phrase[1:]
    at = said.find(first)
    if at < 0 or not rest:
        return at >= 0
    at += len(first)
    for word in rest:
        at = said.find(word, at, at + len(word) + _GAP)
        if at < 0:
            return False
        at += len(word)
    return True
