"""To how many, and why not to the others: the title, the funnel, exclusions by reason."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.finding import Text
from compiler.language.plan import Manifest
from compiler.lock import LEAST_SHOWN
from compiler.review import masking, words
from compiler.review.approvals import recipients_of
from compiler.review.blocks import Block, Heading, Line, Paragraph, Span, Table, code, strong
from compiler.review.clauses import clause_in_words
from compiler.review.comment.findings import verdict
from compiler.review.comment.subject import Brevity, Review
from compiler.review.comment.timing import span
from compiler.review.comment.wording import bar, clipped, several, tell


def title(review: Review, language: str) -> Line:
    """`envoi · spring-2027 · 12,480 recipients (+310 / −95 since main) · Tuesday 2 March 2027 09:00–12:00 · ✅ …`"""
    manifest = review.manifest
    edition = Text(f" · édition {manifest.edition}", f" · edition {manifest.edition}")
    parts: list[str | Span] = ["envoi · ", code(manifest.campaign)]
    parts.append("" if manifest.edition == "1" else tell(edition, language))
    parts.append(f" · {recipients(manifest, language)}{_since(review, language)}")
    parts.append(f" · {span(review, language)} · {verdict(review, language)}")
    return tuple(parts)


def recipients(manifest: Manifest, language: str) -> str:
    count = manifest.recipients
    if not count:
        return tell(Text("aucun destinataire", "no recipient"), language)
    number = masking.shown(count, language)
    one, many = (
        Text(f"{number} destinataire", f"{number} recipient"),
        Text(f"{number} destinataires", f"{number} recipients"),
    )
    return several(count, one, many, language)


def blocks(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    manifest = review.manifest
    yield Heading(tell(Text("Qui le reçoit", "Who gets it"), language))
    yield _funnel(manifest, language, brevity)
    if manifest.exclusions:
        yield Heading(tell(Text("Qui ne le reçoit pas, et pourquoi", "Who does not, and why"), language))
        yield _exclusions(manifest, language)
    counts = [manifest.recipients, *(count for _, count in manifest.exclusions)]
    if any(map(masking.hidden, counts)):
        yield Paragraph(
            tell(
                Text(
                    f"Les effectifs de moins de {LEAST_SHOWN} personnes sont masqués, et les sommes qui les diraient.",
                    f"Counts of fewer than {LEAST_SHOWN} people are masked, and so are the sums that would tell them.",
                ),
                language,
            )
        )


def _since(review: Review, language: str) -> str:
    """The difference to what main has approved: exactly where its plan is kept, else from the two locks."""
    base, now = review.base, review.manifest.recipients
    if base.lock is None or review.approved:
        return ""
    if base.diff is not None:
        moved = masking.movement(base.diff.added, sum(count for _, count in base.diff.removed), language)
    else:
        before = recipients_of(base.lock)
        if before < LEAST_SHOWN or now < LEAST_SHOWN:
            return ""
        moved = masking.net(now - before, language)
    return tell(Text(f" ({moved} depuis {base.branch})", f" ({moved} since {base.branch})"), language)


def _funnel(manifest: Manifest, language: str, brevity: Brevity) -> Table:
    # A segment of everybody asks for nothing beyond the book.
    steps = [step for before, step in zip((None, *manifest.funnel), manifest.funnel, strict=False) if step != before]
    bounds = masking.funnel(
        [step.left for step in steps], [manifest.recipients, *(count for _, count in manifest.exclusions)]
    )
    whole = max((bound.count for bound in bounds), default=manifest.recipients)
    rows: list[tuple[Line, ...]] = [
        (clipped(clause_in_words(step.clause, language)), bound.say(language), bar(bound.count, whole))
        for step, bound in zip(steps, bounds, strict=True)
    ]
    if len(rows) > brevity.lines:
        rows = [*rows[: brevity.lines - 1], ("…", "", ""), rows[-1]]
    allowed = tell(Text("peuvent recevoir ce message", "may be sent this message"), language)
    least = 0 if masking.hidden(manifest.recipients) else manifest.recipients
    rows.append((strong(allowed), strong(masking.shown(manifest.recipients, language)), bar(least, whole)))
    headings = (Text("étape", "step"), Text("restent", "left"), Text("", ""))
    return Table(tuple(tell(text, language) for text in headings), tuple(rows), frozenset({1}))


def _exclusions(manifest: Manifest, language: str) -> Table:
    """The most frequent first; masked ones by their names, so that their order says nothing."""
    ordered = sorted(manifest.exclusions, key=lambda pair: (-pair[1] if not masking.hidden(pair[1]) else 0, pair[0]))
    rows = tuple((words.reason(name, language), masking.shown(count, language)) for name, count in ordered)
    return Table(
        (tell(Text("raison", "reason"), language), tell(Text("contacts", "contacts"), language)), rows, frozenset({1})
    )
