"""The contacts whose message goes wrong are found without anybody naming them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from compiler.language.finding import Finding
from compiler.pipeline import check_workspace

BASE = Path(__file__).parents[1] / "broken" / "base"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "workspace"))


def told(root: Path, old: str, new: str) -> list[Finding]:
    template = root / "templates" / "news.fr.mjml"
    text = template.read_text("utf-8")
    assert text.count(old) == 1
    template.write_text(text.replace(old, new), "utf-8")
    return check_workspace(root, on=date(2027, 3, 1))[1]


GREETING = "<mj-text>Bonjour {{ contact.first_name }},</mj-text>"


def test_only_long_values_and_many_rows_make_a_message_that_gmail_clips(root: Path) -> None:
    """1,100 times a value: 10 kB for a usual one, past the limit for the longest."""
    long = "{% for i in range(1100) %}{{ contact.company or '' }} {% endfor %}"
    found = told(root, GREETING, f"{GREETING}<mj-text>{long}</mj-text>")
    assert [one.code for one in found] == ["MSG-SIZE-13"]


def test_what_only_somebody_without_values_gets_is_looked_at(root: Path) -> None:
    shown = '{% if not contact.company %}<span style="color:#bbbbbb">Dites-nous où vous travaillez.</span>{% endif %}'
    found = told(root, GREETING, f"{GREETING}<mj-text>{shown}</mj-text>")
    assert [(one.code, one.place.line) for one in found] == [("MSG-CONTRAST-28", 10)]
