"""What the rules about people need to know of a campaign, worked out once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from compiler.language.campaign import Campaign, Form, Workspace
from compiler.language.consent import Ground
from compiler.language.settings import Limits

#: CNIL, référentiel gestion commerciale: a prospect's data is kept at most three years after their last contact.
LONGEST_RETENTION_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Audience:
    """A campaign on a day, as law sees it. Make one per campaign and day, then ask it about each person."""

    campaign: Campaign
    limits: Limits
    on: date
    purpose: str
    grounds: frozenset[Ground]
    families: frozenset[str]
    professional_object: str
    privacy_notice: bool
    oldest_contact: date  # RET-01
    oldest_without_notice: date  # INF-14
    oldest_implied: date  # LAW-IMPLIED-20
    shown: Mapping[str, frozenset[tuple[str, str, str]]]  # LAW-PROOF-08: by form, its (version, purpose, SHA-256)

    @classmethod
    def of(cls, workspace: Workspace, campaign: Campaign, *, on: date) -> Audience:
        """Raises StopIteration where the purpose is not declared: `resolve` refuses that."""
        purpose = workspace.settings.purpose(campaign.purpose)
        months = min(purpose.retention_months, LONGEST_RETENTION_MONTHS)
        return cls(
            campaign=campaign,
            limits=workspace.settings.limits,
            on=on,
            purpose=purpose.name,
            grounds=frozenset(purpose.grounds),
            families=frozenset(campaign.product_families or purpose.product_families),
            professional_object=campaign.professional_object,
            privacy_notice=bool(workspace.settings.organisation.privacy_url),
            oldest_contact=months_before(on, months),
            oldest_without_notice=months_before(on, 1),
            oldest_implied=months_before(on, 24),
            shown=_shown(workspace.forms),
        )


def _shown(forms: Iterable[Form]) -> dict[str, frozenset[tuple[str, str, str]]]:
    """Every text that the declared versions of each form show to those who agree."""
    shown: dict[str, frozenset[tuple[str, str, str]]] = {}
    for form in forms:
        texts = frozenset(
            (str(form.version), consent.purpose, hashlib.sha256(text.encode()).hexdigest())
            for consent in form.consents
            for _, text in consent.text
        )
        shown[form.name] = shown.get(form.name, frozenset()) | texts
    return shown


def months_before(day: date, months: int) -> date:
    """The same day of the month, or its last one, some months earlier (Regulation 1182/71, art. 3)."""
    index = day.year * 12 + day.month - 1 - months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    last = following - timedelta(days=1)
    return last if day.day > last.day else first.replace(day=day.day)
