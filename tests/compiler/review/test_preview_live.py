"""The live preview: for this machine alone, under an address of its own, built again when a file changes."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.review.preview.live import LivePreview


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LivePreview]:
    (tmp_path / "subject.txt").write_text("un")

    def build(version: str) -> dict[str, bytes]:
        return {"index.html": (tmp_path / "subject.txt").read_bytes(), "number.html": version.encode()}

    preview = LivePreview(build, tmp_path)
    yield preview
    preview.close()


def fetched(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def saved(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, ns=(1, 1))


def test_a_saved_file_changes_the_pages_and_their_version(live: LivePreview) -> None:
    version = live.url.replace("index.html", "version")
    assert fetched(live.url) == (200, b"un")
    before = fetched(version)[1]
    assert not live.look()
    saved(live.root / "subject.txt", "deux")
    assert live.look()
    assert fetched(live.url) == (200, b"deux")
    assert fetched(version)[1] != before
    assert fetched(version)[1] == fetched(live.url.replace("index", "number"))[1]  # what an open page compares


def test_hidden_files_change_nothing(live: LivePreview) -> None:
    (live.root / ".envoi").mkdir()
    (live.root / ".envoi" / "index.html").write_text("x")
    (live.root / ".subject.swp").write_text("x")
    assert not live.look()


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param(lambda url: url.rsplit("/", 2)[0] + "/index.html", id="without-the-key"),
        pytest.param(lambda url: url.replace("index.html", "").rstrip("/"), id="the-key-alone"),
    ],
)
def test_nothing_else_is_answered(live: LivePreview, spoiled: Callable[[str], str]) -> None:
    assert fetched(spoiled(live.url)) == (404, b"")


def test_a_page_that_is_gone_shows_the_first_one_until_it_is_back(live: LivePreview) -> None:
    assert fetched(live.url.replace("index.html", "gone.html")) == (404, b"un")


def test_a_page_of_the_web_cannot_read_it_under_its_own_name(live: LivePreview) -> None:
    assert fetched(live.url, Host=f"attacker.example:{live.port}") == (404, b"")


def test_it_listens_on_the_loopback_alone(live: LivePreview) -> None:
    assert live.url.startswith("http://127.0.0.1:")
