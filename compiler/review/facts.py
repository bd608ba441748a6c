"""What a message is made of, read from the templates that the plan froze: links, pictures, words of its text part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from compiler.archive import Plan
from compiler.language.canonical import Json
from compiler.language.plan import MessageTemplate

_MERGED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Heading:
    """The inbox line of one variant in one language, as the template has it."""

    variant: str
    language: str
    subject: str
    preview: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`hosts` are the fixed hosts that links lead to; `merged` how many links a contact's values complete.

    Counts are those of the variant and language that has most of them. `largest` is in bytes, encoded, header fields
    and signatures included; 0 where it is not known.
    """

    headings: tuple[Heading, ...]
    links: int
    merged: int
    hosts: tuple[str, ...]
    pictures: int
    without_alt: int
    words: int  # of the shortest text part
    largest: int

    @classmethod
    def of(cls, plan: Plan) -> Facts:
        messages = {key: plan.template(*key) for key in plan.templates()}
        pictures = [_pictures(message.html) for message in messages.values()]
        targets = [[link.target for link in message.links] for message in messages.values()]
        return cls(
            headings=tuple(Heading(*key, message.subject, message.preview) for key, message in messages.items()),
            links=max(map(len, targets), default=0),
            merged=max((sum("{{" in target for target in each) for each in targets), default=0),
            hosts=tuple(sorted({host for each in targets for target in each if (host := _host(target))})),
            pictures=max((len(alts) for alts in pictures), default=0),
            without_alt=max((alts.count(False) for alts in pictures), default=0),
            words=min(map(_words, messages.values()), default=0),
            largest=_largest(plan.estimate()),
        )


def shared(texts: Iterable[str]) -> bool:
    """Whether variants say the same, so that one line is enough."""
    return len(set(texts)) == 1


def _host(target: str) -> str:
    """The host of a link's fixed beginning; none where a contact's values may say it."""
    fixed = _MERGED.split(target, maxsplit=1)[0]
    if not fixed.startswith(("http://", "https://")) or (fixed != target and "/" not in fixed.partition("//")[2]):
        return ""
    return urlsplit(fixed).hostname or ""


def _words(message: MessageTemplate) -> int:
    plain = re.sub(r"https?://\S+", " ", _MERGED.sub(" ", message.text))
    return len(_WORD.findall(plain))


def _largest(estimate: Json) -> int:
    sizes = estimate.get("message") if isinstance(estimate, Mapping) else None
    found = sizes.get("largest") if isinstance(sizes, Mapping) else None
    return found if isinstance(found, int) else 0


def _pictures(html: str) -> list[bool]:
    """For each picture, whether it has a text for those who do not see it. Never raises."""
    reader = _Pictures()
    reader.feed(html)
    reader.close()
    return reader.described


class _Pictures(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.described: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.described.append(bool((dict(attrs).get("alt") or "").strip()))
