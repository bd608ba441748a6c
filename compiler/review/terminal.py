"""A plan as a page in a terminal: what leaves, to how many, why not to the others, when, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_timezone_location
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from compiler.archive import Plan
from compiler.language.canonical import Json, parse_instant
from compiler.language.catalogue import catalogue
from compiler.language.finding import Text
from compiler.language.plan import Manifest, Shard
from compiler.review import words
from compiler.review.clauses import clause_in_words
from compiler.review.meetings import Met, met, what_it_means
from compiler.schedule import zone as zone_named

_BAR = 24
_MOST_DAYS = 3
_MARGIN = (0, 0, 0, 2)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows of a plan. `subjects` by (variant, language) as the template has them."""

    manifest: Manifest
    digest: str
    estimate: Mapping[str, Json]
    subjects: tuple[tuple[str, str, str], ...]
    locked: bool
    together: tuple[Met, ...] = ()

    @classmethod
    def of(cls, plan: Plan, *, locked: bool, together: Json = None) -> Sheet:
        """`together`: what leaves at the same time as seen now; without it, as the plan was made."""
        known = plan.estimate()
        estimate = known if isinstance(known, Mapping) else {}
        subjects = tuple((v, lang, plan.template(v, lang).subject) for v, lang in plan.templates())
        beside = tuple(met(estimate.get("together") if together is None else together))
        return cls(plan.manifest, plan.digest, estimate, subjects, locked, beside)


def print_plan(sheet: Sheet, console: Console, language: str) -> None:
    """The whole page."""
    console.print(_page(sheet, language), highlight=False, markup=False, emoji=False)


def _page(sheet: Sheet, language: str) -> RenderableType:
    manifest = sheet.manifest
    sections: list[RenderableType] = [*_head(sheet, language)]
    sections += _section(Text("Message", "Message"), _message(sheet, language), language)
    sections += _section(Text("Destinataires", "Recipients"), _funnel(manifest, language), language)
    if manifest.exclusions:
        left_out = sum(count for _, count in manifest.exclusions)
        title = Text(f"Écartés : {words.number(left_out, 'fr')}", f"Left out: {words.number(left_out, 'en')}")
        sections += _section(title, _exclusions(manifest, language), language)
    if manifest.shards:
        sections += _section(Text("Calendrier", "Calendar"), _calendar(sheet, language), language)
    if len(lanes := _lanes(sheet)) > 1:
        sections += _section(Text("Voies", "Lanes"), _lane_table(sheet, lanes, language), language)
    if sheet.together:
        sections += _section(Text("En même temps", "Meanwhile"), _meanwhile(sheet, language), language)
    if manifest.findings:
        sections += _section(Text("Constats", "Findings"), _findings(manifest, language), language)
    sections += _section(Text("Plan", "Plan"), _facts(sheet, language), language)
    return Group(*sections, Line(), _next(sheet, language))


def _section(title: Text, body: RenderableType, language: str) -> list[RenderableType]:
    return [Line(), Line(title.say(language), style="bold cyan"), Padding(body, _MARGIN, expand=False)]


def _head(sheet: Sheet, language: str) -> Iterator[RenderableType]:
    manifest = sheet.manifest
    count = words.number(manifest.recipients, language)
    edition = (
        ""
        if manifest.edition == "1"
        else Text(f" · édition {manifest.edition}", f" · edition {manifest.edition}").say(language)
    )
    yield Line.assemble(
        (manifest.campaign, "bold"), (edition, "dim"), (f" · {dict(manifest.organisation)['name']}", "dim")
    )
    if not manifest.recipients:
        yield Line(Text("Aucun message ne partira.", "No message will leave.").say(language), style="bold red")
        return
    one = manifest.recipients == 1
    noun = Text(
        "message partira" if one else "messages partiront", "message will leave" if one else "messages will leave"
    )
    yield Line.assemble((count, "bold green"), " ", noun.say(language), _span(sheet, language))


def _span(sheet: Sheet, language: str) -> str:
    """`, from Tuesday 2 March 2027 at 09:00 to about 09:20 (Paris)`."""
    zone = dict(sheet.manifest.organisation)["timezone"]
    starts, finishes = (_instant(sheet.estimate.get(name), zone) for name in ("starts", "finishes"))
    starts = starts or sheet.manifest.start.astimezone(zone_named(zone))
    begin = f"{words.day(starts, language)} {words.hour(starts, language)}"
    if finishes is None:
        return Text(f", à partir du {begin} ({_place(zone, 'fr')})", f", from {begin} ({_place(zone, 'en')})").say(
            language
        )
    same = finishes.date() == starts.date()
    end = (
        words.hour(finishes, language) if same else f"{words.day(finishes, language)} {words.hour(finishes, language)}"
    )
    until = "jusque vers" if same else "jusqu'au"
    return Text(
        f", du {begin} {until} {end} ({_place(zone, 'fr')})", f", from {begin} until about {end} ({_place(zone, 'en')})"
    ).say(language)


def _message(sheet: Sheet, language: str) -> RenderableType:
    manifest, table = sheet.manifest, _pairs()
    sender = manifest.sender
    variants = len(manifest.variants) > 1
    for variant, lang, subject in sheet.subjects:
        label = Text("Objet", "Subject").say(language)
        which = " · ".join(filter(None, (variant if variants else "", lang if len(manifest.languages) > 1 else "")))
        table.add_row(f"{label} {which}".strip(), Line(subject, style="bold"))
    table.add_row(Text("De", "From").say(language), Line(f"{sender.from_name} <{sender.from_address}>"))
    if sender.reply_to != sender.from_address:
        table.add_row(Text("Réponses à", "Replies to").say(language), sender.reply_to)
    sizes = sheet.estimate.get("message")
    if isinstance(sizes, Mapping) and sizes.get("largest"):
        largest = words.size(int(str(sizes["largest"])), language)
        table.add_row(
            Text("Poids", "Size").say(language), Text(f"{largest} au plus", f"at most {largest}").say(language)
        )
    table.add_row(Text("Mesure", "Measuring").say(language), _trackers(manifest, language))
    table.add_row(Text("Rendu", "Rendered").say(language), words.rendering(manifest).say(language))
    return table


def _trackers(manifest: Manifest, language: str) -> str:
    counts = dict(manifest.trackers)
    opens, clicks = (words.number(counts.get(name, 0), language) for name in ("opens", "clicks"))
    if not any(counts.values()):
        return Text("aucune : ni image ni lien personnel", "none: no pixel and no personal link").say(language)
    return Text(
        f"ouverture pour {opens}, clics pour {clicks} ; rien pour qui n'a pas consenti",
        f"opens for {opens}, clicks for {clicks}; nothing for those who did not consent",
    ).say(language)


def _funnel(manifest: Manifest, language: str) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold", max_width=44)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    whole = max((step.left for step in manifest.funnel), default=0)
    for before, step in zip((None, *manifest.funnel), manifest.funnel, strict=False):
        if step == before:  # a segment of everybody asks for nothing beyond the book
            continue
        table.add_row(
            Line(clause_in_words(step.clause, language)),
            words.number(step.left, language),
            Line(_bar(step.left, whole), style="cyan"),
        )
    allowed = Text("peuvent recevoir ce message", "may be sent this message").say(language)
    count = Line(words.number(manifest.recipients, language), style="bold green")
    table.add_row(Line(allowed, style="bold"), count, Line(_bar(manifest.recipients, whole), style="green"))
    return table


def _exclusions(manifest: Manifest, language: str) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, count in sorted(manifest.exclusions, key=lambda pair: (-pair[1], pair[0])):
        table.add_row(words.number(count, language), words.reason(name, language))
    return table


def _calendar(sheet: Sheet, language: str) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False, pad_edge=False)
    for title, right in (
        (Text("où", "where"), False),
        (Text("messages", "messages"), True),
        (Text("jour", "day"), False),
        (Text("heures sur place", "hours there"), False),
        (Text("départs estimés", "estimated departures"), False),
    ):
        table.add_column(title.say(language), justify="right" if right else "left", no_wrap=True)
    for zone, shards in _by_zone(sheet.manifest.shards):
        count = words.number(sum(shard.count for shard in shards), language)
        for first, (day, hours, departures) in enumerate(_days(sheet, zone, shards, language)):
            where = (_place(zone, language), count) if not first else ("", "")
            table.add_row(*where, day, hours, Line(departures, style="green"))
    return table


def _by_zone(shards: Iterable[Shard]) -> list[tuple[str, list[Shard]]]:
    zones: dict[str, list[Shard]] = {}
    for shard in shards:
        zones.setdefault(shard.zone, []).append(shard)
    return sorted(zones.items(), key=lambda pair: (-sum(shard.count for shard in pair[1]), pair[0]))


def _days(sheet: Sheet, zone: str, shards: list[Shard], language: str) -> Iterator[tuple[str, str, str]]:
    """A row for each day on which messages leave for a zone, the first few of them."""
    starts, finishes = _departures(sheet, zone, shards)
    local = zone_named(zone)
    days: dict[str, list[tuple[datetime, datetime]]] = {}
    for opens, closes in shards[0].windows:
        if (finishes is None or opens <= finishes) and (starts is None or closes > starts):
            begin = opens.astimezone(local)
            days.setdefault(words.short_day(begin, language), []).append((begin, closes.astimezone(local)))
    for number, (day, hours) in enumerate(days.items()):
        if number == _MOST_DAYS and len(days) > _MOST_DAYS + 1:
            yield "…", "", ""
            return
        spans = ", ".join(f"{words.hour(a, language)}–{words.hour(b, language)}" for a, b in hours)
        yield day, spans, _within(hours, starts, finishes, language)


def _departures(sheet: Sheet, zone: str, shards: list[Shard]) -> tuple[datetime | None, datetime | None]:
    estimates = sheet.estimate.get("shards")
    mine = {shard.number for shard in shards}
    rows = [row for row in estimates if isinstance(row, Mapping)] if isinstance(estimates, list) else []
    rows = [row for row in rows if row.get("shard") in mine]
    starts = [moment for row in rows if (moment := _instant(row.get("starts"), zone))]
    finishes = [moment for row in rows if (moment := _instant(row.get("finishes"), zone))]
    whole = len(finishes) == len(mine)
    return min(starts, default=None), max(finishes) if whole else None


def _within(
    hours: list[tuple[datetime, datetime]], starts: datetime | None, finishes: datetime | None, language: str
) -> str:
    if starts is None or finishes is None:
        return ""
    begin, end = max(hours[0][0], starts), min(hours[-1][1], finishes)
    if begin > end:
        return ""
    first, last = words.hour(begin, language), words.hour(end, language)
    return first if first == last else f"{first} → {last}"


def _findings(manifest: Manifest, language: str) -> RenderableType:
    known = catalogue()
    lines: list[RenderableType] = []
    for found in manifest.findings:
        spelled, _, waived = found.partition("\t")
        code, _, place = spelled.partition(" ")
        cause = waived or (known[code].cause.say(language) if code in known else "")
        lines.append(Line.assemble((code, "yellow"), f"  {place}", (f"  {cause}", "dim")))
    return Group(*lines)


def _facts(sheet: Sheet, language: str) -> RenderableType:
    manifest, table = sheet.manifest, _pairs()
    table.add_row(Text("Empreinte", "Digest").say(language), Line(sheet.digest, overflow="fold"))
    table.add_row(Text("Compilé le", "Compiled on").say(language), words.day(manifest.compiled_on, language))
    table.add_row(Text("Segment", "Segment").say(language), Line(manifest.segment))
    documents = words.number(len(manifest.inputs), language)
    book = manifest.book_tree[:12]
    inputs = Text(f"{documents} documents, carnet {book}", f"{documents} documents, book {book}")
    table.add_row(Text("Entrées", "Inputs").say(language), inputs.say(language))
    if manifest.finish_by:
        zone = dict(manifest.organisation)["timezone"]
        limit = manifest.finish_by.astimezone(zone_named(zone))
        table.add_row(
            Text("Au plus tard", "Not after").say(language),
            f"{words.day(limit, language)} {words.hour(limit, language)} ({_place(zone, language)})",
        )
    if manifest.supersedes:
        table.add_row(Text("Remplace", "Supersedes").say(language), manifest.supersedes)
    return table


def _lanes(sheet: Sheet) -> list[Mapping[str, Json]]:
    lanes = sheet.estimate.get("lanes")
    return [row for row in lanes if isinstance(row, Mapping)] if isinstance(lanes, list) else []


def _lane_table(sheet: Sheet, lanes: list[Mapping[str, Json]], language: str) -> RenderableType:
    """Which lane has left when: the slowest is what a send waits for."""
    zone, table = dict(sheet.manifest.organisation)["timezone"], Table.grid(padding=(0, 2))
    for right in (False, True, False):
        table.add_column(justify="right" if right else "left", no_wrap=True)
    for row in lanes:
        finishes = _instant(row.get("finishes"), zone)
        when = f"{words.short_day(finishes, language)} {words.hour(finishes, language)}" if finishes else ""
        until = Text(f"partie {when}", f"gone by {when}").say(language) if when else ""
        table.add_row(
            str(row.get("lane")), words.number(int(str(row.get("messages"))), language), Line(until, style="green")
        )
    return table


def _meanwhile(sheet: Sheet, language: str) -> RenderableType:
    table = _pairs()
    for each in sheet.together:
        table.add_row(each.campaign, what_it_means(each, language))
    return table


def _next(sheet: Sheet, language: str) -> RenderableType:
    manifest = sheet.manifest
    if not sheet.locked:
        text = Text(
            f"Ensuite : envoi propose {manifest.campaign} pose le verrou que la relecture approuvera.",
            f"Next: envoi propose {manifest.campaign} sets the lock that a reviewer approves.",
        )
    else:
        text = Text(
            f"Ensuite : fusionner cette branche approuve l'envoi, puis envoi send {sheet.digest[:12]}.",
            f"Next: merging this branch approves it, then envoi send {sheet.digest[:12]}.",
        )
    return Line(text.say(language), style="bold")


def _pairs() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _bar(count: int, whole: int) -> str:
    eighths = count * _BAR * 8 // whole if whole else 0
    full, part = divmod(eighths, 8)
    return "█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "" if full or not count else "▏")


def _instant(value: Json, zone: str) -> datetime | None:
    return parse_instant(value).astimezone(zone_named(zone)) if isinstance(value, str) else None


def _place(zone: str, language: str) -> str:
    """A zone as people call it: `Paris`, `La Réunion`."""
    return str(get_timezone_location(zone, locale=language, return_city=True))
