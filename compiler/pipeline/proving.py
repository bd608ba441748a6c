"""Messages rendered before anybody approves them: who gets none is left out, the others lend the samples."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TypeAlias

from compiler.language.finding import Text
from compiler.language.plan import Exclusion, Rendered, Rendering
from compiler.pipeline.choosing import Choice
from compiler.pipeline.clerk import Proof
from compiler.pipeline.messages import Letter
from compiler.pipeline.roll import Roll
from compiler.pipeline.surveying import Brief
from compiler.pipeline.team import Team
from compiler.pipeline.writing import MOST_OVERRUNS, Overrun, Sample, Written

#: A shelf, its places and its combinations' numbers: what a clerk is asked to render.
Wanted: TypeAlias = tuple[str, tuple[Sequence[int], Sequence[int]]]


#: Recipients whose messages are rendered beside those that were looked for: so that sizes are everybody's.
DRAWN = 200


def proved(
    team: Team, choice: Choice, brief: Brief, letters: Mapping[tuple[str, str], Letter], *, everyone_up_to: int
) -> Written:
    """Render for the recipients, or for samples of more than `everyone_up_to` of them; those for whom that fails are
    recipients no more.

    Raises Overrun where a template does not stop for too many of them, RenderError where one cannot be compiled.
    """
    for _ in team.rounds("brief", [(brief,)]):
        pass
    merged = _Merged(choice.roll, letters)
    roll = choice.roll
    samples = roll.count() > everyone_up_to
    jobs = roll.jobs(_sampled(team, roll).__contains__) if samples else roll.jobs()
    merged.found.rendered = Rendering(
        Rendered.SAMPLES.value if samples else Rendered.EVERYONE.value,
        sum(len(places) for _, (places, _) in jobs),
        everyone_up_to,
    )
    for job, proof in zip(jobs, team.spread("prove", jobs), strict=True):
        merged.add(job, proof)
    return merged.written(team)


def _sampled(team: Team, roll: Roll) -> frozenset[int]:
    """Numbers of recipients who together show all that anybody's message shows: the same whoever looked for them."""
    first: dict[Hashable, int] = {}
    extremes: dict[tuple[Hashable, str], tuple[tuple[int, ...], int]] = {}
    jobs = roll.jobs()
    for (shelf, _), survey in zip(jobs, team.spread("survey", jobs), strict=True):
        begins = roll.first_of(shelf)
        for mark, place in survey.first.items():
            first.setdefault(mark, begins + place)
        for extreme, (size, place) in survey.extremes.items():
            if extreme not in extremes or size > extremes[extreme][0]:
                extremes[extreme] = (size, begins + place)
    drawn = nsmallest(DRAWN, roll.recipients(), key=roll.draws.__getitem__)
    return frozenset([*first.values(), *(number for _, number in extremes.values()), *drawn])


@dataclass(slots=True)
class _Merged:
    """Proofs of one shelf after the other, in their order: as if one clerk had rendered everything."""

    roll: Roll
    letters: Mapping[tuple[str, str], Letter]
    found: Written = field(default_factory=Written)
    first: dict[tuple[str, str, bool, bool], tuple[Wanted, int]] = field(default_factory=dict)
    largest: tuple[Wanted, int] | None = None
    overruns: int = 0

    def add(self, job: Wanted, proof: Proof) -> None:
        for sort, place in proof.first.items():
            self.first.setdefault(sort, (job, place))
        if proof.sizes.largest > self.found.sizes.largest:
            self.largest = (job, proof.largest)
        self.found.sizes.join(proof.sizes)
        for _, letter, text in proof.overruns:
            self.overruns += 1
            if self.overruns > MOST_OVERRUNS:
                raise Overrun(self.letters[letter].place, text)
        self._lose(job[0], [*proof.failed, *proof.overruns])

    def _lose(self, shelf: str, failed: Iterable[tuple[int, tuple[str, str], Text]]) -> None:
        lost = array("I")
        for place, (variant, language), text in failed:
            self.found.failed[variant, language, text] += 1
            lost.append(self.roll.first_of(shelf) + place)
        self.roll.exclude(iter(lost), Exclusion.NOT_RENDERED)

    def written(self, team: Team) -> Written:
        """The proofs with their samples."""
        wanted = [*self.first.values(), *([self.largest] if self.largest else [])]
        asked = [(shelf, (place, combined)) for (shelf, (_, combined)), place in wanted]
        samples: list[Sample] = list(team.spread("sample", asked))
        self.found.samples.update(zip(self.first, samples, strict=False))
        self.found.largest = samples[-1] if self.largest else None
        return self.found
