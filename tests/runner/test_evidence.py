from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from compiler.language.event import Event, EventKind
from compiler.specimen import HEADING
from runner.evidence import accepted_in_log, message_id, proved, received

AT = datetime(2027, 3, 2, 11, tzinfo=UTC)
ZOE, ALI = b"z" * 16, b"a" * 16


def test_postfix_took_only_what_its_queue_manager_has() -> None:
    log = """
Mar  2 09:00:01 mx postfix/cleanup[11]: 4F1A2B: message-id=<one@mail.example>
Mar  2 09:00:01 mx postfix/qmgr[12]: 4F1A2B: from=<b@mail.example>, size=41000, nrcpt=1 (queue active)
Mar  2 09:00:02 mx postfix/cleanup[11]: 4F1A2C: message-id=<cut@mail.example>
Mar  2 09:00:03 mx postfix/cleanup[11]: 4F1A2D: message-id=<two@mail.example>
Mar  2 09:00:09 mx postfix/smtp[13]: 4F1A2D: to=<x@clients.example>, relay=mx[192.0.2.1]:25, status=sent (250 ok)
"""
    assert accepted_in_log(log.splitlines()) == {"<one@mail.example>", "<two@mail.example>"}


def test_json_lines_and_plain_lists_are_read() -> None:
    lines = [
        '{"message_id": "<a@x.example>", "status": "accepted"}',
        '{"message_id": "<b@x.example>"}',
        '{"message_id": "<c@x.example>", "status": "rejected"}',
        "<d@x.example>",
        "a sentence that names <e@x.example>",
    ]
    assert accepted_in_log(lines) == {"<a@x.example>", "<b@x.example>", "<d@x.example>"}


@given(st.lists(st.text()))
def test_no_log_breaks_the_reader(lines: list[str]) -> None:
    accepted_in_log(lines)


def test_whoever_opened_clicked_or_left_had_the_message() -> None:
    def event(kind: EventKind, contact: bytes) -> Event:
        return Event("t", 1, AT, kind, "p" * 16, contact.hex())

    assert received([event(EventKind.OPENED, ZOE), event(EventKind.SENT, ALI)]) == {ZOE.hex()}


def test_a_message_id_is_the_editions_whatever_the_plan() -> None:
    corrected = replace(HEADING, segment="others")
    assert message_id(HEADING, ZOE.hex()) == message_id(corrected, ZOE.hex())
    assert message_id(HEADING, ZOE.hex()) != message_id(replace(HEADING, edition="2"), ZOE.hex())


def test_each_proof_is_named() -> None:
    log = {message_id(HEADING, ZOE.hex())}
    contacts = {4: ZOE, 7: ALI, 9: b"n" * 16}
    assert proved(contacts, HEADING, log=log, seen={ALI.hex()}) == {4: "relay_log", 7: "event"}
