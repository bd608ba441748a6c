"""Plays the recipients over real HTTP, following only what stands in the delivered messages.

Links whose host is not this machine are never followed.
"""

from __future__ import annotations

import hashlib
import http.client
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
SCANNER = "Mozilla/5.0 (compatible; LinkScanner/2.1; security gateway)"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as its recipient holds it. `links`, `pixels` and `pictures` are those on this machine."""

    mailbox: str = field(repr=False)
    one_click: str
    links: tuple[str, ...]
    pixels: tuple[str, ...]
    pictures: tuple[str, ...]  # of the workspace, the same for everyone
    pages: tuple[str, ...]  # the unsubscribe page


@dataclass(slots=True)
class Played:
    """What the recipients did: the expectation that the report is held against."""

    opened: int = 0
    clicked: int = 0
    one_click: int = 0
    by_page: int = 0
    undone: int = 0
    machine: int = 0
    untouched_by_get: bool = True
    wrong: list[str] = field(default_factory=list)


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "img" and "src" in given:
            self.pictures.append(given["src"])
        elif tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag in ("input", "button") and self.forms and "name" in given:
            self.forms[-1][1].setdefault(given["name"], given.get("value", ""))


def read_mailbox(folder: Path) -> Iterator[Delivered]:
    """The messages of a Maildir, in the order of their recipients' names."""
    parser = BytesParser(policy=policy.default)
    messages = [parser.parsebytes(m.as_bytes()) for m in mailbox.Maildir(folder, factory=None, create=False)]
    for message in sorted(messages, key=lambda m: str(m["Delivered-To"])):
        assert isinstance(message, EmailMessage)
        yield _delivered(message)


def _delivered(message: EmailMessage) -> Delivered:
    body = message.get_body(("html",))
    page = _Html()
    page.feed(body.get_content() if body else "")
    header = re.findall(r"<(https?://[^>]+)>", str(message["List-Unsubscribe"]))
    local = [link for link in page.links if _is_local(link)]
    return Delivered(
        mailbox=str(message["Delivered-To"]),
        one_click=header[0] if header else "",
        links=tuple(link for link in local if "/c/" in link),
        pixels=tuple(p for p in page.pictures if _is_local(p) and "/o/" in p),
        pictures=tuple(p for p in page.pictures if _is_local(p) and "/a/" in p),
        pages=tuple(link for link in local if "/u/" in link),
    )


def _is_local(link: str) -> bool:
    return urlsplit(link).hostname == "127.0.0.1"


def request(method: str, url: str, *, agent: str = PHONE, body: str = "") -> tuple[int, bytes, str]:
    """One request without following redirects: status, body, Location."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    headers = {"User-Agent": agent}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Location") or ""
    finally:
        connection.close()


def play(messages: list[Delivered], played: Played) -> None:
    """People open, click and leave; a scanner follows every link of some messages. What they did goes into `played`."""
    for message in messages:
        roll = hashlib.sha256(b"play" + message.mailbox.encode()).digest()[0]
        if roll < 12 and (message.links or message.pixels):
            _scan(message, played)
        elif roll < 20:
            _leave(message, played, by_page=roll < 14)
        elif roll < 190:
            _read(message, played, link=roll if roll < 90 else None)


def _scan(message: Delivered, played: Played) -> None:
    """A security gateway: every link by GET, at once. Nothing may change but what is counted as machines'."""
    for url in (*message.links, *message.pictures, *message.pixels, *message.pages, message.one_click):
        request("GET", url, agent=SCANNER)
    played.machine += 1


def _read(message: Delivered, played: Played, *, link: int | None) -> None:
    for picture in message.pictures:
        status, _, _ = request("GET", picture)
        _expect(played, status == 200, "a picture of the message answers 200")
    if message.pixels:
        status, _, _ = request("GET", message.pixels[-1])
        played.opened += 1
        _expect(played, status == 200, "the pixel answers 200")
    if link is not None and message.links:
        status, _, location = request("GET", message.links[link % len(message.links)])
        played.clicked += 1
        _expect(played, status in (302, 303, 307) and location.startswith("https://"), "a click is redirected")


def _leave(message: Delivered, played: Played, *, by_page: bool) -> None:
    if by_page and message.pages:
        status, page, _ = request("GET", message.pages[0])
        _expect(played, status == 200, "the unsubscribe page answers 200")
        form = _Html()
        form.feed(page.decode())
        action, fields = form.forms[0]
        parts = urlsplit(message.pages[0])
        target = action if "://" in action else f"{parts.scheme}://{parts.netloc}{action or parts.path}"
        status, _, _ = request("POST", target, body=urlencode(fields))
        played.by_page += 1
    else:
        status, _, _ = request("POST", message.one_click, body="List-Unsubscribe=One-Click")
        played.one_click += 1
    _expect(played, status == 200, "the unsubscribe is acknowledged with 200")


def _expect(played: Played, holds: bool, promise: str) -> None:
    if not holds:
        played.wrong.append(promise)
