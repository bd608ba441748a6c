"""What a large book asks for: several processes, samples in the place of everybody's message, nothing else changed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compiler import archive
from compiler.book.problems import BookDamaged
from compiler.language.campaign import Campaign
from compiler.language.finding import Text
from compiler.language.plan import Rendered
from compiler.pipeline import processes_for, proving, sealing
from compiler.pipeline.team import Crew, WorkerLost
from compiler.review.words import rendering

if TYPE_CHECKING:
    from compiler.pipeline import Compiled
    from tests.conftest import Example


class Counter:
    """A worker that says who it is and what it was asked."""

    def __init__(self, errand: str) -> None:
        self.errand = errand
        self.known: set[str] = set()

    def note(self, name: str, wait: float) -> tuple[str, int, bool]:
        time.sleep(wait)
        again = name in self.known
        self.known.add(name)
        return name, os.getpid(), again

    def all(self, number: int) -> tuple[str, int]:
        return self.errand, number

    def damage(self, name: str) -> None:
        raise BookDamaged("contacts/00.jsonl", 7)

    def die(self, name: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    monkeypatch.syspath_prepend(Path(__file__).parents[3])  # a worker looks for `Counter` where this module was found
    team = Crew(Counter, "errand", 2)
    yield team
    team.close()


def test_answers_come_in_order_and_work_goes_back_to_who_had_it_first(crew: Crew) -> None:
    lots = random.Random(3)
    names = [f"n{n}" for n in range(30)]
    first = list(crew.spread("note", [(name, (lots.random() / 100,)) for name in names]))
    again = list(crew.spread("note", [(name, (0.0,)) for name in reversed(names)]))
    assert [name for name, _, _ in first] == names
    assert sorted(again) == sorted((name, owner, True) for name, owner, _ in first)
    assert len({owner for _, owner, _ in first}) == 2
    assert list(crew.rounds("all", [(1,), (2,)])) == [[("errand", 1)] * 2, [("errand", 2)] * 2]


def test_a_problem_in_a_worker_is_the_problem_here(crew: Crew) -> None:
    with pytest.raises(BookDamaged) as caught:
        list(crew.spread("damage", [("a", ())]))
    assert "contacts/00.jsonl" in caught.value.text.fr


def test_a_worker_that_dies_is_said_to_be_gone(crew: Crew) -> None:
    with pytest.raises(WorkerLost):
        list(crew.spread("die", [("a", ()), ("b", ())]))


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_plan_is_the_same_whatever_the_number_of_processes(example: Example, spring: Compiled) -> None:
    assert spring.parts
    alone = archive.write(spring.parts, example.root / "alone", estimate=spring.estimate)
    for processes in (2, 3):
        compiled = example.compile(threads=processes)
        assert compiled.parts
        assert compiled.findings == spring.findings
        plan = archive.write(compiled.parts, example.root / f"by{processes}", estimate=compiled.estimate)
        assert files(plan) == files(alone)


def test_a_worker_lost_in_the_middle_leaves_nothing_behind(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    crews: list[Crew] = []
    begun = Crew.__init__

    def begin(self: Crew, *arguments: Any) -> None:
        begun(self, *arguments)
        crews.append(self)

    def killing(self: Crew, method: str, jobs: Sequence[Any]) -> Iterator[Any]:
        if method == "read":
            os.kill(self._processes[0].pid or 0, signal.SIGKILL)
        return spread(self, method, jobs)

    spread = Crew.spread
    monkeypatch.setattr(Crew, "__init__", begin)
    monkeypatch.setattr(Crew, "spread", killing)
    with pytest.raises(WorkerLost):
        example.compile(threads=2)
    assert not any(process.is_alive() for process in crews[0]._processes)
    assert not list((example.root / "plans").iterdir() if (example.root / "plans").exists() else [])


def test_an_interruption_ends_the_workers(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    crews: list[Crew] = []
    begun = Crew.__init__

    def begin(self: Crew, *arguments: Any) -> None:
        begun(self, *arguments)
        crews.append(self)
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    monkeypatch.setattr(Crew, "__init__", begin)

    def compile_at_length() -> None:
        example.compile(threads=2)
        time.sleep(2)  # it was quicker than the signal

    with pytest.raises(KeyboardInterrupt):
        compile_at_length()
    assert not any(process.is_alive() for process in crews[0]._processes)


def test_who_is_erased_while_their_slot_is_sealed_has_none(
    example: Example, spring: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spring.parts
    plan = archive.Plan(archive.write(spring.parts, example.root / "before"))
    contacts = [slot.contact for shard in plan.manifest.shards for slot in plan.slots(shard)][:3]
    seal_all = sealing.seal_all

    def erasing(*arguments: Any) -> None:
        keyring = example.session().keyring()
        keyring.destroy(contacts)
        keyring.close()
        seal_all(*arguments)

    monkeypatch.setattr("compiler.pipeline.compiling.seal_all", erasing)
    compiled = example.compile()
    assert compiled.parts
    path = archive.write(compiled.parts, example.root / "plans")
    assert archive.verify(path) == []
    excluded = {each.contact: each.reason.value for each in archive.Plan(path).exclusions()}
    assert {excluded[contact] for contact in contacts} == {"erased"}
    assert compiled.parts.manifest.recipients == spring.parts.manifest.recipients - 3


def declared(example: Example, up_to: int) -> None:
    example.edit("envoi.yaml", "brakes:", f"render: {{everyone_up_to: {up_to}}}\nbrakes:")


def test_up_to_the_declared_number_everyone_is_rendered(example: Example, spring: Compiled) -> None:
    assert spring.parts
    recipients = spring.parts.manifest.recipients
    declared(example, recipients)
    compiled = example.compile()
    assert compiled.parts
    assert compiled.parts.manifest.rendered.whom == Rendered.EVERYONE
    assert compiled.parts.manifest.rendered.messages == recipients


def test_above_it_samples_are_and_the_plan_says_so(
    example: Example, spring: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "DRAWN", 5)
    declared(example, 10)
    one, other = example.compile(), example.compile(threads=2)
    assert one.parts
    assert other.parts
    assert spring.parts
    manifest = one.parts.manifest
    assert manifest.rendered.whom == Rendered.SAMPLES
    assert 10 < manifest.rendered.messages < manifest.recipients == spring.parts.manifest.recipients
    assert one.parts.digest == other.parts.digest
    assert isinstance(one.estimate["message"], dict)
    assert isinstance(spring.estimate["message"], dict)
    largest = (int(str(each.estimate["message"]["largest"])) for each in (one, spring))  # type: ignore[index,call-overload]
    assert next(largest) > 0.995 * next(largest)
    said = rendering(manifest)
    assert isinstance(said, Text)
    assert str(manifest.rendered.messages) in said.fr
    assert "worst cases" in said.en


def test_a_branch_that_fails_for_a_few_is_found_among_the_samples(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes each branch: a value that is missing in one of them cannot hide behind the number of people."""

    def odd(campaign: Campaign) -> Campaign:
        subject = (("", "{% if contact.city == 'Saint-Malo' %}{{ contact.siret }}{% endif %}{{ contact.first_name }}"),)
        return replace(campaign, variants=tuple(replace(variant, subject=subject) for variant in campaign.variants))

    monkeypatch.setattr(proving, "DRAWN", 0)
    everyone = example.compile(change=odd)
    declared(example, 10)
    samples = example.compile(change=odd)
    assert "PLAN-RENDER-10" in {found.code for found in everyone.findings}
    assert "PLAN-RENDER-10" in {found.code for found in samples.findings}


def test_a_small_book_is_read_by_one_process() -> None:
    assert processes_for(500) == 1
    assert processes_for(1_000_000) == min(4, len(os.sched_getaffinity(0)))
