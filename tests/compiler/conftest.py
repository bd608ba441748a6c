"""What the compiler's tests share: a browser, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_RUN = """async options => (await axe.run(document, options)).violations.map(
    found => `${found.impact} ${found.id}: ${found.nodes.map(node => node.target.join(" ")).join(", ")}`)"""


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """What axe-core finds in a page, of any severity; rules are left out by their names."""
    from axe_playwright_python.base import AXE_SCRIPT

    def found(page: Any, *without: str) -> list[str]:
        page.evaluate(AXE_SCRIPT)
        rules = {name: {"enabled": False} for name in without}
        violations: list[str] = page.evaluate(_RUN, {"iframes": False, "rules": rules})
        return violations

    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        reason = "Chromium is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
