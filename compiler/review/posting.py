"""Comments of a pull request, each found again by its first line: updated where it changed, never repeated."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from compiler.review.forge import Forge


class Did(StrEnum):
    POSTED = "posted"
    UPDATED = "updated"
    KEPT = "kept"  # the forge has these very words already


def post(forge: Forge, number: int, pages: Iterable[str]) -> list[Did]:
    """What was done for each page, in order. Raises ForgeProblem."""
    known = {_mark(each.body): each for each in reversed(forge.comments(number))}
    done = []
    for page in pages:
        before = known.get(_mark(page))
        if before is None:
            forge.post(number, page)
            done.append(Did.POSTED)
        elif _plain(before.body) == _plain(page):
            done.append(Did.KEPT)
        else:
            forge.update(number, before.id, page)
            done.append(Did.UPDATED)
    return done


def _mark(body: str) -> str:
    return body.partition("\n")[0].strip()


def _plain(body: str) -> str:
    """Forges may change ends of lines and drop the last one."""
    return body.replace("\r\n", "\n").strip()
