"""`envoi preview`: static pages that ask for nothing, and a real contact only when asked for."""

from __future__ import annotations

import json
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from compiler.book.people import people
from compiler.cli import envoi
from compiler.language.clock import FixedClock
from compiler.language.errors import UsageProblem
from compiler.session import Session

if TYPE_CHECKING:
    from tests.conftest import Example

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


def run(root: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(envoi, ["-C", str(root), *arguments], standalone_mode=False, catch_exceptions=False)
    if result.exception:
        raise result.exception
    assert isinstance(result.return_value, int)
    return result.return_value, result.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's first campaign, previewed without any key."""
    out = tmp_path_factory.mktemp("site") / "preview"
    code, _ = run(CAMPAIGNS, "preview", "spring-2027", "--out", str(out))
    assert code == 0
    return out


def pages(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.glob("*.html")}


def test_it_is_an_index_and_a_page_a_message_and_every_link_between_them_leads_somewhere(site: Path) -> None:
    found = pages(site)
    assert len(found) == 1 + 24
    for text in found.values():
        own = re.findall(r'href="([^"#:]+\.html)"', text)
        assert own
        assert set(own) <= found.keys()


def test_pages_forbid_every_request_and_hold_no_script(site: Path) -> None:
    for name, text in pages(site).items():
        assert "default-src 'none'" in unescape(text[:500]), name
        for frame in re.findall(r'<iframe[^>]*srcdoc="([^"]*)"', text):
            inner = unescape(frame)
            assert not re.search(r"""(?:src|background|href)\s*=\s*["']?(?:https?:)?//""", inner), name
            assert not re.search(r"url\((?!data:)", inner), name
        assert text.count("<iframe") == text.count('sandbox=""')
        assert "<script" not in text.split('srcdoc="')[0], name
        assert not re.search(r'<(?:img|link|script)[^>]*(?:src|href)="(?!data:)', text), name


def test_the_same_files_give_the_same_pages(site: Path, tmp_path: Path) -> None:
    run(CAMPAIGNS, "preview", "spring-2027", "--out", str(tmp_path / "again"))
    assert pages(tmp_path / "again") == pages(site)


def test_it_speaks_the_language_that_is_asked_for(tmp_path: Path) -> None:
    run(CAMPAIGNS, "--language", "en", "preview", "showroom-2027", "--out", str(tmp_path / "en"))
    text = (tmp_path / "en" / "index.html").read_text("utf-8")
    assert '<html lang="en">' in text
    assert "Almost nothing known" in text
    assert "Presque rien" not in text


def test_a_finding_stands_under_its_line(example: Example, tmp_path: Path) -> None:
    example.edit("templates/product-news.fr.mjml", "<mj-text>Bonjour", '<mj-text colour="red">Bonjour')
    run(example.workspace, "preview", "spring-2027", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "a-fr-typical.html").read_text("utf-8")
    source = text[text.index('class="source"') :]
    assert re.search(r'<span class="c">[^<]*colour=[^<]*</span></li><li class="remark at', source)
    assert re.search(r"templates/product-news\.fr\.mjml:\d+", (tmp_path / "out" / "index.html").read_text("utf-8"))


def test_a_finding_about_a_subject_stands_at_the_line_that_declares_it(site: Path) -> None:
    lines = (CAMPAIGNS / "2027/spring-2027.yaml").read_text("utf-8").split("\n")
    french = next(number for number, line in enumerate(lines, 1) if "Trois lampes pour les projets" in line)
    places = re.findall(r'class="place">([^<]*)', (site / "index.html").read_text("utf-8"))
    assert f"2027/spring-2027.yaml:{french}" in [place.rpartition(":")[0] for place in places]
    assert not [place for place in places if place.startswith("templates/")]


def test_an_error_ends_with_1_and_is_still_shown(example: Example, tmp_path: Path) -> None:
    example.edit("templates/product-news.en.mjml", "{{ contact.first_name }}", "{{ contact.nickname }}")
    code, said = run(example.workspace, "--json", "preview", "spring-2027", "--out", str(tmp_path / "out"))
    assert code == 1
    assert json.loads(said)["errors"] >= 1
    assert "nickname" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_by_default_it_stands_in_a_hidden_folder_that_git_leaves_out(example: Example) -> None:
    run(example.workspace, "preview", "showroom-2027")
    folder = example.workspace / ".envoi" / "preview" / "showroom-2027"
    assert (folder / "index.html").is_file()
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>my own page</p>")
    with pytest.raises(UsageProblem, match="not empty"):
        run(CAMPAIGNS, "preview", "spring-2027", "--out", str(tmp_path))
    assert (tmp_path / "index.html").read_text() == "<p>my own page</p>"


def test_an_earlier_preview_is_replaced_whole(site: Path, tmp_path: Path) -> None:
    (tmp_path / "b-fr-old.html").write_text("old")
    shutil.copy(site / "index.html", tmp_path)
    run(CAMPAIGNS, "preview", "showroom-2027", "--out", str(tmp_path))
    assert not (tmp_path / "b-fr-old.html").exists()
    assert (tmp_path / "a-fr-typical.html").exists()


def test_a_real_contact_is_marked_private_and_kept_from_git(example: Example, tmp_path: Path) -> None:
    session = example.session()
    keyring = session.keyring()
    try:
        real = next(p for p in people(session.book().view(), keyring) if p.value("first_name"))
    finally:
        keyring.close()
    out = tmp_path / "personal"
    run(example.workspace, "preview", "spring-2027", "--as", real.identity.address, "--out", str(out))
    for path in out.glob("*.html"):
        assert "Données personnelles." in path.read_text("utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert (out / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("preview", "sprng-2027"), "did you mean 'spring-2027'", id="unknown-campaign"),
        pytest.param(("preview",), "declared: ", id="which-campaign"),
        pytest.param(("preview", "spring-2027", "--live", "--out", "x"), "--live writes no file", id="live-and-out"),
        pytest.param(("preview", "spring-2027", "--port", "9"), "with --live only", id="port-without-live"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        run(CAMPAIGNS, *arguments)
    assert says in refused.value.text.en


def test_nobody_by_that_name_is_a_refusal(example: Example) -> None:
    from compiler.book.problems import NobodyFound

    with pytest.raises(NobodyFound):
        run(example.workspace, "preview", "spring-2027", "--as", "nobody@clients.example")


def test_the_live_preview_outlives_what_is_half_written(example: Example) -> None:
    from compiler.preview_command import live_pages

    session = example.session()
    assert "a-fr-typical.html" in live_pages(session, "spring-2027", None, "1")
    example.edit("2027/spring-2027.yaml", "name: spring-2027", "name: spring-28")
    renamed = live_pages(session, "spring-2027", None, "1")
    assert renamed.keys() == {"index.html"}
    assert "spring-28" in renamed["index.html"].decode()
    example.edit("2027/spring-2027.yaml", "segment: architects-west", "segment: [")
    broken = live_pages(session, "spring-2027", None, "1")["index.html"].decode()
    assert "2027/spring-2027.yaml:" in broken
    assert "connect-src" in broken


@pytest.mark.parametrize("path", ["envoi.yaml", "2027/spring-2027.yaml", "templates/product-news.fr.mjml"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"\t: [", b"{% if %}"], ids=repr)
def test_whatever_a_file_has_become_the_live_preview_says_so(path: str, content: bytes | None, tmp_path: Path) -> None:
    from compiler.preview_command import live_pages

    workspace = Path(shutil.copytree(CAMPAIGNS, tmp_path / "workspace"))
    session = Session(workspace, FixedClock(datetime(2027, 3, 1, 9, tzinfo=UTC)), {}, language="fr")
    if content is None:
        (workspace / path).unlink()
    else:
        (workspace / path).write_bytes(content)
    first = live_pages(session, "spring-2027", None, "2")["index.html"].decode()
    assert 'class="findings"' in first or 'class="mails"' not in first


def test_a_browser_shows_every_view_and_asks_nobody_for_anything(site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(site.joinpath("a-fr-typical.html").as_uri())
    for control, shown in (("night", "iframe.night"), ("off", "iframe.off"), ("day", "iframe >> nth=0")):
        page.locator(f'label[for="light-{control}"]').click()
        assert page.locator("iframe:visible").count() == 1
        assert page.locator(shown).is_visible()
    assert "Bonjour Camille" in (page.frames[1].content())
    for view in ("text", "source"):
        page.locator(f'label[for="view-{view}"]').click()
        assert page.locator(f".{view}").is_visible()
        assert not page.locator("iframe:visible").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:", "about:"))]
    assert not said


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str], str]]:
    """A live preview as somebody starts it: the workspace, the program and its address."""
    workspace = Path(shutil.copytree(CAMPAIGNS, tmp_path / "workspace"))
    command = [str(Path(sys.executable).with_name("envoi")), "-C", str(workspace), "--language", "en"]
    with subprocess.Popen(
        [*command, "preview", "spring-2027", "--live"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout
        yield workspace, running, running.stdout.readline().strip()
        running.kill()


def saved(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_saved_file_shows_in_an_open_browser_a_broken_one_its_findings_and_ctrl_c_ends_it(
    live: tuple[Path, subprocess.Popen[str], str], browser: Any
) -> None:
    workspace, running, url = live
    campaign = workspace / "2027" / "spring-2027.yaml"
    page = browser.new_page()
    page.goto(url.replace("index.html", "a-fr-typical.html"))
    page.locator('label[for="view-text"]').click()
    saved(campaign, "trois lampes", "quatre lampes")
    page.locator(".head b", has_text="quatre lampes").wait_for(state="attached")
    assert page.locator("#view-text").is_checked()  # what the reader had chosen outlives the reload
    saved(campaign, "segment: architects-west", "segment: [")
    page.locator(".findings .place", has_text="2027/spring-2027.yaml:").first.wait_for()
    saved(campaign, "segment: [", "segment: architects-west")
    page.locator(".head b", has_text="quatre lampes").wait_for(state="attached")
    page.close()
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=10)
    assert running.returncode == 130
    assert said[0] == ""
    invitation, *sentences = [line for line in said[1].splitlines() if line]
    assert invitation == "Ctrl-C to end."
    assert len(sentences) <= 1, sentences
