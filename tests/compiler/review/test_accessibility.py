"""What axe finds in the pages that people review by: nothing, at any width, in any light, in any view."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compiler.cli import envoi

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
Axe = Callable[..., list[str]]
#: The frame's title and the page around it say these for a message, which is no page of its own.
_OF_PAGES = ("landmark-one-main", "page-has-heading-one", "region")
_WIDTHS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
_CONTROLS = ("view-phone", "light-night", "light-off", "view-text", "view-source")

widths = pytest.mark.parametrize("width", _WIDTHS.values(), ids=_WIDTHS)
lights = pytest.mark.parametrize("light", ["light", "dark"])


def run(root: Path, *arguments: str) -> None:
    result = CliRunner().invoke(envoi, ["-C", str(root), *arguments], standalone_mode=False, catch_exceptions=False)
    if result.exception:
        raise result.exception


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preview with findings, and with messages that cannot be made."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(CAMPAIGNS, folder / "workspace")
    for language, old, new in (
        ("fr", "<mj-text>Bonjour", '<mj-text colour="red">Bonjour'),
        ("en", "<mj-text>Hello", "<mj-text>{{ ''.__class__ }}"),
    ):
        template = folder / "workspace" / "templates" / f"product-news.{language}.mjml"
        text = template.read_text("utf-8")
        assert old in text
        template.write_text(text.replace(old, new), "utf-8")
    out = folder / "preview"
    run(folder / "workspace", "preview", "spring-2027", "--out", str(out))
    assert 'class="failure"' in (out / "a-en-longest.html").read_text("utf-8")
    return out


@pytest.mark.parametrize(("width", "light"), [("wide", "light"), ("phone", "dark")])
def test_axe_finds_nothing_in_any_page_of_a_preview(site: Path, browser: Any, axe: Axe, width: str, light: str) -> None:
    page = browser.new_page(viewport=_WIDTHS[width], color_scheme=light)
    found = {}
    for file in sorted(site.glob("*.html")):
        page.goto(file.as_uri())
        found[file.name] = axe(page)
    page.close()
    assert len(found) == 25
    assert not [one for each in found.values() for one in each], found


@widths
@lights
def test_axe_finds_nothing_in_any_view_of_a_message(
    site: Path, browser: Any, axe: Axe, width: dict[str, int], light: str
) -> None:
    page = browser.new_page(viewport=width, color_scheme=light)
    found = {}
    for name, controls in (("index", ()), ("a-en-longest", ()), ("a-fr-longest", _CONTROLS)):
        page.goto(site.joinpath(f"{name}.html").as_uri())
        found[name] = axe(page)
        for control in controls:
            page.locator(f'label[for="{control}"]').click()
            found[control] = axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], control
    page.close()
    assert not [one for each in found.values() for one in each], found


def test_axe_finds_nothing_in_the_example_s_message_in_any_light(site: Path, browser: Any, axe: Axe) -> None:
    page = browser.new_page(viewport=_WIDTHS["wide"])
    page.goto(site.joinpath("b-fr-longest.html").as_uri())
    documents = page.evaluate("[...document.querySelectorAll('iframe')].map(frame => frame.srcdoc)")
    assert len(documents) == 3
    for document in documents:
        page.set_content(document)
        assert axe(page, *_OF_PAGES) == []
    page.close()


def test_axe_sees_what_is_wrong(site: Path, browser: Any, axe: Axe) -> None:
    page = browser.new_page(viewport=_WIDTHS["wide"])
    page.goto(site.joinpath("index.html").as_uri())
    page.add_style_tag(content=".lead{color:#ddd}")
    found = axe(page)
    page.close()
    assert [one.split(":")[0] for one in found] == ["serious color-contrast"]
