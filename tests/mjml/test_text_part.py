"""The text part: readable, with its Jinja tags working, its links and no trace of markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from compiler.language.plan import MessageTemplate
from compiler.mjml import compile_mjml
from compiler.render import Renderer, prepare


class Links:
    def link(self, number: int, target: str) -> str:
        return f"https://t.example/{number}"

    def pixel(self) -> str:
        return ""


def template_of(content: str, *, lang: str, head: str) -> MessageTemplate:
    body = f"<mj-section><mj-column>{content}</mj-column></mj-section>"
    source = f'<mjml lang="{lang}"><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>'
    made = compile_mjml(source, "a.mjml", read=lambda path: None, params={})
    assert not [f for f in made.findings if f.stops], made.findings
    template, findings = prepare(made, subject="s", preview="")
    assert findings == []
    return replace(template, html="")


def text_of(content: str, values: dict[str, object] | None = None, *, lang: str = "fr", head: str = "") -> str:
    template = template_of(content, lang=lang, head=head)
    return Renderer(template).render_plain({"unsubscribe_url": "https://t.example/u", **(values or {})}, Links()).text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            "<mj-text>Bonjour <b>vous</b>,<br>ça va&nbsp;?</mj-text>", "Bonjour vous,\nça va\u00a0?\n", id="breaks"
        ),
        pytest.param(
            "<mj-text><h1>Titre</h1><p>Un.</p><p>Deux.</p></mj-text>", "Titre\n\nUn.\n\nDeux.\n", id="paragraphs"
        ),
        pytest.param("<mj-text>10 &lt; 20 &amp; &eacute;</mj-text>", "10 < 20 & é\n", id="entities"),
        pytest.param("<mj-text>a\n   b\tc</mj-text>", "a b c\n", id="blanks"),
        pytest.param("<mj-text><ul><li>un</li><li>deux</li></ul>suite</mj-text>", "- un\n- deux\n\nsuite\n", id="list"),
        pytest.param("<mj-text><ol><li>un</li><li>deux</li></ol></mj-text>", "1. un\n2. deux\n", id="numbered"),
        pytest.param(
            "<mj-table><tr><th>Lampe</th><th>Prix</th></tr><tr><td>A</td><td>2 €</td></tr></mj-table>",
            "Lampe · Prix\nA · 2 €\n",
            id="table",
        ),
        pytest.param("<mj-text>a</mj-text><mj-divider /><mj-text>b</mj-text>", f"a\n\n{'-' * 24}\n\nb\n", id="divider"),
        pytest.param("<mj-raw><style>p{}</style><!--[if mso]>x<![endif]-->y</mj-raw>", "y\n", id="no-markup"),
        pytest.param('<mj-image src="https://a.example/i.png" alt="Une lampe" />', "Une lampe\n", id="picture"),
        pytest.param('<mj-image src="https://a.example/i.png" alt="" /><mj-text>x</mj-text>', "x\n", id="decoration"),
        pytest.param(
            '<mj-text><a href="mailto:a@b.example">écrire</a></mj-text>', "écrire <a@b.example>\n", id="mailto"
        ),
        pytest.param(
            '<mj-text><a href="mailto:a@b.example">a@b.example</a></mj-text>', "a@b.example\n", id="mailto-shown"
        ),
        pytest.param('<mj-text><a href="#haut">haut</a></mj-text>', "haut\n", id="anchor"),
        pytest.param("<mj-text>{ {x} {{ '{' }}{</mj-text>", "{ {x} {{\n", id="braces"),
    ],
)
def test_contents_become_text(content: str, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("lang", "shown"), [("fr", "Voir\u00a0:\nhttps://t.example/0\n"), ("en", "Voir:\nhttps://t.example/0\n")]
)
def test_a_button_is_a_label_and_its_address(lang: str, shown: str) -> None:
    assert text_of('<mj-button href="https://a.example/">Voir</mj-button>', lang=lang) == shown


def test_the_links_of_a_navbar_begin_with_its_address() -> None:
    links = '<mj-navbar-link href="/un">Un</mj-navbar-link><mj-navbar-link href="/deux">Deux</mj-navbar-link>'
    template = template_of(f'<mj-navbar base-url="https://a.example">{links}</mj-navbar>', lang="en", head="")
    assert [link.target for link in template.links] == ["https://a.example/un", "https://a.example/deux"]


def test_a_link_in_a_sentence_keeps_its_address_whole_at_the_end_of_a_line() -> None:
    first, second = '<a href="https://a.example/x">la suite</a>', '<a href="{{ unsubscribe_url }}">partir</a>'
    shown = text_of(f"<mj-text>Lire {first}, puis {second}.</mj-text>")
    assert shown == "Lire la suite\n<https://t.example/0>,\npuis partir\n<https://t.example/u>.\n"


def test_separators_between_links_do_not_begin_lines() -> None:
    shown = text_of('<mj-text><a href="https://a.example/x">un</a> · <a href="https://a.example/y">deux</a></mj-text>')
    assert shown == "un\n<https://t.example/0>\ndeux\n<https://t.example/1>\n"


def test_lines_are_wrapped_at_ordinary_blanks_alone() -> None:
    sentence = "La lumière juste ne se voit pas\u00a0: elle se remarque à la manière dont une pièce devient calme, " * 3
    lines = text_of(f"<mj-text>{sentence}</mj-text>").splitlines()
    assert all(len(line) <= 72 for line in lines)
    assert " ".join(lines) == sentence.strip()


def test_list_items_are_indented_under_themselves() -> None:
    shown = text_of(f"<mj-text><ul><li>{'mot ' * 30}</li></ul></mj-text>")
    first, second = shown.splitlines()[:2]
    assert first.startswith("- mot")
    assert second.startswith("  mot")


LOOP = "{% for p in products %}<p>{{ p.name }}</p>{% if p.new %}Nouveau{% else %}Connu{% endif %}{% endfor %}"


@pytest.mark.parametrize("content", [f"<mj-text>{LOOP}</mj-text>", f"<mj-raw>{LOOP}</mj-raw>"])
def test_loops_and_conditions_leave_no_blank_lines_behind(content: str) -> None:
    products = [{"name": "A", "new": True}, {"name": "B", "new": False}]
    assert text_of(f"{content}<mj-text>fin</mj-text>", {"products": products}) == "A\n\nNouveau\n\nB\n\nConnu\n\nfin\n"
    assert text_of(f"{content}<mj-text>fin</mj-text>", {"products": []}) == "fin\n"


def test_a_loop_over_sections_repeats_their_text() -> None:
    content = "{% for p in products -%}<mj-text>{{ p.name }}</mj-text>{%- endfor %}<mj-text>fin</mj-text>"
    assert text_of(content, {"products": [{"name": "A"}, {"name": "B"}]}) == "A\n\nB\n\nfin\n"


def test_a_loop_over_list_items_makes_one_list() -> None:
    content = "<mj-text><ul>{% for p in products %}<li>{{ p.name }}</li>{% endfor %}</ul>fin</mj-text>"
    assert text_of(content, {"products": [{"name": "A"}, {"name": "B"}]}) == "- A\n- B\n\nfin\n"


def test_a_condition_inside_a_sentence_stays_in_its_line() -> None:
    content = "<mj-text>Bonjour {% if a %}Madame{% else %}Monsieur{% endif %}, bienvenue</mj-text>"
    assert text_of(content, {"a": 1}) == "Bonjour Madame, bienvenue\n"
    assert text_of(content, {"a": 0}) == "Bonjour Monsieur, bienvenue\n"


def test_what_is_set_in_the_head_holds_in_the_text() -> None:
    head = "{% set rate = 20 %}<mj-raw>{% macro vat(x) %}{{ x }} (TVA {{ rate }} %){% endmacro %}</mj-raw>"
    assert text_of("<mj-text>Prix : {{ vat(12) }}</mj-text>", head=head) == "Prix : 12 (TVA 20 %)\n"


def test_links_of_html_and_text_share_their_numbers() -> None:
    content = '<mj-button href="https://a.example/x?a=1&amp;b=2">Voir</mj-button>'
    source = f"<mjml><mj-body><mj-section><mj-column>{content}</mj-column></mj-section></mj-body></mjml>"
    template, _ = prepare(compile_mjml(source, "a", read=lambda path: None, params={}), subject="s", preview="")
    assert [(link.number, link.target) for link in template.links] == [(0, "https://a.example/x?a=1&b=2")]
    assert template.html.count("{{ envoi.link(0) }}") == template.text.count("{{ envoi.link(0) }}") == 1


REFERENCE = Path(__file__).parent / "reference" / "supported"


def words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", re.sub(r"https?://\S+", " ", text)))


@pytest.mark.parametrize("file", sorted(REFERENCE.glob("*.mjml")), ids=lambda file: file.stem)
def test_the_text_says_what_the_page_says(file: Path) -> None:
    # What SpamAssassin's MPART_ALT_DIFF looks for: words that one part has and the other has not.
    made = compile_mjml(file.read_text("utf-8"), "a.mjml", read=lambda path: None, params={})
    page = re.sub(
        r"<!--\[if (?!!).*?<!\[endif\]-->|<head>.*?</head>|<style.*?</style>", " ", made.html, flags=re.DOTALL
    )
    shown = words(unescape(re.sub(r"<[^>]*>", " ", page)))
    described = words(" ".join(re.findall(r'(?:alt|title)="([^"]*)"', made.html)))
    said = words(re.sub(r"\{#.*?#\}", "", made.text))
    assert shown <= said
    assert said <= shown | described
