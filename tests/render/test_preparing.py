"""Links are numbered and written by envoi, its own addresses left alone; preview text and pixel have their places."""

from __future__ import annotations

import pytest

from compiler.render import CompiledMjml, fields_of, fields_used, prepare
from compiler.render.targets import Refused, Target, Untracked, read_target


def prepared(html: str, text: str = "t", preview: str = "") -> tuple[str, str, list[tuple[int, str]], list[str]]:
    template, findings = prepare(CompiledMjml(html, text), subject="s", preview=preview)
    links = [(link.number, link.target) for link in template.links]
    return template.html, template.text, links, [f.code for f in findings]


def test_constant_links_are_numbered_once_each() -> None:
    html, text, links, _ = prepared(
        '<a class="x" href="https://a.example/?x=1&amp;y=2">1</a><A HREF=\'https://b.example/\'>2</A>',
        "https://b.example/. Voir (https://a.example/?x=1&y=2) et <https://c.example/x>",
    )
    assert links == [(0, "https://a.example/?x=1&y=2"), (1, "https://b.example/"), (2, "https://c.example/x")]
    assert html == '<a class="x" href="{{ envoi.link(0) }}">1</a><A HREF="{{ envoi.link(1) }}">2</A>{{ envoi.pixel() }}'
    assert text == "{{ envoi.link(1) }}. Voir ({{ envoi.link(0) }}) et <{{ envoi.link(2) }}>"


def test_a_link_of_a_row_is_computed_where_the_row_is_known() -> None:
    html, text, links, _ = prepared(
        '{% for p in products %}<a href="{{ p.url }}">x</a>'
        '<a href="https://a.example/é/{{ p.id }}?q=&quot;">y</a>{% endfor %}',
        "{% for p in products %}{# link #}{{ p.url }}{# /link #} https://a.example/é/{{ p.id }}{% endfor %}",
    )
    assert links[0] == (0, "{{ p.url }}")
    assert '<a href="{{ envoi.link(0, (p.url)) }}">' in html
    assert '<a href="{{ envoi.link(1, "https://a.example/\\u00e9/" ~ (p.id) ~ "?q=\\"") }}">' in html
    assert text.startswith("{% for p in products %}{{ envoi.link(0, (p.url)) }} {{ envoi.link(2, ")


@pytest.mark.parametrize(
    "href",
    [
        "{{ unsubscribe_url }}",
        "{{tracking_url}}",
        "{{ organisation.privacy_url }}",
        "mailto:a@b.example?subject=x",
        "tel:+33299000000",
        "#top",
        "",
    ],
)
def test_own_addresses_and_other_schemes_are_left_alone(href: str) -> None:
    html, _, links, codes = prepared(f'<a href="{href}">x</a>')
    assert html == f'<a href="{href}">x</a>{{{{ envoi.pixel() }}}}'
    assert (links, codes) == ([], [])


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/", False),
        ("/relative", False),
        ("https:a.example", False),
        ("http:///a.example", False),
        ("https://user@a.example/", False),
        ("https://user:pass@a.example/", False),
        ("https://a.example\\@b.example/", False),
        ("https://a.example/\tx", False),
        ("https://a.example/ x", False),
        ("https://exаmple.example/", False),  # a Cyrillic letter
        ("ftp://a.example/", False),
        ("{{ contact.site }}", True),
        ("{{ contact.site }}/x", True),
        ("https://{{ p.host }}/", True),
        ("https://a.example{{ p.path }}", True),
        ("https://a.example:{{ p.port }}/", True),
        ("https:{{ p.path }}", False),
        ("{{ p.scheme }}{% if a %}x{% endif %}", True),
        ("java{{ p.x }}script:", False),
    ],
)
def test_links_that_could_lead_anywhere_are_refused(source: str, host: bool) -> None:
    answer = read_target(source)
    assert isinstance(answer, Refused)
    assert answer.host is host


def test_targets_are_uris() -> None:
    assert read_target("https://a.example/é?ü=1#x") == Target("https://a.example/%C3%A9?%C3%BC=1#x")
    assert read_target("https://a.example") == Target("https://a.example")
    assert read_target(" https://a.example:8443/x ") == Target("https://a.example:8443/x")
    assert isinstance(read_target("MAILTO:a@b.example"), Untracked)


def test_a_tag_that_holds_quotes_and_angles_does_not_hide_a_link() -> None:
    html, _, links, _ = prepared('<a title="{{ "a>b" }}" href="https://a.example/">x</a><b title=">" >y</b>')
    assert links == [(0, "https://a.example/")]
    assert html.startswith('<a title="{{ "a>b" }}" href="{{ envoi.link(0) }}">')


def test_the_preview_text_is_hidden_first_and_the_pixel_is_last() -> None:
    html, _, _, _ = prepared('<html><body class="a>b"><p>x</p></body></html>', preview="3 < 4 & {{ contact.a }}")
    assert html.startswith('<html><body class="a>b"><div style="display:none;')
    assert "3 &lt; 4 &amp; {{ contact.a }}&#847;" in html
    assert html.endswith("<p>x</p>{{ envoi.pixel() }}</body></html>")


def test_the_templates_own_preview_serves_where_the_campaign_has_none() -> None:
    compiled = CompiledMjml("<body></body>", "t", preview="l&rsquo;été {{ a }}")
    assert prepare(compiled, subject="s", preview="")[0].preview == "l’été {{ a }}"
    assert prepare(compiled, subject="s", preview="autre")[0].preview == "autre"


@pytest.mark.parametrize("character", ["\r", "\x0b", "\x00", "\ud800"])
@pytest.mark.parametrize("where", ["html", "text", "preview", "subject", "own preview"])
def test_a_control_character_is_found_wherever_it_comes_from(character: str, where: str) -> None:
    def put(name: str) -> str:
        return f"a{character}b" if name == where else "a"

    own = f"a&#{ord(character)};b" if where == "own preview" and character == "\r" else put("own preview")
    compiled = CompiledMjml(put("html"), put("text"), preview=own)
    found = prepare(compiled, subject=put("subject"), preview="" if "own" in where else put("preview"))[1]
    assert [one.code for one in found] == ["TPL-TEXT-09"]


def test_every_name_that_is_merged_is_known() -> None:
    source = (
        "{{ contact.first_name | upper }}{{ contact['job'] }}{% for p in products %}{{ p.name }}{% endfor %}"
        "{% if contact.city %}x{% endif %}{% set y = 1 %}{{ y }}{{ unsubscribe_url }}{{ range(3) | list | length }}"
    )
    assert fields_used(source) == {"contact.first_name", "contact.job", "contact.city", "products", "unsubscribe_url"}
    assert fields_used("{{ contact }}") == {"contact.*"}
    assert fields_used("{{ contact[x] }}") == {"contact.*", "x"}
    assert fields_used("{{ a b }}") == frozenset()


def test_a_message_uses_what_any_of_its_parts_uses() -> None:
    template, _ = prepare(
        CompiledMjml('<a href="https://a.example/{{ contact.code }}">x</a>', "{{ contact.b }}"),
        subject="{{ contact.c }}",
        preview="{{ contact.d }}",
    )
    assert fields_of(template) == {"contact.code", "contact.b", "contact.c", "contact.d", "envoi"}
