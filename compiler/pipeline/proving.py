"""Messages rendered before anybody approves them: who gets none is left out, the others lend the samples."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from compiler.language.finding import Text
from compiler.language.plan import Exclusion
from compiler.pipeline.choosing import Choice
from compiler.pipeline.clerk import Brief, Proof
from compiler.pipeline.messages import Letter
from compiler.pipeline.roll import Roll
from compiler.pipeline.team import Team
from compiler.pipeline.writing import MOST_OVERRUNS, Overrun, Sample, Written

#: A shelf, its places and its combinations' numbers: what a clerk is asked to render.
Wanted: TypeAlias = tuple[str, tuple[Sequence[int], Sequence[int]]]


def proved(team: Team, choice: Choice, brief: Brief, letters: Mapping[tuple[str, str], Letter]) -> Written:
    """Render for the recipients; those for whom that fails are recipients no more.

    Raises Overrun where a template does not stop for too many of them, RenderError where one cannot be compiled.
    """
    for _ in team.rounds("brief", [(brief,)]):
        pass
    merged = _Merged(choice.roll, letters)
    jobs = choice.roll.jobs()
    for job, proof in zip(jobs, team.spread("prove", jobs), strict=True):
        merged.add(job, proof)
    return merged.written(team)


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
