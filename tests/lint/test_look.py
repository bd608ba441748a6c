"""What a message's looks and words are told: links, pictures, preview, holes, contrast."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.finding import Place
from compiler.lint import Shown
from compiler.lint.cascade import Scheme, holds, pieces, specificity_of
from compiler.lint.colour import BLACK, WHITE, contrast, read_colour
from compiler.lint.contrast import faint
from tests.lint.conftest import HIDDEN, LAMP, PREVIEW, Look

SITE = "https://www.lumen.example"
MEASURED = (
    "https://t.lumen.example/c/abcdefgh/" + base64.urlsafe_b64encode(f"{SITE}/ete?utm_source=x".encode()).decode()
)
PICTURE = f'<img src="https://t.lumen.example/a/{LAMP.name}" width="300" alt="Une lampe">'

TOLD = [
    ("MSG-ANCHOR-21", '<a href="#tarifs">Tarifs</a>'),
    ("MSG-ANCHOR-21", '<a href="#">Tarifs</a>'),
    ("MSG-LINKTEXT-22", f'<a href="{SITE}/x"> <b></b></a>'),
    ("MSG-LINKTEXT-22", f'<a href="{SITE}/x"><img src="x.png" alt=""></a>'),
    ("MSG-LINKTWICE-23", f'<a href="{SITE}/x">Un</a> <a href="{SITE}/x">Deux</a>'),
    ("MSG-LINKTWICE-23", f'<a href="{MEASURED}">Un</a> <a href="{SITE}/ete">Deux</a>'),
    ("MSG-ALT-24", '<img src="x.png" width="20">'),
    ("MSG-IMGRATIO-27", '<img src="x.png" width="600" height="1200" alt="Tout">'),
    ("MSG-CONTRAST-28", '<p style="color:#999">Un mot</p>'),
    ("MSG-CONTRAST-28", '<p style="opacity:.4">Un mot</p>'),
    ("MSG-CONTRAST-28", '<table bgcolor="#336699"><tr><td>Un mot</td></tr></table>'),
    ("MSG-CONTRAST-28", '<p style="font-size:18px;font-weight:bold;color:#888">Un mot</p>'),
    ("MSG-CONTRAST-28", '<a href="https://www.lumen.example/" style="background:#000">Un mot</a>'),
    ("MSG-CLIENTS-29", '<p style="font-size:2vw">Un mot</p>'),
    ("MSG-CLIENTS-30", "<svg></svg>"),
    ("MSG-EMPTY-31", "<p>Bonjour ,</p>"),
    ("MSG-EMPTY-31", "<p>Bonjour <b></b>, voici</p>"),
    ("MSG-EMPTY-31", "<p>Nos lampes ()</p>"),
    ("MSG-EMPTY-31", "<p>Pour « » seulement</p>"),
]


@pytest.mark.parametrize(("code", "body"), TOLD, ids=[f"{n}-{code}" for n, (code, _) in enumerate(TOLD)])
def test_what_a_reader_would_stumble_over_is_told_at_its_place(code: str, body: str, look: Look) -> None:
    found = look(body)
    assert [one.code for one in found] == [code]
    assert found[0].place.path == "a.mjml"
    assert all(found[0].message(language) and found[0].advice(language) for language in ("fr", "en"))


QUIET = [
    f'<a href="{SITE}/x">Un</a> <a href="{SITE}/x">un</a>',
    f'<a href="{SITE}/x">Un</a> <a href="{SITE}/x"><img src="x.png" alt="Une lampe"></a>',
    f'<a href="{SITE}/x"><img src="x.png" alt=""></a> <a href="{SITE}/x">Mastodon</a>',
    '<a href="mailto:bonjour@lumen.example">Écrire</a> <a href="tel:+33199000000">Appeler</a>',
    '<a href="#tarifs">Tarifs</a><h2 id="tarifs">Tarifs</h2>',
    '<a href="#bas">Bas</a><a name="bas"></a>',
    '<div style="display:none"><a href="https://www.lumen.example/x"></a></div>',
    '<p style="color:#767676">Un mot</p>',
    '<p style="font-size:24px;color:#888">Un mot</p>',
    '<p style="font-size:19px;font-weight:700;color:#888">Un mot</p>',
    '<p style="color:#fff;background:url(x.png)">Un mot</p>',
    '<p style="color:#ccc">· — →</p>',
    '<p style="color:#ccc;display:none">Un mot</p>',
    '<p style="border-radius:4px;box-shadow:0 0 2px #000">Un mot</p>',
    "<p>Bonjour !</p><p>Un mot… et la suite, 1,5 m ; c’est tout.</p>",
    PICTURE,
    '<img src="https://t.lumen.example/o/x.gif" width="1" height="1" alt="">',
]


@pytest.mark.parametrize("body", QUIET, ids=range(len(QUIET)))
def test_what_reads_well_is_not_told(body: str, look: Look) -> None:
    assert look(body) == []


@pytest.mark.parametrize(
    ("hidden", "subject", "said"),
    [
        ("", "Trois lampes", "is missing"),
        (HIDDEN.replace(PREVIEW, "Trois lampes"), "Trois lampes", "repeats the subject"),
        (HIDDEN.replace(PREVIEW, "Trois autres lampes"), "Trois lampes", "has fewer than 35 characters"),
        (HIDDEN.replace(PREVIEW, PREVIEW * 3), "Trois lampes", "has more than 140 characters"),
        (
            HIDDEN.replace(PREVIEW, "Trois lampes dessinées pour les ateliers"),
            "Lampes",
            "stands again where the message begins",
        ),
    ],
)
def test_a_preview_text_says_something_of_its_own(hidden: str, subject: str, said: str, look: Look) -> None:
    (found,) = look("", hidden=hidden, subject=subject)
    assert (found.code, found.place) == ("MSG-PREVIEW-25", Place("spring.yaml", 2, 1))
    assert found.message("en") == f"the preview text {said}"


def test_pictures_are_weighed_one_by_one_and_together(look: Look) -> None:
    heavy = Shown("1" * 64 + ".jpg", "assets/toit.jpg", ("toit.jpg", "toit"), 310_000, 600, 100)
    many = [Shown(f"{n}" * 64 + ".jpg", f"assets/{n}.jpg", (f"{n}.jpg",), 290_000, 60, 10) for n in (2, 3, 4)]
    body = "".join(f'<img src="https://t.lumen.example/a/{p.name}" alt="Toit">' for p in (heavy,))
    (one,) = look(body, pictures=(heavy,), source='<mj-image src="{{ asset(\'toit\') }}" alt="Toit" />')
    assert (one.code, one.place) == ("MSG-IMGWEIGHT-26", Place("a.mjml", 2, 19))
    assert dict(one.arguments) == {"most": "300", "picture": "assets/toit.jpg", "size": "310"}
    body = "".join(f'<img src="https://t.lumen.example/a/{p.name}" alt="Toit">' for p in many)
    (together,) = look(body, pictures=tuple(many))
    assert dict(together.arguments)["size"] == "870"
    assert look("", pictures=(heavy,)) == []  # another language's


def test_a_hole_is_told_where_the_value_is_merged_and_never_quotes_the_reader(look: Look) -> None:
    (found,) = look("<p>Bonjour ,</p>", source="<p>\n  Bonjour {{ contact.first_name or '' }},</p>")
    assert (found.place, dict(found.arguments)["what"]) == (Place("a.mjml", 3, 3), "Bonjour ,")
    (private,) = look("<p>Quéméneur , voici</p>", source="<p>{{ contact.last_name }} {{ x }}, voici</p>")
    assert "Quéméneur" not in repr((private.arguments, private.message("fr")))
    (subject,) = look("", subject=", trois lampes")
    assert (subject.place.path, dict(subject.arguments)["part"]) == ("spring.yaml", "subject")
    assert [f.code for f in look("", subject="Bonjour  : trois lampes")] == ["MSG-EMPTY-31"]
    assert [f.code for f in look("<p>Hello !</p>", language="en")] == ["MSG-EMPTY-31"]


def test_what_is_told_by_day_is_not_told_again_by_night(look: Look) -> None:
    night = "<style>@media (prefers-color-scheme: dark){.n{background:#222!important}}</style>"
    (dark,) = look('<p class="n">Un mot</p>', head=night)
    assert (dict(dark.arguments)["scheme_en"], dict(dark.arguments)["ground"]) == ("dark mode", "#222222")
    (light,) = look('<p style="color:#999">Un mot</p>', head=night)
    assert dict(light.arguments)["scheme_en"] == "light mode"


def test_contrast_is_wcag_s_and_is_never_rounded_up(look: Look) -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == 1
    grey = read_colour("#777", BLACK)
    assert grey is not None
    assert contrast(grey, WHITE) == pytest.approx(4.478, abs=0.001)
    (found,) = look('<p style="color:#777">Un mot</p>')
    assert "4,47 pour 1, il faut 4,5" in found.message("fr")
    assert "4.47 to 1, 4.5 are needed" in found.message("en")


@pytest.mark.parametrize(
    ("query", "true"),
    [
        ("screen", True),
        ("print", False),
        ("only screen and (min-width:480px)", True),
        ("(max-width: 30em)", False),
        ("not print", True),
        ("print, (prefers-color-scheme: dark)", True),
        ("(prefers-color-scheme: light)", False),
        ("(hover)", False),
    ],
)
def test_media_queries_are_those_of_a_wide_screen(query: str, true: bool) -> None:
    assert holds(query, Scheme.DARK) is true


@pytest.mark.parametrize(
    ("selector", "rank"),
    [
        ("a", (0, 0, 1)),
        (".footer a", (0, 1, 1)),
        ("#top > div.x:first-child", (1, 2, 1)),
        ("[class='a b'] td", (0, 1, 1)),
        ("*", (0, 0, 0)),
    ],
)
def test_specificity_is_counted_as_css_counts(selector: str, rank: tuple[int, int, int]) -> None:
    assert specificity_of(selector) == rank


@given(st.text(alphabet="<>/ab=\"' !-&#;x{}:@()pstyle", max_size=60))
def test_whatever_is_written_can_be_looked_at(markup: str) -> None:
    for page in (markup, f"<style>{markup}</style><p style='{markup}'>a</p>"):
        for scheme in Scheme:
            list(pieces(page, scheme))
            faint(page, scheme)


def test_a_page_may_nest_deeper_than_python() -> None:
    assert [piece.text for piece in pieces("<div>" * 3000 + "un", Scheme.LIGHT)] == ["un"]
