"""A message as an author wrote it and as it was rendered: each test changes one thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compiler.language.finding import Finding, Place
from compiler.lint import Origin, Shown, check_look
from compiler.policy.page import read_page

LAMP = Shown("0" * 64 + ".png", "assets/lamp.png", ("lamp.png", "lamp"), 40_000, 1200, 800)
PREVIEW = "Fabriquées à Rennes, garanties dix ans : notre choix du printemps."
HIDDEN = f'<div style="display:none;font-size:1px;">{PREVIEW}&#847;&zwnj;&nbsp;</div>'
WORDS = "<p>Bonjour Zoé, trois lampes dessinées pour les ateliers d’architectes arrivent dans notre maison.</p>"

Look = Callable[..., list[Finding]]


@pytest.fixture
def look() -> Look:
    """The findings of a page; `source` is what its author wrote, the page itself where nothing is said."""

    def found(
        body: str,
        *,
        head: str = "",
        source: str | None = None,
        subject: str = "Trois lampes pour votre atelier",
        text: str = "Bonjour Zoé, trois lampes arrivent.",
        hidden: str = HIDDEN,
        language: str = "fr",
        lanes: dict[str, int] | None = None,
        pictures: tuple[Shown, ...] = (LAMP,),
    ) -> list[Finding]:
        html = f"<!doctype html><html><head>{head}</head><body>{hidden}{WORDS}{body}</body></html>"
        files = (("a.mjml", f"<mjml>\n{head}{body if source is None else source}"), ("b.mjml", "<!-- pied -->"))
        return check_look(
            read_page(html),
            subject=subject,
            html=html,
            text=text,
            language=language,
            tracker="https://t.lumen.example",
            origin=Origin(Place("a.mjml"), Place("spring.yaml", 2, 1), files, pictures),
            lanes=lanes or {},
        )

    return found
