"""The rules about the record of processing and about what people are told when they give their data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from compiler.language.campaign import Workspace
from compiler.language.catalogue import privacy
from compiler.language.finding import Finding, finding
from compiler.policy.jurisdictions import is_adequate
from compiler.policy.registry import EU, Family

RecordCheck: TypeAlias = Callable[[Workspace], Iterator[Finding]]
_record: Family[RecordCheck] = Family()


@_record.rule(privacy.COLLECTION, "V", EU, "GDPR art. 13(1) and 13(2)")
def forms_can_inform(workspace: Workspace) -> Iterator[Finding]:
    """INF-13: where a form collects, there are a notice to lead to and somebody to ask."""
    organisation = workspace.settings.organisation
    given = {"privacy_url": organisation.privacy_url, "privacy_contact": organisation.privacy_contact}
    for form in workspace.forms:
        for name in (name for name, value in given.items() if not value):
            yield finding(privacy.COLLECTION, form.place, form=form.name, what=f"organisation.{name}")


@_record.rule(privacy.RECORD, "V", EU, "GDPR art. 30(1)")
def record_is_whole(workspace: Workspace) -> Iterator[Finding]:
    """ROPA-01: a record that is kept says who, whose data, which, to whom, and how they are kept safe."""
    record = workspace.settings.record
    if record is None:
        return
    given = {
        "organisation.privacy_contact": workspace.settings.organisation.privacy_contact,
        "record.people": record.people,
        "record.data": record.data,
        "record.security": record.security,
    }
    for name in (name for name, value in given.items() if not value):
        yield finding(privacy.RECORD, record.place, what=name)


@_record.rule(privacy.TRANSFER, "V", EU, "GDPR art. 44 to 46")
def transfers_are_framed(workspace: Workspace) -> Iterator[Finding]:
    """SEC-05: data that leaves the Union for a country without an adequacy decision needs a safeguard."""
    record = workspace.settings.record
    for recipient in record.recipients if record else ():
        if not is_adequate(recipient.country) and not recipient.safeguard:
            yield finding(privacy.TRANSFER, recipient.place, name=recipient.name, country=recipient.country)


RECORD_RULES = _record.rules
