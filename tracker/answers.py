"""The answers that are always the same bytes: the picture, the page for a link that is none, and their headers."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from typing import Any, TypeAlias

from compiler.review.markup import Markup, join, tag

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: One transparent pixel, 43 bytes.
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

#: What every answer says: keep nothing, tell nobody, index nothing, guess nothing.
GUARD_HEADERS = (
    ("cache-control", "no-store, private"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"),
)

STYLE = """
:root{color-scheme:light dark;--paper:#f6f5f2;--card:#fff;--ink:#1d2327;--soft:#535c63;--line:#dcdad3;--accent:#0b5d57;
--accent-ink:#fff;--good:#e6f2ec;--good-line:#8fc4ab;--good-ink:#12422c;--bad:#fbeeea;--bad-line:#dfab9b;--bad-ink:#6b2413}
@media (prefers-color-scheme:dark){:root{--paper:#14181a;--card:#1d2326;--ink:#eceeee;--soft:#a9b3b7;--line:#343c40;
--accent:#6fd0c4;--accent-ink:#06211e;--good:#16302a;--good-line:#2f6b57;--good-ink:#bfe8d5;--bad:#35201b;
--bad-line:#7d4535;--bad-ink:#f3c9bb}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
.page{max-width:36rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}
.from{margin:0 0 1.75rem;font-weight:600;letter-spacing:.01em;color:var(--soft)}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem;letter-spacing:-.015em;text-wrap:balance}
h2{font-size:1.125rem;line-height:1.3;margin:0 0 .35rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
.mail{white-space:nowrap;font-weight:600;color:var(--ink)}
section,.done,.sorry{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem;
margin:1.25rem 0 0}
section p:last-child,.done p:last-child,.sorry p:last-child{margin-bottom:0}
.done{background:var(--good);border-color:var(--good-line);color:var(--good-ink)}
.sorry{background:var(--bad);border-color:var(--bad-line);color:var(--bad-ink)}
form{margin:1rem 0 0}
button{display:block;width:100%;min-height:3.25rem;padding:.75rem 1.25rem;border:1.5px solid var(--accent);
border-radius:10px;font:inherit;font-weight:600;line-height:1.3;cursor:pointer;background:transparent;color:var(--accent)}
button.first{background:var(--accent);color:var(--accent-ink)}
.done button{border-color:currentColor;color:inherit}
button:hover{text-decoration:underline;text-underline-offset:.2em}
a{color:var(--accent);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:6px}
footer{margin:2rem 0 0;padding:1.25rem 0 0;border-top:1px solid var(--line);font-size:.9375rem;color:var(--soft)}
footer p{margin:0 0 .35rem}
@media (min-width:40rem){.page{padding-top:4.5rem}section,.done,.sorry{padding:1.5rem 1.75rem}
button{width:auto;min-width:20rem}h1{font-size:2.125rem}}
"""

_STYLE_NAME = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
#: No script, no frame, no request to anywhere: the one style is allowed by its digest.
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_NAME}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = (("content-type", "text/html; charset=utf-8"), ("content-security-policy", PAGE_POLICY), *GUARD_HEADERS)


def page(*, language: str, title: str, body: Markup) -> bytes:
    """A whole page, without script or outside request."""
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex, nofollow"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    main = tag("body", tag("div", body, class_="page"))
    return ("<!doctype html>\n" + tag("html", tag("head", head), main, lang=language) + "\n").encode()


_UNKNOWN = join(
    tag("h1", "Ce lien n’est pas complet"),
    tag("p", "Il manque peut-être la fin\u00a0: ouvrez-le depuis le message, ou répondez au message reçu."),
    tag(
        "section",
        tag("h2", "This link is not complete"),
        tag("p", "Its end may be missing: open it from the message, or reply to the message you received."),
        lang="en",
    ),
)
#: The one answer to a forged, a mistyped and an unknown link: it tells nothing about which.
UNKNOWN_PAGE = page(language="fr", title="Lien incomplet – Incomplete link", body=tag("main", _UNKNOWN))


def raw(headers: tuple[tuple[str, str], ...], length: int) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI sends them."""
    named = (*headers, ("content-length", str(length)))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in named]


_PIXEL_HEADERS = raw((("content-type", "image/gif"), *GUARD_HEADERS), len(GIF))
_UNKNOWN_HEADERS = raw(PAGE_HEADERS, len(UNKNOWN_PAGE))


async def send_pixel(send: Send, *, head: bool) -> None:
    await _send(send, 200, _PIXEL_HEADERS, b"" if head else GIF)


async def send_unknown(send: Send, *, head: bool) -> None:
    await _send(send, 404, _UNKNOWN_HEADERS, b"" if head else UNKNOWN_PAGE)


async def send_redirect(send: Send, target: str) -> None:
    """To `target`, which was signed and is a clean URL. 302: the answer may differ tomorrow."""
    await _send(send, 302, raw((("location", target), *GUARD_HEADERS), 0), b"")


async def send_refusal(send: Send, status: int) -> None:
    await _send(send, status, raw(GUARD_HEADERS, 0), b"")


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
