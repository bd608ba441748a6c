"""On what ground a person is written to, and whether they may be measured (GDPR art. 6 and 7, CPCE L34-5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Ground(StrEnum):
    """The legal bases of GDPR art. 6 that a mailing can stand on."""

    CONSENT = "consent"
    SIMILAR_PRODUCTS = "similar_products"
    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"


class Answer(StrEnum):
    """What a person said of being measured. Only GRANTED allows it; silence is not consent."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Proof:
    """GDPR art. 7(1): when, how, which text. `form` is `name@version`; `text_sha256` names the shown text."""

    method: str = ""
    form: str = ""
    text_sha256: str = ""
    reference: str = ""
    confirmed: bool = False

    @property
    def complete(self) -> bool:
        return bool(self.method and self.form and self.text_sha256)


@dataclass(frozen=True, slots=True)
class Basis:
    """One ground for one purpose, since a day."""

    purpose: str
    ground: Ground
    since: date
    proof: Proof = Proof()
    collected_at_sale: bool = False  # CPCE L34-5, similar products
    objection_offered: bool = False
    product_families: tuple[str, ...] = ()
    withdrawn_on: date | None = None

    @property
    def stands(self) -> bool:
        return self.withdrawn_on is None


@dataclass(frozen=True, slots=True)
class Tracking:
    """Consent to be measured, apart for opens and clicks (CNIL 2026-042)."""

    opens: Answer = Answer.NOT_ASKED
    clicks: Answer = Answer.NOT_ASKED

    def withdrawn(self) -> Tracking:
        return replace(self, opens=_withdraw(self.opens), clicks=_withdraw(self.clicks))


def _withdraw(answer: Answer) -> Answer:
    return Answer.WITHDRAWN if answer is Answer.GRANTED else answer
