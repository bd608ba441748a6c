from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from compiler.language.address import Address
from compiler.language.campaign import Campaign, Form, FormConsent, Variant, Workspace
from compiler.language.contact import SourceKind
from compiler.language.finding import Place, Severity
from compiler.language.settings import DataRecipient, Record
from compiler.policy import check_declarations, check_workspace

Spoil = Callable[[Workspace, Campaign], tuple[Workspace, Campaign]]


def in_settings(**changes: Any) -> Spoil:
    return lambda w, c: (replace(w, settings=replace(w.settings, **changes)), c)


def in_purpose(**changes: Any) -> Spoil:
    return lambda w, c: (
        replace(w, settings=replace(w.settings, purposes=(replace(w.settings.purposes[0], **changes),))),
        c,
    )


def in_sender(**changes: Any) -> Spoil:
    return lambda w, c: (
        replace(w, settings=replace(w.settings, senders=(replace(w.settings.senders[0], **changes),))),
        c,
    )


def in_source(**changes: Any) -> Spoil:
    return lambda w, c: (replace(w, sources=(replace(w.sources[0], **changes),)), c)


def in_consent(*consents: FormConsent) -> Spoil:
    return lambda w, c: (replace(w, forms=(replace(w.forms[0], consents=consents),)), c)


def in_campaign(**changes: Any) -> Spoil:
    return lambda w, c: (w, replace(c, **changes))


def field_named(name: str) -> Spoil:
    return lambda w, c: (replace(w, fields=(replace(w.fields[0], name=name),)), c)


def subject(text: str) -> Spoil:
    return in_campaign(subject=(("", text),))


BOTH = (("fr", "J'accepte"), ("en", "I agree"))


def unnamed(workspace: Workspace, campaign: Campaign) -> tuple[Workspace, Campaign]:
    return in_settings(organisation=replace(workspace.settings.organisation, name=" "))(workspace, campaign)


def elsewhere(workspace: Workspace, campaign: Campaign) -> tuple[Workspace, Campaign]:
    assert workspace.settings.tracking
    return in_settings(tracking=replace(workspace.settings.tracking, url="https://t.mesure.example"))(
        workspace, campaign
    )


def variant_subject(workspace: Workspace, campaign: Campaign) -> tuple[Workspace, Campaign]:
    variant = Variant("b", 50, (("fr", "Trois lampes"), ("en", "Re: your order")), "news", Place("s.yaml", 9, 3))
    return workspace, replace(campaign, variants=(variant,))


FAILING = [
    ("LAW-BASIS-01", in_purpose(grounds=())),
    ("RET-01", in_purpose(retention_months=37)),
    ("RET-01", in_purpose(retention_months=0)),
    ("LAW-PROOF-07", in_consent(FormConsent("newsletter", (("fr", "J'accepte"),)))),
    ("LAW-SPECIFIC-09", in_consent(FormConsent("newsletter", BOTH), FormConsent("newsletter", BOTH))),
    ("LAW-NOPREBOX-10", in_consent(FormConsent("newsletter", BOTH, preticked=True))),
    ("LAW-SENSITIVE-17", field_named("santé")),
    ("LAW-SENSITIVE-17", field_named("crm.notes")),
    ("SRC-01", in_source(origin="Partenaires")),
    ("SRC-04", in_source(kind=SourceKind.SCRAPED)),
    ("MSG-ID-01", unnamed),
    ("MSG-REPLY-09", in_sender(reply_to=Address.parse("no-reply@atelier-lumen.example"))),
    ("MSG-REPLY-09", in_sender(from_address=Address.parse("ne_pas_repondre@mail.atelier-lumen.example"))),
    ("HDR-MFROM-08", in_sender(return_path="retours.ailleurs.example")),
    ("MSG-LINKDOM-12", elsewhere),
    ("MSG-UNSUB-05", in_settings(tracking=None)),
    ("ROPA-02", in_campaign(purpose="events")),
    ("LAW-PRO-04", in_campaign(professional_object="")),
    ("LAW-MINOR-16", in_campaign(minors=True)),
    ("MSG-SUBJ-03", subject("RE: votre commande")),
    ("MSG-SUBJ-03", subject(" tr : {{ contact.first_name }}")),
    ("MSG-SUBJ-03", variant_subject),
    ("MSG-SUBJ-18", subject("DERNIERS JOURS {{ contact.first_name }} !!!")),
    ("MSG-SUBJ-18", subject("lampe " * 14)),
    ("HDR-DKIMCOV-03", in_sender(dkim=None)),
]


@pytest.mark.parametrize(("rule", "spoil"), FAILING, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(FAILING)])
@pytest.mark.raises_code("LAW-BASIS-01", "ROPA-02")
def test_a_declaration_that_breaks_a_rule_is_a_finding(
    rule: str, spoil: Spoil, workspace: Workspace, campaign: Campaign
) -> None:
    findings = check_declarations(*spoil(workspace, campaign))
    assert {f.code for f in findings} == {rule}
    for language in ("fr", "en"):
        assert all(f.message(language) and f.advice(language) and "{" not in f.message(language) for f in findings)


def test_lawful_declarations_have_no_finding(workspace: Workspace, campaign: Campaign) -> None:
    assert check_declarations(workspace, campaign) == []


@pytest.mark.raises_code("MSG-FROM-16")
def test_msg_from_16_a_consumer_provider_s_domain_is_not_ours(workspace: Workspace, campaign: Campaign) -> None:
    spoilt, _ = in_sender(from_address=Address.parse("atelier@gmail.com"), return_path="gmail.com")(workspace, campaign)
    codes = {f.code for f in check_workspace(spoilt)}
    assert codes == {"MSG-FROM-16", "MSG-LINKDOM-12"}


PROOF: dict[str, Any] = {
    "kind": SourceKind.PURCHASED,
    "provider": "Données & Cie",
    "contract": "2026-118",
    "form_copy": "preuves/formulaire.pdf",
    "named_as_partner": True,
    "audit_on": date(2026, 9, 1),
}


def test_src_02_a_bought_file_needs_its_whole_proof(workspace: Workspace, campaign: Campaign) -> None:
    whole, _ = in_source(**PROOF)(workspace, campaign)
    assert check_workspace(whole) == []
    bare, _ = in_source(kind=SourceKind.PARTNER)(workspace, campaign)
    missing = {dict(f.arguments)["what"] for f in check_workspace(bare) if f.code == "SRC-02"}
    assert missing == {"provider", "contract", "form_copy", "named_as_partner", "audit_on"}
    one_less, _ = in_source(**{**PROOF, "contract": ""})(workspace, campaign)
    assert [f.code for f in check_workspace(one_less)] == ["SRC-02"]


def test_src_03_a_rented_file_stays_with_its_owner(workspace: Workspace, campaign: Campaign) -> None:
    rented, _ = in_source(**{**PROOF, "kind": SourceKind.RENTED})(workspace, campaign)
    assert [f.code for f in check_workspace(rented)] == ["SRC-03"]


def test_merged_words_do_not_make_a_subject_shout(workspace: Workspace, campaign: Campaign) -> None:
    _, quiet = subject("{{ contact.first_name | upper }}, SNCF : trois lampes")(workspace, campaign)
    assert check_declarations(workspace, quiet) == []


def test_only_missing_professional_object_and_style_are_warnings(workspace: Workspace, campaign: Campaign) -> None:
    severities = {rule: f.severity for rule, spoil in FAILING for f in check_declarations(*spoil(workspace, campaign))}
    warnings = {rule for rule, severity in severities.items() if severity is Severity.WARNING}
    assert warnings <= {"LAW-PRO-04", "MSG-SUBJ-18", "MSG-LINKDOM-12"}


def test_a_form_s_common_text_serves_every_language(workspace: Workspace) -> None:
    form = Form("f", 1, (FormConsent("newsletter", (("", "J'accepte"),)),), Place("f.yaml"))
    assert check_workspace(replace(workspace, forms=(form,))) == []


def test_inf_13_a_form_has_a_notice_to_lead_to_and_somebody_to_ask(workspace: Workspace) -> None:
    mute = replace(workspace.settings.organisation, privacy_url="", privacy_contact="")
    bare = replace(workspace, settings=replace(workspace.settings, organisation=mute))
    found = [f for f in check_workspace(bare) if f.code == "INF-13"]
    assert [dict(f.arguments)["what"] for f in found] == ["organisation.privacy_url", "organisation.privacy_contact"]
    assert check_workspace(replace(bare, forms=())) == []


def test_ropa_01_a_record_that_is_kept_is_whole(workspace: Workspace) -> None:
    def kept(record: Record | None) -> list[str]:
        told = replace(workspace, settings=replace(workspace.settings, record=record))
        return [dict(f.arguments).get("what", f.code) for f in check_workspace(told)]

    here = Place("envoi.yaml", 9, 1)
    assert kept(None) == []
    assert kept(Record((), (), "", (), here)) == ["record.people", "record.data", "record.security"]
    relay = DataRecipient("Relais", "US", "", here)
    whole = Record(("clients",), ("coordonnées",), "clés à part", (replace(relay, country="FR"),), here)
    assert kept(whole) == []
    assert kept(replace(whole, recipients=(relay,))) == ["SEC-05"]
    assert kept(replace(whole, recipients=(replace(relay, safeguard="clauses types"),))) == []
