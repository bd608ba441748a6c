"""The rules about what a workspace and a campaign declare: asked in every review, without any key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from compiler.language.campaign import Campaign, Workspace, in_language
from compiler.language.catalogue import law, repository
from compiler.language.catalogue import message_rules as entries
from compiler.language.contact import SourceKind
from compiler.language.finding import Finding, Text, finding
from compiler.language.lane import is_free_mail
from compiler.language.settings import Purpose, Sender
from compiler.policy.audience import LONGEST_RETENTION_MONTHS
from compiler.policy.domains import organisational, same_organisation
from compiler.policy.record import RECORD_RULES
from compiler.policy.registry import ANYWHERE, EU, FR, Family
from compiler.policy.subject import subject_findings
from compiler.policy.vague import is_vague_source

WorkspaceCheck: TypeAlias = Callable[[Workspace], Iterator[Finding]]
CampaignCheck: TypeAlias = Callable[[Workspace, Campaign], Iterator[Finding]]

_workspace: Family[WorkspaceCheck] = Family()
_campaign: Family[CampaignCheck] = Family()

_BROUGHT = frozenset({SourceKind.PARTNER, SourceKind.PURCHASED, SourceKind.RENTED})
_NO_REPLY = re.compile(r"(no|ne|do)[._-]?(not)?[._-]?(pas)?[._-]?(reply|repondre|respond)[a-z0-9._-]*", re.IGNORECASE)
# GDPR art. 9, and the free notes of art. 5(1)(c), as people name columns in French and English.
_SENSITIVE = re.compile(
    r"(religion|confession|ethni\w*|race|racial|origine_ethnique|sante|health|maladie|disease|handicap|disability"
    r"|syndica\w*|union_member\w*|politi\w+|opinion\w*|orientation(_sexuelle)?|sexual\w*|vie_sexuelle|biometri\w*"
    r"|geneti\w*|notes?|commentaires?|comments?|remarques?|observations?|free_text|texte_libre)"
)


_DECLARE_TRACKING = Text(
    "déclarer `tracking: {url: …, keys: {k1: …}}` : le lien de désinscription mène à ses pages",
    "declare `tracking: {url: …, keys: {k1: …}}`: the unsubscribe link leads to its pages",
)


def check_workspace(workspace: Workspace) -> list[Finding]:
    """What the law finds in fields, sources, forms, purposes and senders."""
    return [found for rule in WORKSPACE_RULES for found in rule.check(workspace)]


def check_declarations(workspace: Workspace, campaign: Campaign) -> list[Finding]:
    """What the law finds in a campaign's declaration, and in the workspace's that it stands on."""
    own = [found for rule in CAMPAIGN_RULES for found in rule.check(workspace, campaign)]
    return [*own, *check_workspace(workspace)]


@_workspace.rule(law.BASIS, "VCS", EU, "GDPR art. 6")
def purposes_have_grounds(workspace: Workspace) -> Iterator[Finding]:
    """LAW-BASIS-01: a purpose without a ground is no purpose."""
    for purpose in workspace.settings.purposes:
        if not purpose.grounds:
            yield finding(law.BASIS, purpose.place, purpose=purpose.name)


@_workspace.rule(law.RETENTION, "VCS", EU, "GDPR art. 5(1)(e); CNIL, référentiel gestion commerciale")
def retention_is_bounded(workspace: Workspace) -> Iterator[Finding]:
    """RET-01: at most three years for prospects."""
    for purpose in workspace.settings.purposes:
        if not 0 < purpose.retention_months <= LONGEST_RETENTION_MONTHS:
            yield finding(law.RETENTION, purpose.place, purpose=purpose.name, months=purpose.retention_months)


@_workspace.rule(law.PROOF, "VCS", EU, "GDPR art. 7(1)")
def consents_show_their_text(workspace: Workspace) -> Iterator[Finding]:
    """LAW-PROOF-07: a form keeps the exact text of each consent, in every language of the campaigns."""
    languages = sorted({language for campaign in workspace.campaigns for language in campaign.languages})
    for form in workspace.forms:
        for consent in form.consents:
            texts = dict(consent.text)
            for language in languages or [""]:
                if not texts.get(language, texts.get("", "")).strip():
                    yield finding(
                        law.PROOF, form.place, form=form.name, purpose=consent.purpose, language=language or "*"
                    )


@_workspace.rule(law.SPECIFIC, "V", EU, "GDPR art. 7 and recital 32")
def consents_are_apart(workspace: Workspace) -> Iterator[Finding]:
    """LAW-SPECIFIC-09: one consent a purpose."""
    for form in workspace.forms:
        purposes = [consent.purpose for consent in form.consents]
        for purpose in sorted({p for p in purposes if purposes.count(p) > 1}):
            yield finding(law.SPECIFIC, form.place, form=form.name, purpose=purpose)


@_workspace.rule(law.NO_PRETICKED, "V", EU, "CJEU C-673/17 (Planet49); CNIL SAN-2024-003")
def boxes_are_empty(workspace: Workspace) -> Iterator[Finding]:
    """LAW-NOPREBOX-10: no box is ticked before the person ticks it."""
    for form in workspace.forms:
        for consent in form.consents:
            if consent.preticked:
                yield finding(law.NO_PRETICKED, form.place, form=form.name, purpose=consent.purpose)


@_workspace.rule(law.SENSITIVE, "V", EU, "GDPR art. 9 and 5(1)(c)")
def fields_are_harmless(workspace: Workspace) -> Iterator[Finding]:
    """LAW-SENSITIVE-17: neither special categories nor free notes."""
    for field in workspace.fields:
        plain = unicodedata.normalize("NFKD", field.name).encode("ascii", "ignore").decode().lower()
        if any(_SENSITIVE.fullmatch(part) for part in (plain, *plain.split("."))):
            yield finding(law.SENSITIVE, field.place, field=field.name)


@_workspace.rule(law.SOURCE, "VCS", EU, "GDPR art. 14(2)(f)")
def sources_are_named(workspace: Workspace) -> Iterator[Finding]:
    """SRC-01: a source names who gave the addresses."""
    for source in workspace.sources:
        if is_vague_source(source.origin):
            yield finding(law.SOURCE, source.place, what=repr(source.origin))


@_workspace.rule(law.SOURCE_PROOF, "V", EU, "CNIL SAN-2022-021, SAN-2024-003, SAN-2025-001")
def brought_sources_are_proved(workspace: Workspace) -> Iterator[Finding]:
    """SRC-02: a file of somebody else's needs its whole proof."""
    for source in workspace.sources:
        if source.kind not in _BROUGHT:
            continue
        proof = {
            "provider": source.provider,
            "contract": source.contract,
            "form_copy": source.form_copy,
            "named_as_partner": source.named_as_partner,
            "audit_on": source.audit_on,
        }
        for name in (name for name, given in proof.items() if not given):
            yield finding(law.SOURCE_PROOF, source.place, source=source.name, what=name)


@_workspace.rule(law.SOURCE_RENTED, "V", EU, "CNIL practice: a rented file is sent by its owner")
def sources_are_ours(workspace: Workspace) -> Iterator[Finding]:
    """SRC-03: a rented file stays with its owner."""
    for source in workspace.sources:
        if source.kind is SourceKind.RENTED:
            yield finding(law.SOURCE_RENTED, source.place, source=source.name)


@_workspace.rule(law.SOURCE_FORBIDDEN, "V", EU, "CNIL, Kaspr, 5 December 2024")
def sources_are_lawful(workspace: Workspace) -> Iterator[Finding]:
    """SRC-04: nothing scraped."""
    for source in workspace.sources:
        if source.kind is SourceKind.SCRAPED:
            yield finding(law.SOURCE_FORBIDDEN, source.place, source=source.name)


@_workspace.rule(entries.IDENTITY, "VC", FR, "CPCE art. L34-5; LCEN art. 20")
def organisation_is_named(workspace: Workspace) -> Iterator[Finding]:
    """MSG-ID-01: there must be a name to write."""
    if not workspace.settings.organisation.name.strip():
        yield finding(entries.IDENTITY, workspace.settings.place, part="envoi.yaml", name="organisation.name")


@_workspace.rule(entries.REPLY, "V", ANYWHERE, "La Poste LPN_405; Microsoft sender guidelines")
def senders_can_be_answered(workspace: Workspace) -> Iterator[Finding]:
    """MSG-REPLY-09: From and Reply-To are read by somebody."""
    for sender in workspace.settings.senders:
        for name, address in (("from", sender.from_address), ("reply_to", sender.reply_to)):
            if _NO_REPLY.fullmatch(address.local):
                yield finding(entries.REPLY, sender.place, sender=sender.name, what=name)


@_workspace.rule(entries.FROM, "V", ANYWHERE, "Gmail sender guidelines")
def senders_are_ours(workspace: Workspace) -> Iterator[Finding]:
    """MSG-FROM-16: never from a consumer provider's domain."""
    for sender in workspace.settings.senders:
        if is_free_mail(sender.from_address.domain):
            yield finding(entries.FROM, sender.place, sender=sender.name, domain=sender.from_address.domain)


@_workspace.rule(entries.RETURN_PATH, "VS", ANYWHERE, "RFC 5321 4.4; RFC 7208; RFC 9989")
def return_paths_are_aligned(workspace: Workspace) -> Iterator[Finding]:
    """HDR-MFROM-08: bounces come to a domain of the sender's organisation."""
    for sender in workspace.settings.senders:
        if not same_organisation(sender.return_path, sender.from_address.domain):
            yield finding(entries.RETURN_PATH, sender.place, sender=sender.name, domain=sender.return_path)


@_workspace.rule(entries.UNSUBSCRIBE, "V", ANYWHERE, "RFC 8058; CNIL")
def messages_can_be_left(workspace: Workspace) -> Iterator[Finding]:
    """MSG-UNSUB-05: the tracker's pages are where a recipient leaves, whatever is measured."""
    if workspace.campaigns and workspace.settings.tracking is None:
        yield finding(entries.UNSUBSCRIBE, workspace.settings.place, hint=_DECLARE_TRACKING, part="envoi.yaml")


@_workspace.rule(entries.LINK_DOMAIN, "V", ANYWHERE, "Validity and Gmail practice")
def tracker_is_ours(workspace: Workspace) -> Iterator[Finding]:
    """MSG-LINKDOM-12: measured links stay under the sender's domain."""
    tracking = workspace.settings.tracking
    host = urlsplit(tracking.url).hostname if tracking else None
    if not host:
        return
    for sender in workspace.settings.senders:
        if not same_organisation(host, sender.from_address.domain):
            domain = organisational(sender.from_address.domain)
            yield finding(entries.LINK_DOMAIN, workspace.settings.place, host=host, domain=domain)


@_campaign.rule(law.PURPOSE_UNKNOWN, "V", EU, "GDPR art. 5(1)(b) and 30")
def purpose_is_declared(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """ROPA-02: a campaign's purpose stands in the record of processing."""
    if _purpose(workspace, campaign) is None:
        yield finding(law.PURPOSE_UNKNOWN, campaign.place, campaign=campaign.name, purpose=campaign.purpose)


@_campaign.rule(law.PROFESSIONAL, "VCS", ("FR", "EEA"), "CNIL, position of 17 February 2005")
def object_is_declared(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """LAW-PRO-04: without it, professionals who did not consent are left out."""
    purpose = _purpose(workspace, campaign)
    if purpose and "legitimate_interest" in purpose.grounds and not campaign.professional_object:
        yield finding(law.PROFESSIONAL, campaign.place, campaign=campaign.name)


@_campaign.rule(repository.TWICE, "V", ANYWHERE, "Yahoo and Gmail sender guidelines")
def people_are_written_to_once(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """CAMPAIGN-TWICE-01: no second campaign to the same segment at the same time; told at the later one."""
    for other in workspace.campaigns:
        apart = campaign.start - other.start
        earlier = (other.start, other.name) < (campaign.start, campaign.name)
        if earlier and other.segment == campaign.segment and apart < timedelta(days=1):
            yield finding(repository.TWICE, campaign.place, campaign=campaign.name, other=other.name)


@_campaign.rule(law.MINOR, "VCS", EU, "GDPR recital 38; Loi Informatique et Libertés art. 45")
def adults_only(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """LAW-MINOR-16: no campaign aims at minors."""
    if campaign.minors:
        yield finding(law.MINOR, campaign.place, what=campaign.name)


@_campaign.rule(entries.SUBJECT, "VC", FR, "CPCE art. L34-5")
def subjects_are_honest(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """MSG-SUBJ-03: as declared; what a merge makes of it is looked at once rendered."""
    declared = [v for v in campaign.variants if v.subject]
    written = [
        (in_language(variant.subject, language), variant.subject_place(language))
        for variant in declared
        for language in campaign.languages
    ]
    if campaign.subject not in [variant.subject for variant in declared]:  # no variant has it
        written += [(in_language(campaign.subject, language), campaign.place) for language in campaign.languages]
    for text, place in dict.fromkeys(written):
        yield from subject_findings(text, place, rendered=False)


@_campaign.rule(entries.DKIM_COVERS, "VS", ANYWHERE, "RFC 8058, section 4")
def sender_signs(workspace: Workspace, campaign: Campaign) -> Iterator[Finding]:
    """HDR-DKIMCOV-03: without a signature, one-click unsubscribing counts for nothing."""
    sender = _sender(workspace, campaign)
    if sender is not None and sender.dkim is None:
        yield finding(entries.DKIM_COVERS, sender.place, what="List-Unsubscribe")


def _purpose(workspace: Workspace, campaign: Campaign) -> Purpose | None:
    return next((p for p in workspace.settings.purposes if p.name == campaign.purpose), None)


def _sender(workspace: Workspace, campaign: Campaign) -> Sender | None:
    return next((s for s in workspace.settings.senders if s.name == campaign.sender), None)


WORKSPACE_RULES = (*_workspace.rules, *RECORD_RULES)
CAMPAIGN_RULES = _campaign.rules
