"""A plan as one comment of a pull request: what reviewers who never open a terminal meet.

The comment begins with a hidden mark, by which the next one takes its place. It fits what forges accept: where it does
not, lists are shortened, never the counts, and it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.language.finding import Text
from compiler.review.blocks import Block, Paragraph, Span, Title, code
from compiler.review.comment import after, changes, findings, message, people, timing
from compiler.review.comment.subject import Base, Brevity, Review
from compiler.review.comment.wording import plain, tell
from compiler.review.markdown import markdown
from compiler.review.page import html_page

__all__ = ["LONGEST", "Base", "Review", "comment_html", "comment_markdown", "mark"]

LONGEST = 65_536  # characters: what GitHub accepts
_BREVITIES = (Brevity(), Brevity(100, 60, 40), Brevity(30, 20, 20), Brevity(10, 5, 10), Brevity(3, 0, 4))


@dataclass(frozen=True, slots=True)
class _Part:
    blocks: tuple[Block, ...]


def mark(campaign: str) -> str:
    """What the comment of a campaign begins with: unseen, and found again."""
    return f"<!-- envoi:review {campaign} -->"


def comment_markdown(review: Review, language: str, *, longest: int = LONGEST) -> str:
    """The comment. Never longer than `longest` characters."""
    head = mark(review.manifest.campaign)
    text = ""
    for brevity in _BREVITIES:
        text = f"{head}\n{markdown(_blocks(review, language, brevity))}"
        if len(text) <= longest:
            return text
    raise AssertionError(f"{len(text)} characters: every list of the comment is bounded")


def comment_html(review: Review, language: str) -> str:
    """The same, whole, as a page of its own."""
    blocks = list(_blocks(review, language, Brevity()))
    return html_page(plain(people.title(review, language)), blocks, language=language)


def _blocks(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    yield Title(people.title(review, language))
    if not brevity.whole:
        yield Paragraph(_shortened(review, language))
    yield from findings.stopping(review, language, brevity)
    yield from people.blocks(review, language, brevity)
    yield from timing.blocks(review, language)
    yield from message.blocks(review, language, brevity)
    yield from findings.blocks(review, language, brevity)
    yield from after.blocks(review, language)
    yield from changes.blocks(review, language, brevity)
    yield from after.facts(review, language)


def _shortened(review: Review, language: str) -> tuple[str | Span, ...]:
    command = f"envoi review comment {review.manifest.campaign} --format html"
    notice = tell(
        Text(
            "Commentaire raccourci : des listes sont abrégées. La version entière : ",
            "This comment is shortened: lists are abridged. The whole of it: ",
        ),
        language,
    )
    return (notice, code(review.link or command))
