"""Notices as JSON in a mail, as Amazon's notification service sends them for SES."""

from __future__ import annotations

import json
from typing import Any

from tracker.returns.message import Part
from tracker.returns.report import MAX_RECIPIENTS, Delivery

_KINDS = {
    "bounce": ("bouncedRecipients", "failed"),
    "complaint": ("complainedRecipients", "complained"),
    "delivery": ("recipients", "delivered"),
}


def notices(message: Part, parts: list[Part]) -> list[Delivery]:
    """What such a notice says, recipient by recipient; nothing where the mail holds none."""
    if not any(name.startswith("x-amz-sns-") for name in message.fields):
        return []
    for part in parts:
        text = part.text.lstrip()
        if not text.startswith("{"):
            continue
        try:
            document, _ = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError):
            continue
        return _read(document) if isinstance(document, dict) else []
    return []


def _read(document: dict[str, Any]) -> list[Delivery]:
    kind = str(document.get("notificationType") or document.get("eventType") or "").lower()
    field, action = _KINDS.get(kind, ("", ""))
    told = document.get(kind)
    named = told.get(field) if isinstance(told, dict) else None
    if not isinstance(named, list):
        return []
    passing = isinstance(told, dict) and told.get("bounceType") == "Transient"
    said = str(told.get("smtpResponse") or "") if isinstance(told, dict) else ""
    return [_delivery(each, "delayed" if passing else action, said) for each in named[:MAX_RECIPIENTS]]


def _delivery(named: object, action: str, said: str) -> Delivery:
    if not isinstance(named, dict):
        return Delivery(str(named)[:320], action, "", said, "")
    diagnostic = str(named.get("diagnosticCode") or said).removeprefix("smtp;").strip()
    status = str(named.get("status") or "")[:12]
    return Delivery(str(named.get("emailAddress") or "")[:320], action, status, diagnostic, "")
