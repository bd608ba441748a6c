from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compiler.language.campaign import Campaign, Workspace
from compiler.language.finding import Place
from compiler.policy import Message, check_composed, check_message

P = Place("spring-2027.yaml", 4, 1)
SIGNED = "from:to:subject:date:message-id:list-unsubscribe:list-unsubscribe-post:list-id:feedback-id:mime-version"
HEAD = {
    "DKIM-Signature": f"v=1; a=rsa-sha256; d=mail.atelier-lumen.example; s=s2027;\r\n\th={SIGNED};\r\n\tbh=x; b=y",
    "From": "Atelier Lumen <nouvelles@mail.atelier-lumen.example>",
    "To": "zoe.quemeneur@clients.example",
    "Reply-To": "bonjour@atelier-lumen.example",
    "Subject": "=?utf-8?q?Zo=C3=A9=2C_trois_lampes?=",
    "Date": "Tue, 02 Mar 2027 09:00:00 +0000",
    "Message-ID": "<p5kzq3.k7@mail.atelier-lumen.example>",
    "List-Unsubscribe": "<https://t.atelier-lumen.example/u/abc/def>,\r\n <mailto:mabc@retours.atelier-lumen.example>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "List-Id": "Atelier Lumen <newsletter.atelier-lumen.example>",
    "Feedback-ID": "spring-2027:newsletter:campaign:atelier-lumen",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
}
PRIVATE = ("zoe.quemeneur@clients.example", "C-00042")


def composed(**changes: str | None) -> bytes:
    """The lawful message with fields changed, or dropped where None; underscores stand for hyphens."""
    fields = {**HEAD, **{name.replace("_", "-"): value for name, value in changes.items()}}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([*lines, "", "Bonjour", ""]).encode()


COMPLAINTS_SIGNED = HEAD["DKIM-Signature"].replace("h=from", "h=cfbl-address:from")
FAILING = [
    ("MSG-5322-15", composed(Date=None)),
    ("MSG-5322-15", composed(Date="hier")),
    ("MSG-5322-15", composed(Message_ID="p5kzq3")),
    ("MSG-5322-15", composed(From="a@mail.atelier-lumen.example, b@mail.atelier-lumen.example")),
    ("MSG-5322-15", b"Subject: deux fois\r\n" + composed()),
    ("MSG-5322-15", b"Su bject: x\r\n" + composed()),
    ("MSG-5322-15", composed() + b"a bare\nline feed\r\n"),
    ("MSG-5322-15", composed() + b"a bare\rcarriage return\r\n"),
    ("MSG-5322-15", composed() + b"x" * 999 + b"\r\n"),
    ("HDR-LU-01", composed(List_Unsubscribe=None)),
    ("HDR-LU-01", composed(List_Unsubscribe="<mailto:mabc@retours.atelier-lumen.example>")),
    ("HDR-LU-01", composed(List_Unsubscribe="<http://t.atelier-lumen.example/u>, <mailto:m@r.example>")),
    ("HDR-LU-01", composed(List_Unsubscribe="<https://t.atelier-lumen.example/u/abc>")),
    ("HDR-LU-01", composed(List_Unsubscribe="<mailto:m@r.example>, <https://t.atelier-lumen.example/u/abc>")),
    ("HDR-LUP-02", composed(List_Unsubscribe_Post=None)),
    ("HDR-LUP-02", composed(List_Unsubscribe_Post="List-Unsubscribe=One-click")),
    ("HDR-DKIMCOV-03", composed(DKIM_Signature=None)),
    ("HDR-DKIMCOV-03", composed(DKIM_Signature=HEAD["DKIM-Signature"].replace("list-unsubscribe-post:", ""))),
    ("HDR-DKIMCOV-03", composed(DKIM_Signature=HEAD["DKIM-Signature"].replace("feedback-id:", ""))),
    ("HDR-LISTID-04", composed(List_Id="Atelier Lumen")),
    ("HDR-FBID-05", composed(Feedback_ID="spring-2027")),
    ("HDR-CFBL-06", composed(CFBL_Address="fbl@atelier-lumen.example; report=arf")),  # not signed
    ("HDR-CFBL-06", composed(CFBL_Address="fbl@ailleurs.example", DKIM_Signature=COMPLAINTS_SIGNED)),
    ("HDR-PREC-07", composed(Auto_Submitted="auto-generated")),
    ("HDR-PREC-07", composed(Precedence="junk")),
    ("HDR-NOPII-09", composed(X_Reader="zoe.quemeneur@clients.example")),
    ("HDR-NOPII-09", composed(Feedback_ID="spring-2027:C-00042:campaign:atelier-lumen")),
    ("HDR-NOPII-09", composed(X_Note="=?utf-8?q?zoe=2Equemeneur=40clients=2Eexample?=")),
]


@pytest.mark.parametrize(("rule", "octets"), FAILING, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(FAILING)])
@pytest.mark.raises_code(
    "HDR-LU-01",
    "HDR-LUP-02",
    "HDR-LISTID-04",
    "HDR-FBID-05",
    "HDR-CFBL-06",
    "HDR-PREC-07",
    "HDR-NOPII-09",
    "MSG-5322-15",
)
def test_octets_that_break_a_rule_are_a_finding(rule: str, octets: bytes) -> None:
    findings = check_composed(octets, place=P, private=PRIVATE)
    assert {f.code for f in findings} == {rule}
    assert not re.search("quemeneur|00042", repr([f.arguments for f in findings]))
    assert all(f.message("fr") and f.message("en") for f in findings)


@pytest.mark.parametrize(
    "octets",
    [
        composed(),
        composed(Precedence="bulk"),
        composed(CFBL_Address="fbl@atelier-lumen.example; report=arf", DKIM_Signature=COMPLAINTS_SIGNED),
        composed(Auto_Submitted="no"),
        composed(Feedback_ID="a:b:c:d", Reply_To=None),
        composed(List_Unsubscribe="<http://127.0.0.1:8025/u/abc>, <mailto:m@r.example>"),
        composed() + b"x" * 998 + b"\r\n",
        b"DKIM-Signature: v=1; a=ed25519-sha256; h=from; b=z\r\n" + composed(),
    ],
    ids=["plain", "bulk", "complaints", "no", "short", "loopback", "998", "two-signatures-one-whole"],
)
def test_lawful_octets_have_no_finding(octets: bytes) -> None:
    assert check_composed(octets, place=P, private=PRIVATE) == []


@pytest.mark.parametrize("octets", [b"", b"\r\n\r\n", b"\xff\xfe: \x00\r\n", b":" * 50, b"From: =?x?b?!?=\r\n\r\n"])
def test_no_octets_whatever_make_the_rules_fail(octets: bytes) -> None:
    assert {"MSG-5322-15", "HDR-LU-01"} <= {f.code for f in check_composed(octets, place=P)}


def test_fields_are_asked_at_compile_time_before_anything_is_signed(workspace: Workspace, campaign: Campaign) -> None:
    fields = tuple((name, value) for name, value in HEAD.items() if name != "DKIM-Signature")
    bare = Message("Trois lampes", "", "", "https://t.atelier-lumen.example/u/abc", P)
    lawful = {f.code for f in check_message(workspace, campaign, replace(bare, headers=fields))}
    assert not {code for code in lawful if code.startswith("HDR")}
    without = tuple((name, value) for name, value in fields if name != "List-Unsubscribe-Post")
    spoilt = {f.code for f in check_message(workspace, campaign, replace(bare, headers=without))}
    assert {code for code in spoilt if code.startswith("HDR")} == {"HDR-LUP-02"}
