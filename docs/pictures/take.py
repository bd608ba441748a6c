"""Takes the README's pictures of a rehearsal: `python docs/pictures/take.py DIR` (needs Chromium; `make pictures`).

With a second folder it takes every page at both widths into that folder instead, to be looked at.

Every request is answered from disk: the pictures come from the workspace by their digest, anything else is refused.
"""

from __future__ import annotations

import hashlib
import mailbox
import shutil
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


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


def main(folder: Path, out: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not installed")
    # As the tracker serves them: `/a/<sha256>.png`.
    pictures = {
        hashlib.sha256(file.read_bytes()).hexdigest(): file
        for file in (folder / "workspace" / "assets").iterdir()
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

        def take(
            name: str, viewport: Any, *, html: str = "", url: str = "", full: bool = True, scale: int = 1, **more: Any
        ) -> None:
            page = browser.new_page(viewport=viewport, device_scale_factor=scale, java_script_enabled=False, **more)
            page.route("**/*", answer)
            if html:
                page.set_content(html)
            else:
                page.goto(url)
            page.wait_for_timeout(300)
            page.screenshot(path=str(out / f"{name}.png"), full_page=full)
            page.close()

        report = (folder / "report" / "index.html").resolve().as_uri()
        if out != Path(__file__).parent:
            for language, html in messages(folder / "mailbox").items():
                take(f"message-{language}-phone", PHONE, html=html)
                take(f"message-{language}-desk", DESK, html=html)
            take("report-desk", DESK, url=report)
            take("report-phone", PHONE, url=report)
            take("report-dark", DESK, url=report, color_scheme="dark")
        take("message-phone", PHONE, html=messages(folder / "mailbox")["fr"], full=False, scale=2)
        take("report", DESK, url=report, full=False, scale=2)
        browser.close()


if __name__ == "__main__":
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    place.mkdir(parents=True, exist_ok=True)
    main(Path(sys.argv[1]), place)
