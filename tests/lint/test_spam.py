"""SpamAssassin, where it is installed: its points and rules, or why it said nothing."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from pathlib import Path

import pytest
from click.testing import CliRunner

from compiler.cli import envoi
from compiler.language.finding import Place
from compiler.lint.spam import composed, spam_findings

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
P = Place("a.mjml")
installed = pytest.mark.skipif(shutil.which("spamassassin") is None, reason="SpamAssassin is not installed")


def message(subject: str, words: str) -> bytes:
    return composed(
        subject,
        words,
        f"<html><body><p>{words}</p></body></html>",
        sender="Atelier Lumen <nouvelles@mail.lumen.example>",
        unsubscribe_url="https://t.lumen.example/u/x",
        on=date(2027, 3, 1),
    )


def test_the_message_asked_about_is_whole() -> None:
    read = message_from_bytes(message("Trois lampes à Rennes", "Bonjour Zoé, é" * 40))
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert all(read[name] for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"))


@installed
@pytest.mark.raises_code("MSG-SPAM-32")
def test_a_message_that_filters_know_is_told_with_its_rules() -> None:
    junk = message("BUY VIAGRA NOW!!!", "Buy VIAGRA and CIALIS now, 100% free, click here, no prescription needed")
    (found,) = spam_findings(junk, P, most=Decimal(3))
    told = dict(found.arguments)
    assert (found.code, found.place) == ("MSG-SPAM-32", P)
    assert Decimal(told["score"]) > 3
    assert "DRUG" in told["rules"]
    assert list(spam_findings(junk, P, most=Decimal(90))) == []


@pytest.mark.raises_code("MSG-SPAM-33")
def test_without_spamassassin_that_is_what_is_said(tmp_path: Path) -> None:
    (found,) = spam_findings(message("Lampes", "Trois"), P, most=Decimal(5), program=str(tmp_path / "spamassassin"))
    assert (found.code, found.message("en")) == (
        "MSG-SPAM-33",
        "SpamAssassin said nothing: program not found: spamassassin",
    )


@pytest.mark.raises_code("MSG-SPAM-32", "MSG-SPAM-33")
def test_the_report_is_read_as_it_is_written(tmp_path: Path) -> None:
    """The real program's words, from a program that says them at once: what follows does not need it installed."""
    said = """X-Spam-Status: Yes, score=7.3 required=5.0 tests=A,B

Content analysis details:   (7.3 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 2.8 DRUG_ED_CAPS           BODY: Mentions an E.D. drug
 4.5 SUBJ_ALL_CAPS          Subject is all capitals
"""
    program = tmp_path / "spamassassin"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\ncat <<'END'\n{said}\nEND\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (found,) = spam_findings(message("Lampes", "Trois"), P, most=Decimal("7.2"), program=str(program))
    assert found.message("en") == ("SpamAssassin gives 7.3 points (at most 7.2): SUBJ_ALL_CAPS 4.5, DRUG_ED_CAPS 2.8")
    assert list(spam_findings(message("Lampes", "Trois"), P, most=Decimal("7.3"), program=str(program))) == []
    program.write_text("#!/bin/sh\ncat >/dev/null\n")
    (silent,) = spam_findings(message("Lampes", "Trois"), P, most=Decimal(5), program=str(program))
    assert silent.code == "MSG-SPAM-33"


@installed
def test_the_example_s_messages_pass_spamassassin_s_own_threshold() -> None:
    done = CliRunner().invoke(envoi, ["-C", str(CAMPAIGNS), "check", "--spam", "5", "--format", "json"])
    assert json.loads(done.stdout)["findings"] == []
    strict = CliRunner().invoke(envoi, ["-C", str(CAMPAIGNS), "check", "--spam", "0", "--format", "json"])
    assert {one["code"] for one in json.loads(strict.stdout)["findings"]} <= {"MSG-SPAM-32"}
