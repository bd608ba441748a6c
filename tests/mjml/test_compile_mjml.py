"""MJML becomes HTML whose Jinja tags and characters are those of the source, in spite of mjml-python 1.4."""

from __future__ import annotations

import re

import pytest

from compiler.mjml import CompiledMjml, compile_html, compile_mjml, compile_text
from compiler.render import prepare


def compiled(body: str, *, head: str = "", lang: str = "fr") -> CompiledMjml:
    source = f'<mjml lang="{lang}"><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>'
    return compile_mjml(source, "templates/a.mjml", read=lambda path: None, params={})


def in_column(content: str) -> str:
    return f"<mj-section><mj-column>{content}</mj-column></mj-section>"


UNUSUAL = pytest.mark.parametrize(
    "text",
    [
        pytest.param("10\u00a0€", id="no-break-space"),
        pytest.param("2\u202f700 K", id="thin-space"),
        pytest.param("a\u200bb\u200dc", id="zero-width"),
        pytest.param("co\u00adopérer", id="soft-hyphen"),
        pytest.param("e\u0301te\u0301", id="combining-accents"),
        pytest.param("a\\b", id="backslash"),
        pytest.param("a\tb", id="tab"),
        pytest.param("😀 « été » œuvre", id="emoji-and-quotes"),
    ],
)


@UNUSUAL
def test_attribute_values_keep_every_character(text: str) -> None:
    made = compiled(in_column(f'<mj-image src="https://a.example/i.png" alt="{text}" title="{text}" />'))
    assert made.findings == ()
    assert f'alt="{text}"' in made.html
    assert f'title="{text}"' in made.html


@UNUSUAL
def test_the_title_keeps_every_character_where_mrml_copies_it(text: str) -> None:
    made = compiled(in_column("<mj-text>x</mj-text>"), head=f"<mj-title>{text}</mj-title>")
    assert f"<title>{text}</title>" in made.html
    assert f'aria-label="{text}"' in made.html


def test_a_quote_in_the_title_does_not_break_the_tag_it_is_copied_to() -> None:
    made = compiled(in_column("<mj-text>x</mj-text>"), head='<mj-title>dit "oui"</mj-title>')
    assert 'aria-label="dit &quot;oui&quot;"' in made.html


def test_a_links_address_keeps_its_accents_and_entities() -> None:
    made = compiled(in_column('<mj-button href="https://a.example/é?a=1&amp;b=2">x</mj-button>'))
    assert 'href="https://a.example/é?a=1&amp;b=2"' in made.html


def test_a_buttons_title_is_kept_though_mrml_drops_it() -> None:
    made = compiled(in_column('<mj-button href="https://a.example/" title="10\u00a0€ « l’été »">x</mj-button>'))
    assert '<a href="https://a.example/" title="10\u00a0€ « l’été »" target="_blank"' in made.html


@pytest.mark.parametrize(
    "tag",
    [
        "{% if a < 3 %}x{% endif %}",
        '{{ f("a") }}',
        "{{ '<b>' }}",
        '{% if a > "%}" %}y{% endif %}',
        "{{- a -}}",
        "{% raw %}{{ b }}{% endraw %}",
    ],
)
@pytest.mark.parametrize("component", ["mj-text", "mj-raw", "mj-button", "mj-table"])
def test_jinja_tags_pass_through_contents_as_they_are(tag: str, component: str) -> None:
    made = compiled(in_column(f"<{component}>é {tag} &nbsp;</{component}>"))
    assert not [f for f in made.findings if f.stops]
    assert f"é {tag} &nbsp;" in made.html


def test_jinja_tags_with_quotes_pass_through_attributes() -> None:
    made = compiled(in_column("<mj-image src='{{ p[\"image\"] }}' alt='{{ p.name or \"é\" }}' />"))
    assert 'src="{{ p["image"] }}"' in made.html
    assert 'alt="{{ p.name or "é" }}"' in made.html


COLUMN = "<mj-column width='50%'><mj-text>x</mj-text></mj-column>"
NEIGHBOURS = pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"@<mj-section>{COLUMN}</mj-section>@", id="body"),
        pytest.param(f"<mj-wrapper>@<mj-section>{COLUMN}</mj-section>@</mj-wrapper>", id="wrapper"),
        pytest.param(f"<mj-section>@{COLUMN}@{COLUMN}</mj-section>", id="section"),
        pytest.param(f"<mj-section><mj-group>@{COLUMN}@{COLUMN}</mj-group></mj-section>", id="group"),
        pytest.param(in_column("@<mj-text>x</mj-text>@<mj-spacer />"), id="column"),
        pytest.param("<mj-hero>@<mj-text>x</mj-text>@</mj-hero>", id="hero"),
        pytest.param(
            in_column('@<mj-social><mj-social-element src="https://a.example/f.png" alt="F" /></mj-social>@'),
            id="around-social",
        ),
    ],
)


@NEIGHBOURS
def test_bare_blocks_between_components_leave_the_layout_alone(body: str) -> None:
    first, middle, last = body.split("@")
    blocks = compiled(f"{first}{{% for p in products %}}{middle}{{% endfor %}}{last}")
    assert not [f for f in blocks.findings if f.stops]
    assert re.sub(r"\{%.*?%\}", "", blocks.html) == compiled(first + middle + last).html
    assert re.findall(r"\{%.*?%\}", blocks.html) == ["{% for p in products %}", "{% endfor %}"]


def test_private_comments_are_not_sent_and_those_for_outlook_are() -> None:
    body = "<!-- Jean dit non -->" + in_column(
        "<mj-raw><!-- secret --><!--[if mso]><b>m</b><![endif]--></mj-raw>{# Jinja note #}"
    )
    made = compiled(body)
    assert "Jean" not in made.html + made.text
    assert "secret" not in made.html
    assert "note" not in made.html + made.text
    assert "<!--[if mso]><b>m</b><![endif]-->" in made.html


def test_what_outlook_alone_does_not_read_is_kept() -> None:
    others = "<!--[if !mso]><!--><p>autres</p><!--<![endif]--><!-- secret -->"
    assert "<!--[if !mso]><!--><p>autres</p><!--<![endif]--></" in compiled(
        in_column(f"<mj-raw>{others}</mj-raw>")
    ).html.replace("\n", "")


def test_no_reading_calls_a_third_party() -> None:
    made = compiled(
        in_column('<mj-text>x</mj-text><mj-social><mj-social-element name="facebook">F</mj-social-element></mj-social>')
    )
    assert "fonts.googleapis" not in made.html
    assert "mailjet" not in made.html


def test_no_table_cell_has_the_attribute_that_mrml_invents() -> None:
    made = compiled(in_column('<mj-button href="https://a.example/">vertical-align="middle"</mj-button>'))
    assert ' vertical-align="middle" style' not in made.html
    assert '>vertical-align="middle"<' in made.html


def test_the_templates_own_preview_is_kept_apart() -> None:
    made = compiled(in_column("<mj-text>x</mj-text>"), head="<mj-preview>Aperçu {{ contact.first_name }}</mj-preview>")
    assert made.preview == "Aperçu {{ contact.first_name }}"
    assert "Aperçu" not in made.html


def test_included_sections_keep_their_layout() -> None:
    section = in_column("<mj-text>é</mj-text>")
    source = '<mjml><mj-body><mj-include path="blocks/foot.mjml" /></mj-body></mjml>'
    files = {"templates/blocks/foot.mjml": section}
    made = compile_mjml(source, "templates/a.mjml", read=files.get, params={})
    direct = compile_mjml(f"<mjml><mj-body>{section}</mj-body></mjml>", "b.mjml", read=files.get, params={})
    assert made.html == direct.html
    assert "max-width:600px" in made.html


def test_an_included_document_gives_its_head_and_its_body() -> None:
    head = "<mj-head><mj-style>.x{}</mj-style></mj-head>"
    document = f"<mjml>{head}<mj-body>{in_column('<mj-text>é</mj-text>')}</mj-body></mjml>"
    source = '<mjml><mj-body><mj-include path="b.mjml"></mj-include></mj-body></mjml>'
    made = compile_mjml(source, "a.mjml", read={"b.mjml": document}.get, params={})
    assert made.findings == ()
    assert ".x{}</style>" in made.html
    assert ">é</div>" in made.html


def test_inlined_css_leaves_jinja_where_it_was() -> None:
    first, others = '<tr><td class="x">{{ a }}</td></tr>', '<tr><td class="x">{{ r }}</td></tr>'
    body = in_column(f"<mj-table>{first}{{% for r in rows %}}{others}{{% endfor %}}</mj-table>")
    source = f"<mjml><mj-head><mj-style>.x {{ color: red }}</mj-style></mj-head><mj-body>{body}</mj-body></mjml>"
    made = compile_mjml(source, "a.mjml", read=lambda path: None, params={}, inline_css=True)
    row = r'<tr><td class="x" style="[^"]*color: red;">'
    assert re.search(row + r"\{\{ a \}\}</td></tr>\{% for r in rows %\}" + row + r"\{\{ r \}\}", made.html)
    assert made.text == "{{ a }}\n{% for r in rows %}{{ r }}\n{% endfor %}\n"


def test_inlined_css_leaves_outlooks_comments_whole() -> None:
    section = in_column("<mj-text css-class='x'>a</mj-text>")
    body = f"<mj-wrapper>{{% for p in rows %}}{section}{{% endfor %}}</mj-wrapper>"
    source = f"<mjml><mj-head><mj-style>.x {{ color: red }}</mj-style></mj-head><mj-body>{body}</mj-body></mjml>"
    plain, inlined = (
        compile_mjml(source, "a.mjml", read=lambda path: None, params={}, inline_css=inline) for inline in (False, True)
    )
    comment = re.compile(r"<!--\[if.*?<!\[endif\]-->", re.DOTALL)
    assert comment.findall(inlined.html) == comment.findall(plain.html)
    assert "color: red" in comment.sub("", inlined.html).replace("<style", "").split("</head>")[1]


@pytest.mark.parametrize("style", ["color:;;:", "color; x: 1", "{{ style }}"])
def test_css_that_cannot_be_read_is_a_finding_where_it_should_be_inlined(style: str) -> None:
    html = f'<html><head><style>p {{color: red}}</style></head><body><p style="{style}">a</p></body></html>'
    head = "<mj-head><mj-style>p {color: red}</mj-style></mj-head>"
    mjml = f"<mjml>{head}<mj-body>{in_column(f'<mj-text><p style=@{style}@>a</p></mj-text>')}</mj-body></mjml>"
    for compile_source, source in ((compile_html, html), (compile_mjml, mjml.replace("@", '"'))):
        made = compile_source(source, "a", read=lambda path: None, params={}, inline_css=True)
        assert [(found.code, found.place.line) for found in made.findings] == [("TPL-ENGINE-35", 1)]
        assert made.html == ""


def test_a_line_end_written_as_a_reference_is_found_once_it_is_one() -> None:
    made = compile_html("<p>a&#13;b {{ c }}</p>", "a", read=lambda path: None, params={}, inline_css=True)
    assert [found.code for found in prepare(made, subject="s", preview="")[1]] == ["TPL-TEXT-09"]


def test_a_template_in_plain_html_has_its_text_part_too() -> None:
    source = '<html lang="fr"><body><p>Bonjour {{ contact.first_name }}</p><a href="https://a.example/">Voir</a></body></html>'
    made = compile_html(source, "a.html", read=lambda path: None, params={})
    assert made.findings == ()
    assert made.html == source
    assert made.text.startswith("Bonjour {{ contact.first_name }}\n\nVoir")


def test_a_text_written_by_hand_takes_params() -> None:
    made = compile_text("[[ a ]]\r\n{{ b }}", "a.txt", read=lambda path: None, params={"a": "é"})
    assert made.text == "é\n{{ b }}\n"
