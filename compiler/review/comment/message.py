"""The message itself: inbox line, sender, size against the clip, links, pictures, text part, trackers."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.finding import Text
from compiler.policy.message import CLIPPED
from compiler.review import masking, words
from compiler.review.blocks import Block, Heading, Line, Span, Table, code
from compiler.review.comment.subject import Brevity, Review
from compiler.review.comment.wording import bar, clipped, others, tell

_Row = tuple[Line, Line]
_HOSTS = 5


def blocks(review: Review, language: str, brevity: Brevity) -> Iterator[Block]:
    yield Heading(tell(Text("Le message", "The message"), language))
    headings = (Text("élément", "item"), Text("contenu", "content"))
    rows = (
        *_inbox(review, language, brevity),
        *_sender(review, language),
        *_size(review, language),
        _links(review, language),
        _pictures(review, language),
        _text(review, language),
        _trackers(review, language),
        (tell(Text("Rendu", "Rendered"), language), tell(words.rendering(review.manifest), language)),
    )
    yield Table(tuple(tell(text, language) for text in headings), rows)


def _inbox(review: Review, language: str, brevity: Brevity) -> Iterator[_Row]:
    """Each subject and preview text once, with the variants and languages that have it."""
    subjects: dict[tuple[str, str], list[str]] = {}
    previews: dict[tuple[str, str], list[str]] = {}
    manifest = review.manifest
    for each in sorted(review.facts.headings, key=lambda each: manifest.languages.index(each.language)):
        for table, text in ((subjects, each.subject), (previews, each.preview)):
            table.setdefault((each.language, text), []).append(each.variant)
    for label, table in ((Text("Objet", "Subject"), subjects), (Text("Texte d'aperçu", "Preview text"), previews)):
        for number, ((lang, text), variants) in enumerate(table.items()):
            if number == brevity.lines:
                yield tell(label, language), others(len(table) - number, language)
                break
            shared = len(variants) == len(manifest.variants)
            which = ["" if shared else "/".join(variants), lang if len(manifest.languages) > 1 else ""]
            named = " · ".join(filter(None, [tell(label, language), *which]))
            none = tell(Text("⚠️ aucun", "⚠️ none"), language)
            yield named, code(clipped(text)) if text.strip() else none


def _sender(review: Review, language: str) -> Iterator[_Row]:
    sender = review.manifest.sender
    yield tell(Text("De", "From"), language), code(f"{sender.from_name} <{sender.from_address}>")
    if sender.reply_to != sender.from_address:
        yield tell(Text("Réponses à", "Replies to"), language), code(sender.reply_to)
    if len(review.manifest.variants) > 1:
        whole = sum(weight for _, weight in review.manifest.variants)
        shares = [f"{name} {round(weight * 100 / whole)} %" for name, weight in review.manifest.variants]
        listed = ", ".join(shares)
        yield tell(Text("Variantes", "Variants"), language), tell(Text(listed, listed.replace(" %", "%")), language)


def _size(review: Review, language: str) -> Iterator[_Row]:
    largest = review.facts.largest
    if not largest:
        return
    size = words.size(largest, language)
    sign = "⚠️ " if largest > CLIPPED else ""
    text = Text(
        f"{sign}{size} au plus, sur 102 ko : au-delà, Gmail coupe le message ",
        f"{sign}at most {size} of 102 kB: beyond that Gmail clips the message ",
    )
    yield tell(Text("Poids", "Size"), language), (tell(text, language), bar(largest, CLIPPED))


def _links(review: Review, language: str) -> _Row:
    facts = review.facts
    label = tell(Text("Liens", "Links"), language)
    if not facts.links:
        return label, tell(Text("aucun", "none"), language)
    parts: list[str | Span] = [words.number(facts.links, language)]
    if facts.merged:
        own = words.number(facts.merged, language)
        parts.append(tell(Text(f", dont {own} selon le destinataire", f", {own} of them by recipient"), language))
    hosts = facts.hosts[:_HOSTS]
    parts += [part for host in hosts for part in (", ", code(host))]
    if more := len(facts.hosts) - len(hosts):
        parts.append(f", {others(more, language)}")
    return label, tuple(parts)


def _pictures(review: Review, language: str) -> _Row:
    count, without = review.facts.pictures, review.facts.without_alt
    number, missing = words.number(count, language), words.number(without, language)
    if not count:
        text = Text("aucune", "none")
    elif without:
        text = Text(f"{number}, ⚠️ dont {missing} sans texte de remplacement", f"{number}, ⚠️ {missing} without alt text")
    else:
        text = Text(f"{number}, avec leur texte de remplacement", f"{number}, with alt text")
    return tell(Text("Images", "Pictures"), language), tell(text, language)


def _text(review: Review, language: str) -> _Row:
    number = words.number(review.facts.words, language)
    sign = "" if review.facts.words else "⚠️ "
    return tell(Text("Partie texte", "Text part"), language), tell(
        Text(f"{sign}{number} mots", f"{sign}{number} words"), language
    )


def _trackers(review: Review, language: str) -> _Row:
    """How many messages are measured. Those who are not may not be told apart either."""
    counts, whole = dict(review.manifest.trackers), review.manifest.recipients
    opens, clicks = (_measured(counts.get(name, 0), whole, language) for name in ("opens", "clicks"))
    label = tell(Text("Mesure", "Measuring"), language)
    if not any(counts.values()):
        return label, tell(
            Text("aucune : ni image invisible ni lien personnel", "none: no pixel and no personal link"), language
        )
    text = Text(
        f"ouverture pour {opens}, clics pour {clicks} ; rien pour qui n'a pas consenti",
        f"opens for {opens}, clicks for {clicks}; nothing for those who did not consent",
    )
    return label, tell(text, language)


def _measured(count: int, whole: int, language: str) -> str:
    few, inverted = masking.complement(count, whole, language)
    return tell(Text(f"tous sauf {few}", f"all but {few}"), language) if inverted else few
