"""What a comment is about: a plan, what main has approved so far, and what was found."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.archive import Plan
from compiler.language.canonical import Json
from compiler.language.finding import Finding
from compiler.language.plan import Lock, Manifest
from compiler.review.diff import PlanDiff
from compiler.review.facts import Facts


@dataclass(frozen=True, slots=True)
class Base:
    """The branch that approves. `lock` is the campaign's there, `diff` from its plan to this one where it is kept."""

    branch: str
    lock: Lock | None = None
    diff: PlanDiff | None = None
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Review:
    """`findings` are what the declarations say today; `locked` whether this branch's lock names the plan.

    `commit` is the one that was compiled, `link` where the whole page can be read; both may be empty.
    """

    manifest: Manifest
    digest: str
    estimate: Mapping[str, Json]
    facts: Facts
    base: Base
    findings: tuple[Finding, ...] = ()
    locked: bool = False
    commit: str = ""
    link: str = ""

    @classmethod
    def of(
        cls,
        plan: Plan,
        base: Base,
        *,
        findings: tuple[Finding, ...] = (),
        locked: bool = False,
        commit: str = "",
        link: str = "",
    ) -> Review:
        estimate = plan.estimate()
        known = estimate if isinstance(estimate, Mapping) else {}
        return cls(plan.manifest, plan.digest, known, Facts.of(plan), base, findings, locked, commit, link)

    @property
    def approved(self) -> bool:
        """Whether main has this very plan already."""
        return self.base.lock is not None and self.base.lock.digest == self.digest


@dataclass(frozen=True, slots=True)
class Brevity:
    """How many findings, paths and lines of any other list are shown."""

    findings: int = sys.maxsize
    paths: int = sys.maxsize
    lines: int = sys.maxsize
    whole: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", self.findings == sys.maxsize)
