"""The small case needs six lines: everything else has a default."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

import pytest

from compiler.language.campaign import Approval, Variant, Workspace
from compiler.language.consent import Ground
from compiler.language.finding import Finding, Place
from compiler.language.segment import comparisons
from compiler.language.settings import Brakes, TlsPolicy, Via
from compiler.language.window import RECIPIENT, Holidays, Hours

CAMPAIGN = """kind: campaign
name: spring-2027
segment: architects-west
template: product-news
subject: Trois lampes
start: 2027-03-02T09:00
"""
Resolved = Callable[..., tuple[Workspace | None, list[Finding]]]


def whole(result: tuple[Workspace | None, list[Finding]]) -> Workspace:
    workspace, findings = result
    assert not findings, [(str(one.place), one.message("en")) for one in findings]
    assert workspace is not None
    return workspace


def test_the_six_line_campaign_has_every_default(resolved: Resolved) -> None:
    campaign = whole(resolved()).campaigns[0]
    assert campaign.start == datetime(2027, 3, 2, 8, tzinfo=UTC)
    assert (campaign.purpose, campaign.sender, campaign.window) == ("newsletter", "newsroom", "office-hours")
    assert campaign.languages == ("fr",)
    assert campaign.subject == (("", "{{ contact.first_name }}, trois lampes pour votre atelier"),)
    places = (("", Place("campaign.yaml", 5, 10)),)
    assert campaign.variants == (
        Variant("a", 1, campaign.subject, "product-news", Place("campaign.yaml", 2, 1), places),
    )
    assert campaign.approval == Approval()
    assert (campaign.edition, campaign.holdout, campaign.finish_by) == ("1", Fraction(0), None)
    assert campaign.path == "campaign.yaml"


def test_a_workspace_of_three_tables_has_every_default(resolved: Resolved) -> None:
    settings = whole(resolved()).settings
    assert settings.language == "fr"
    assert settings.organisation.timezone == "Europe/Paris"
    purpose = settings.purposes[0]
    assert (purpose.name, purpose.retention_months) == ("newsletter", 36)
    assert purpose.grounds == (Ground.CONSENT, Ground.SIMILAR_PRODUCTS, Ground.LEGITIMATE_INTEREST)
    window = settings.windows[0]
    assert (window.name, window.timezone, window.deny) == ("office-hours", RECIPIENT, (Holidays("FR"),))
    assert window.allow == (
        Hours((0, 1, 2, 3, 4), time(9), time(12)),
        Hours((0, 1, 2, 3, 4), time(14), time(17, 30)),
    )
    sender, delivery = settings.senders[0], settings.deliveries[0]
    assert (sender.from_name, str(sender.reply_to)) == ("Atelier Lumen", "nouvelles@mail.atelier.example")
    assert (sender.return_path, sender.delivery, sender.dkim) == ("mail.atelier.example", "relay", None)
    assert (delivery.via, delivery.port, delivery.tls) == (Via.SMTP, 587, TlsPolicy.REQUIRED)
    assert (settings.limits.rate, settings.limits.bandwidth) == (Fraction(20), None)
    assert settings.brakes == Brakes()
    assert settings.tracking is None
    assert (settings.book.path, settings.plans, settings.state) == ("../book", "../plans", "../state")
    assert [lane.name for lane in settings.lanes] == sorted(lane.name for lane in settings.lanes)


def test_fields_need_no_declaration_until_one_is_wanted(resolved: Resolved) -> None:
    more = "kind: fields\nfields:\n  headcount: {type: integer}\n  sector: {sealed: true, values: [bois, métal]}\n"
    fields = {field.name: field for field in whole(resolved(more=more)).fields}
    assert fields["first_name"].sealed
    assert not fields["department"].sealed
    assert fields["headcount"].place == Place("more.yaml", 3, 3)
    assert fields["sector"].values == ("bois", "métal")
    assert fields["sector"].sealed


def test_everything_said_is_kept(resolved: Resolved) -> None:
    campaign = """kind: campaign
name: spring-2027
segment: architects-west
template: product-news
subject: {fr: Bonjour, en: Hello}
preview: {fr: Aperçu, en: Preview}
start: 2027-03-02T09:00+11:00
finish_by: 2027-03-05 18:00
data:
  products:
    dataset: catalogue
    where: audience=contact.job AND id = contact.company
    order_by: rank desc, id
variants: [{name: a, weight: 3}, {name: b, subject: {fr: Salut, en: Hi}}]
approve: {max_age: 2 weeks, drift: 0.5 %, four_eyes_above: 5000}
utm: {source: newsletter, campaign: spring}
waivers: [{rule: MSG-SIZE-13, reason: Catalogue, until: 2027-04-01}]
holdout: 10 %
"""
    kept = whole(resolved(campaign=campaign)).campaigns[0]
    assert kept.start == datetime(2027, 3, 1, 22, tzinfo=UTC)
    assert kept.finish_by == datetime(2027, 3, 5, 17, tzinfo=UTC)
    assert kept.languages == ("fr", "en")
    block = kept.data[0]
    assert [(c.field, str(c.operand)) for c in comparisons(block.match)] == [
        ("audience", "contact.job"),
        ("id", "contact.company"),
    ]
    assert block.order_by == (("rank", True), ("id", False))
    assert (block.limit, block.at_least) == (10, 0)
    assert [(v.name, v.weight, dict(v.subject)["en"]) for v in kept.variants] == [("a", 3, "Hello"), ("b", 1, "Hi")]
    assert kept.approval.max_age == timedelta(days=14)
    assert kept.approval.drift == Fraction(1, 200)
    assert kept.approval.four_eyes_above == 5000
    assert kept.utm == (("campaign", "spring"), ("source", "newsletter"))
    assert kept.holdout == Fraction(1, 10)


def test_settings_are_read_in_their_own_units(resolved: Resolved) -> None:
    settings = """kind: workspace
organisation: {name: A, address: B, timezone: Pacific/Noumea, siren: "732829320"}
purposes: {news: {bases: [consent], retention: 2 years}}
senders: {newsroom: {from: n@mail.atelier.example, reply_to: r@atelier.example, delivery: out}}
deliveries: {out: {via: maildir, path: ../outbox}, relay: {via: smtp, host: 127.0.0.1, tls: none}}
limits: {rate: 90/min, bandwidth: "1,5 MB/s", reserve: 20\u00a0%, per_contact: 1 per week}
lanes: {orange: {rate: 1/s, connections: 2}, other: {per_connection: 30}}
windows:
  nights:
    timezone: Europe/Paris
    allow: [{days: [fri, mon], hours: "20:00-24:00"}, {days: sat-mon, hours: "08:00-09:00"}]
    deny: [{dates: 2026-12-24..2027-01-03}, {dates: 2027-05-07}]
tracking: {url: https://t.atelier.example/, keys: {k2: env:TWO, k1: file:one.key}}
brakes: {hard_bounces: 2 %}
"""
    read = whole(resolved(settings=settings)).settings
    assert read.purposes[0].retention_months == 24
    assert read.organisation.siren == "732829320"
    assert read.senders[0].delivery == "out"
    assert (read.limits.rate, read.limits.bandwidth) == (Fraction(3, 2), 1_500_000)
    assert (read.limits.reserve, read.limits.per_contact) == (Fraction(1, 5), (1, timedelta(days=7)))
    orange = read.lane("orange")
    assert (orange.rate, orange.connections) == (Fraction(1), 2)
    assert read.lane("free").connections == 1
    assert read.lane("other").per_connection == 30
    window = read.windows[0]
    assert window.allow == (Hours((0, 4), time(20), time.min), Hours((0, 5, 6), time(8), time(9)))
    assert len(window.deny) == 2
    assert read.tracking is not None
    assert [name for name, _ in read.tracking.keys] == ["k2", "k1"]  # the first signs
    assert read.tracking.url == "https://t.atelier.example"
    assert read.brakes.hard_bounces.share == Fraction(1, 50)


def test_keys_stand_where_init_makes_them(resolved: Resolved) -> None:
    settings = """kind: workspace
organisation: {name: A, address: B}
senders: {news: {from: n@mail.atelier.example, dkim: {selector: envoi}}}
deliveries: {out: {via: maildir, path: ../outbox}}
tracking: {url: https://t.atelier.example}
"""
    read = whole(resolved(settings=settings)).settings
    assert read.tracking is not None
    assert [(name, str(key)) for name, key in read.tracking.keys] == [("k1", "file:../state/keys/tracking.key")]
    assert read.senders[0].dkim is not None
    assert str(read.senders[0].dkim.key) == "file:../state/keys/dkim.pem"


def test_the_order_of_files_changes_nothing(resolved: Resolved) -> None:
    one = whole(resolved())
    other = whole(resolved(aaa="kind: segment\nname: zz\nmatch: {everyone: true}\n"))
    assert [segment.name for segment in other.segments] == ["architects-west", "zz"]
    assert other.campaigns == one.campaigns


def test_a_form_keeps_its_former_versions(resolved: Resolved) -> None:
    form = "kind: form\nname: inscription\nversion: {}\nconsents: [{{purpose: newsletter, text: Oui}}]\n"
    workspace = whole(resolved(form=form.format(1) + "---\n" + form.format(2)))
    assert [each.version for each in workspace.forms] == [1, 2]


@pytest.mark.parametrize(
    ("repeat", "edition", "start"),
    [
        pytest.param("{every: month, on: first tuesday}", "2027-03", datetime(2027, 3, 2, 8, tzinfo=UTC), id="itself"),
        pytest.param("{every: month, on: last monday}", "2027-03", datetime(2027, 3, 29, 7, tzinfo=UTC), id="summer"),
        pytest.param("{every: month, on: 1}", "2027-04", datetime(2027, 4, 1, 7, tzinfo=UTC), id="day-of-the-month"),
        pytest.param("{every: month}", "2027-03", datetime(2027, 3, 2, 8, tzinfo=UTC), id="as-start"),
        pytest.param("{every: week, on: monday}", "2027-W10", datetime(2027, 3, 8, 8, tzinfo=UTC), id="week"),
        pytest.param("{every: day}", "2027-03-02", datetime(2027, 3, 2, 8, tzinfo=UTC), id="day"),
        pytest.param("{every: day, once_per_contact: true}", "1", datetime(2027, 3, 2, 8, tzinfo=UTC), id="once"),
    ],
)
def test_a_repeating_campaign_is_its_first_edition(
    resolved: Resolved, repeat: str, edition: str, start: datetime
) -> None:
    campaign = whole(resolved(campaign=CAMPAIGN + f"finish_by: 2027-03-02T18:00\nrepeat: {repeat}\n")).campaigns[0]
    assert (campaign.edition, campaign.start) == (edition, start)
    assert campaign.finish_by == start + timedelta(hours=9)
