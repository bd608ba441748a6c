"""Whatever an author writes, compiling answers with findings, and what compiles renders the same on both paths."""

from __future__ import annotations

import quopri

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.mjml import compile_html, compile_mjml
from compiler.render import Renderer, RenderError, prepare

TEMPLATE = """<mjml lang="fr"><mj-head><mj-title>L’été « 10 € »</mj-title>
<mj-style>.x { color: red }</mj-style></mj-head>
<mj-body>[% if colour %]<mj-section background-color="[[ colour ]]"><mj-column>
<mj-text>Bonjour {{ contact.first_name }},<br>é &amp;
<a href="https://a.example/?a=1&amp;b={{ contact.job }}">ici</a></mj-text>
</mj-column></mj-section>[% endif %]
{% for p in products %}<mj-section><mj-column width="50%"><mj-image src="{{ p.image }}" alt="{{ p.name }} à 2 €" />
<mj-button href="{{ p.url }}" title="é">{{ p.price | money }}</mj-button></mj-column></mj-section>{% endfor %}
<mj-section><mj-column><mj-text><a href="{{ unsubscribe_url }}">Partir</a></mj-text></mj-column></mj-section>
</mj-body></mjml>"""
FRAGMENTS = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "[[",
            "]]",
            "[%",
            "%]",
            "<",
            ">",
            '"',
            "'",
            "<!--",
            "-->",
            "\\",
            "\x00",
            "=",
        ),
        *("{% if a %}", "{% endif %}", "{% endfor %}", "{% raw %}", "{% set x %}", "<mj-text>", "</mj-text>", "&#123;"),
        *("{% macro m() %}", "</b>", "<b>", "JZ0Q", '<a href="', "<mj-section>", "</mj-section>", "{{- p -}}"),
    ]
)
EDITS = st.lists(
    st.tuples(st.integers(0, len(TEMPLATE)), st.integers(0, 6), st.one_of(FRAGMENTS, st.just(""))), max_size=4
)
VALUES: dict[str, object] = {
    "contact": {"first_name": "Zoé", "job": "a"},
    "products": [{"name": "A", "url": "https://b.example/", "price": "2.5", "image": "https://a.example/i.png"}] * 2,
    "language": "fr",
    "unsubscribe_url": "https://t.example/u",
}


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def rendered_alike(source: str, *, html: bool) -> None:
    compile_it = compile_html if html else compile_mjml
    made = compile_it(source, "a.mjml", read=lambda path: None, params={"colour": "#123456"})
    for found in made.findings:
        assert found.message("fr")
        assert found.message("en")
    template, findings = prepare(made, subject="s", preview="p")
    if not made.html or any(f.stops for f in findings):
        return
    try:
        renderer = Renderer(template)
        rendered = renderer.render(VALUES, Links())
    except RenderError:
        return
    plain = renderer.render_plain(VALUES, Links())
    assert quopri.decodestring(rendered.html.replace(b"\r\n", b"\n")).decode() == plain.html
    assert quopri.decodestring(rendered.text.replace(b"\r\n", b"\n")).decode() == plain.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EDITS, st.booleans())
def test_a_damaged_template_gives_findings_and_never_an_error(edits: list[tuple[int, int, str]], html: bool) -> None:
    source = TEMPLATE
    for offset, cut, new in edits:
        source = source[:offset] + new + source[offset + cut :]
    rendered_alike(source, html=html)


def test_an_empty_template_is_found_at_its_beginning() -> None:
    for empty in ("", "[# #]", '[% include "gone.mjml" %]'):
        made = compile_mjml(empty, "a.mjml", read=lambda path: None, params={})
        assert ("a.mjml", 1, 1) in [(one.place.path, one.place.line, one.place.column) for one in made.findings]


def test_the_template_itself_has_no_finding() -> None:
    made = compile_mjml(TEMPLATE, "a.mjml", read=lambda path: None, params={"colour": "#123456"})
    assert made.findings == ()
    assert prepare(made, subject="s", preview="p")[1] == []
