"""A message in a frame: it can neither act nor fetch, and every light looks the same whatever the reader's own."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from compiler.review.preview.frames import Light, frame
from compiler.review.preview.pictures import Pictures
from compiler.review.preview.reading import read, shortened

TRACKER = "https://t.lumen.example"
PICTURE = b"\x89PNG\r\n\x1a\n fictional"
OWN = f"{TRACKER}/a/{sha256(PICTURE).hexdigest()}.png"


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "lamp.png").write_bytes(PICTURE)
    return Pictures(tmp_path, TRACKER)


def framed(html: str, pictures: Pictures, light: Light = Light.DAY) -> str:
    return frame(html, light, pictures, tracker=TRACKER)[0]


def test_the_workspace_s_picture_is_inlined(pictures: Pictures) -> None:
    document, foreign = frame(f'<p><img src="{OWN}" alt="Une lampe"></p>', Light.DAY, pictures, tracker=TRACKER)
    assert 'src="data:image/png;base64,' in document
    assert not foreign


@pytest.mark.parametrize(
    "html",
    [
        pytest.param('<img src="{}" alt="ailleurs">', id="picture"),
        pytest.param('<img srcset="{} 2x" alt="ailleurs">', id="srcset"),
        pytest.param('<td background="{}">x</td>', id="background"),
        pytest.param("<p style=\"background:url('{}')\">x</p>", id="style"),
        pytest.param("<style>p {{ background: url({}) }}</style>", id="sheet"),
        pytest.param('<link rel="stylesheet" href="{}">', id="link"),
        pytest.param('<style>@import "{}";</style>', id="import"),
        pytest.param('<script src="{}"></script>', id="script"),
        pytest.param('<iframe src="{}">x</iframe>', id="frame"),
        pytest.param('<object data="{}">x</object>', id="object"),
        pytest.param('<video poster="{}"></video>', id="poster"),
        pytest.param('<meta http-equiv="refresh" content="0;url={}">', id="refresh"),
        pytest.param('<base href="{}">', id="base"),
        pytest.param('<form action="{}"><button formaction="{}">x</button></form>', id="form"),
        pytest.param('<a href="{}" ping="{}">x</a>', id="link-and-ping"),
        pytest.param("<!--[if mso]><v:image src='{}'/><![endif]-->", id="outlook"),
    ],
)
@pytest.mark.parametrize("light", Light)
def test_nothing_of_elsewhere_is_left(html: str, light: Light, pictures: Pictures) -> None:
    assert "elsewhere" not in framed(html.format(*["https://elsewhere.example/x"] * 2), pictures, light)


def test_what_stands_elsewhere_is_listed_once_and_its_text_shown(pictures: Pictures) -> None:
    html = '<img src="https://x.example/1.png" alt="Une lampe"><img src="https://x.example/1.png" alt="Une lampe">'
    document, foreign = frame(html, Light.DAY, pictures, tracker=TRACKER)
    assert foreign == ("https://x.example/1.png",)
    assert document.count('alt="Une lampe"') == 2


def test_scripts_go_with_what_they_hold_and_attributes_that_act_too(pictures: Pictures) -> None:
    document = framed(
        '<script>steal()</script><p onclick="steal()" style="color:red">Bonjour &amp; merci</p>', pictures
    )
    assert "steal" not in document
    assert '<p style="color:red">Bonjour &amp; merci</p>' in document


def test_the_opening_pixel_is_neither_shown_nor_listed(pictures: Pictures) -> None:
    document, foreign = frame(f'<img src="{TRACKER}/o/{"x" * 56}.gif" alt="">', Light.DAY, pictures, tracker=TRACKER)
    assert "<img" not in document
    assert not foreign


def test_without_pictures_even_the_workspace_s_own_are_their_text(pictures: Pictures) -> None:
    document = framed(f'<img src="{OWN}" alt="Une lampe">', pictures, Light.NO_PICTURES)
    assert "data:" not in document
    assert 'alt="Une lampe"' in document


def test_night_is_the_frame_s_own_not_the_reader_s(pictures: Pictures) -> None:
    html = "<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style><p>x</p>"
    night, day = framed(html, pictures, Light.NIGHT), framed(html, pictures)
    assert "(min-width:0)" in night
    assert "only dark" in night
    assert "(max-width:0)" in day
    assert "only light" in day
    assert not re.search("prefers-color-scheme", night + day)


def test_a_message_that_says_nothing_of_night_is_not_darkened(pictures: Pictures) -> None:
    assert "only light" in framed("<p>x</p>", pictures, Light.NIGHT)


def test_the_inbox_line_is_the_first_words_without_their_filling() -> None:
    html = (
        "<head><title>No</title><style>p{}</style></head><div>Le printemps\u034f\u200c&nbsp;\u034f</div><p>Bonjour</p>"
    )
    assert read(html, TRACKER).inbox == "Le printemps Bonjour"


def test_measured_links_are_read_as_their_targets() -> None:
    spelled = "aHR0cHM6Ly93d3cuZXhhbXBsZS8"
    href = f"{TRACKER}/c/{'x' * 56}/{spelled}"
    seen = read(f'<a href="{href}">Voir</a><a href="{TRACKER}/u/{"x" * 56}/Zg">Partir</a>', TRACKER)
    assert [(link.label, link.target, link.measured, link.own) for link in seen.links] == [
        ("Voir", "https://www.example/", True, False),
        ("Partir", f"{TRACKER}/u/…", False, True),
    ]
    assert shortened(f"Voir : {href}", TRACKER) == "Voir : https://www.example/"


@pytest.mark.parametrize(
    "html", ["", "<", "<img", "<style>", "</", "<a href=>", "<!DOCTYPE", "<img src>", "&#xffffffff;"]
)
def test_broken_html_never_raises(html: str, pictures: Pictures) -> None:
    for light in Light:
        frame(html, light, pictures, tracker=TRACKER)
    read(html, TRACKER)
