"""`asset()` in templates: an address known before any contact, or a finding at its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from compiler.language.catalogue import picture as codes
from compiler.language.catalogue import template as template_codes
from compiler.language.finding import Entry, Place
from compiler.language.picture import Picture, PictureFormat, PictureHeader
from compiler.mjml import compile_html, compile_mjml
from compiler.mjml.pictures import NoPictures
from compiler.render import CompiledMjml

LAMP = Picture("assets/lampe.jpg", b"lamp", PictureHeader(PictureFormat.JPEG, 1200, 560))
BASE = "https://t.atelier.example"
ADDRESS = f"{BASE}/a/{LAMP.name}"


@dataclass(frozen=True)
class Shelf:
    base: str = BASE
    names: Sequence[str] = ("lampe.jpg",)

    def find(self, name: str) -> Picture | None:
        return LAMP if name == "lampe.jpg" else None


def mjml(content: str, *, shelf: Shelf | None = None, files: dict[str, str] | None = None) -> CompiledMjml:
    source = f"<mjml><mj-body><mj-section><mj-column>\n{content}\n</mj-column></mj-section></mj-body></mjml>"
    return compile_mjml(source, "a.mjml", read=(files or {}).get, params={}, album=shelf or Shelf())


@pytest.mark.parametrize(
    "content",
    [
        '<mj-image src="{{ asset(\'lampe.jpg\') }}" alt="Lampe" /><mj-text>L</mj-text>',
        '<mj-image src=\'{{asset("lampe.jpg")}}\' alt="Lampe" /><mj-text>L</mj-text>',
        '<mj-text>{% if contact.vip %}<img src="{{ asset(\'lampe.jpg\') }}" width="60" alt="">{% endif %}L</mj-text>',
        "<mj-raw><!--[if mso]><v:image src=\"{{ asset('lampe.jpg') }}\" /><![endif]--></mj-raw><mj-text>L</mj-text>",
    ],
    ids=["component", "other-quotes", "markup-in-a-branch", "for-outlook"],
)
def test_the_address_is_written_and_nothing_is_left_for_each_recipient(content: str) -> None:
    made = mjml(content)
    assert not made.findings
    assert ADDRESS in made.html
    assert "asset" not in made.html


def test_an_include_shows_the_picture_that_it_is_given() -> None:
    hero = '<mj-image src="[[ picture ]]" alt="Lampe" /><mj-text>L</mj-text>'
    made = mjml('[% include "hero.mjml" with picture="{{ asset(\'lampe.jpg\') }}" %]', files={"hero.mjml": hero})
    assert not made.findings
    assert ADDRESS in made.html


def test_html_templates_know_pictures_too() -> None:
    source = '<html lang="fr"><body background="{{ asset(\'lampe.jpg\') }}"><p>Une lampe</p></body></html>'
    made = compile_html(source, "a.html", read=lambda path: None, params={}, album=Shelf())
    assert not made.findings
    assert f'background="{ADDRESS}"' in made.html


@pytest.mark.parametrize(
    ("content", "entry", "column"),
    [
        ('<mj-image src="{{ asset(\'lampes.jpg\') }}" alt="x" />', codes.ASSET_UNKNOWN, 16),
        ('<mj-image src="{{ asset(\'../../etc/passwd\') }}" alt="x" />', codes.ASSET_UNKNOWN, 16),
        ('<mj-image src="{{ asset(contact.job) }}" alt="x" />', codes.ASSET_FORM, 16),
        ('<mj-image src="{{ asset(\'lampe.jpg\') | upper }}" alt="x" />', codes.ASSET_FORM, 16),
        ("<mj-text>{% set a = asset('lampe.jpg') %}x</mj-text>", codes.ASSET_FORM, 10),
        ('<mj-text><img src="{{ asset(\'lampe.jpg\') }}" style="width:60px" alt="">x</mj-text>', codes.ASSET_WIDTH, 20),
    ],
)
def test_a_finding_stands_at_the_tag(content: str, entry: Entry, column: int) -> None:
    found = [one for one in mjml(content).findings if one.entry == entry]
    assert [one.place for one in found] == [Place("a.mjml", 2, column)]


def test_the_nearest_picture_is_proposed() -> None:
    (found,) = (f for f in mjml('<mj-image src="{{ asset(\'lamp.jpg\') }}" alt="" />').findings if f.stops)
    assert "lampe.jpg" in found.advice("fr")
    assert "lampe.jpg" in found.message("en")


def test_a_picture_needs_somebody_to_serve_it() -> None:
    content = '<mj-image src="{{ asset(\'lampe.jpg\') }}" alt="" />'
    assert codes.ASSET_NOWHERE in {f.entry for f in mjml(content, shelf=Shelf(base="")).findings}
    made = compile_html("<p>{{ asset('x') }}</p>", "a.html", read=lambda path: None, params={}, album=NoPictures())
    assert codes.ASSET_UNKNOWN in {f.entry for f in made.findings}


def test_a_word_or_a_tag_that_cannot_be_read_is_no_picture() -> None:
    assert not mjml('<mj-text>{{ contact.asset }} {{ "asset(" }} {# asset( #}x</mj-text>').findings
    assert template_codes.JINJA_SYNTAX in {f.entry for f in mjml("<mj-text>{{ asset('lampe.jpg }}</mj-text>").findings}
