"""Who is written to: the segment's people, less those whom a rule leaves out, each with their rows of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from compiler import policy
from compiler.assemble import order_key
from compiler.book.keyring import Keyring
from compiler.book.people import people
from compiler.book.store import BookView
from compiler.language.campaign import Campaign, Document, Workspace
from compiler.language.catalogue import plan as entries
from compiler.language.contact import Person
from compiler.language.finding import Finding, finding
from compiler.language.history import History
from compiler.language.plan import Exclusion, FunnelStep
from compiler.lock import masked
from compiler.parts import Row
from compiler.pipeline.clerk import Clerk, Errand
from compiler.pipeline.messages import Letter
from compiler.pipeline.reception import Reception
from compiler.pipeline.roll import Roll
from compiler.pipeline.team import Alone, Crew, Team
from compiler.selection import Matching, Question

_ENOUGH = 4_096  # people to read at a time
_FEWEST = 8  # parts of a book, where it has as many shelves


@dataclass(frozen=True, slots=True)
class Remainder:
    """Whom a finished plan did not reach: the `contacts` of the plan whose digest it is, and nobody else."""

    plan: str
    contacts: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyedHost:
    """What only the keyed host has. `scratch` is a folder for sealed lines on their way into a plan; with a
    `remainder` nobody else is chosen.
    """

    view: BookView
    keyring: Keyring
    suppression_key: bytes
    history: History
    scratch: Path
    remainder: Remainder | None = None

    def people(self) -> Iterator[Person]:
        return people(self.view, self.keyring)

    def order_key(self, campaign: Campaign) -> bytes:
        return order_key(self.suppression_key, campaign.name, campaign.edition)


@dataclass(frozen=True, slots=True)
class Choice:
    """Everybody whom the segment chose, each a recipient or with an exclusion. `rows` by number of a combination."""

    roll: Roll
    funnel: tuple[FunnelStep, ...]
    table: Sequence[Row]
    rows: Sequence[tuple[tuple[str, tuple[int, ...]], ...] | None]
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    noted: policy.Noted


@contextmanager
def engaged(
    workspace: Workspace,
    campaign: Campaign,
    host: KeyedHost,
    letters: Mapping[tuple[str, str], Letter],
    matching: Matching,
    *,
    on: date,
    threads: int,
) -> Iterator[tuple[Team, Question]]:
    """Clerks for a campaign: one in this process, or as many processes as asked for."""
    audience = policy.Audience.of(workspace, campaign, on=on)
    key = host.order_key(campaign)
    question = Question.of(workspace, campaign, history=host.history, on=on)
    errand = Errand(
        book=host.view.path,
        commit=host.view.commit,
        keyring=host.keyring.access(),
        suppression_key=host.suppression_key,
        order_key=key,
        audience=audience,
        question=question,
        sent=policy.already_sent(host.history, audience),
        capped=policy.capped(host.history, audience),
        remainder=host.remainder.contacts if host.remainder else None,
        reception=Reception.of(workspace, campaign, key),
        letters=letters,
        fields=matching.fields,
    )
    team: Team = Alone(Clerk(errand)) if threads == 1 else Crew(Clerk, errand, threads)
    try:
        yield team, question
    finally:
        team.close()


def choose(
    workspace: Workspace,
    campaign: Campaign,
    host: KeyedHost,
    team: Team,
    *,
    question: Question,
    matching: Matching,
    on: date,
) -> Choice:
    """The same whoever does the work. The book is read once; nobody's identity leaves the clerk who read it."""
    roll = Roll()
    shelves = next(team.rounds("shelves", [()]))[0]
    jobs = [(stack[0], (stack,)) for stack in _stacks(shelves, host.keyring.count())]
    for (name, _), page in zip(jobs, team.spread("read", jobs), strict=True):
        roll.add(name, page)
    selection = question.selection((), roll.counts or [0] * (1 + 2 * len(question.steps)))
    funnel = selection.funnel
    if host.remainder is not None:
        funnel = (*funnel, FunnelStep(f"{{not_reached_by: {host.remainder.plan}}}", roll.chosen))
    settled = roll.settle()
    findings = [*selection.findings, *policy.check_together(campaign, settled.noted)]
    findings += [*matching.findings, *_spoken_to(campaign, roll)]
    table, rows = _matched(roll, matching)
    return Choice(roll, funnel, table, rows, matching.documents, tuple(findings), settled.noted)


def _stacks(shelves: Sequence[str], people: int) -> list[Sequence[str]]:
    """Shelves to be read together, so that asking costs little beside answering, and everybody has some to read."""
    size = max(1, min(len(shelves) * _ENOUGH // max(people, 1), len(shelves) // _FEWEST))
    return [shelves[first : first + size] for first in range(0, len(shelves), size)]


def _matched(
    roll: Roll, matching: Matching
) -> tuple[Sequence[Row], list[tuple[tuple[str, tuple[int, ...]], ...] | None]]:
    """The rows of every combination that a recipient has; those without enough of them are no recipients."""
    met = bytearray(len(roll.every_combination))
    for number in roll.recipients():
        met[roll.combinations[number]] = 1
    combinations = [each for each, number in roll.every_combination.items() if met[number]]
    matched = matching.match(combinations)
    found = (matched.blocks.get(each) for each in roll.every_combination)
    rows = [None if blocks is None else tuple(sorted(blocks.items())) for blocks in found]
    few = [number for number in roll.recipients() if rows[roll.combinations[number]] is None]
    roll.exclude(iter(few), Exclusion.TOO_LITTLE_DATA)
    return matched.table, rows


def _spoken_to(campaign: Campaign, roll: Roll) -> Iterator[Finding]:
    """Which languages the campaign does not speak, and by how many of its readers they are read."""
    foreign = Counter[str]()
    for sort, count in roll.sort_counts().items():
        if sort.reads is not None:
            foreign[sort.reads] += count
    for language, count in sorted(foreign.items()):
        yield finding(
            entries.LANGUAGE, campaign.place, count=masked(count), language=language, given=campaign.languages[0]
        )
