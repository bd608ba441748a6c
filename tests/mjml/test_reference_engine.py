"""Beside npm's `mjml`: equal structure for what mjml-python can do, a finding at its place for what it cannot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry
from compiler.mjml import CompiledMjml, compile_mjml
from compiler.render import prepare

if TYPE_CHECKING:
    from tests.mjml.conftest import Reference

HERE = Path(__file__).parent / "reference"
SUPPORTED = {file.stem: file.read_text("utf-8") for file in sorted((HERE / "supported").glob("*.mjml"))}


def compiled(source: str, *, files: dict[str, str] | None = None) -> CompiledMjml:
    return compile_mjml(source, "a.mjml", read=(files or {}).get, params={})


@pytest.fixture(scope="module")
def supported(reference: type[Reference]) -> Reference:
    return reference.of(SUPPORTED)


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_the_engine_can_do_has_the_reference_s_structure(name: str, supported: Reference) -> None:
    made = compiled(SUPPORTED[name])
    assert supported.errors[name] == []
    assert not [found for found in made.findings if found.stops]
    assert supported.difference(name, made.html) == []


def test_every_component_that_is_supported_is_compared() -> None:
    from compiler.mjml.components import ATTRIBUTES, UNSUPPORTED

    used = set(re.findall(r"<(mj[\w-]*)", " ".join(SUPPORTED.values())))
    assert used == ATTRIBUTES.keys() - UNSUPPORTED - {"mj-preview"}  # its text stands elsewhere, see below


def test_the_preview_text_is_hidden_as_the_reference_hides_it(reference: type[Reference]) -> None:
    source = page(TEXT, head="<mj-preview>Un aperçu</mj-preview>")
    message, _ = prepare(compiled(source), subject="s", preview="")
    hidden = re.compile(r'<div style="(display:none;[^"]*)">\s*Un aperçu')
    theirs = hidden.search(reference.of({"preview": source}).html["preview"])
    ours = hidden.search(message.html)
    assert theirs
    assert ours
    assert theirs[1] == ours[1]


TEXT = "<mj-text>x</mj-text>"
PICTURE = "https://a.example/i.png"


def page(content: str, *, head: str = "", opens: str = "<mjml>") -> str:
    """What is in the column stands on line 5, what is in the head on line 2."""
    body = f"<mj-body>\n<mj-section><mj-column>\n{content}\n</mj-column></mj-section></mj-body>"
    return f"{opens}<mj-head>\n{head}\n</mj-head>{body}</mjml>"


def body(content: str) -> str:
    return f"<mjml><mj-body>\n{content}\n</mj-body></mjml>"


ACCORDION = "<mj-accordion-element><mj-accordion-title>t</mj-accordion-title></mj-accordion-element>"
SOCIAL = f'<mj-social-element src="{PICTURE}" alt="a" icon-position="right">A</mj-social-element>'

#: What the reference engine does and envoi's does not: each is found where it is written.
UNSUPPORTED: dict[str, tuple[Entry, str, tuple[int, int]]] = {
    "html-attributes": (
        codes.COMPONENT_UNSUPPORTED,
        page(TEXT, head='<mj-html-attributes><mj-selector path=".x"></mj-selector></mj-html-attributes>'),
        (2, 1),
    ),
    "raw-file-start": (
        codes.COMPONENT_UNSUPPORTED,
        f'<mjml>\n<mj-raw position="file-start">x</mj-raw><mj-body>{TEXT}</mj-body></mjml>',
        (2, 1),
    ),
    "children-of-a-class": (
        codes.COMPONENT_PLACE,
        page(TEXT, head='<mj-attributes><mj-class name="a">\n<mj-text color="red" /></mj-class></mj-attributes>'),
        (3, 1),
    ),
    "raw-in-social": (codes.COMPONENT_PLACE, page("<mj-social><mj-raw>x</mj-raw></mj-social>"), (5, 12)),
    "raw-in-accordion": (
        codes.COMPONENT_PLACE,
        page(f"<mj-accordion><mj-raw>x</mj-raw>{ACCORDION}</mj-accordion>"),
        (5, 15),
    ),
    "raw-in-navbar": (codes.COMPONENT_PLACE, page("<mj-navbar><mj-raw>x</mj-raw></mj-navbar>"), (5, 12)),
    "jinja-in-social": (codes.JINJA_SOCIAL, page("<mj-social>{% if a %}{% endif %}</mj-social>"), (5, 12)),
    "style-inline": (codes.ATTRIBUTE_IGNORED, page(TEXT, head='<mj-style inline="inline">.x{}</mj-style>'), (2, 11)),
    "owa": (codes.ATTRIBUTE_IGNORED, page(TEXT, opens='<mjml owa="desktop">'), (1, 7)),
    "wrapper-gap": (
        codes.ATTRIBUTE_IGNORED,
        body('<mj-wrapper gap="9px"><mj-section /><mj-section /></mj-wrapper>'),
        (2, 13),
    ),
    "hero-fluid-height": (codes.ATTRIBUTE_IGNORED, body(f'<mj-hero mode="fluid-height">{TEXT}</mj-hero>'), (2, 10)),
    "image-sizes": (codes.ATTRIBUTE_IGNORED, page(f'<mj-image src="{PICTURE}" alt="" sizes="9px" />'), (5, 48)),
    "social-icon-right": (codes.ATTRIBUTE_IGNORED, page(f"<mj-social>{SOCIAL}</mj-social>"), (5, 69)),
    "button-border": (
        codes.ATTRIBUTE_DIFFERS,
        page('<mj-button width="200px" border="2px solid red" href="https://a.example/">x</mj-button>'),
        (5, 26),
    ),
    "unclosed-tag-of-a-text": (codes.TAG_OPEN, page("<mj-text>un <b>deux</mj-text>"), (5, 13)),
    "unknown-tag": (codes.COMPONENT_UNKNOWN, page(f"{TEXT}\n  <mj-video />"), (6, 3)),
    "html-in-a-column": (codes.COMPONENT_UNKNOWN, page("<p>x</p>"), (5, 1)),
    "unknown-attribute": (codes.ATTRIBUTE_UNKNOWN, page('<mj-text colour="red">x</mj-text>'), (5, 10)),
    "number-without-unit": (codes.ATTRIBUTE_VALUE, page('<mj-text font-size="13">x</mj-text>'), (5, 10)),
    "picture-in-percents": (codes.ATTRIBUTE_VALUE, page(f'<mj-image alt="" src="{PICTURE}" width="50%" />'), (5, 48)),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_the_engine_cannot_do_is_found_where_it_is_written(name: str) -> None:
    entry, source, place = UNSUPPORTED[name]
    found = [(one.place.line, one.place.column) for one in compiled(source).findings if one.entry is entry]
    assert found == [place]


def test_each_of_these_findings_is_earned(reference: type[Reference]) -> None:
    # What the reference refuses too, or what envoi's engine would do as well as it, needs no finding of its own.
    from mjml import mjml2html

    theirs = reference.of({name: source for name, (_, source, _) in UNSUPPORTED.items()})
    for name, (_, source, _) in UNSUPPORTED.items():
        try:
            alone = mjml2html(source, fonts={}, social_icon_origin="")
        except ValueError:
            continue  # mjml-python refuses it, without a line
        assert theirs.errors[name] or theirs.difference(name, alone), name


ALL = "<mj-attributes><mj-all color='#123456' /></mj-attributes>"
INCLUDED = {
    "section.mjml": f"<mj-section padding='0 20px'><mj-column width='50%'>{TEXT}</mj-column></mj-section>",
    "button.mjml": '<mj-button align="right" padding="0 7px" href="https://a.example/">x</mj-button>',
    "page.html": "<p>du HTML</p>",
    "style.css": ".x div { color: red; }",
    "head.mjml": f"<mjml><mj-head>{ALL}</mj-head><mj-body></mj-body></mjml>",
}


@pytest.mark.parametrize(
    ("source", "direct"),
    [
        pytest.param(body('<mj-include path="section.mjml" />'), body(INCLUDED["section.mjml"]), id="section"),
        pytest.param(page('<mj-include path="button.mjml" />'), page(INCLUDED["button.mjml"]), id="in-a-column"),
        pytest.param(
            page('<mj-include path="page.html" type="html" />'),
            page(f"<mj-raw>{INCLUDED['page.html']}</mj-raw>"),
            id="html",
        ),
        pytest.param(
            page(TEXT, head='<mj-include path="style.css" type="css" />'),
            page(TEXT, head=f"<mj-style>{INCLUDED['style.css']}</mj-style>"),
            id="css",
        ),
        pytest.param(
            page(TEXT + '<mj-include path="head.mjml" />'),
            page(TEXT, head=ALL),
            id="head",
        ),
    ],
)
def test_an_include_is_what_the_reference_makes_of_it_written_out(
    source: str, direct: str, reference: type[Reference]
) -> None:
    made = compiled(source, files=INCLUDED)
    assert not [found for found in made.findings if found.stops]
    assert reference.of({"direct": direct}).difference("direct", made.html) == []


COLUMN = f"<mj-column>{TEXT}</mj-column>"
SECTION = f"<mj-section>{COLUMN}</mj-section>"


@pytest.mark.parametrize(
    ("opens", "inside", "closes"),
    [
        pytest.param("", SECTION, "", id="body"),
        pytest.param("<mj-wrapper>", SECTION, "</mj-wrapper>", id="wrapper"),
        pytest.param('<mj-wrapper full-width="full-width">', SECTION, "</mj-wrapper>", id="full-width-wrapper"),
        pytest.param("<mj-section>", COLUMN, "</mj-section>", id="section"),
        pytest.param("<mj-section><mj-group>", COLUMN, "</mj-group></mj-section>", id="group"),
        pytest.param("<mj-section><mj-column>", TEXT, "</mj-column></mj-section>", id="column"),
        pytest.param("<mj-hero>", TEXT, "</mj-hero>", id="hero"),
    ],
)
def test_raw_html_is_read_by_everybody_wherever_it_stands(
    opens: str, inside: str, closes: str, reference: type[Reference]
) -> None:
    marks = [f"<mj-raw><p>marque {number}</p></mj-raw>" for number in range(3)]
    source = body(opens + marks[0] + inside + marks[1] + inside + marks[2] + closes)
    made = compiled(source)
    assert made.findings == ()
    assert reference.of({"raw": source}).difference("raw", made.html) == []
    seen = re.sub(r"<!--\[if.*?<!\[endif\]-->", "", made.html, flags=re.DOTALL)
    assert [number for number in range(3) if f"<p>marque {number}</p>" in seen] == [0, 1, 2]


def test_equal_sources_give_equal_ids_unlike_the_reference(reference: type[Reference]) -> None:
    source = SUPPORTED["carousel"]
    assert compiled(source).html == compiled(source).html
    twice = [reference.of({"a": source}).html["a"] for _ in range(2)]
    assert twice[0] != twice[1]
