"""Every finding of a template, at its line and column in its own file."""

from __future__ import annotations

import re

import pytest

from compiler.language.catalogue import template as codes
from compiler.language.finding import Entry, Finding, Place
from compiler.language.plan import MessageTemplate
from compiler.mjml import compile_html, compile_mjml
from compiler.render import check_in_child, check_names, prepare

PATH = "templates/a.mjml"
FILES = {"templates/loop.mjml": '[% include "loop.mjml" %]', "templates/long.mjml": "x" * 1_100_000}


def findings(source: str) -> tuple[Finding, ...]:
    return compile_mjml(source, PATH, read=FILES.get, params={"colour": "#123456"}).findings


def body(content: str) -> str:
    return f"<mjml><mj-body>\n{content}</mj-body></mjml>"


def column(content: str) -> str:
    return body(f"<mj-section><mj-column>\n{content}</mj-column></mj-section>")


TEXT = "<mj-text>x</mj-text>"

CASES: list[tuple[Entry, str, tuple[int, int]]] = [
    (codes.BLOCK_UNKNOWN, column("[% for x %]" + TEXT), (3, 1)),
    (codes.BLOCK_OPEN, column("[% if colour %]" + TEXT), (3, 1)),
    (codes.PARAM_UNKNOWN, column("<mj-text>[[ color ]]</mj-text>"), (3, 10)),
    (codes.INCLUDE_MISSING, body('<mj-include path="b.mjml" />'), (2, 1)),
    (codes.INCLUDE_OUTSIDE, body('<mj-include path="../../etc/passwd" />'), (2, 1)),
    (codes.INCLUDE_CYCLE, body('[% include "loop.mjml" %]'), (1, 1)),
    (codes.TOO_LONG, body('[% include "long.mjml" %]'), (2, 1)),
    (codes.TAG_DEEP, body("<mj-section>" * 40), (2, 372 + 1 - 12)),
    (codes.CHARACTER, column("<mj-text>a\u202eb</mj-text>"), (3, 11)),
    (codes.NO_MJML, "<mj-body></mj-body>", (1, 1)),
    (codes.TAG_OPEN, column("<mj-text><b>x</mj-text>"), (3, 10)),
    (codes.TAG_OPEN, body("<mj-section><mj-column></mj-section>"), (2, 13)),
    (codes.TAG_UNEXPECTED, column("</mj-text>"), (3, 1)),
    (codes.TAG_BROKEN, column('<mj-image src="a>'), (3, 1)),
    (codes.TAG_BROKEN, column("<mj-raw><!--[if mso]>\n<![end</mj-raw>"), (4, 1)),
    (codes.TAG_BROKEN, column("<mj-text>a <![ x</mj-text>"), (3, 12)),
    (codes.TAG_BROKEN, body("<!--[if !mso] a <!-->"), (2, 1)),
    (codes.TEXT_OUTSIDE, "<mjml><mj-body></mj-body></mjml>\nx", (1, 33)),
    (codes.TEXT_BARE, body("<mj-section>\n x<mj-column></mj-column></mj-section>"), (3, 2)),
    (codes.COMPONENT_UNKNOWN, column("<mj-txt>x</mj-txt>"), (3, 1)),
    (codes.COMPONENT_UNKNOWN, column("<p>x</p>"), (3, 1)),
    (codes.COMPONENT_PLACE, body(TEXT), (2, 1)),
    (
        codes.COMPONENT_UNSUPPORTED,
        "<mjml><mj-head>\n<mj-html-attributes></mj-html-attributes></mj-head></mjml>",
        (2, 1),
    ),
    (codes.COMPONENT_UNSUPPORTED, body('<mj-raw position="file-start">x</mj-raw>'), (2, 1)),
    (codes.ATTRIBUTE_UNKNOWN, column('<mj-text colour="red">x</mj-text>'), (3, 10)),
    (codes.ATTRIBUTE_VALUE, column('<mj-text padding="10 px">x</mj-text>'), (3, 10)),
    (codes.ATTRIBUTE_VALUE, column('<mj-text align="centre">x</mj-text>'), (3, 10)),
    (codes.ATTRIBUTE_PERSONAL, column('<mj-image width="{{ w }}" src="x" alt="" />'), (3, 11)),
    (codes.ATTRIBUTE_QUOTES, column("<mj-text align=left>x</mj-text>"), (3, 10)),
    (codes.ATTRIBUTE_QUOTES, column("<mj-text><a title={{ x }}>x</a></mj-text>"), (3, 10)),
    (codes.ATTRIBUTE_TWICE, column('<mj-text color="red" color="blue">x</mj-text>'), (3, 22)),
    (codes.ATTRIBUTE_IGNORED, body('<mj-wrapper gap="10px"></mj-wrapper>'), (2, 13)),
    (codes.ATTRIBUTE_DIFFERS, column('<mj-button width="200px" border="1px solid red">x</mj-button>'), (3, 26)),
    (codes.IMAGE_ALT, column('<mj-image src="x" />'), (3, 1)),
    (codes.SOCIAL_ICON, column('<mj-social><mj-social-element name="x">x</mj-social-element></mj-social>'), (3, 12)),
    (codes.FONT_REMOTE, column("<mj-raw><style>\n@import url(x)</style></mj-raw>"), (4, 1)),
    (codes.COLUMN_WIDTH, body("<mj-section>{% if a %}<mj-column></mj-column>{% endif %}</mj-section>"), (2, 23)),
    (codes.JINJA_SYNTAX, column("<mj-text>{{ a b }}</mj-text>"), (3, 10)),
    (codes.JINJA_SYNTAX, column("<mj-text>{{ a </mj-text>"), (3, 10)),
    (codes.JINJA_SPLIT, body("{% if a %}<mj-section>{% endif %}</mj-section>"), (2, 1)),
    (codes.JINJA_SPLIT, column("<mj-text>\n{% else %}</mj-text>"), (4, 1)),
    (codes.JINJA_REFUSED, column("<mj-text>{{ a | safe }}</mj-text>"), (3, 10)),
    (codes.JINJA_SOCIAL, column("<mj-navbar>{% if a %}{% endif %}</mj-navbar>"), (3, 12)),
    (codes.HTML_FORBIDDEN, column("<mj-raw><script>x</script></mj-raw>"), (3, 9)),
    (codes.HTML_FORBIDDEN, column('<mj-text><b onclick="x">x</b></mj-text>'), (3, 10)),
    (codes.LINK_SCHEME, column('<mj-text><a href="javascript:x">x</a></mj-text>'), (3, 10)),
    (codes.LINK_SCHEME, column('<mj-button href="https://u@a.example/">x</mj-button>'), (3, 12)),
    (codes.LINK_HOST, column('<mj-button href="https://{{ contact.site }}/">x</mj-button>'), (3, 12)),
    (codes.TEXT_EMPTY, body("<mj-section></mj-section>"), (1, 1)),
]


@pytest.mark.parametrize(
    ("entry", "source", "place"), CASES, ids=[f"{entry.code}-{n}" for n, (entry, _, _) in enumerate(CASES)]
)
@pytest.mark.raises_code("TPL-ATTRIBUTE-37", "TPL-TEXT-44")
def test_what_is_wrong_is_found_at_its_place(entry: Entry, source: str, place: tuple[int, int]) -> None:
    found = [f for f in findings(source) if f.entry is entry]
    assert found, [f.code for f in findings(source)]
    if entry is not codes.INCLUDE_CYCLE:
        assert found[0].place == Place(PATH, *place)
    for language in ("fr", "en"):
        assert found[0].message(language)
        assert found[0].advice(language)


def test_a_finding_in_an_included_file_names_that_file() -> None:
    source = body('[% include "foot.mjml" with a="1" %]')
    read = {"templates/foot.mjml": "<mj-section><mj-column>\n  <mj-txt>[[ a ]]</mj-txt></mj-column></mj-section>"}.get
    (found,) = compile_mjml(source, PATH, read=read, params={}).findings
    assert found.place == Place("templates/foot.mjml", 2, 3)
    assert "mj-text" in found.advice("en")


@pytest.mark.raises_code("TPL-LOST-34")
def test_a_word_that_mrml_drops_is_a_finding() -> None:
    # mrml keeps no attribute that it does not know: what it held would vanish in silence.
    found = findings(column('<mj-text name="{{ contact.first_name }}">x</mj-text>'))
    assert {f.code for f in found} == {"TPL-LOST-34", "TPL-ATTRIBUTE-20"}


@pytest.mark.raises_code("TPL-ENGINE-35")
def test_what_mrml_refuses_is_a_finding_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from compiler.mjml import components

    children = {**components.CHILDREN, "mj-navbar": frozenset({"mj-navbar-link", "mj-raw"})}
    monkeypatch.setattr(components, "CHILDREN", children)
    found = findings(column("<mj-navbar>\n<mj-raw>x</mj-raw></mj-navbar>"))
    assert [(f.code, f.place.line) for f in found] == [("TPL-ENGINE-35", 4)]


def test_a_panic_of_the_engine_is_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from compiler.mjml import tree

    monkeypatch.setattr(tree, "_CONDITION", re.compile(""))
    source = "<mjml><mj-body></mj-body></mjml><!--[if !mso]{% if a %}<!-->"
    assert [found.code for found in findings(source) if found.stops] == ["TPL-ENGINE-35"]


def test_html_templates_are_checked_too() -> None:
    made = compile_html("<p>\n<iframe></iframe></p>", "a.html", read=FILES.get, params={})
    assert [(f.code, f.place.line) for f in made.findings] == [("TPL-HTML-36", 2)]
    assert made.html == ""


def test_names_that_nothing_declares_are_found_with_the_nearest_one() -> None:
    place = Place(PATH)
    found = check_names("{{ contact.frist_name }}{{ contact[x] }}", place, contact=["first_name"], blocks=["x"])
    assert [f.code for f in found] == ["TPL-NAME-41", "TPL-NAME-40"]
    assert "contact.first_name" in found[1].advice("fr")


def test_every_template_entry_is_raised_by_some_test() -> None:
    names, rendering = {codes.NAME_UNKNOWN, codes.NAME_DYNAMIC}, {codes.RENDER_FAILED, codes.RENDER_LIMITS}
    elsewhere = {codes.WORD_LOST, codes.ENGINE, *names, *rendering}
    entries = {value for value in vars(codes).values() if isinstance(value, Entry)}
    assert entries == {entry for entry, _, _ in CASES} | elsewhere


def test_a_template_that_cannot_be_rendered_is_a_finding() -> None:
    place = Place(PATH)
    template = MessageTemplate("s", "", "{{ contact.first_name }}", "t")
    assert check_in_child(template, {"contact": {"first_name": "Zoé"}}, place) == []
    (found,) = check_in_child(template, {"contact": {}}, place)
    assert found.code == "TPL-RENDER-45"
    assert "contact.first_name" in found.message("fr")


MEMORY = "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
TIME = "{% for i in range(2000) %}" * 3 + "{% endfor %}" * 3


@pytest.mark.parametrize("html", [pytest.param(MEMORY, id="memory"), pytest.param(TIME, id="time")])
def test_a_strangers_template_that_eats_the_machine_is_stopped(html: str) -> None:
    (found,) = check_in_child(MessageTemplate("s", "", html, "t"), {}, Place(PATH), cpu_seconds=1)
    assert found.code == "TPL-RENDER-46"


def test_links_of_other_sources_are_checked_when_they_are_numbered() -> None:
    made = compile_html('<a href="https://a.example/">x</a>', "a.html", read=FILES.get, params={})
    _, found = prepare(made, subject="{{ a | attr('b') }}", preview="")
    assert [f.code for f in found] == ["TPL-JINJA-32"]
