"""What is no bounce: complaints, automatic replies, and ordinary mail that speaks of bounces."""

from __future__ import annotations

import pytest

from tracker.returns import Kind, Reason, classify

ARF = """Return-Path: <fbl@provider.example>
From: <fbl@provider.example>
To: plaintes@lumen.example
Subject: FW: Mai
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Some/1.0
Version: 1
Original-Rcpt-To: lea@clients.example

--b
Content-Type: message/rfc822

From: news@lumen.example
To: lea@clients.example
Subject: Mai

550 5.1.1 user unknown
--b--
"""
BOUNCE = "550 5.1.1 <lea@clients.example>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
PERSON = "Return-Path: <lea@clients.example>\nFrom: Léa <lea@clients.example>\nTo: news@lumen.example\n"


def mail(subject: str, body: str = "Bonjour", head: str = PERSON) -> bytes:
    return f"{head}Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()


def test_a_complaint_is_no_bounce_whatever_it_quotes() -> None:
    returned = classify(ARF.format(kind="abuse").encode())
    assert returned.kind is Kind.FEEDBACK
    (record,) = returned.records
    assert (record.recipient, record.reason, record.hard) == ("lea@clients.example", Reason.FEEDBACK, False)


def test_a_reader_who_says_not_spam_does_not_complain() -> None:
    assert classify(ARF.format(kind="not-spam").encode()).kind is Kind.NONE


def test_a_junk_report_without_a_feedback_part_is_a_complaint() -> None:
    raw = (
        "From: staff@provider.example\nSubject: complaint about message from 192.0.2.9\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        "X-HmXmrOriginalRecipient: lea@clients.example\nFrom: news@lumen.example\n\nBonjour\n--b--\n"
    )
    returned = classify(raw.encode())
    assert (returned.kind, returned.records[0].recipient) == (Kind.FEEDBACK, "lea@clients.example")


@pytest.mark.parametrize(
    "raw",
    [
        mail("Automatic reply: Mai", "I am out of the office."),
        mail("Réponse automatique : Mai", "Je suis en congés jusqu'au 3."),
        mail("Absence du bureau : Mai"),
        mail("Re: Mai", "Je suis absent.", PERSON + "Auto-Submitted: auto-replied (vacation)\n"),
        mail("Mai", "Received.", PERSON + "Precedence: auto_reply\n"),
        mail("=?utf-8?B?UsOpcG9uc2UgYXV0b21hdGlxdWUgOiBNYWk=?="),
        mail(
            "Automatic reply: Mai",
            "Your message was not delivered, I left.",
            PERSON.replace("<lea@clients.example>\n", "<>\n", 1),
        ),
        mail("Out of Office", "Mailbox is full of mail, back Monday.", PERSON + "X-Autoreply: yes\n"),
    ],
)
def test_a_mailbox_that_answers_by_itself_is_no_bounce(raw: bytes) -> None:
    returned = classify(raw)
    assert returned.kind is Kind.VACATION
    assert not any(record.hard for record in returned.records)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        mail("Mai"),
        mail("Re: Mai", f"Merci !\n\n> {BOUNCE}\n> Undelivered Mail Returned to Sender"),
        mail("RE: Undelivered Mail Returned to Sender", f"Voici ce que je reçois :\n{BOUNCE}"),
        mail("Fwd: Undelivered Mail Returned to Sender", f"---------- Forwarded message ---------\n{BOUNCE}"),
        mail("Facture 550 5.1.1", f"Le montant est de 550 €. Erreur : {BOUNCE}"),
        mail("Your parcel could not be delivered", "Nobody was at home. Choose another day."),
        mail("Votre colis n'a pas pu être livré", "Le livreur repassera demain."),
        mail("Delivery failure rates explained", BOUNCE, PERSON + "List-Unsubscribe: <https://a.example/u>\n"),
        mail("Automatic reply rules: ten tips", "…", PERSON + "List-Unsubscribe: <https://a.example/u>\n"),
        mail("Weekly digest", "3 new posts", PERSON + "Auto-Submitted: auto-generated\n"),
        mail("Question", "My mailbox is full, please write to max@clients.example instead."),
        mail("Désabonnement", "Merci de me retirer de la liste."),
        (
            PERSON
            + "Subject: Read: Mai\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
            "--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; lea@clients.example\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n"
        ).encode(),
    ],
)
def test_ordinary_mail_is_none_of_it(raw: bytes) -> None:
    returned = classify(raw)
    assert returned.kind is Kind.NONE
    assert returned.records == ()
