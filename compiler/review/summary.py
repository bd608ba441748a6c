"""All findings as Markdown, for the summary of a pipeline's step."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.finding import Finding, Text, in_reading_order
from compiler.review.blocks import Block, Bullets, Heading, Paragraph
from compiler.review.comment.findings import SIGNS, finding_line, told_of
from compiler.review.comment.wording import others, tell
from compiler.review.formats import counted
from compiler.review.markdown import markdown

LONGEST = 1_000_000  # bytes; GitHub keeps 1 MiB a step


def step_summary(findings: Iterable[Finding], language: str) -> str:
    """The page. Shortened, and says so, where it would be refused for its size."""
    ordered = in_reading_order(list(findings))
    most = len(ordered)
    while len((page := _page(ordered, most, language)).encode()) > LONGEST:
        most //= 2
    return page


def _page(findings: list[Finding], most: int, language: str) -> str:
    worst = SIGNS[findings[0].severity] if findings else "✅"
    title = Heading(tell(Text("envoi : déclarations", "envoi: declarations"), language))
    blocks: list[Block] = [title, Paragraph(f"{worst} {counted(findings, language)}")]
    lines = [finding_line(told_of(one, language)) for one in findings[:most]]
    if len(findings) > most:
        lines.append(others(len(findings) - most, language))
    if lines:
        blocks.append(Bullets(tuple(lines)))
    return markdown(blocks)
