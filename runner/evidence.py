"""What shows that a message in doubt was accepted after all: the relay's log, or that somebody opened it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from compiler.language.event import Event, EventKind
from compiler.language.plan import Manifest
from runner.message.compose import idempotency_key

#: Who did one of these had the message in hand. A machine that fetches a pixel proves as much as a person.
_RECEIVED = frozenset(
    {EventKind.OPENED, EventKind.CLICKED, EventKind.UNSUBSCRIBED, EventKind.BOUNCED, EventKind.COMPLAINED}
)
_MESSAGE_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
# Postfix: cleanup names the Message-ID while it still reads; only the queue manager's line says that it was taken.
_CLEANUP = re.compile(r"cleanup\[\d+\]: ([0-9A-Za-z]+): message-id=(<[^>\s]+>)")
_QUEUED = re.compile(r"(?:qmgr\[\d+\]: ([0-9A-Za-z]+): from=.*queue active|: ([0-9A-Za-z]+): to=.*status=sent)")


def message_id(manifest: Manifest, contact: str) -> str:
    """The Message-ID of a contact's message: the same for every attempt and plan of the edition."""
    domain = manifest.sender.from_address.rpartition("@")[2]
    return f"<{idempotency_key(manifest.campaign, manifest.edition, contact)}@{domain}>"


def accepted_in_log(lines: Iterable[str]) -> set[str]:
    """The Message-IDs that a relay's log says it took: Postfix's log, JSON lines with `message_id` (and `status`
    accepted or sent, where given), or a plain list of Message-IDs, one a line. Lines of any other form say nothing.
    """
    taken: set[str] = set()
    named: dict[str, str] = {}
    for line in lines:
        text = line.strip()
        if text.startswith("{"):
            taken.update(_json_line(text))
        elif _MESSAGE_ID.fullmatch(text):
            taken.add(text)
        elif found := _CLEANUP.search(text):
            named[found[1]] = found[2]
        elif found := _QUEUED.search(text):
            taken.update(filter(None, [named.get(found[1] or found[2])]))
    return taken


def received(events: Iterable[Event]) -> set[str]:
    """Contacts who did something that only the message lets them do."""
    return {event.contact for event in events if event.kind in _RECEIVED}


def proved(contacts: Mapping[int, bytes], manifest: Manifest, *, log: set[str], seen: set[str]) -> dict[int, str]:
    """Slots whose message is shown to have arrived, with what shows it."""
    found = {}
    for slot, contact in contacts.items():
        if message_id(manifest, contact.hex()) in log:
            found[slot] = "relay_log"
        elif contact.hex() in seen:
            found[slot] = "event"
    return found


def _json_line(text: str) -> set[str]:
    try:
        record = json.loads(text)
    except ValueError:
        return set()
    if not isinstance(record, dict) or record.get("status", "accepted") not in ("accepted", "sent", "delivered"):
        return set()
    return set(_MESSAGE_ID.findall(str(record.get("message_id", ""))))
