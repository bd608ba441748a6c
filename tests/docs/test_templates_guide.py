"""The guides to templates say what is: their examples are compiled and rendered, their lists are whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.language.catalogue import catalogue
from compiler.language.plan import MessageTemplate
from compiler.load import load_file
from compiler.mjml import compile_mjml
from compiler.render import Renderer, prepare
from compiler.render.filters import filters
from compiler.schema import check

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
PAGES = {"en": (GUIDES / "templates.md").read_text("utf-8"), "fr": (GUIDES / "modeles.md").read_text("utf-8")}
ROW = re.compile(r"^\| `(\{\{.*?\}\})` \| `(.*?)` \| `(.*?)` \|$", re.MULTILINE)
ROWS = {
    language: [(s.replace("\\|", "|"), fr, en) for s, fr, en in ROW.findall(page)] for language, page in PAGES.items()
}
BOTH = pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))


class Links:
    def link(self, number: int, target: str) -> str:
        return target

    def pixel(self) -> str:
        return ""


@pytest.mark.parametrize(("source", "french", "english"), ROWS["fr"])
def test_a_filter_writes_what_the_guides_say(source: str, french: str, english: str) -> None:
    renderer = Renderer(MessageTemplate("s", "", "", source))
    written = [renderer.render_plain({"language": language}, Links()).text for language in ("fr", "en")]
    assert written == [french, english]


def test_both_guides_show_the_same() -> None:
    assert ROWS["fr"] == ROWS["en"]
    blocks = [re.findall(r"```\w+\n.*?```", page, re.DOTALL) for page in PAGES.values()]
    assert blocks[0] == blocks[1]


@BOTH
def test_every_filter_is_named(page: str) -> None:
    shown = {name for source, _, _ in ROWS["fr"] for name in re.findall(r"\| (\w+)", source)}
    listed = set(re.findall(r"`(\w+)`", re.findall(r"Jinja.*?: (`abs`.*?)\.\n", page, re.DOTALL)[0]))
    assert shown | listed == set(filters())
    assert shown.isdisjoint(listed)


@BOTH
def test_every_code_exists(page: str) -> None:
    assert set(re.findall(r"TPL-[A-Z]+-\d+", page)) <= set(catalogue())


@BOTH
def test_the_example_is_whole(page: str) -> None:
    files = dict(re.findall(r"```xml\n<!-- (\S+) -->\n(.*?)```", page, re.DOTALL))
    (declared,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    documents, findings = load_file("templates/news.yaml", declared.encode())
    assert (findings, [check(document) for document in documents]) == ([], [[]])
    params = documents[0].data["params"]
    assert isinstance(params, dict)
    made = compile_mjml(
        files["templates/news.fr.mjml"],
        "templates/news.fr.mjml",
        read=files.get,
        params={name: str(value) for name, value in params.items()},
    )
    message, problems = prepare(made, subject="s", preview="")
    assert [*made.findings, *problems] == []
    values = {
        "contact": {"first_name": "Zoé", "company": None},
        "products": [{"name": "Lampe", "price": "1234.5", "url": "https://a.example/"}],
        "language": "fr",
        "unsubscribe_url": "https://t.example/u",
    }
    rendered = Renderer(message).render_plain(values, Links())
    assert "Lampe : 1\u202f234,50\u00a0€" in rendered.text
    assert "Prix hors taxes." in rendered.text
    assert "votre atelier" in rendered.html
