"""Takes the README's pictures of a rehearsal: `python docs/pictures/take.py DIR` (needs Chromium; `make pictures`).

With a second folder it takes every page at both widths, by day and at night, into that folder: to be looked at.

Every request is answered from disk: the pictures come from the workspace by their digest, anything else is refused.
"""

from __future__ import annotations

import hashlib
import mailbox
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
CAMPAIGN = "spring-2027"
HERE = Path(__file__).parent


def messages(folder: Path) -> dict[str, str]:
    """The longest French and the longest English message of a Maildir, as HTML."""
    parser = BytesParser(policy=policy.default)
    found: dict[str, str] = {}
    for item in mailbox.Maildir(folder, factory=None, create=False):
        message = parser.parsebytes(item.as_bytes())
        assert isinstance(message, EmailMessage)
        part = message.get_body(("html",))
        html: str = part.get_content() if part else ""
        language = "fr" if 'lang="fr"' in html else "en"
        if len(html) > len(found.get(language, "")):
            found[language] = html
    return found


def comment(folder: Path, language: str) -> str:
    """The comment as reviewers met it: the lock stands on its branch, and main has approved nothing yet."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="review-") as name:
        scratch = Path(name)
        # The folder beside `plans` and `state` that the settings' paths count from.
        tree, remote = scratch / "review" / "workspace", scratch / "workspace.git"
        for shared in ("plans", "state", "book.git"):
            (scratch / "review").mkdir(exist_ok=True)
            (scratch / "review" / shared).symlink_to((folder / shared).resolve())
        _git("clone", "-q", "--bare", str(folder / "workspace.git"), str(remote))
        _git("-C", str(remote), "update-ref", "refs/heads/main", f"campaign/{CAMPAIGN}~1")
        _git("clone", "-q", "-b", f"campaign/{CAMPAIGN}", str(remote), str(tree))
        page = scratch / "comment.html"
        _envoi(folder, tree, language, "review", "comment", CAMPAIGN, "--format", "html", "--out", str(page))
        return page.read_text("utf-8")


def written(folder: Path, out: Path, language: str) -> None:
    """The preview and the report in a language, under `out`."""
    _envoi(folder, folder / "workspace", language, "preview", CAMPAIGN, "--out", str(out / "preview"))
    _envoi(folder, folder / "workspace", language, "report", CAMPAIGN, "--html", str(out / "report"))


def _envoi(folder: Path, workspace: Path, language: str, *args: str) -> None:
    environment = {**os.environ, "ENVOI_SIMULATED_CLOCK": str((folder / "state" / "clock").resolve())}
    command = Path(sys.executable).with_name("envoi")
    subprocess.run(
        [command, "-C", str(workspace), "--language", language, *args],
        env=environment, check=True, stdout=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


def _git(*args: str) -> None:
    subprocess.run(["git", *args], check=True, timeout=60)


@dataclass(frozen=True)
class Camera:
    """Takes pages that may ask for nothing but the workspace's own pictures."""

    browser: Any
    answer: Callable[[Any], None]

    def take(
        self,
        file: Path,
        viewport: dict[str, int],
        *,
        html: str = "",
        url: str = "",
        full: bool = False,
        scale: float = 1,
        dark: bool = False,
    ) -> None:
        page = self.browser.new_page(
            viewport=viewport,
            device_scale_factor=scale,
            java_script_enabled=False,
            color_scheme="dark" if dark else "light",
        )
        page.route("**/*", self.answer)
        if html:
            page.set_content(html)
        else:
            page.goto(url)
        page.wait_for_timeout(300)
        if full:  # as tall as the page: what a window does not show is not always drawn
            page.set_viewport_size({**viewport, "height": page.locator("html").bounding_box()["height"]})
            page.wait_for_timeout(300)
        page.screenshot(path=str(file))
        page.close()


@contextmanager
def camera(assets: Path) -> Iterator[Camera]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not installed")
    # As the tracker serves them: `/a/<sha256>.png`.
    pictures = {
        hashlib.sha256(file.read_bytes()).hexdigest(): file
        for file in assets.iterdir()
        if file.suffix in (".png", ".jpg", ".gif")
    }

    def answer(route: Any) -> None:
        url = route.request.url
        file = pictures.get(url.rpartition("/a/")[2].partition(".")[0])
        if url.startswith(("file:", "data:")):
            route.continue_()
        elif file is not None:
            route.fulfill(path=str(file))
        else:
            route.abort()

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield Camera(browser, answer)
        browser.close()


def for_the_readme(folder: Path, scratch: Path, camera: Camera) -> None:
    shown = comment(folder, "en")
    for dark, name in ((False, ""), (True, "-dark")):
        camera.take(HERE / f"comment{name}.png", {"width": 900, "height": 1010}, html=shown, scale=1.5, dark=dark)
        for page, url, height in (
            ("preview", scratch / "preview" / "a-fr-typical.html", 1180),
            ("report", scratch / "report" / "index.html", 880),
        ):
            size = {"width": 1280, "height": height}
            camera.take(HERE / f"{page}{name}.png", size, url=url.as_uri(), dark=dark)
    camera.take(HERE / "message-phone.png", PHONE, html=messages(folder / "mailbox")["fr"], scale=2)


def to_look_at(folder: Path, scratch: Path, camera: Camera, out: Path) -> None:
    sights: list[tuple[str, dict[str, str]]] = [
        (f"message-{language}", {"html": html}) for language, html in messages(folder / "mailbox").items()
    ]
    sights += [(f"comment-{language}", {"html": comment(folder, language)}) for language in ("fr", "en")]
    pages = (folder / "report" / "index.html", *sorted((folder / "preview").glob("[ai]*.html")))
    sights += [("report" if page.parent.name == "report" else f"preview-{page.stem}", {"url": page.resolve().as_uri()})
               for page in pages]  # fmt: skip
    for name, sight in sights:
        for width, viewport in (("desk", DESK), ("phone", PHONE)):
            for dark in (False, True):
                file = out / f"{name}-{width}{'-dark' if dark else ''}.png"
                camera.take(file, viewport, full=True, dark=dark, **sight)  # type: ignore[arg-type]


def main(folder: Path, out: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        camera(folder / "workspace" / "assets") as ready,
    ):
        scratch = Path(name)
        if out.resolve() == HERE.resolve():
            written(folder, scratch, "en")
            for_the_readme(folder, scratch, ready)
        else:
            to_look_at(folder, scratch, ready, out)


if __name__ == "__main__":
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    place.mkdir(parents=True, exist_ok=True)
    main(Path(sys.argv[1]).resolve(), place)
