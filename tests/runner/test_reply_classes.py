"""A 5xx is not a dead address: what each reply means, and in which phase it may mean it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.reply import Phase, Reply, ReplyClass
from runner.replies import classify, judge, scrub

RELAY = "relay.example"
BEFORE_RCPT = (Phase.CONNECT, Phase.EHLO, Phase.STARTTLS, Phase.AUTH, Phase.MAIL)
ABOUT_RECIPIENT = {ReplyClass.DEAD, ReplyClass.MOVED, ReplyClass.FULL, ReplyClass.RECIPIENT_RATE}


@pytest.mark.parametrize(
    ("host", "code", "enhanced", "text", "expected"),
    [
        ("smtp-in.orange.fr", 421, "", "OFR_104 too many connections", ReplyClass.THROTTLE),
        ("smtp-in.orange.fr", 421, "", "OFR006_105 service refuse", ReplyClass.THROTTLE),
        ("smtp-in.orange.fr", 550, "", "OFR_102 bloquée", ReplyClass.LANE_BLOCK),
        ("smtp-in.wanadoo.fr", 550, "", "OFR_405 sender", ReplyClass.CONFIG),
        ("smtpz4.laposte.net", 550, "", "LPN_517 DMARC", ReplyClass.AUTH),
        ("smtp-in.orange.fr", 550, "5.1.1", "OFR_416 inconnu", ReplyClass.DEAD),
        ("smtp-in.orange.fr", 550, "", "OFR_420 archived", ReplyClass.DEAD),
        ("smtp-in.orange.fr", 552, "", "OFR_417 full", ReplyClass.FULL),
        ("smtp-in.orange.fr", 550, "", "OFR_506 spam", ReplyClass.CONTENT),
        ("smtp-in.sfr.fr", 450, "4.7.1", "SFR_IN_101", ReplyClass.THROTTLE),
        ("mx1.free.fr", 550, "", "spam detected", ReplyClass.CONTENT),
        ("mx1.free.fr", 550, "5.2.1", "closed for inactivity", ReplyClass.DEAD),
        ("gmail-smtp-in.l.google.com", 421, "4.7.26", "unauthenticated", ReplyClass.AUTH),
        ("gmail-smtp-in.l.google.com", 421, "4.7.28", "unusual rate", ReplyClass.THROTTLE),
        ("gmail-smtp-in.l.google.com", 421, "4.7.0", "very low reputation", ReplyClass.THROTTLE),
        ("gmail-smtp-in.l.google.com", 550, "5.7.1", "very low reputation of the domain", ReplyClass.LANE_BLOCK),
        ("gmail-smtp-in.l.google.com", 450, "4.2.1", "rate", ReplyClass.RECIPIENT_RATE),
        ("gmail-smtp-in.l.google.com", 550, "5.2.1", "The account is disabled", ReplyClass.DEAD),
        ("gmail-smtp-in.l.google.com", 550, "5.7.1", "likely unsolicited mail", ReplyClass.CONTENT),
        ("x.olc.protection.outlook.com", 451, "4.7.652", "too many", ReplyClass.THROTTLE),
        ("x.olc.protection.outlook.com", 550, "5.7.1", "S3150 block list", ReplyClass.LANE_BLOCK),
        ("x.mx.microsoft", 550, "5.7.515", "Access denied", ReplyClass.AUTH),
        ("x.olc.protection.outlook.com", 554, "5.2.121", "rate", ReplyClass.RECIPIENT_RATE),
        ("x.olc.protection.outlook.com", 550, "5.5.0", "mailbox unavailable", ReplyClass.DEAD),
        ("mta5.am0.yahoodns.net", 553, "5.7.2", "[TSS09] permanently deferred", ReplyClass.LANE_BLOCK),
        ("mta5.am0.yahoodns.net", 421, "4.7.0", "[TSS04] unexpected volume", ReplyClass.THROTTLE),
        ("mta5.am0.yahoodns.net", 554, "5.7.9", "not accepted for policy reasons", ReplyClass.AUTH),
        ("mta5.am0.yahoodns.net", 554, "", "This user doesn't have a yahoo.com account", ReplyClass.DEAD),
        ("mx01.mail.icloud.com", 421, "4.7.1", "[HCM1] later", ReplyClass.THROTTLE),
        ("mx01.mail.icloud.com", 554, "5.7.1", "[HME1]", ReplyClass.AUTH),
        ("mx01.mail.icloud.com", 550, "5.7.0", "[CS01]", ReplyClass.LANE_BLOCK),
        (RELAY, 554, "5.7.1", "Service unavailable; blocked using zen.spamhaus.org", ReplyClass.LANE_BLOCK),
        (RELAY, 451, "4.7.1", "Greylisted, try again later", ReplyClass.TEMP),
        (RELAY, 452, "4.2.2", "over quota", ReplyClass.FULL),
        (RELAY, 550, "5.1.1", "no", ReplyClass.DEAD),
        (RELAY, 551, "5.1.6", "moved", ReplyClass.MOVED),
        (RELAY, 550, "5.2.1", "disabled", ReplyClass.DEAD),
        (RELAY, 554, "5.7.1", "rejected", ReplyClass.CONTENT),
        (RELAY, 451, "", "busy", ReplyClass.TEMP),
        (RELAY, 554, "", "no", ReplyClass.UNKNOWN_PERM),
    ],
)
def test_a_reply_at_rcpt_has_its_class(host: str, code: int, enhanced: str, text: str, expected: ReplyClass) -> None:
    assert classify(host, Phase.RCPT, Reply(code, enhanced, text)) is expected


@pytest.mark.parametrize("phase", BEFORE_RCPT)
@pytest.mark.parametrize("code", [450, 550])
def test_before_rcpt_no_reply_touches_a_contact(phase: Phase, code: int) -> None:
    said = classify(RELAY, phase, Reply(code, "5.1.1", "user unknown, mailbox full"))
    assert said not in ABOUT_RECIPIENT | {ReplyClass.UNKNOWN_PERM}


def test_after_data_only_known_words_mean_a_dead_address() -> None:
    yahoo = "mta5.am0.yahoodns.net"
    known = Reply(554, "", "delivery error: This user doesn't have a yahoo.com account")
    assert classify(yahoo, Phase.DOT, known) is ReplyClass.DEAD
    assert classify(RELAY, Phase.DOT, Reply(550, "5.1.1", "no")) is ReplyClass.UNKNOWN_PERM
    assert classify(RELAY, Phase.DOT, Reply(551, "5.1.6", "moved")) is ReplyClass.UNKNOWN_PERM


def test_a_refused_command_is_our_configuration() -> None:
    assert classify(RELAY, Phase.MAIL, Reply(530, "5.7.0", "Must issue a STARTTLS command first")) is ReplyClass.CONFIG
    assert classify(RELAY, Phase.AUTH, Reply(535, "5.7.8", "bad credentials")) is ReplyClass.AUTH


def test_a_rule_may_ask_for_its_own_wait() -> None:
    judgement = judge("smtp-in.sfr.fr", Phase.RCPT, Reply(450, "4.7.1", "SFR_IN_205"))
    assert judgement.hold == timedelta(hours=2)


@given(
    st.sampled_from([RELAY, "mx.orange.fr.", "a.google.com", ""]),
    st.sampled_from(list(Phase)),
    st.integers(200, 599),
    st.text(max_size=200),
)
def test_every_reply_has_a_class(host: str, phase: Phase, code: int, text: str) -> None:
    said = classify(host, phase, Reply(code, "", text))
    assert (said is ReplyClass.OK) == (code < 300 or code == 354)
    if phase in BEFORE_RCPT:
        assert said not in ABOUT_RECIPIENT


@pytest.mark.parametrize(
    "text",
    [
        "<zoe.martin@clients.example>: unknown",
        "zoe.martin@clients.example: unknown",
        "user Zoe.Martin unknown",
        "sent from b123@envoi.example to (zoe.martin@clients.example)",
    ],
)
def test_a_scrubbed_reply_holds_no_address(text: str) -> None:
    scrubbed = scrub(Reply(550, "5.1.1", text), "zoe.martin@clients.example").text
    assert "martin" not in scrubbed.lower()
    assert "@" not in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "host martin-plomberie.example not found",
        "Zoe Martin has left",
        "mailbox martin-plomberie is full",
        "zoe.martin%clients@relay.example: relaying denied",
        "<zoe.martin=martin-plomberie.example> unknown",
    ],
)
def test_a_scrubbed_reply_names_neither_the_person_nor_their_own_domain(text: str) -> None:
    scrubbed = scrub(Reply(550, "5.1.1", text), "zoe.martin@martin-plomberie.example").text
    assert "martin" not in scrubbed.lower()
    assert "zoe" not in scrubbed.lower()


def test_scrubbing_leaves_the_words_of_a_reply() -> None:
    said = Reply(550, "5.1.1", "no such user in this mailbox, see https://help.example/of")
    assert scrub(said, "of@clients.example").text == said.text.replace("/of", "/<address>")
    assert scrub(said, "us.er@clients.example").text == said.text
