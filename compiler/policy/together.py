"""The rules about a campaign's recipients taken together: what no single person shows, counted as they are heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from compiler.language.campaign import Campaign
from compiler.language.catalogue import abroad, law
from compiler.language.catalogue import message_rules as entries
from compiler.language.consent import Ground
from compiler.language.contact import Kind, Person
from compiler.language.finding import Finding, finding
from compiler.language.lane import is_free_mail
from compiler.policy.audience import Audience
from compiler.policy.jurisdictions import holds_in, pack_of
from compiler.policy.registry import ANYWHERE, EU, FR, Family

#: What is noted of a candidate, a bit each.
CONSUMER, MISNAMED, NOWHERE, POSTAL, UNSHOWN = 8, 16, 32, 64, 128
NOTES = (CONSUMER, MISNAMED, NOWHERE, POSTAL, UNSHOWN)
_ADDRESS_AT = ("CA", "US")
_NAMES = frozenset({"first_name", "last_name"})
_FEWEST = 5  # a smaller count could point at somebody


@dataclass(frozen=True, slots=True)
class Noted:
    """How many of the recipients each note was made of."""

    counts: tuple[tuple[int, int], ...] = ()

    def of(self, note: int) -> int:
        return dict(self.counts).get(note, 0)

    def spelled(self, note: int) -> str:
        count = self.of(note)
        return str(count) if count >= _FEWEST else f"<{_FEWEST}"


NotedCheck: TypeAlias = Callable[[Campaign, Noted], Iterator[Finding]]
AbroadCheck: TypeAlias = Callable[[Noted, Iterable[Finding]], Iterator[Finding]]
_together: Family[NotedCheck] = Family()
_abroad: Family[AbroadCheck] = Family()


def notes_of(audience: Audience, person: Person, domain: str) -> int:
    """What is noted of one person whose address is at a domain."""
    contact = person.contact
    notes = _notes_in(contact.country)
    if contact.kind is Kind.PROFESSIONAL and is_free_mail(domain):
        notes |= CONSUMER
    elif contact.kind is Kind.GENERIC and any(person.value(name) for name in _NAMES):
        notes |= MISNAMED
    for basis in contact.basis:
        if basis.ground is Ground.CONSENT and basis.purpose == audience.purpose and basis.stands:
            name, _, version = basis.proof.form.partition("@")
            shown = audience.shown.get(name)
            if shown is not None and (version, basis.purpose, basis.proof.text_sha256) not in shown:
                notes |= UNSHOWN
    return notes


@cache
def _notes_in(country: str) -> int:
    return (0 if pack_of(country) else NOWHERE) | (POSTAL if holds_in(_ADDRESS_AT, country) else 0)


def check_together(campaign: Campaign, noted: Noted) -> list[Finding]:
    """What the law finds in a campaign's recipients."""
    return [found for rule in TOGETHER_RULES for found in rule.check(campaign, noted)]


def check_abroad(noted: Noted, found: Iterable[Finding]) -> list[Finding]:
    """What recipients' countries make of what was found in the messages."""
    listed = list(found)
    return [one for rule in ABROAD_RULES for one in rule.check(noted, listed)]


@_together.rule(law.FREE_MAIL, "C", FR, "CNIL, position of 17 February 2005")
def professionals_read_at_work(campaign: Campaign, noted: Noted) -> Iterator[Finding]:
    """LAW-PRO-05: professionals who read their mail at a consumers' provider."""
    if noted.of(CONSUMER):
        yield finding(law.FREE_MAIL, campaign.place, count=noted.spelled(CONSUMER))


@_together.rule(law.NAMED_GENERIC, "C", EU, "GDPR recital 14; CNIL, position of 17 February 2005")
def generic_mailboxes_name_nobody(campaign: Campaign, noted: Noted) -> Iterator[Finding]:
    """LAW-GENERIC-06: a mailbox of no person in particular bears nobody's name."""
    if noted.of(MISNAMED):
        yield finding(law.NAMED_GENERIC, campaign.place, count=noted.spelled(MISNAMED))


@_together.rule(law.PROOF_TEXT, "C", EU, "GDPR art. 7(1)")
def proofs_show_their_text(campaign: Campaign, noted: Noted) -> Iterator[Finding]:
    """LAW-PROOF-08: the version of a declared form that a proof cites is declared too, and shows that very text."""
    if noted.of(UNSHOWN):
        yield finding(law.PROOF_TEXT, campaign.place, count=noted.spelled(UNSHOWN))


@_together.rule(abroad.NOWHERE, "C", ANYWHERE, "GDPR art. 3; L34-5 as the strictest by default")
def countries_are_known(campaign: Campaign, noted: Noted) -> Iterator[Finding]:
    """LAW-MULTI-18: a country whose law no pack holds is treated as the strictest, and told."""
    if noted.of(NOWHERE):
        yield finding(abroad.NOWHERE, campaign.place, count=noted.spelled(NOWHERE))


@_abroad.rule(abroad.POSTAL_ADDRESS, "C", _ADDRESS_AT, "15 U.S.C. § 7704(a)(5); SOR/2012-36 s. 2(1)")
def address_is_given_where_it_must(noted: Noted, found: Iterable[Finding]) -> Iterator[Finding]:
    """MSG-ADDR-21: what is usual elsewhere is mandatory there; told at each message that lacks it."""
    if noted.of(POSTAL):
        places = dict.fromkeys(one.place for one in found if one.entry is entries.ADDRESS)
        yield from (finding(abroad.POSTAL_ADDRESS, place, count=noted.spelled(POSTAL)) for place in places)


TOGETHER_RULES = _together.rules
ABROAD_RULES = _abroad.rules
