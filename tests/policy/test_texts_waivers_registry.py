from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from compiler.language.campaign import Campaign, Waiver, Workspace
from compiler.language.catalogue import message_rules
from compiler.language.finding import Finding, Place, Severity, finding
from compiler.policy import RULES, Rule, Stage, apply_waivers, check_texts, read_texts
from compiler.policy.people import GROUND_RULES, PEOPLE_RULES

P = Place("spring-2027.yaml", 20, 5)
ON = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param("a: x\nb: jean.martin@orange.fr\n", [(2, 4)], id="a-person-s-address"),
        pytest.param("href: mailto:lea@agence-tierce.fr?x", [(1, 14)], id="another-company-s"),
        pytest.param("tél : 06 12 34 56 78", [(1, 7)], id="a-mobile"),
        pytest.param("+33 7 12 34 56 78", [(1, 1)], id="an-international-mobile"),
        pytest.param("a;01 42 00 00 01\nb;02.40.00.00.02\nc;0556000003\n", [(1, 3), (2, 3), (3, 3)], id="a-list"),
    ],
)
def test_sec_01_people_s_addresses_and_phones_stay_out_of_git(
    text: str, places: list[tuple[int, int]], workspace: Workspace
) -> None:
    findings = check_texts(workspace, [("data/x.csv", text)])
    assert [(f.code, f.place.line, f.place.column) for f in findings] == [("SEC-01", *place) for place in places]
    assert "martin" not in repr(findings)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("zoe@clients.example, a@example.org, b@x.test", id="reserved-names"),
        pytest.param("bonjour@atelier-lumen.example", id="the-company-s-own"),
        pytest.param("Téléphone : 02 99 12 34 56", id="one-switchboard"),
        pytest.param("06 39 98 12 34", id="a-number-of-fiction"),
        pytest.param("width: 600px; siret 35600000049837; 2027-03-02T09:00", id="other-numbers"),
        pytest.param("@media screen { a@b } npm:pkg@1.2.3", id="other-at-signs"),
        pytest.param("{{ contact.first_name }}@{{ x }}", id="merges"),
    ],
)
def test_sec_01_reserved_names_and_the_company_s_own_are_fine(text: str, workspace: Workspace) -> None:
    assert check_texts(workspace, [("templates/x.mjml", text)]) == []


def test_sec_01_a_company_s_real_domain_is_its_own_but_a_consumer_provider_s_is_not(workspace: Workspace) -> None:
    from compiler.language.address import Address

    sender = workspace.settings.senders[0]
    real = replace(sender, from_address=Address.parse("news@mail.lumen.fr"), reply_to=Address.parse("x@gmail.com"))
    own = replace(workspace, settings=replace(workspace.settings, senders=(real,)))
    assert check_texts(own, [("a.md", "contact@lumen.fr")]) == []
    assert [f.code for f in check_texts(own, [("a.md", "contact@gmail.com")])] == ["SEC-01"]


PEM = "-----BEGIN " + "PRIVATE KEY-----\nMIIE"


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        "password: hunter2hunter2",
        '  "api_key": "0123456789"',
        "username: x\n  mot_de_passe = soleil35",
        "keys: {k1: " + "ab" * 32 + "}",
        "token gh" + "p_" + "a" * 36,
    ],
)
def test_sec_02_secrets_stay_out_of_git(text: str, workspace: Workspace) -> None:
    findings = check_texts(workspace, [("envoi.yaml", text)])
    assert {f.code for f in findings} == {"SEC-02"}
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    "text",
    [
        "password: env:RELAY_PASSWORD\nkey: file:../state/keys/dkim.pem",
        'password: "file:../state/keys/relay-password"',
        '"digest": "' + "ab" * 32 + '"',
        "password: {{ x }}",
        "# password: never written here",
        '"password": {"type": "string"}',
    ],
)
def test_sec_02_references_to_secrets_are_fine(text: str, workspace: Workspace) -> None:
    assert check_texts(workspace, [("envoi.yaml", text)]) == []


def test_texts_are_read_in_order_without_links_and_hidden_folders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/c.md", ".git/config.txt", "picture.png", ".env"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, "utf-8")
    (tmp_path / "link.md").symlink_to(tmp_path / "b.yaml")
    assert sorted(read_texts(tmp_path)) == [(".env", ".env"), ("a/c.md", "a/c.md"), ("b.yaml", "b.yaml")]


def waived(campaign: Campaign, rule: str, *, until: date, findings: list[Finding]) -> list[Finding]:
    return apply_waivers(replace(campaign, waivers=(Waiver(rule, "salon déjà annoncé", until, P),)), findings, on=ON)


def test_a_waiver_turns_a_finding_into_advice_until_its_day(campaign: Campaign) -> None:
    clipped = finding(message_rules.SUBJECT, P, prefix="RE:")
    (covered,) = waived(campaign, "MSG-SUBJ-03", until=ON, findings=[clipped])
    assert (covered.waived, covered.severity, covered.stops) == (
        "→ 2027-03-01 · salon déjà annoncé",
        Severity.ADVICE,
        False,
    )
    late, expired = waived(campaign, "MSG-SUBJ-03", until=date(2027, 2, 28), findings=[clipped])
    assert late.stops
    assert expired.code == "WAIVE-EXPIRED-03"


def test_what_protects_people_cannot_be_waived(campaign: Campaign) -> None:
    missing = finding(message_rules.UNSUBSCRIBE, P, part="html")
    kept, refused = waived(campaign, "MSG-UNSUB-05", until=ON, findings=[missing])
    assert kept.stops
    assert (refused.code, refused.stops) == ("WAIVE-REFUSED-02", True)


@pytest.mark.raises_code("WAIVE-UNUSED-04")
def test_a_waiver_of_nothing_is_told(campaign: Campaign) -> None:
    (unknown,) = waived(campaign, "MSG-SIZE-31", until=ON, findings=[])
    assert unknown.code == "WAIVE-UNKNOWN-01"
    assert "MSG-SIZE-13" in unknown.advice("fr")
    (unused,) = waived(campaign, "MSG-SIZE-13", until=ON, findings=[])
    assert (unused.code, unused.stops) == ("WAIVE-UNUSED-04", False)


#: The rules of tables 1a to 1d that bear a dagger and whose stages hold V, C or S, with those stages.
DAGGERS = {
    "LAW-BASIS-01": "VCS",
    "LAW-OPTIN-02": "CS",
    "LAW-SIMILAR-03": "C",
    "LAW-PROOF-07": "VC",
    "LAW-WITHDRAW-12": "CS",
    "LAW-SUPPR-13": "CS",
    "SRC-01": "V",
    "INF-14": "CS",
    "RET-01": "C",
    "SEC-01": "V",
    "SEC-02": "V",
    "MSG-ID-01": "VC",
    "MSG-CONTACT-02": "C",
    "MSG-UNSUB-05": "C",
    "MSG-MERGE-14": "C",
    "MSG-5322-15": "CS",
    "HDR-LU-01": "C",
    "HDR-LUP-02": "C",
    "HDR-DKIMCOV-03": "S",
}


@pytest.mark.parametrize("name", sorted(DAGGERS))
def test_every_rule_that_may_not_be_waived_is_registered_at_its_stages(name: str) -> None:
    rules = [rule for rule in RULES if rule.id == name]
    assert {stage for rule in rules for stage in rule.stages} >= {Stage(letter) for letter in DAGGERS[name]}
    assert all(rule.severity is Severity.ERROR and not rule.waivable and rule.reference for rule in rules)


def test_one_function_a_rule_each_with_its_promise() -> None:
    checks = [rule.check for rule in RULES]
    assert len(set(checks)) == len(checks)
    assert all(re.search(r"\b[A-Z]+-[A-Z0-9-]+", check.__doc__ or "") for check in checks)


def test_no_rule_about_one_person_can_be_waived_for_that_alone() -> None:
    """A waiver is about findings: nobody is written to because somebody waived what protects them."""
    declared = {rule.id for rule in RULES if Stage.DECLARED in rule.stages}
    protecting: tuple[Rule[Callable[..., object]], ...] = (*PEOPLE_RULES, *GROUND_RULES)
    alone = [rule for rule in protecting if rule.id not in declared]
    assert alone
    assert not [rule.id for rule in alone if rule.waivable]
