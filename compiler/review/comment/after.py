"""Who must approve, what happens then, how to stop it; and the plan's facts, folded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from compiler.language.finding import Text
from compiler.review import masking, words
from compiler.review.approvals import four_eyes_above, needs_second_person
from compiler.review.blocks import Block, Bullets, Folded, Heading, Line, Paragraph, Span, Table, code, strong
from compiler.review.comment.subject import Review
from compiler.review.comment.timing import span
from compiler.review.comment.wording import moment, place, several, tell
from compiler.review.meetings import counts, met, what_it_means
from compiler.schedule import zone as zone_named


def blocks(review: Review, language: str) -> Iterator[Block]:
    yield Heading(tell(Text("Approuver, et ensuite", "Approving, and what happens next"), language))
    items = (_approve(review, language), _who(review, language), _then(review, language), _until(review, language),
             _change(review, language), _stop(review, language))  # fmt: skip
    yield Bullets(tuple(items))


def facts(review: Review, language: str) -> Iterator[Block]:
    manifest = review.manifest
    rows: list[tuple[Text, Line]] = [
        (Text("Empreinte", "Digest"), code(review.digest)),
        (Text("Compilé le", "Compiled on"), words.day(manifest.compiled_on, language)),
        (Text("Segment", "Segment"), code(manifest.segment)),
        (Text("Finalité", "Purpose"), code(manifest.purpose)),
        (Text("Documents d'entrée", "Input documents"), words.number(len(manifest.inputs), language)),
        (Text("Carnet de contacts", "Contact book"), code(manifest.book_tree[:12])),
        (Text("Commit", "Commit"), code(review.commit[:12])),
        (Text("Remplace", "Supersedes"), code(manifest.supersedes)),
        (Text("Campagnes au même moment", "Campaigns at the same time"), _together(review, language)),
    ]
    shown = tuple((tell(label, language), line) for label, line in rows if line not in ((), code("")))
    headings = (tell(Text("élément", "item"), language), tell(Text("valeur", "value"), language))
    yield Folded(
        tell(Text("Plan, empreinte et entrées", "Plan, digest and inputs"), language), (Table(headings, shown),)
    )
    yield Paragraph(("envoi · plan ", code(review.digest[:12])))


def _approve(review: Review, language: str) -> Line:
    if review.approved:
        return tell(Text("✅ Ce plan est déjà approuvé.", "✅ This plan is approved already."), language)
    if not review.locked:
        before = Text("Rien à approuver encore : ", "Nothing to approve yet: ")
        after = Text(" pose le verrou que la fusion approuvera.", " sets the lock that merging will approve.")
        return tell(before, language), code(f"envoi propose {review.manifest.campaign}"), tell(after, language)
    merging, approves = (
        Text("Fusionner dans ", "Merging into "),
        Text(" approuve exactement le plan ", " approves exactly plan "),
    )
    branch, digest = code(review.base.branch), code(review.digest[:12])
    return tell(merging, language), branch, tell(approves, language), digest, "."


def _who(review: Review, language: str) -> Line:
    threshold = four_eyes_above(review.manifest)
    if not needs_second_person(review.manifest.recipients, threshold):
        return tell(Text("Qui approuve : quiconque peut fusionner.", "Who approves: anyone who may merge."), language)
    number = words.number(threshold or 0, language)
    many = several(
        threshold or 0,
        Text(f"{number} destinataire", f"{number} recipient"),
        Text(f"{number} destinataires", f"{number} recipients"),
        language,
    )
    who = Text("Qui approuve : une autre personne que l'auteur", "Who approves: somebody other than the author")
    why = Text(f", car le plan dépasse {many}.", f", since the plan exceeds {many}.")
    return strong(tell(who, language)), tell(why, language)


def _then(review: Review, language: str) -> Line:
    if not review.manifest.recipients:
        return tell(Text("Ensuite : aucun message ne partira.", "Then: no message will leave."), language)
    when = span(review, language)
    text = Text(
        f"Ensuite : les messages partent d'eux-mêmes dans leur fenêtre, {when}.",
        f"Then: messages leave by themselves, inside their window, {when}.",
    )
    if review.manifest.finish_by is None:
        return tell(text, language)
    zone = dict(review.manifest.organisation)["timezone"]
    limit = review.manifest.finish_by.astimezone(zone_named(zone))
    last = f"{moment(limit, language)} ({place(zone, language)})"
    return tell(Text(f"{text.fr} Rien ne part après le {last}.", f"{text.en} Nothing leaves after {last}."), language)


def _until(review: Review, language: str) -> Line:
    approval = dict(review.manifest.approval)
    last = review.manifest.compiled_on + timedelta(seconds=int(approval["max_age_seconds"]))
    share = Fraction(approval["drift"]) * 100
    percent = words.number(int(share), language) if share.denominator == 1 else f"{float(share):g}"
    text = Text(
        f"L'approbation vaut jusqu'au {words.day(last, 'fr')}, tant que moins de {percent} % des destinataires se sont "
        "retirés ; le plan ne peut que rétrécir.",
        f"The approval holds until {words.day(last, 'en')}, while no more than {percent}% of the recipients have left; "
        "a plan can only shrink.",
    )
    return tell(text, language)


def _change(review: Review, language: str) -> Line:
    before = Text(
        "Si un fichier change, le contrôle échoue jusqu'à ce que ", "Where a file changes, the check fails until "
    )
    after = Text(" renouvelle le verrou.", " renews the lock.")
    return tell(before, language), code(f"envoi propose {review.manifest.campaign}"), tell(after, language)


def _stop(review: Review, language: str) -> Line:
    after = Text(
        ", sans approbation, avec effet dès le message suivant. Ce qui est parti ne revient pas.",
        ", without any approval, effective at the next message. What has left cannot be called back.",
    )
    parts: tuple[str | Span, ...] = (strong(tell(Text("Arrêter :", "To stop:"), language)), " ")
    return (*parts, code(f"envoi stop {review.manifest.campaign}"), tell(after, language))


def _together(review: Review, language: str) -> Line:
    others = met(review.estimate.get("together"))
    shown = {count: masking.shown(count, language) for count in counts(others)}
    for each in others:
        if masking.hidden(each.people - each.beyond):  # the difference of two shown counts
            shown[each.beyond] = masking.Bound(max(0, each.people - 4), exact=False).say(language)
    told = [(code(each.campaign), f" ({what_it_means(each, language, shown=shown)})") for each in others[:10]]
    return tuple(part for name, words in told for part in (", ", name, words))[1:]
