"""Filters speak the message's language and refuse what they cannot read."""

from __future__ import annotations

import pytest

from compiler.language.plan import MessageTemplate
from compiler.render import Renderer, RenderError


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


def shown(source: str, language: str = "fr", **values: object) -> str:
    renderer = Renderer(MessageTemplate("s", "", "", source))
    return renderer.render_plain({"language": language, **values}, Links()).text


@pytest.mark.parametrize(
    ("source", "french", "english"),
    [
        ("{{ '1234.5' | money }}", "1\u202f234,50\u00a0€", "€1,234.50"),
        ("{{ 12 | money('CAD') }}", "12,00\u00a0$CA", "CA$12.00"),
        ("{{ '1234.5' | number }}", "1\u202f234,5", "1,234.5"),
        ("{{ '1234.567' | number(1) }}", "1\u202f234,6", "1,234.6"),
        ("{{ '2027-03-02' | date }}", "2 mars 2027", "March 2, 2027"),
        ("{{ '2027-03-02' | date('EEEE d MMMM') }}", "mardi 2 mars", "Tuesday 2 March"),
        ("{{ 0 | plural('lampe', 'lampes') }}", "lampe", "lampes"),
        ("{{ 2 | plural('lampe', 'lampes') }}", "lampes", "lampes"),
        ("{{ 'Prix : « 10 € » !' | typo }}", "Prix\u00a0: «\u00a010\u00a0€\u00a0»\u202f!", "Prix : « 10 € » !"),
        ('{{ "l\'été" | typo }}', "l’été", "l'été"),
        ("{{ '09:30' | time }}", "9\u00a0h\u00a030", "9:30\u202fAM"),
        ("{{ '14:00' | time }}", "14\u00a0h", "2:00\u202fPM"),
        ("{{ ['a', 'b', 'c'] | listed }}", "a, b et c", "a, b, and c"),
        ("{{ ['a', 'b'] | listed('or') }}", "a ou b", "a or b"),
        ("{{ ['a'] | listed }}{{ [] | listed }}", "a", "a"),
        ("{{ '2.675' | round(2) }}", "2.68", "2.68"),
        ("{{ ['a', 'b'] | join(', ') }}", "a, b", "a, b"),
        ("{{ 'a-b' | replace('-', '+') }}", "a+b", "a+b"),
        ("{{ '12,5 €' | urlencode }}", "12%2C5%20%E2%82%AC", "12%2C5%20%E2%82%AC"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(source: str, french: str, english: str) -> None:
    assert shown(source, "fr") == french
    assert shown(source, "en") == english


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ('Dit "oui" !', "Dit «\u00a0oui\u00a0»\u202f!"),
        ("Prix: 10 €", "Prix\u00a0: 10\u00a0€"),
        ("Quoi ?!", "Quoi\u202f?!"),
        ("50 cm, 3 kg, 2 m², 20 %", "50\u00a0cm, 3\u00a0kg, 2\u00a0m², 20\u00a0%"),
        ("M. Exemple, n° 4", "M.\u00a0Exemple, n°\u00a04"),
        ("Et puis...", "Et puis…"),
        ("«mot»;fin ; fin", "«\u00a0mot\u00a0»;fin\u202f; fin"),
        ("Bonjour", "Bonjour"),
        ("2 lampes, 10 h 30", "2 lampes, 10\u00a0h 30"),
    ],
)
def test_french_text_is_set_as_a_french_printer_sets_it(typed: str, printed: str) -> None:
    assert shown("{{ v | typo }}", v=typed) == printed
    assert shown("{{ v | typo | typo }}", v=typed) == printed


def test_typography_leaves_addresses_and_hours_alone() -> None:
    assert shown("{{ v | typo }}", v="https://a.example/?a=1;b 10:30") == "https://a.example/?a=1;b 10:30"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' | money }}",
        "{{ 'NaN' | money }}",
        "{{ '1e999999999' | number }}",
        "{{ '2027-13-40' | date }}",
        "{{ none | date }}",
        "{{ '25:00' | time }}",
        "{{ ['a'] | listed('nor') }}",
        "{{ [none] | listed }}",
        "{{ '' | plural('a', 'b') }}",
        "{{ 1 | money('not a currency') }}",
    ],
)
def test_what_is_no_number_or_date_is_refused(source: str) -> None:
    with pytest.raises(RenderError):
        shown(source)


def test_an_unknown_language_falls_back_to_english() -> None:
    assert shown("{{ 12 | money }}", "xx-YY") == "€12.00"
    assert shown("{{ 12 | money }}", "fr-CA") == "12,00\u00a0€"
