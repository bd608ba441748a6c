from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler import archive
from compiler.book.people import people
from compiler.book.seal import open_slot
from compiler.language.campaign import Campaign, Waiver
from compiler.language.finding import Place
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.language.plan import Slot
from compiler.pipeline import Compiled
from compiler.schedule import zone

if TYPE_CHECKING:
    from tests.conftest import Example


def slots(compiled: Compiled) -> list[Slot]:
    from compiler.parts import slot_from_line

    assert compiled.parts, [found.message("en") for found in compiled.findings]
    shards = [b"".join(part.read()) for part in compiled.parts.parts if part.path.startswith("shards/")]
    return [slot_from_line(line) for shard in shards for line in shard.splitlines(keepends=True)]


def reasons(compiled: Compiled) -> dict[str, str]:
    assert compiled.parts
    lines = compiled.parts.content("exclusions.jsonl.gz").splitlines()
    return {record["contact"]: record["reason"] for record in map(json.loads, lines)}


def codes(compiled: Compiled) -> set[str]:
    return {found.code for found in compiled.findings}


def test_the_example_compiles_and_every_chosen_contact_is_accounted_for(spring: Compiled) -> None:
    assert spring.parts
    manifest = spring.parts.manifest
    assert manifest.recipients >= 250
    assert manifest.recipients + len(reasons(spring)) == manifest.selected == manifest.funnel[-1].left
    assert len({slot.contact for slot in slots(spring)}) == manifest.recipients
    assert {name for name, _ in manifest.exclusions} >= {"unsubscribed", "no_basis", "no_proof", "unconfirmed"}


def test_a_stored_plan_verifies(spring: Compiled, tmp_path: Path) -> None:
    assert spring.parts
    path = archive.write(spring.parts, tmp_path / "plans", estimate=spring.estimate)
    assert archive.verify(path) == []
    assert archive.Plan(path).estimate() == spring.estimate


def test_every_seal_opens_to_an_address_and_the_merged_fields_alone(spring: Compiled, shared_example: Example) -> None:
    session = shared_example.session()
    keyring = session.keyring()
    known = {person.contact.id: person for person in people(session.book().view(), keyring)}
    keys = keyring.keys(known)
    keyring.close()
    for slot in slots(spring):
        values = open_slot(slot.seal, keys[slot.contact], slot.contact, slot.number)
        assert values["address"] == known[slot.contact].identity.address
        # A subject names the company in variant b alone; nobody's phone or postcode travels.
        assert values.keys() <= {"address", "first_name", "company", "city", "job"}
        assert ("company" in values) or slot.variant == "a"


def test_nobodys_identity_stands_in_clear_in_a_plan(spring: Compiled, shared_example: Example, tmp_path: Path) -> None:
    session = shared_example.session()
    keyring = session.keyring()
    identities = [person.identity for person in people(session.book().view(), keyring)]
    keyring.close()
    assert spring.parts
    path = archive.write(spring.parts, tmp_path / "plans", estimate=spring.estimate)
    stored = [file.read_bytes() for file in path.rglob("*") if file.is_file() and file.suffix != ".gz"]
    plain = b"\n".join([*stored, *(gzip.decompress(file.read_bytes()) for file in path.rglob("*.gz"))])
    for identity in identities:
        for secret in (identity.address, identity.value("phone")):
            assert not secret or str(secret).encode() not in plain


def test_every_message_leaves_in_working_hours_of_its_own_zone(spring: Compiled) -> None:
    assert spring.parts
    for shard in spring.parts.manifest.shards:
        assert shard.windows
        for opens, closes in shard.windows:
            begin, end = (moment.astimezone(zone(shard.zone)) for moment in (opens, closes))
            assert begin.weekday() < 5
            assert begin.date() == end.date()
            assert (begin.hour, end.hour) in {(h, e) for h in range(9, 18) for e in range(9, 18)}


def test_zones_and_languages_follow_the_contacts(spring: Compiled) -> None:
    assert spring.parts
    zones = {shard.zone for shard in spring.parts.manifest.shards}
    assert {"Europe/Paris", "Indian/Reunion", "Pacific/Noumea"} <= zones
    assert {slot.language for slot in slots(spring)} == {"fr", "en"}


def test_variants_share_the_recipients(spring: Compiled) -> None:
    counts = Counter(slot.variant for slot in slots(spring))
    assert 100 < counts["a"] < 157
    assert counts["b"] > 100


def test_trackers_are_counted_and_none_is_without_consent(spring: Compiled, shared_example: Example) -> None:
    assert spring.parts
    session = shared_example.session()
    by_id = {contact.id: contact for contact in session.book().contacts()}
    found = slots(spring)
    assert all(not slot.opens or by_id[slot.contact].tracking.opens == "granted" for slot in found)
    assert all(not slot.clicks or by_id[slot.contact].tracking.clicks == "granted" for slot in found)
    counts = (("clicks", sum(slot.clicks for slot in found)), ("opens", sum(slot.opens for slot in found)))
    assert spring.parts.manifest.trackers == counts
    assert 0 < counts[0][1] < len(found)


def test_products_differ_from_person_to_person(spring: Compiled) -> None:
    assert len({slot.rows for slot in slots(spring)}) > 1
    assert all(len(dict(slot.rows)["products"]) == 3 for slot in slots(spring))


def test_inputs_are_what_the_campaign_reaches(spring: Compiled) -> None:
    assert spring.parts
    paths = {path for path, _ in spring.parts.manifest.inputs}
    assert {
        "2027/spring-2027.yaml",
        "envoi.yaml",
        "fields.yaml",
        "segments/architects-west.yaml",
        "segments/places.yaml",  # named by the segment
        "templates/templates.yaml",
        "templates/product-news.fr.mjml",
        "templates/product-news.en.mjml",
        "templates/blocks/footer.mjml",  # included
        "data/catalogue.yaml",
        "data/catalogue.csv",
    } <= paths
    assert not any(".lock" in path or "showroom" in path or path.startswith(("sources", "forms")) for path in paths)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param("2027/spring-2027.yaml", "trois lampes pour votre", "quatre lampes pour votre", id="campaign"),
        pytest.param("templates/blocks/footer.mjml", "</mj-text>", " </mj-text>", id="an included file"),
        pytest.param("data/catalogue.csv", "audience", "audience", id="unchanged"),
        pytest.param("envoi.yaml", "reserve: 20 %", "reserve: 25 %", id="settings"),
    ],
)
def test_an_edit_of_an_input_is_another_plan(example: Example, spring: Compiled, path: str, old: str, new: str) -> None:
    example.edit(path, old, new)
    changed = example.compile()
    assert changed.parts
    assert spring.parts
    assert (changed.parts.digest == spring.parts.digest) == (old == new)


def test_what_the_campaign_does_not_reach_changes_nothing(example: Example, spring: Compiled) -> None:
    example.edit("2027/showroom-2027.yaml", "Trois heures", "Deux heures")
    (example.workspace / "notes.md").write_text("à relire")
    (example.workspace / "2027" / "spring-2027.yaml.lock").write_text("{}")
    changed = example.compile()
    assert changed.parts
    assert spring.parts
    assert changed.parts.digest == spring.parts.digest


def test_another_day_is_another_plan_for_the_same_people(example: Example, spring: Compiled) -> None:
    later = example.compile(on=date(2027, 3, 2))
    assert later.parts
    assert spring.parts
    assert later.parts.digest != spring.parts.digest
    assert [slot.contact for slot in slots(later)] == [slot.contact for slot in slots(spring)]


def test_those_who_were_sent_it_are_left_out_of_a_corrected_plan(example: Example, spring: Compiled) -> None:
    sent = [slot.contact for slot in slots(spring)[:25]]
    deeds = (HistoryDeed.RECEIVED, HistoryDeed.REFUSED, HistoryDeed.IN_DOUBT)
    history = History.of(
        HistoryRecord(contact, "spring-2027", "1", deeds[n % 3], date(2027, 2, 20)) for n, contact in enumerate(sent)
    )
    corrected = example.compile(history=history)
    left_out = reasons(corrected)
    assert {left_out[contact] for contact in sent} == {"already_sent"}
    assert corrected.parts
    assert spring.parts
    assert corrected.parts.manifest.history == history.digest
    assert corrected.parts.manifest.recipients == spring.parts.manifest.recipients - 25


@pytest.mark.raises_code("PLAN-RENDER-10")
def test_a_value_without_fallback_leaves_those_without_it_out(example: Example, spring: Compiled) -> None:
    def numbered(campaign: Campaign) -> Campaign:
        subject = (("", "{{ contact.siret }}"),)
        return replace(campaign, variants=tuple(replace(variant, subject=subject) for variant in campaign.variants))

    compiled = example.compile(change=numbered)
    assert "PLAN-RENDER-10" in codes(compiled)
    assert compiled.parts
    assert spring.parts
    lost = {contact for contact, reason in reasons(compiled).items() if reason == "not_rendered"}
    assert lost
    assert compiled.parts.manifest.recipients == spring.parts.manifest.recipients - len(lost)
    assert [slot.number for slot in slots(compiled)] == list(range(compiled.parts.manifest.recipients))
    assert archive.verify(archive.write(compiled.parts, example.root / "plans")) == []


def test_too_few_rows_leave_a_contact_out(example: Example) -> None:
    def greedy(campaign: Campaign) -> Campaign:
        return replace(campaign, data=tuple(replace(block, limit=90, at_least=55) for block in campaign.data))

    compiled = example.compile(change=greedy)
    assert "too_little_data" in reasons(compiled).values()


def test_a_holdout_is_left_alone(example: Example) -> None:
    compiled = example.compile(change=lambda campaign: replace(campaign, holdout=Fraction(1, 2)))
    counts = Counter(reasons(compiled).values())
    assert 90 < counts["holdout"] < 170


@pytest.mark.raises_code("PLAN-LANGUAGE-16")
def test_readers_of_a_language_that_is_not_spoken_are_counted_and_get_the_first_one(example: Example) -> None:
    def english(campaign: Campaign) -> Campaign:
        return replace(campaign, languages=("en",))

    compiled = example.compile(change=english)
    (found,) = (one for one in compiled.findings if one.code == "PLAN-LANGUAGE-16")
    assert not found.stops
    assert "lisent fr : ils auront le message en en" in found.message("fr")
    assert compiled.parts
    assert compiled.parts.manifest.recipients > 100


def test_a_template_that_outruns_its_limits_for_many_stops_the_plan(example: Example) -> None:
    # Trials see nothing: every fictional contact has this first name.
    bomb = "{% for a in range(2000) %}" * 2 + "x" + "{% endfor %}" * 2
    hello = "Bonjour {{ contact.first_name }},"
    example.edit(
        "templates/product-news.fr.mjml", hello, f"{{% if contact.first_name != 'Camille' %}}{bomb}{{% endif %}}{hello}"
    )
    compiled = example.compile()
    assert compiled.parts is None
    (found,) = (one for one in compiled.findings if one.code == "TPL-RENDER-46")
    assert found.place.path == "templates/product-news.fr.mjml"


def test_a_campaign_that_was_never_checked_meets_the_same_trial(example: Example) -> None:
    example.edit(
        "templates/product-news.fr.mjml",
        "Bonjour {{ contact.first_name }},",
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40 + "Bonjour {{ contact.first_name }},",
    )
    compiled = example.compile()
    assert compiled.parts is None
    assert {one.code for one in compiled.findings if one.stops} == {"TPL-RENDER-46"}


@pytest.mark.raises_code("PLAN-EMPTY-11", "SEG-UNKNOWN-01")
def test_a_plan_for_nobody_says_so(example: Example) -> None:
    def alone(campaign: Campaign) -> Campaign:
        return replace(campaign, holdout=Fraction(1))

    compiled = example.compile(change=alone)
    assert "PLAN-EMPTY-11" in codes(compiled)
    assert compiled.parts
    assert compiled.parts.manifest.recipients == 0
    assert archive.verify(archive.write(compiled.parts, example.root / "plans")) == []


def test_a_plan_that_cannot_finish_in_time_is_refused(example: Example) -> None:
    def hurried(campaign: Campaign) -> Campaign:
        return replace(campaign, finish_by=campaign.start + timedelta(seconds=5))

    compiled = example.compile(change=hurried)
    assert compiled.parts is None
    assert any(found.stops for found in compiled.findings)


def test_a_campaign_without_end_has_a_month(example: Example) -> None:
    compiled = example.compile(change=lambda campaign: replace(campaign, finish_by=None))
    assert compiled.parts
    assert len(compiled.parts.manifest.shards[0].windows) > 30


def test_the_estimate_stands_beside_the_plan(spring: Compiled) -> None:
    assert spring.parts
    assert isinstance(spring.estimate, dict)
    assert spring.estimate["left"] == 0
    assert str(spring.estimate["starts"]) == "2027-03-02T08:00:00Z"
    assert b"finishes" not in spring.parts.manifest_bytes
    assert isinstance(spring.estimate["message"], dict)
    assert 10_000 < spring.estimate["message"]["mean"] <= spring.estimate["message"]["largest"] < 100_000


def test_a_finding_that_stops_leaves_no_plan(example: Example) -> None:
    example.edit("templates/product-news.fr.mjml", "{{ contact.first_name }}", "{{ contact.frist_name }}")
    compiled = example.compile()
    assert compiled.parts is None
    assert "TPL-NAME-40" in codes(compiled)


@pytest.mark.raises_code("MSG-CONTACT-02")
def test_a_message_without_unsubscribe_link_leaves_no_plan(example: Example) -> None:
    example.edit("templates/blocks/footer.mjml", "{{ unsubscribe_url }}", "https://www.atelier-lumen.example/")
    compiled = example.compile()
    assert compiled.parts is None
    assert "MSG-UNSUB-05" in codes(compiled)


def test_a_template_that_vanished_is_named(example: Example) -> None:
    session = example.session()
    workspace = session.workspace()
    (example.workspace / "templates" / "product-news.fr.mjml").unlink()
    from compiler.pipeline import check_campaign

    campaign = workspace.campaign("spring-2027")
    assert campaign
    _, findings = check_campaign(workspace, campaign)
    (found,) = (found for found in findings if found.code == "PLAN-READ-13")
    assert dict(found.arguments)["path"] == "templates/product-news.fr.mjml"


def test_two_campaigns_in_one_file_cannot_be_locked(example: Example) -> None:
    spring, showroom = (example.workspace / "2027" / f"{name}-2027.yaml" for name in ("spring", "showroom"))
    spring.write_text(spring.read_text("utf-8") + "---\n" + showroom.read_text("utf-8"), "utf-8")
    showroom.unlink()
    compiled = example.compile()
    assert compiled.parts is None
    assert "PLAN-LOCK-12" in codes(compiled)


def test_a_waiver_turns_a_finding_into_advice(example: Example) -> None:
    waiver = Waiver("SEG-UNKNOWN-01", "vérifié avec la vente", date(2027, 4, 1), Place("2027/spring-2027.yaml", 1))
    compiled = example.compile(change=lambda campaign: replace(campaign, waivers=(waiver,)))
    (found,) = (found for found in compiled.findings if found.code == "SEG-UNKNOWN-01")
    assert found.waived == "→ 2027-04-01 · vérifié avec la vente"


def test_findings_in_a_plan_are_about_its_own_inputs(spring: Compiled) -> None:
    assert spring.parts
    inputs = {path for path, _ in spring.parts.manifest.inputs}
    for spelled in spring.parts.manifest.findings:
        assert spelled.split(" ")[1].split(":")[0] in inputs


def test_an_overlapping_campaign_respects_the_cap(shared_example: Example, spring: Compiled) -> None:
    received = [
        HistoryRecord(slot.contact, name, "1", HistoryDeed.RECEIVED, date(2027, 3, 4))
        for slot in slots(spring)
        for name in ("spring-2027", "extra-2027")
    ]
    capped = shared_example.compile("showroom-2027", history=History.of(received), on=date(2027, 3, 8))
    assert "capped" in reasons(capped).values()


def test_text_parts_given_by_hand_replace_the_derived_ones(example: Example) -> None:
    (example.workspace / "templates" / "given.txt").write_text(
        "Bonjour {{ contact.first_name }}, {{ organisation.name }} vous écrit à la main, longuement et sans image.\n"
        "{% for p in products %}{{ p.name_fr }}\n{% endfor %}"
        "{{ organisation.address }}\n{{ reason }}\n{{ organisation.privacy_url }}\n{{ unsubscribe_url }}\n"
        "{{ tracking_url }}\n",
        "utf-8",
    )
    example.edit(
        "templates/templates.yaml",
        "source: {fr: templates/product-news.fr",
        "text: templates/given.txt\nsource: {fr: templates/product-news.fr",
    )
    compiled = example.compile()
    assert compiled.parts, [found.message("en") for found in compiled.findings]
    assert b"longuement" in compiled.parts.content("templates/a/fr/message.txt")
    assert "templates/given.txt" in dict(compiled.parts.manifest.inputs)
