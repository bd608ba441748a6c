# ruff: noqa: E501 (what a server says stands on one line)
"""What servers say, from many of them: the class, the recipient, the status, the reply and the reason."""

from __future__ import annotations

import pytest

from tracker.returns import Kind, classify

DAEMON = "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: news@lumen.example\n"
REPORT = DAEMON + (
    "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\nAuto-Submitted: auto-replied\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n'
)
ORIGINAL = "--=_b\nContent-Type: message/rfc822\n\nFrom: news@lumen.example\nTo: lea@clients.example\nSubject: Mai\n\nBonjour\n"


def report(*groups: str, text: str = "This is the mail system.", kind: str = "message/delivery-status") -> str:
    fields = "Reporting-MTA: dns; mx.example\n\n" + "\n".join(group.strip() + "\n" for group in groups)
    return f"{REPORT}\n--=_b\nContent-Type: text/plain\n\n{text}\n\n--=_b\nContent-Type: {kind}\n\n{fields}\n{ORIGINAL}--=_b--\n"


def group(diagnostic: str, status: str = "5.0.0", action: str = "failed", who: str = "lea@clients.example") -> str:
    return f"Final-Recipient: rfc822; {who}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}"


def prose(subject: str, body: str, head: str = DAEMON) -> str:
    return f"{head}Subject: {subject}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n"


POSTFIX = """This is the mail system at host mx.example.

<lea@clients.example>: host mx.clients.example[192.0.2.1] said: %s (in reply to %s command)
"""
QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<lea@clients.example>:
%s

--- Below this line is a copy of the message.

Return-Path: <news@lumen.example>
Subject: over quota, user unknown
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  lea@clients.example
    %s

------ This is a copy of the message, including all the headers. ------

Subject: user unknown
"""
SENDMAIL = """The original message was received at Mon, 2 Mar 2026 09:00:00 +0100
from lumen.example [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<lea@clients.example>

   ----- Transcript of session follows -----
... while talking to mx.clients.example.:
%s

   ----- Original message follows -----

Subject: Mai
"""
# fmt: off
RETURNS = [
    # delivery reports
    ("postfix-user-unknown", report(group("550 5.1.1 <lea@clients.example>: Recipient address rejected: User unknown", "5.1.1")), "hard", "5.1.1", "550", "userunknown"),
    ("postfix-mailbox-full", report(group("452 4.2.2 The email account is over quota", "4.2.2")), "soft", "4.2.2", "452", "mailboxfull"),
    ("full-with-a-5xx", report(group("552 5.2.2 Mailbox full", "5.2.2")), "soft", "5.2.2", "552", "mailboxfull"),
    ("delayed", report(group("451 4.7.1 Greylisted, please try again later", "4.7.1", "delayed")), "soft", "4.7.1", "451", "onhold"),
    ("delayed-unknown-host", report(group("Host not found", "4.4.3", "delayed")), "soft", "4.4.3", "", "hostunknown"),
    ("unknown-host", report("Final-Recipient: rfc822; lea@clients.example\nAction: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; Host or domain name not found. Name service error for name=clients.example type=A: Host not found"), "hard", "5.4.4", "", "hostunknown"),
    ("null-mx", report(group("556 5.1.10 Recipient address has null MX", "5.1.10")), "hard", "5.1.10", "556", "notaccept"),
    ("remote-status-first", report(group("552 5.2.2 Over quota", "5.1.1")), "soft", "5.2.2", "552", "mailboxfull"),
    ("after-data-a-filter", report(group("550 User unknown"), text=POSTFIX % ("550 User unknown", "end of DATA")), "soft", "5.0.0", "550", "filtered"),
    ("at-rcpt-an-address", report(group("550 User unknown"), text=POSTFIX % ("550 User unknown", "RCPT TO")), "hard", "5.0.0", "550", "userunknown"),
    ("sender-refused", report(group("553 5.1.8 <news@lumen.example>: Sender address rejected: Domain not found", "5.1.8")), "soft", "5.1.8", "553", "rejected"),
    ("sender-domain-unknown", report(group("550 5.1.8 domain does not exist", "5.1.8")), "soft", "5.1.8", "550", "rejected"),
    ("gmail-unauthenticated", report(group("550-5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM", "5.7.26")), "soft", "5.7.26", "550", "authfailure"),
    ("gmail-unknown", report(group("550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking", "5.1.1")), "hard", "5.1.1", "550", "userunknown"),
    ("gmail-inactive", report(group("550 5.2.1 The email account that you tried to reach is inactive.", "5.2.1")), "soft", "5.2.1", "550", "suspend"),
    ("microsoft-blocked", report(group("550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Please contact your provider since part of their network is on our block list (S3140)", "5.7.1")), "soft", "5.7.1", "550", "blocked"),
    ("microsoft-unknown", report(group("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)", "5.5.0"), text=POSTFIX % ("550 5.5.0 Requested action not taken: mailbox unavailable", "RCPT TO")), "soft", "5.5.0", "550", "filtered"),
    ("exchange-unknown", report(group("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "5.1.10")), "hard", "5.1.10", "550", "userunknown"),
    ("yahoo-deferred", report(group("421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to unexpected volume or user complaints", "4.7.0", "delayed")), "soft", "4.7.0", "421", "speeding"),
    ("yahoo-no-account-after-data", report(group("554 delivery error: dd This user doesn't have a clients.example account (lea@clients.example) [0]"), text=POSTFIX % ("554 delivery error", "end of DATA")), "hard", "5.0.0", "554", "userunknown"),
    ("orange-unknown", report(group("550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]", "5.1.1")), "hard", "5.1.1", "550", "userunknown"),
    ("orange-full", report(group("552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", "5.1.1")), "soft", "5.1.1", "552", "mailboxfull"),
    ("orange-too-many", report(group("421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]", "4.0.0", "delayed")), "soft", "4.0.0", "421", "toomanyconn"),
    ("orange-blocked", report(group("550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. OFR006_102 [102]", "5.0.0")), "soft", "5.0.0", "550", "blocked"),
    ("laposte-archived", report(group("550 5.1.1 Boite archivee, en erreur. Archived recipient. LPN007_420", "5.1.1")), "soft", "5.1.1", "550", "suspend"),
    ("free-spam", report(group("550 spam detected", "5.0.0")), "soft", "5.0.0", "550", "spamdetected"),
    ("free-inactive", report(group("550 5.2.1 This mailbox has been blocked due to inactivity", "5.2.1")), "soft", "5.2.1", "550", "suspend"),
    ("sfr-volume", report(group("450 4.7.1 <lumen.example[192.0.2.9]>: Client host rejected: Access denied SFR_IN_105", "4.7.1", "delayed")), "soft", "4.7.1", "450", "speeding"),
    ("utf8-report", report("Final-Recipient: utf-8; zo\\x{EB}@clients.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user", kind="message/global-delivery-status"), "hard", "5.1.1", "550", "userunknown"),
    ("report-without-its-type", report(group("550 5.1.1 No such user", "5.1.1"), kind="text/plain"), "hard", "5.1.1", "550", "userunknown"),
    ("powermta", report(group("550 lea") + "\nX-PowerMTA-BounceCategory: quota-issues"), "soft", "5.0.0", "550", "mailboxfull"),
    ("relayed", report(group("250 ok", "2.0.0", "relayed")), "delivered", "2.0.0", "250", "delivered"),
    ("delivered-auto-submitted", report("Final-Recipient: rfc822; lea@clients.example\nAction: delivered\nStatus: 2.1.5"), "delivered", "2.1.5", "", "delivered"),
    # words alone
    ("postfix-words", prose("Undelivered Mail Returned to Sender", POSTFIX % ("550 5.1.1 User unknown", "RCPT TO")), "hard", "5.1.1", "550", "userunknown"),
    ("qmail-unknown", prose("failure notice", QMAIL % "192.0.2.1 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name\nGiving up on 192.0.2.1."), "hard", "", "550", "userunknown"),
    ("qmail-no-host", prose("failure notice", QMAIL % "Sorry, I couldn't find any host named clients.example. (#5.1.2)"), "hard", "5.1.2", "", "hostunknown"),
    ("qmail-after-data", prose("failure notice", QMAIL % "192.0.2.1 failed after I sent the message.\nRemote host said: 554 rejected due to spam content"), "soft", "", "554", "spamdetected"),
    ("exim-unrouteable", prose("Mail delivery failed: returning message to sender", EXIM % "Unrouteable address"), "hard", "", "", "userunknown"),
    ("exim-at-rcpt", prose("Mail delivery failed: returning message to sender", EXIM % "host mx.clients.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<lea@clients.example>:\n    550 Unknown recipient"), "hard", "", "550", "userunknown"),
    ("exim-retry", prose("Mail delivery failed: returning message to sender", EXIM % "all hosts for 'clients.example' have been failing for a long time (and retry time not reached)"), "soft", "", "", "expired"),
    ("sendmail-old", prose("Returned mail: User unknown", SENDMAIL % ">>> RCPT To:<lea@clients.example>\n<<< 550 <lea@clients.example>... User unknown"), "hard", "", "550", "userunknown"),
    ("courier", prose("NOTICE: mail delivery status.", "This is a delivery status notification from mx.example.\n\nUNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<lea@clients.example>:\n    mx.clients.example [192.0.2.1]:\n<<< 550 5.1.1 User unknown\n"), "hard", "5.1.1", "550", "userunknown"),
    ("domino", prose("DELIVERY FAILURE: User lea not listed in Domino Directory", "Your message\n\n  Subject: Mai\n\nwas not delivered to:\n\n  lea@clients.example\n\nbecause:\n\n  User lea (lea@clients.example) not listed in Domino Directory\n"), "hard", "", "", "userunknown"),
    ("ovh-french", prose("Échec de la remise", "Votre message n'a pas pu être remis au destinataire suivant :\n\n<lea@clients.example>: utilisateur inconnu\n"), "hard", "", "", "userunknown"),
    ("french-full", prose("Message non distribué", "Votre message adressé à lea@clients.example n’a pas pu être distribué : la boîte aux lettres du destinataire est pleine.\n"), "soft", "", "", "mailboxfull"),
    ("french-delay", prose("Avis de non remise", "Votre message n'a pas encore pu être remis à <lea@clients.example>. Le message a été retardé.\n"), "soft", "", "", "expired"),
    ("french-exchange", prose("Non remis : Mai", "Échec de la remise pour ces destinataires ou groupes :\n\nlea@clients.example\nL’adresse de courrier que vous avez entrée est introuvable.\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n", DAEMON.replace("Mail Delivery System", "Microsoft Outlook")), "hard", "5.1.1", "550", "userunknown"),
    ("moved", prose("Undeliverable mail", "Your message could not be delivered to <lea@clients.example>: 551 5.1.6 User has moved\n"), "hard", "5.1.6", "551", "hasmoved"),
]
# fmt: on


@pytest.mark.parametrize(("raw", "kind", "status", "reply", "reason"), [pytest.param(*r[1:], id=r[0]) for r in RETURNS])
def test_a_server_is_understood(raw: str, kind: str, status: str, reply: str, reason: str) -> None:
    returned = classify(raw.encode())
    assert returned.kind == kind
    (record,) = returned.records
    assert record.recipient in ("lea@clients.example", "zoë@clients.example")
    assert (record.status, record.reply, record.reason) == (status, reply, reason)
    assert record.hard == (kind == "hard")


def test_what_stands_on_crlf_lines_is_read_alike() -> None:
    for _, raw, *_ in RETURNS:
        assert classify(raw.encode()) == classify(raw.replace("\n", "\r\n").encode())


def test_each_recipient_of_a_report_has_its_own_record() -> None:
    raw = report(group("550 5.1.1 No such user", "5.1.1"), group("552 5.2.2 Full", "5.2.2", who="max@clients.example"))
    returned = classify(raw.encode())
    assert returned.kind is Kind.HARD
    assert [(each.recipient, each.hard) for each in returned.records] == [
        ("lea@clients.example", True),
        ("max@clients.example", False),
    ]


def test_each_recipient_told_in_words_has_its_own_record() -> None:
    body = QMAIL % "Sorry, no mailbox here by that name. (#5.1.1)\n\n<max@clients.example>:\nMailbox is full. (#5.2.2)"
    returned = classify(prose("failure notice", body).encode())
    assert [(each.recipient, each.status, each.hard) for each in returned.records] == [
        ("lea@clients.example", "5.1.1", True),
        ("max@clients.example", "5.2.2", False),
    ]


def test_the_recipient_that_we_wrote_to_is_named_not_the_one_it_was_forwarded_to() -> None:
    raw = report(
        "Original-Recipient: rfc822; lea@clients.example\n" + group("550 5.1.1 No", "5.1.1", who="x@elsewhere.example")
    )
    assert classify(raw.encode()).records[0].recipient == "lea@clients.example"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_report_is_read(encoding: str) -> None:
    import base64
    import quopri

    fields = (group("550 5.1.1 No such user é", "5.1.1") + "\n").encode()
    packed = base64.encodebytes(fields) if encoding == "base64" else quopri.encodestring(fields)
    raw = f"{REPORT}\n--=_b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: {encoding}\n\n{packed.decode()}--=_b--\n"
    assert classify(raw.encode()).kind is Kind.HARD


def test_a_report_wrapped_by_a_gateway_is_read() -> None:
    inner = report(group("550 5.1.1 No such user", "5.1.1"))
    body = inner[inner.index("Content-Type: multipart/report") :]
    raw = f"{DAEMON}Subject: Undeliverable\nContent-Type: multipart/mixed; boundary=out\n\n--out\n{body}\n--out\n\nfooter\n--out--\n"
    assert classify(raw.encode()).kind is Kind.HARD
