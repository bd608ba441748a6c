"""Reports that are written for machines: delivery status (RFC 3464, RFC 6533) and feedback (RFC 5965)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracker.returns.message import Fields, Part, read_fields

MAX_RECIPIENTS = 100
_REPORTED = re.compile(r"^(?:final|original|x-actual)-recipient:", re.IGNORECASE | re.MULTILINE)
_ACTED = re.compile(r"^(?:action|status|diagnostic-code):", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_CODED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ADDRESS = re.compile(r"(?<![^\s<>\"':;,()\[\]])[^\s<>\"':;,()\[\]@]{1,255}@[^\s<>\"':;,()\[\]@]{1,255}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One group of per-recipient fields. `action` in lower case, empty where it is missing."""

    recipient: str
    action: str
    status: str
    diagnostic: str
    host: str
    category: str = ""


def deliveries(parts: list[Part]) -> list[Delivery]:
    """What the delivery-status parts say, recipient by recipient."""
    found = [
        delivery
        for part in parts
        if _is_status(part)
        for delivery in map(_delivery, _groups(part.text))
        if delivery is not None
    ]
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def _is_status(part: Part) -> bool:
    """By type, or, where a gateway has rewritten the type, by what it holds."""
    if part.kind in ("message/delivery-status", "message/global-delivery-status"):
        return True
    if not part.kind.startswith(("text/", "multipart/")) or part.kind == "text/rfc822-headers":
        return False
    return bool(_REPORTED.search(part.text) and _ACTED.search(part.text))


def _groups(text: str) -> list[Fields]:
    blocks = re.split(r"\n[ \t]*\n", text, maxsplit=MAX_RECIPIENTS * 2)
    return [read_fields(block.strip("\n")) for block in blocks if block.strip()]


def _delivery(fields: Fields) -> Delivery | None:
    def first(name: str) -> str:
        return fields.get(name, [""])[0]

    names = [first(name) for name in ("original-recipient", "final-recipient", "x-actual-recipient")]
    recipient = next(filter(None, map(recipient_in, names)), "")
    action = re.split(r"[\s(]", first("action").lower(), maxsplit=1)[0]
    diagnostic = _diagnostic(fields)
    if not (any(names) or action or first("status")):
        return None
    status = _STATUS.search(first("status"))
    host = first("remote-mta").rpartition(";")[2].strip().split(" ")[0]
    category = first("x-powermta-bouncecategory").lower()
    return Delivery(recipient, action, status[1] if status else "", diagnostic, host, category)


def _diagnostic(fields: Fields) -> str:
    """The diagnostic codes, those of SMTP first, without their type."""
    given = [value for name in ("diagnostic-code", "x-display-diagnostic") for value in fields.get(name, [])]
    given.sort(key=lambda value: not value.lower().startswith("smtp"))
    return " ".join(re.sub(r"^[\w-]{1,40}\s{0,5};\s{0,5}", "", value) for value in given)


def recipient_in(value: str) -> str:
    """The address of `type; address`, of xtext or of RFC 6533's \\x{…}, else nothing."""
    kind, typed, address = value.partition(";")
    address = address if typed else kind
    if "\\x{" in address:
        address = _CODED.sub(lambda found: _character(found[1]), address)
    found = _ADDRESS.search(address)
    if not found:
        return ""
    return _XTEXT.sub(lambda code: chr(int(code[1], 16)), found[0]) if _XTEXT.search(found[0]) else found[0]


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def statuses(text: str) -> list[str]:
    """Enhanced status codes in a text, in order."""
    return _STATUS.findall(text)


def addresses(text: str) -> list[str]:
    """Addresses in a text, in order, each once."""
    return list(dict.fromkeys(found.rstrip(".") for found in _ADDRESS.findall(text)))


@dataclass(frozen=True, slots=True)
class Feedback:
    """A complaint's type (`abuse` …) and those whom it names; usually nobody, providers redact them."""

    kind: str
    recipients: tuple[str, ...]


def feedback(parts: list[Part]) -> Feedback | None:
    """What a feedback report says, if there is one."""
    for part in parts:
        if part.kind != "message/feedback-report":
            continue
        fields = read_fields(part.text.strip("\n"))
        named = [recipient_in(value) for value in fields.get("original-rcpt-to", [])[:MAX_RECIPIENTS]]
        kind = fields.get("feedback-type", ["abuse"])[0].lower()
        return Feedback(kind, tuple(dict.fromkeys(filter(None, named))))
    return None


def junk_report(message: Part, parts: list[Part]) -> Feedback | None:
    """Microsoft's junk mail reports: no feedback part, but the message itself with the reader's name on it."""
    for part in parts:
        if part.kind == "message/rfc822":
            head = read_fields(part.text.lstrip("\n").partition("\n\n")[0])
            if "x-hmxmroriginalrecipient" in head:
                return Feedback("abuse", tuple(filter(None, [recipient_in(head["x-hmxmroriginalrecipient"][0])])))
    return None
