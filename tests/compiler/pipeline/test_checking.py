from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.language.finding import Finding
from compiler.pipeline import check_workspace, read_workspace

if TYPE_CHECKING:
    from tests.conftest import Example

ON = date(2027, 3, 1)


@pytest.fixture
def folder(shared_example: Example, tmp_path: Path) -> Path:
    """The workspace alone: no key, no book, no table of the company's."""
    return Path(shutil.copytree(shared_example.workspace, tmp_path / "workspace"))


def found(folder: Path) -> list[Finding]:
    return check_workspace(folder, on=ON)[1]


def codes(folder: Path) -> set[str]:
    return {one.code for one in found(folder)}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_example_has_nothing_that_stops(folder: Path) -> None:
    assert [(one.code, str(one.place)) for one in found(folder) if one.stops] == []


def test_a_message_is_held_against_the_law_without_any_key(folder: Path) -> None:
    edit(folder / "templates/blocks/footer.mjml", "{{ unsubscribe_url }}", "https://www.atelier-lumen.example/")
    assert "MSG-UNSUB-05" in codes(folder)


def test_a_merged_field_without_fallback_is_advised(folder: Path) -> None:
    edit(folder / "templates/product-news.fr.mjml", "{{ contact.first_name }}", "{{ contact.siret }}")
    advice = [one for one in found(folder) if one.code == "PLAN-FALLBACK-14"]
    assert {str(one.place) for one in advice} == {"templates/product-news.fr.mjml"}
    assert {dict(one.arguments)["name"] for one in advice} == {"contact.siret"}
    assert not any(one.stops for one in advice)


def test_an_expression_that_fails_for_everybody_stops(folder: Path) -> None:
    edit(folder / "templates/product-news.fr.mjml", "{{ contact.first_name }}", "{{ contact.first_name | money }}")
    stops = [one for one in found(folder) if one.code == "TPL-RENDER-45"]
    assert stops
    assert all(one.stops for one in stops)
    assert stops[0].message("en").endswith("a filter expects a number")


def test_a_document_of_the_wrong_shape_is_reported_once(folder: Path) -> None:
    edit(folder / "segments/places.yaml", "kind: segment", "kind: segment\nmatches: {}")
    workspace, findings = read_workspace(folder)
    assert workspace is not None
    assert any(one.stops for one in findings)
    assert {one.place.path for one in findings if one.stops} == {"segments/places.yaml"}


def test_without_settings_there_is_no_workspace(folder: Path) -> None:
    (folder / "envoi.yaml").unlink()
    workspace, findings = read_workspace(folder)
    assert workspace is None
    assert any(one.stops for one in findings)


def test_findings_come_in_reading_order_each_once(folder: Path) -> None:
    edit(folder / "templates/blocks/footer.mjml", "{{ unsubscribe_url }}", "https://www.atelier-lumen.example/")
    findings = found(folder)
    assert len(findings) == len(set(findings))
    severities = ["error", "warning", "advice"]
    ranks = [severities.index(one.severity) for one in findings]
    assert ranks == sorted(ranks)


def test_a_number_of_the_organisation_that_is_not_declared_is_no_empty_text(folder: Path) -> None:
    edit(folder / "envoi.yaml", '  siren: "000000042"\n', "")
    stops = [one for one in found(folder) if one.stops]
    assert {one.code for one in stops} == {"TPL-RENDER-45"}
    assert all("organisation.siren" in one.message("en") for one in stops)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "{{ asset('spring-light.png') }}", "https://x.example/{{ contact.customer_code }}.png", id="a-picture"
        ),
        pytest.param('/printemps-2027" />', '/{{ contact.last_name }}" />', id="a-path"),
        pytest.param('/printemps-2027" />', '/?c={{ contact.phone }}" />', id="a-query"),
    ],
)
def test_no_link_and_no_picture_says_who_asks_for_it(folder: Path, old: str, new: str) -> None:
    edit(folder / "templates/product-news.fr.mjml", old, new)
    assert "TPL-LINK-47" in codes(folder)


def test_a_link_may_hold_what_stands_in_clear(folder: Path) -> None:
    edit(folder / "templates/product-news.fr.mjml", "/printemps-2027", "/{{ contact.sector or 'tous' }}")
    assert "TPL-LINK-47" not in codes(folder)


@pytest.mark.parametrize(
    "greedy",
    [
        pytest.param("{% set a = 'x' * 200000 %}" + "{% set a = a ~ a %}" * 30, id="text-that-doubles"),
        pytest.param("{% set a %}xxxxxxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, id="blocks"),
    ],
)
def test_a_template_that_eats_the_machine_is_stopped_apart(folder: Path, greedy: str) -> None:
    edit(folder / "templates/product-news.fr.mjml", "{{ contact.first_name }}", greedy + "{{ contact.first_name }}")
    assert "TPL-RENDER-46" in codes(folder)
