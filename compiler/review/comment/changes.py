"""What merging would change: people, files, messages and settings since the plan that main has approved."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.finding import Text
from compiler.review import masking
from compiler.review.blocks import Block, Bullets, Folded, Line, Paragraph, code
from compiler.review.comment.subject import Brevity, Review
from compiler.review.comment.wording import others, tell
from compiler.review.diff import SETTINGS, PlanDiff

_HOW = {
    "added": Text("ajouté", "added"),
    "removed": Text("retiré", "removed"),
    "changed": Text("changé", "changed"),
}


def blocks(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    base = review.base
    if review.approved:
        return
    if not base.reached:
        yield Paragraph(
            tell(
                Text(
                    f"La branche {base.branch} n'a pas répondu : rien ne dit ce qui change depuis.",
                    f"Branch {base.branch} did not answer: what has changed since cannot be told.",
                ),
                language,
            )
        )
    elif base.lock is None:
        yield Paragraph(
            tell(
                Text(
                    f"La branche {base.branch} n'a pas encore de verrou pour cette campagne : tout est nouveau.",
                    f"Branch {base.branch} has no lock for this campaign yet: all of it is new.",
                ),
                language,
            )
        )
    elif base.diff is not None:
        summary = tell(Text(f"Ce qui change depuis {base.branch}", f"What changes since {base.branch}"), language)
        lines = list(_lines(base.diff, language, brevity))
        nothing = tell(Text("rien que l'on voie", "nothing that shows"), language)
        yield Folded(summary, (Bullets(tuple(lines) or (nothing,)),))


def _lines(found: PlanDiff, language: str, brevity: Brevity) -> Iterator[Line]:
    removed = sum(count for _, count in found.removed)
    people = masking.movement(found.added, removed, language)
    yield tell(Text(f"destinataires : {people}", f"recipients: {people}"), language)
    if found.other_content:
        count = masking.shown(found.other_content, language)
        yield tell(Text(f"reçoivent un autre contenu : {count}", f"get another content: {count}"), language)
    for each in found.rewordings[: brevity.lines]:
        if each.subject:
            subject = tell(Text(f"objet {each.name} :", f"subject {each.name}:"), language)
            yield f"{subject} ", code(each.subject[0]), " → ", code(each.subject[1])
        elif each.text:
            yield tell(Text(f"le texte change : {each.name}", f"the text changes: {each.name}"), language)
    paths = [*found.inputs, *found.messages]
    for path, how in paths[: brevity.paths]:
        yield code(path), f" {tell(_HOW[how], language)}"
    if len(paths) > brevity.paths:
        yield others(len(paths) - brevity.paths, language)
    for name in found.settings[: brevity.lines]:
        label = SETTINGS[name] if name in SETTINGS else Text(name, name)
        yield tell(Text(f"autre {label.fr}", f"other {label.en}"), language)
