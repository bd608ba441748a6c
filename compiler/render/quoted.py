"""Quoted-printable (RFC 2045 6.7) in pieces that can be joined in any order.

Every piece begins and ends at the start of a line: it closes with a hard line break of its own text, or with a soft
one. So a piece does not depend on its neighbours, and constant pieces are encoded once.
"""

from __future__ import annotations

from binascii import b2a_qp

_SOFT = b"=\r\n"


def encode_piece(text: str) -> bytes:
    """`text` as lines of at most 76 characters, CRLF only; LF is a line break, a CR stays a CR as `=0D`."""
    if "\r" in text or " \n" in text or "\t\n" in text:
        return _encode_lines(text)
    # The x keeps the last character from being taken for the line's end: there b2a_qp would let the line reach
    # 76 characters and leave no place for the soft break.
    encoded = b2a_qp(text.encode() + b"x")[:-1]
    if b"\n" in encoded:
        encoded = encoded.replace(b"\n", b"\r\n")
        if encoded.endswith(b"\n"):
            return encoded
    return encoded + _SOFT if encoded else encoded


def _encode_lines(text: str) -> bytes:
    """What b2a_qp gets wrong in a whole text is right line by line.

    In text mode it writes a CR as it is, and lets a line with a blank before its end grow to 78 characters.
    """
    lines = [b2a_qp(line.encode() + b"x", istext=False)[:-1].replace(b"\n", b"\r\n") for line in text.split("\n")]
    last = lines.pop()
    closed = b"".join(_closed_hard(line) for line in lines)
    return closed + (last + _SOFT if last and not last.endswith(b"\n") else last)


def _closed_hard(line: bytes) -> bytes:
    # A blank before a hard break would be lost on the way (RFC 2045 6.7 rule 3), a lone dot may end a message.
    return line + (_SOFT if line[-1:] in (b" ", b"\t", b".") else b"") + b"\r\n"
