"""The rules about one person: asked at compile time for everybody, and again before each permit.

Pure, without input or output, and fast (a few microseconds a person). First the rules that no ground can lift, then
those that each ground must pass: one good ground is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TypeAlias

from compiler.language.campaign import Campaign, Workspace
from compiler.language.catalogue import abroad, law
from compiler.language.consent import Basis, Ground
from compiler.language.contact import INDIRECT, Contact, Kind, Person, SourceKind, Status
from compiler.language.plan import Exclusion
from compiler.language.suppression import ALL, Suppression
from compiler.policy.audience import Audience
from compiler.policy.jurisdictions import holds_in
from compiler.policy.registry import ANYWHERE, EU, Family
from compiler.policy.vague import is_vague_source

PersonCheck: TypeAlias = Callable[[Audience, Contact, Suppression | None], Exclusion | None]
GroundCheck: TypeAlias = Callable[[Audience, Contact, Basis], Exclusion | None]

_people: Family[PersonCheck] = Family()
_grounds: Family[GroundCheck] = Family()

_BY_REASON = {"complained": Exclusion.COMPLAINED, "invalid": Exclusion.BOUNCED, "unsubscribed": Exclusion.UNSUBSCRIBED}
_WITH_CONSENT = frozenset({Ground.CONSENT, Ground.SIMILAR_PRODUCTS})
#: Consents that a signature proves: nobody else can have given them for the mailbox's owner.
_SIGNED = frozenset({"paper_form"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Why a person may not be written to, and the rule that says so."""

    rule: str
    exclusion: Exclusion


def exclude(
    campaign: Campaign, workspace: Workspace, person: Person, *, on: date, suppressed: Suppression | None
) -> Exclusion | None:
    """Why this person may not be sent this campaign on a day; None where they may.

    `suppressed` is the suppression that covers the address, if any. To ask about many people, make an `Audience`
    once and call `judge`.
    """
    judgement = judge(Audience.of(workspace, campaign, on=on), person.contact, suppressed)
    return judgement.exclusion if judgement else None


def judge(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Judgement | None:
    """The first rule that forbids to write to a contact; None where all of them allow it."""
    for name, check in _PEOPLE:
        exclusion = check(audience, contact, suppressed)
        if exclusion is not None:
            return Judgement(name, exclusion)
    furthest, reason = -1, None
    for basis in contact.basis:
        if basis.purpose != audience.purpose or basis.withdrawn_on is not None:
            continue
        for place, (name, ask) in enumerate(_grounds_in(contact.country)):
            exclusion = ask(audience, contact, basis)
            if exclusion is not None:
                if place > furthest:
                    furthest, reason = place, Judgement(name, exclusion)
                break
        else:
            return None
    return reason


@_people.rule(law.ERASURE, "CS", EU, "GDPR art. 17")
def erased(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """RGT-02: nobody is written to after their erasure."""
    return Exclusion.ERASED if contact.status is Status.ERASED else None


@_people.rule(law.SUPPRESSION, "CS", EU, "GDPR art. 21(3); CNIL MED-2023-040")
def suppression(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-SUPPR-13: an address in the suppression list is out, whatever the contact says."""
    if suppressed is None or suppressed.lifted or suppressed.scope not in (ALL, audience.purpose):
        return None
    return _BY_REASON.get(suppressed.reason, Exclusion.OBJECTED)


@_people.rule(law.WITHDRAWAL, "CS", EU, "GDPR art. 7(3), 21(2) and 21(3)")
def withdrawal(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-WITHDRAW-12: an objection to everything, one to this purpose, or a consent withdrawn and not given again."""
    for objection in contact.objections:
        if objection.scope == ALL:
            return Exclusion.OBJECTED
        if objection.scope == audience.purpose:
            return Exclusion.UNSUBSCRIBED
    for basis in contact.basis:
        if basis.withdrawn_on is not None and basis.purpose == audience.purpose:
            return None if _given_again(contact, basis, basis.withdrawn_on) else Exclusion.UNSUBSCRIBED
    return None


def _given_again(contact: Contact, withdrawn: Basis, on: date) -> bool:
    """No other ground replaces a consent that was withdrawn: only a later one of the person's own."""
    return any(
        b.stands and b.purpose == withdrawn.purpose and b.ground is Ground.CONSENT and b.since > on
        for b in contact.basis
    )


@_people.rule(law.COMPLAINT, "CS", ANYWHERE, "Signal Spam charter; GDPR art. 21")
def complaint(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """SND-FBL-14: a complaint is an objection."""
    return Exclusion.COMPLAINED if contact.status is Status.COMPLAINED else None


@_people.rule(law.DEAD_ADDRESS, "CS", ANYWHERE, "RFC 3463; GDPR art. 5(1)(d)")
def dead_address(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """SND-DEAD-08: an address found dead is not tried again."""
    if contact.status is not Status.INVALID:
        return None
    return Exclusion.BOUNCED if contact.dead_on else Exclusion.INVALID


@_people.rule(law.RESTRICTION, "CS", EU, "GDPR art. 18")
def restriction(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-RESTRICT-15: kept, and not used."""
    return Exclusion.RESTRICTED if contact.status is Status.RESTRICTED else None


@_people.rule(law.DOUBLE_OPT_IN, "CS", ANYWHERE, "Gmail sender guidelines; GDPR art. 7(1)")
def confirmation(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-DOI-11: a sign-up that waits for its confirmation is nobody's yet."""
    return Exclusion.UNCONFIRMED if contact.status is Status.PENDING else None


@_people.rule(law.MINOR, "CS", EU, "GDPR recital 38; Loi Informatique et Libertés art. 45")
def minor(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-MINOR-16: a declared minor; no record of a parent's leave exists in a contact."""
    return Exclusion.MINOR if contact.minor else None


@_people.rule(law.SOURCE, "CS", EU, "GDPR art. 14(2)(f); CNIL SAN-2022-021 (EDF)")
def source(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """SRC-01: where the contact comes from is named, precise, and dated."""
    origin = contact.origin
    return Exclusion.NO_SOURCE if origin is None or is_vague_source(origin.name) else None


@_people.rule(law.SOURCE_RENTED, "CS", EU, "CNIL practice: a rented file is sent by its owner")
def rented(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """SRC-03: a rented file is its owner's to write to."""
    origin = contact.origin
    return Exclusion.NO_SOURCE if origin is not None and origin.kind is SourceKind.RENTED else None


@_people.rule(law.SOURCE_FORBIDDEN, "CS", EU, "CNIL, Kaspr, 5 December 2024")
def scraped(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """SRC-04: nobody whose address was scraped."""
    origin = contact.origin
    return Exclusion.NO_SOURCE if origin is not None and origin.kind is SourceKind.SCRAPED else None


@_people.rule(law.NOTICE, "CS", EU, "GDPR art. 14(3)")
def notice(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """INF-14: who did not give their data themselves is told at the latest by the first message, within a month."""
    origin = contact.origin
    if origin is None or origin.kind not in INDIRECT or any(kind == "art14" for kind, _ in contact.notices):
        return None
    in_time = origin.on >= audience.oldest_without_notice
    return None if in_time and audience.privacy_notice else Exclusion.NO_NOTICE


@_people.rule(law.RETENTION, "CS", EU, "GDPR art. 5(1)(e); CNIL, référentiel gestion commerciale; SAN-2020-003")
def retention(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """RET-01: a prospect of whom nothing was heard for the purpose's retention; opens never count."""
    if contact.status is Status.EXPIRED:
        return Exclusion.RETENTION
    if contact.relation == "customer":
        return None
    oldest = audience.oldest_contact
    if contact.last_contact_on is not None and contact.last_contact_on >= oldest:
        return None
    if contact.origin is not None and contact.origin.on >= oldest:
        return None
    given = (Ground.CONSENT, Ground.SIMILAR_PRODUCTS)
    return None if any(b.since >= oldest and b.ground in given for b in contact.basis) else Exclusion.RETENTION


@_people.rule(law.BASIS, "VCS", EU, "GDPR art. 6; CPCE art. L34-5")
def has_ground(audience: Audience, contact: Contact, suppressed: Suppression | None) -> Exclusion | None:
    """LAW-BASIS-01: a ground for the campaign's purpose, of those that the purpose declares."""
    for basis in contact.basis:
        if basis.purpose == audience.purpose and basis.withdrawn_on is None and basis.ground in audience.grounds:
            return None
    return Exclusion.NO_BASIS


@_grounds.rule(law.BASIS, "VCS", EU, "GDPR art. 6")
def declared_ground(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-BASIS-01: another ground than the declared ones does not count."""
    return None if basis.ground in audience.grounds else Exclusion.NO_BASIS


@_grounds.rule(
    law.OPT_IN,
    "CS",
    ("FR", "AT", "BE", "CA", "CH", "DE", "EEA", "GB"),
    "CPCE art. L34-5; Directive 2002/58/EC art. 13(1); PECR reg. 22; UWG § 7; LCD art. 3(1)(o); CASL s. 6",
)
def opt_in(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-OPTIN-02: a natural person's own mailbox needs their consent, or a sale of similar products."""
    wrong = contact.kind is Kind.PERSONAL and basis.ground not in _WITH_CONSENT
    return Exclusion.NO_BASIS if wrong else None


@_grounds.rule(
    abroad.COMPANY,
    "CS",
    ("AT", "BE", "CA", "CH", "DE"),
    "UWG § 7(2); TKG 2021 § 174; LCD art. 3(1)(o); CDE art. XII.13; CASL s. 6",
)
def professional_opt_in(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-COMPANY-19: where a professional's own mailbox needs consent as a private one does."""
    wrong = contact.kind is Kind.PROFESSIONAL and basis.ground not in _WITH_CONSENT
    return Exclusion.NO_BASIS if wrong else None


@_grounds.rule(
    abroad.COMPANY, "CS", ("AT", "CA", "CH", "DE"), "UWG § 7(2); TKG 2021 § 174; LCD art. 3(1)(o); CASL s. 6"
)
def company_opt_in(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-COMPANY-19: where even a company's impersonal mailbox does (Belgium exempts it)."""
    wrong = contact.kind is Kind.GENERIC and basis.ground not in _WITH_CONSENT
    return Exclusion.NO_BASIS if wrong else None


@_grounds.rule(law.SIMILAR_PRODUCTS, "CS", EU, "Directive 2002/58/EC art. 13(2); CPCE art. L34-5, 4th paragraph")
def similar_products(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-SIMILAR-03: from the person, at a sale, who could object, for products of the same family."""
    if basis.ground is not Ground.SIMILAR_PRODUCTS:
        return None
    from_person = contact.origin is not None and contact.origin.kind not in INDIRECT
    lawful = basis.collected_at_sale and basis.objection_offered and from_person
    return None if lawful and not audience.families.isdisjoint(basis.product_families) else Exclusion.NO_BASIS


@_grounds.rule(abroad.IMPLIED, "CS", ("CA",), "CASL s. 10(9)(a) and 10(10)")
def implied_consent(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-IMPLIED-20: a sale implies consent for two years."""
    over = basis.ground is Ground.SIMILAR_PRODUCTS and basis.since < audience.oldest_implied
    return Exclusion.NO_BASIS if over else None


@_grounds.rule(law.PROFESSIONAL, "CS", ("FR", "EEA"), "CNIL, position of 17 February 2005")
def professional_object(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-PRO-04: without consent, only for what concerns the professional's function, which the campaign declares."""
    if basis.ground is not Ground.LEGITIMATE_INTEREST or contact.kind is not Kind.PROFESSIONAL:
        return None
    return None if audience.professional_object else Exclusion.NO_BASIS


@_grounds.rule(law.DOUBLE_OPT_IN, "CS", ANYWHERE, "GDPR art. 7(1)")
def confirmed_consent(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-DOI-11: a consent by double opt-in counts once it was confirmed."""
    waits = basis.ground is Ground.CONSENT and basis.proof.method == "double_optin" and not basis.proof.confirmed
    return Exclusion.UNCONFIRMED if waits else None


@_grounds.rule(law.DOUBLE_OPT_IN, "CS", ("DE",), "UWG § 7a; BGH, 10 February 2011, I ZR 164/09")
def mailbox_confirmed(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-DOI-11: in Germany a consent on line that nobody confirmed from the mailbox proves nothing."""
    proof = basis.proof
    waits = basis.ground is Ground.CONSENT and not proof.confirmed and proof.method not in _SIGNED
    return Exclusion.UNCONFIRMED if waits else None


@_grounds.rule(law.PROOF, "CS", EU, "GDPR art. 7(1)")
def proof(audience: Audience, contact: Contact, basis: Basis) -> Exclusion | None:
    """LAW-PROOF-07: a consent that cannot be shown (when, how, which text) is none."""
    return Exclusion.NO_PROOF if basis.ground is Ground.CONSENT and not basis.proof.complete else None


PEOPLE_RULES = _people.rules
GROUND_RULES = _grounds.rules
# Plain pairs: the attribute look-ups of a Rule would be a third of the time spent on a person.
_PEOPLE = tuple((rule.id, rule.check) for rule in PEOPLE_RULES)


@cache
def _grounds_in(country: str) -> tuple[tuple[str, GroundCheck], ...]:
    """What each ground of a recipient in a country must pass. Rules about the person herself are the same anywhere."""
    return tuple((rule.id, rule.check) for rule in GROUND_RULES if holds_in(rule.jurisdictions, country))
