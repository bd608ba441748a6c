"""What is computed of a page's colours without a browser, beside what Chromium computes of the same page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from compiler.lint.cascade import WIDTH, Piece, Scheme, pieces
from compiler.lint.colour import DARK_CANVAS
from compiler.pipeline.checking import read_workspace
from compiler.pipeline.previewing import preview_campaign

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# Each text node that is seen: what it says, its colour, the first ground behind it, its size and weight.
_LOOKS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.split(/\\s+/).filter(Boolean).join(' ');
    const element = walk.currentNode.parentElement;
    const style = getComputedStyle(element);
    if (!text || !element.checkVisibility({visibilityProperty: true}) || parseFloat(style.fontSize) < 1
        || element.closest('style,script,title')) continue;
    let ground = '';
    for (let each = element; each && !ground; each = each.parentElement) {
      const own = getComputedStyle(each).backgroundColor;
      if (own !== 'rgba(0, 0, 0, 0)') ground = own;
    }
    found.push([text, style.color, ground, parseFloat(style.fontSize), parseInt(style.fontWeight) >= 600]);
  }
  return found;
}"""

# What the example does not use, and people do: specificity, importance, shorthands, old attributes, units.
PAGES = {
    "importance": "<style>p{color:#111!important} #a{color:#222} .b{color:#333}</style>"
    "<p id=a class=b style='color:#444'>un</p><div id=a class=b>deux</div><div class=b style='color:#555'>trois</div>",
    "specificity": "<style>.x .y{color:#123} div.y{color:#456} .y{color:#789} p:first-child{color:#abc}"
    " td > p{color:#135} [lang=fr]{color:#246}</style><div class=x><div class=y>un</div></div><div class=y>deux</div>"
    "<table><tr><td><p>trois</p><p>quatre</p></table><i lang=fr>cinq</i>",
    "shorthands": "<div style='background:#012 none;font:bold 20px/1.2 Arial;color:white'>un"
    "<span style='background:transparent'>deux</span></div><p style='font:italic 2em serif'>trois</p>",
    "attributes": "<body bgcolor=#336699 text=#ffff00 link=red><font color=#00ff00>un</font>"
    "<table bgcolor=ffffff><tr bgcolor=#eeeeee><td>deux<td bgcolor=black style='color:hsl(120,50%,50%)'>trois"
    "</table><a href=x>quatre</a><a>cinq</a>",
    "units": "<div style='font-size:12pt'>un<p style='font-size:150%'>deux<b style='font-size:.5em'>trois</b></p>"
    "<h1>quatre</h1><small>cinq</small><span style='font-size:1.5rem;font-weight:600'>six</span></div>",
    "hidden": "<p hidden>un</p><p style='display:none'>deux</p><div style='visibility:hidden'>trois"
    "<b style='visibility:visible'>quatre</b></div><div style='font-size:0'>cinq<i style='font-size:14px'>six</i>",
    "void": "<style>p{color:red;color:notacolour} p::first-line,p:first-letter{color:gold}"
    " @media print{p{color:blue}} @media (max-width:600px){p{color:lime}}"
    " @media only screen and (min-width:480px){b{color:teal}}</style><p>un<b>deux</b></p>"
    "<p style='color:inherit'>trois</p><p style='background-color:currentcolor'><i style='color:#fff'>quatre</i></p>",
    "night": "<meta name=color-scheme content='light dark'><style>@media (prefers-color-scheme:dark){"
    ".c{background:#222!important;color:#ddd!important}}</style><p>un <a href=x>deux</a></p>"
    "<div class=c style='background:#fff;color:#000'>trois</div>",
}


def examples() -> Iterator[tuple[str, str]]:
    """Every message of the example workspace, for every fictional contact."""
    workspace, _ = read_workspace(CAMPAIGNS)
    assert workspace is not None
    for campaign in workspace.campaigns:
        for mail in preview_campaign(workspace, campaign, on=date(2027, 3, 1)).mails:
            yield f"{campaign.name} {mail.variant} {mail.language} {mail.case}", mail.html


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI installs Chromium"
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def drawn(browser: Any, html: str, scheme: Scheme) -> list[tuple[Any, ...]]:
    page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme.value, offline=True)
    try:
        page.set_content(html, wait_until="domcontentloaded")
        return [tuple(each) for each in page.evaluate(_LOOKS)]
    finally:
        page.close()


def spelled(piece: Piece, ground: str) -> tuple[Any, ...]:
    """As Chromium says it; where it knows no ground, the canvas is none of a style sheet's."""
    look = piece.look
    assert look.ground is not None
    numbers = ", ".join(str(round(part * 255)) for part in (look.colour.red, look.colour.green, look.colour.blue))
    behind = ", ".join(str(round(part * 255)) for part in (look.ground.red, look.ground.green, look.ground.blue))
    return piece.text, f"rgb({numbers})", f"rgb({behind})" if ground else "", round(look.size, 1), look.bold


def compare(browser: Any, html: str, scheme: Scheme) -> int:
    theirs = drawn(browser, html, scheme)
    ours = list(pieces(html, scheme))
    assert [piece.text for piece in ours] == [each[0] for each in theirs]
    for piece, (text, colour, ground, size, bold) in zip(ours, theirs, strict=True):
        assert spelled(piece, ground) == (text, colour, ground, round(size, 1), bold)
    return len(theirs)


@pytest.mark.parametrize("scheme", Scheme)
def test_the_example_s_messages_look_as_chromium_says(browser: Any, scheme: Scheme) -> None:
    unique = dict.fromkeys(html for _, html in examples())
    assert len(unique) >= 12
    compared = [compare(browser, html, scheme) for html in unique]
    assert sum(compared) > 300


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_what_css_can_say_is_understood_as_chromium_does(browser: Any, page: str, scheme: Scheme) -> None:
    assert compare(browser, f"<!doctype html><html>{page}", scheme)


def test_the_canvas_of_a_page_that_knows_night_is_chromium_s_own(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 60, "height": 60}, color_scheme="dark")
    page.set_content("<!doctype html><meta name=color-scheme content='light dark'><p>")
    canvas = page.screenshot()
    page.set_content(f"<!doctype html><body style='background:{DARK_CANVAS}'>")
    assert page.screenshot() == canvas
    page.close()
