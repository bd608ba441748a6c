"""The JSON Schemas, and the words in which their findings are said."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from compiler.language.catalogue import schema as catalogue
from compiler.language.document import KINDS
from compiler.language.finding import Entry, Finding, Place
from compiler.load import load_file
from compiler.schema import MAX_FINDINGS, check, schema_for
from compiler.schema.explain import Explainer
from compiler.schema.nesting import Homes

SCHEMAS = Path(__file__).parents[2] / "schemas"
CAMPAIGN = """kind: campaign
name: spring-2027
segment: architects-west
template: product-news
subject: Trois lampes
start: 2027-03-02T09:00
"""


def found(text: str) -> list[Finding]:
    documents, unread = load_file("w.yaml", text.encode())
    assert not unread
    return check(documents[0])


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for key, inner in schema.items():
            if key not in ("examples", "enum", "const", "required"):
                yield from subschemas(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from subschemas(inner)


def test_every_kind_has_a_schema_and_no_other_exists() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_means_the_same_in_both_drafts(kind: str) -> None:
    schema = dict(schema_for(kind))
    Draft7Validator.check_schema(schema)
    Draft202012Validator.check_schema({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
    keywords = {key for part in subschemas(schema) for key in part}
    newer = {"$defs", "$dynamicRef", "unevaluatedProperties", "prefixItems", "dependentSchemas", "minContains"}
    assert not keywords & newer
    for example in schema["examples"]:
        for validator in (Draft7Validator, Draft202012Validator):
            assert not list(validator(schema).iter_errors(example))


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_is_described_in_both_languages_with_valid_examples(kind: str) -> None:
    schema = schema_for(kind)
    definitions = {"definitions": schema.get("definitions", {})}
    for part in subschemas(schema):
        for name, described in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
            assert " / " in described["description"], name
            assert described["examples"], name
            for example in described["examples"]:
                assert Draft7Validator({**definitions, **described}).is_valid(example), (name, example)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_refers_to_nothing_outside_itself(kind: str) -> None:
    references = [part["$ref"] for part in subschemas(schema_for(kind)) if "$ref" in part]
    assert all(reference.startswith("#/definitions/") for reference in references)


@pytest.mark.parametrize("kind", KINDS)
def test_no_pattern_takes_long_over_a_hostile_text(kind: str) -> None:
    import re

    patterns = {part["pattern"] for part in subschemas(schema_for(kind)) if isinstance(part.get("pattern"), str)}
    texts = [unit * 30_000 + "!" for unit in ("a", "0", "a.", "a-", "1 ", "a@", "-a", "é", " ", "https://a", "<a")]
    begin = time.process_time()
    for pattern in patterns:
        for text in texts:
            re.search(pattern, text)
    assert time.process_time() - begin < 2.0


@pytest.mark.parametrize(
    ("text", "entry", "place", "said"),
    [
        pytest.param(
            CAMPAIGN.replace("segment:", "segmnt:"), catalogue.UNKNOWN_KEY, (3, 1), "segment", id="misspelt-key"
        ),
        pytest.param(
            CAMPAIGN.replace("segment: architects-west\n", ""), catalogue.MISSING_KEY, (1, 1), "segment", id="missing"
        ),
        pytest.param(
            CAMPAIGN + "waivers: [{rule: MSG-SIZE-13}]\n",
            catalogue.MISSING_KEY,
            (7, 11),
            "waivers[1].reason",
            id="missing-in-item",
        ),
        pytest.param(CAMPAIGN + "variants: a\n", catalogue.TYPE, (7, 11), "a list", id="type"),
        pytest.param(CAMPAIGN + "preview: 2027\n", catalogue.TYPE, (7, 10), '"2027"', id="number-for-a-text"),
        pytest.param(CAMPAIGN + "minors: yes\n", catalogue.TYPE, (7, 9), "true", id="yes-is-a-text"),
        pytest.param(CAMPAIGN + "purpose:\n", catalogue.TYPE, (7, 9), "empty", id="empty-value"),
        pytest.param("kind: fields\nfields: {age: {type: integr}}\n", catalogue.VALUE, (2, 22), "'integer'", id="enum"),
        pytest.param(
            CAMPAIGN.replace("2027-03-02T09:00", "2 mars"), catalogue.FORM, (6, 8), "2027-03-02T09:00", id="form"
        ),
        pytest.param(
            CAMPAIGN.replace("spring-2027\n", "|\n  spring-2027\n", 1), catalogue.FORM, (2, 7), "name", id="newline"
        ),
        pytest.param(CAMPAIGN + "data: {}\n", catalogue.SIZE, (7, 7), "data", id="empty-table"),
        pytest.param(
            CAMPAIGN + "data: {p: {dataset: c, limit: 99}}\n", catalogue.RANGE, (7, 31), "between 1 and 50", id="range"
        ),
        pytest.param(
            CAMPAIGN + "data: {Mes Produits: {dataset: c}}\n", catalogue.NAME_FORM, (7, 8), "Mes Produits", id="name"
        ),
        pytest.param("kind: segment\nname: w\nmatch: {everyone: yes}\n", catalogue.VALUE, (3, 19), "true", id="const"),
        pytest.param(
            "kind: segment\nname: w\nmatch: {any: [{not: {fild: x}}]}\n",
            catalogue.UNKNOWN_KEY,
            (3, 22),
            "'field'",
            id="nested",
        ),
        pytest.param(
            "kind: template\nname: w\nsource: [a]\n", catalogue.TYPE, (3, 9), "a text or a table", id="either"
        ),
        pytest.param(
            "kind: template\nname: w\nsource: {fr: 1}\n", catalogue.TYPE, (3, 14), "source.fr", id="branch-meant"
        ),
    ],
)
def test_a_departure_points_at_the_key_to_change(text: str, entry: Entry, place: tuple[int, int], said: str) -> None:
    findings = [one for one in found(text) if one.entry is entry]
    assert [one.place for one in findings][:1] == [Place("w.yaml", *place)]
    assert said in f"{findings[0].message('en')} {findings[0].advice('en')}"
    assert findings[0].message("fr") != findings[0].message("en")


def test_a_key_at_the_wrong_level_is_sent_to_its_own_and_not_missing_as_well() -> None:
    nested = CAMPAIGN.replace("subject: Trois lampes\n", "") + "approve: {subject: Trois lampes}\n"
    (astray,) = found(nested)
    assert (astray.entry, astray.place) == (catalogue.UNKNOWN_KEY, Place("w.yaml", 6, 11))
    assert astray.advice("en") == "`subject` belongs at the document's first level, without indentation"
    assert "premier niveau" in astray.advice("fr")
    (shallow,) = found(CAMPAIGN + "max_age: 14 days\n")
    assert shallow.advice("en") == "`max_age` belongs under approve"
    (shallow,) = found(CAMPAIGN + "weight: 50\n")
    assert shallow.advice("en") == "`weight` belongs under variants"


def test_a_key_of_another_kind_names_that_kind() -> None:
    (foreign,) = found(CAMPAIGN + "mapping: {address: email}\n")
    assert foreign.advice("en") == "`mapping` is a key of kind: source"


def test_of_two_shapes_the_one_that_its_kind_names_is_meant() -> None:
    def shape(via: str, key: str) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"via": {"const": via}, key: {"type": "integer"}},
            "required": ["via", key],
            "additionalProperties": False,
        }

    schema = {"oneOf": [{"type": "string"}, shape("relay", "port"), shape("folder", "depth")]}
    document = load_file("w.yaml", b"kind: segment\nname: w\n")[0][0]
    for value, said in (
        ({"via": "folder", "depth": "deep"}, "depth: a whole number is expected, not a text"),
        ({"via": "relay"}, "port is missing"),
        ({"via": "folder", "dept": 1}, "there is no key dept here"),
    ):
        errors = Draft202012Validator(schema).iter_errors(value)
        messages = [one.message("en") for error in errors for one in Explainer(document, _no_homes).explain(error)]
        assert messages == [said]


def _no_homes() -> Homes:
    return Homes({"segment": {}})


@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_says_in_both_languages_how_the_value_is_written(kind: str) -> None:
    for part in subschemas(schema_for(kind)):
        if isinstance(part.get("pattern"), str):
            assert " / " in part["patternErrorMessage"], part["pattern"]


def test_a_value_of_another_form_is_told_its_form_with_an_example() -> None:
    (wrong,) = found(CAMPAIGN.replace("2027-03-02T09:00", "2 mars 2027"))
    assert wrong.advice("en") == "a day and a time: year-month-dayThour:minute; for example: 2027-03-02T09:00"


def test_departures_of_one_document_are_bounded_in_number_and_in_work() -> None:
    keys = "".join(f"clé-{number}: 1\n" for number in range(40_000))
    assert len(found(CAMPAIGN + keys)) == MAX_FINDINGS
    assert len(found(CAMPAIGN + "? " + "x" * 900_000 + "\n: 1\n")) == 1


def test_a_misspelt_key_is_not_missing_as_well() -> None:
    assert [one.entry for one in found(CAMPAIGN.replace("segment:", "segmnt:"))] == [catalogue.UNKNOWN_KEY]


def test_a_missing_key_is_shown_as_one_writes_it() -> None:
    assert {one.advice("en").removeprefix("add, for example: ") for one in found("kind: workspace\n")} == {
        'organisation: {name: Atelier Lumen, address: "12 rue des Lices, 35000 Rennes, France"}',
        "senders: {newsroom: {from: Atelier Lumen <nouvelles@mail.atelier-lumen.example>}}",
        "deliveries: {relay: {via: smtp, host: smtp.example}}",
    }


def test_every_departure_is_found_at_once() -> None:
    text = CAMPAIGN.replace("subject: Trois lampes\n", "") + "approve: {max_age: soon, drift: 10 %}\nwho: me\n"
    assert {one.entry for one in found(text)} == {catalogue.MISSING_KEY, catalogue.FORM, catalogue.UNKNOWN_KEY}


def test_a_finding_of_form_never_quotes_the_value() -> None:
    text = "kind: workspace\nseeds: [quelqu.un chez courrier.example]\n"
    assert all("quelqu" not in json.dumps(one.arguments) for one in found(text))


SETTINGS = "kind: workspace\norganisation: {name: A, address: B}\nsenders: {n: {from: n@a.example}}\n"
RELAY = "deliveries: {relay: {via: smtp, host: smtp.example}}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CAMPAIGN + "waves: [{share: 5 %, hold: 2h}]\n", id="waves"),
        pytest.param(SETTINGS + RELAY + "brakes: {complaints: 0.1 %}\n", id="complaints"),
        pytest.param(SETTINGS + RELAY + "brakes: {tracker_unreachable: 2m}\n", id="tracker-unreachable"),
        pytest.param(SETTINGS + RELAY + "lanes: {orange: {per_connection: 100}}\n", id="per-connection"),
        pytest.param(
            SETTINGS + RELAY + "tracking: {url: https://t.a.example, keys: {k: env:K}, former: [t.old.example]}\n",
            id="former",
        ),
        pytest.param("kind: form\nname: f\nversion: 1\nconsents: [{purpose: n, text: Oui}]\nfields: [a]\n", id="page"),
    ],
)
def test_what_nothing_would_obey_cannot_be_asked_for(text: str) -> None:
    assert [one.entry for one in found(text)] == [catalogue.UNKNOWN_KEY]


def test_editions_are_asked_for_or_approved_beforehand_and_nothing_else() -> None:
    assert not found(CAMPAIGN + "repeat: {every: month, on: 15}\napprove: {editions: ask}\n")
    (refusal,) = found(CAMPAIGN + "repeat: {every: month}\napprove: {editions: always}\n")
    assert (refusal.entry, refusal.place) == (catalogue.VALUE, Place("w.yaml", 8, 21))
    assert "ask" in refusal.advice("en")


def test_a_way_of_delivery_that_does_not_exist_cannot_be_chosen() -> None:
    assert [one.entry for one in found(SETTINGS + "deliveries: {direct: {via: mx}}\n")] == [catalogue.VALUE]
