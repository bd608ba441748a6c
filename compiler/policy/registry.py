"""A rule of law or of deliverability: what it is called, when it is asked, what it rests on, and its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from compiler.language.finding import Entry, Severity

Check = TypeVar("Check", bound=Callable[..., object])
Check_co = TypeVar("Check_co", bound=Callable[..., object], covariant=True)


class Stage(StrEnum):
    """When a rule is asked: on declarations, at compile time, and again just before each message."""

    DECLARED = "V"
    COMPILED = "C"
    SENT = "S"


@dataclass(frozen=True, slots=True)
class Rule(Generic[Check_co]):
    """`stages` and `jurisdictions` say when and for whom it holds; `reference` is the article, RFC or decision."""

    entry: Entry
    stages: frozenset[Stage]
    jurisdictions: tuple[str, ...]
    reference: str
    check: Check_co

    @property
    def id(self) -> str:
        return self.entry.code

    @property
    def severity(self) -> Severity:
        return self.entry.severity

    @property
    def waivable(self) -> bool:
        return self.entry.waivable


EU = ("EU",)
FR = ("FR",)
ANYWHERE = ("*",)


class Family(Generic[Check]):
    """The rules that look at the same thing, in the order in which they are asked."""

    def __init__(self) -> None:
        self._rules: list[Rule[Check]] = []

    def rule(
        self, entry: Entry, stages: str, jurisdictions: tuple[str, ...], reference: str
    ) -> Callable[[Check], Check]:
        """Registers a function as a rule. `stages` are letters: "VC"."""

        def register(check: Check) -> Check:
            self._rules.append(Rule(entry, frozenset(map(Stage, stages)), jurisdictions, reference, check))
            return check

        return register

    @property
    def rules(self) -> tuple[Rule[Check], ...]:
        return tuple(self._rules)
