"""Recipients' countries, from the company's file to the plan."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from compiler.book.importer import import_source
from compiler.language.campaign import SourceGuards, Waiver
from compiler.language.finding import Place, Severity

if TYPE_CHECKING:
    from tests.conftest import Example

UNTIL = date(2027, 4, 1)


def moved(example: Example, country: str) -> Counter[str]:
    """The company's British customers have moved: imports their new country. How many of each sort there are."""
    file = example.root / "crm" / "contacts.csv"
    text = file.read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    abroad = [row for row in rows if row["pays"] == "GB"]
    for row in abroad:
        row["pays"] = country
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(written.getvalue(), "utf-8-sig")
    session = example.session()
    workspace = session.workspace()
    keyring = session.keyring()
    try:
        import_source(
            replace(workspace.sources[0], guards=SourceGuards(rejected=1)),  # type: ignore[arg-type]
            workspace,
            session.book(),
            keyring,
            suppression_key=session.suppression_key(),
            entropy=random.Random(5).randbytes,
            clock=session.clock,
        )
    finally:
        keyring.close()
    return Counter(row["type"] for row in abroad)


def everybody(example: Example) -> None:
    """The segment takes all countries, and the message gives no postal address."""
    example.edit("templates/blocks/footer.mjml", "{{ organisation.address }}", "{{ organisation.name }}")
    (example.workspace / "segments" / "architects-west.yaml").write_text(
        "kind: segment\nname: architects-west\nmatch: {field: country, in: [FR, US]}\n",
        "utf-8",
    )


@pytest.mark.raises_code("MSG-ADDR-21")
def test_a_message_to_the_united_states_without_a_postal_address_is_no_plan(example: Example) -> None:
    everybody(example)
    assert {f.code for f in example.compile().findings} & {"MSG-ADDR-08", "MSG-ADDR-21"} == {"MSG-ADDR-08"}
    assert moved(example, "US")
    refused = example.compile()
    assert refused.parts is None
    found = [f for f in refused.findings if f.stops]
    assert {f.code for f in found} == {"MSG-ADDR-21"}
    assert all(f.place.path.startswith("templates/") for f in found)


def test_what_a_waiver_covers_stands_in_the_plan_with_its_end_and_reason(example: Example) -> None:
    everybody(example)
    moved(example, "US")
    place = Place("2027/spring-2027.yaml", 1)
    waivers = tuple(Waiver(rule, "adresse au verso", UNTIL, place) for rule in ("MSG-ADDR-08", "MSG-ADDR-21"))
    compiled = example.compile(change=lambda campaign: replace(campaign, waivers=waivers))
    assert compiled.parts
    covered = [f for f in compiled.findings if f.code == "MSG-ADDR-21"]
    assert {(f.severity, f.waived) for f in covered} == {(Severity.ADVICE, "→ 2027-04-01 · adresse au verso")}
    spelled = [each for each in compiled.parts.manifest.findings if each.startswith("MSG-ADDR-21")]
    assert spelled
    assert all(each.endswith("\t→ 2027-04-01 · adresse au verso") for each in spelled)
