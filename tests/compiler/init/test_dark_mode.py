"""The templates that people begin with, in a reader that is dark, looked at in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from compiler.clock import SystemClock
from compiler.init.commands import init
from compiler.preview_command import preview
from compiler.session import Session

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_stands_below_a_short_message_is_dark_too(browser: Browser, tmp_path: Path, language: str) -> None:
    session = Session(tmp_path, SystemClock(), {}, language=language)
    CliRunner().invoke(init, ["atelier", "--no-input"], obj=session, catch_exceptions=False)
    there = Session(tmp_path / "atelier" / "workspace", SystemClock(), {}, language=language)
    out = tmp_path / "out"
    CliRunner().invoke(preview, ["first-news", "--out", str(out)], obj=there, catch_exceptions=False)
    page = browser.new_page()
    page.goto(next(out.glob("*-typical.html")).as_uri())
    night = [
        frame.evaluate("getComputedStyle(document.body).backgroundColor")
        for frame in page.frames
        if frame != page.main_frame and "only dark" in frame.content()
    ]
    assert night
    assert set(night) == {"rgb(20, 20, 20)"}
    page.close()
