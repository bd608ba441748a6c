from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from compiler.language.campaign import DataBlock, Dataset, DatasetColumn, Fallback, FieldType, Workspace
from compiler.language.contact import Person
from compiler.language.finding import Place
from compiler.language.segment import All, Clause, Comparison, ContactField, Everyone, Operator
from compiler.load import load_file
from compiler.resolve.blocks import data_block
from compiler.resolve.files import Files
from compiler.resolve.node import Notes, root
from compiler.selection import Rows, rows_for
from compiler.selection.datasets import typed

P = Place("segments.yaml", 1, 1)
Build: TypeAlias = Callable[..., Workspace]
Make: TypeAlias = Callable[..., Person]
Catalogue: TypeAlias = Callable[..., tuple[Workspace, DataBlock]]

ON = date(2027, 3, 1)
rows_on = partial(rows_for, on=ON)

LINES = [
    "ref;audience;price;rank",
    "L3;architecte;120,50;1",
    "L1;architecte;1290.00;1",
    "L2;architecte;89;2",
    "D1;designer;12.10;1",
]


def refs(rows: Rows, number: int) -> list[object]:
    return [rows.table[n]["ref"] for n in rows.by_contact[f"{number:032x}"]["products"]]


def test_each_contact_gets_the_best_rows_that_match_their_own_value(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    here, block = catalogue(workspace(), LINES)
    rows = rows_on(here, [block], [person(1, job="architecte"), person(2, job="designer"), person(3)])
    assert (refs(rows, 1), refs(rows, 2), refs(rows, 3)) == (["L3", "L1"], ["D1"], [])
    assert [row["ref"] for row in rows.table] == ["L3", "L1", "D1"]
    assert rows.table[0] == {"ref": "L3", "audience": "architecte", "price": "120.50", "rank": 1}
    assert [d.path for d in rows.documents] == ["catalogue.csv"]


def test_ties_fall_the_same_way_whatever_the_order_of_rows_people_and_threads(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    rng = random.Random(3)
    lines = [
        f"R{n:03};{rng.choice(['architecte', 'designer'])};{rng.randrange(99)};{rng.randrange(4)}" for n in range(200)
    ]
    people = [person(n, job=rng.choice(["architecte", "designer", "peintre"])) for n in range(400)]
    results = []
    for threads in (1, 2, 4):
        here, block = catalogue(workspace(), [LINES[0], *rng.sample(lines, len(lines))], limit=5)
        rows = rows_on(here, [block], rng.sample(people, len(people)), threads=threads)
        results.append((rows.table, rows.by_contact, list(rows.by_contact)))
    assert results[0] == results[1] == results[2]


def test_prices_are_ordered_as_decimals_and_missing_ones_come_last(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    lines = [LINES[0], "A;x;9.5;", "B;x;10;", "C;x;;", "D;x;100;"]
    for down, expected in ((False, ["A", "B", "D", "C"]), (True, ["D", "B", "A", "C"])):
        here, block = catalogue(workspace(), lines, order_by=(("price", down),), limit=9)
        assert refs(rows_on(here, [block], [person(1, job="x")]), 1) == expected


def test_who_gets_too_few_rows_is_named_and_has_none(workspace: Build, person: Make, catalogue: Catalogue) -> None:
    here, block = catalogue(workspace(), LINES, at_least=2)
    rows = rows_on(here, [block], [person(2, job="designer"), person(1, job="architecte"), person(0)])
    assert rows.too_few == (f"{0:032x}", f"{2:032x}")
    assert list(rows.by_contact) == [f"{1:032x}"]
    assert {row["ref"] for row in rows.table} == {"L1", "L3"}


def test_a_block_without_where_gives_everybody_the_same_rows(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    here, block = catalogue(workspace(), LINES, match=Everyone(P), order_by=(("price", True),))
    rows = rows_on(here, [block], [person(1), person(2, job="designer")])
    assert refs(rows, 1) == refs(rows, 2) == ["L1", "L3"]


def test_two_blocks_share_the_rows_of_one_dataset(workspace: Build, person: Make, catalogue: Catalogue) -> None:
    here, block = catalogue(workspace(), LINES)
    both = All((block.match, Comparison("rank", Operator.IS, ContactField("headcount"), P)), P)
    second = replace(block, name="first", match=both, limit=1)
    rows = rows_on(here, [block, second], [person(1, job="architecte", headcount=1)])
    assert rows.by_contact[f"{1:032x}"] == {"products": (0, 1), "first": (0,)}
    assert len(rows.table) == 2


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        pytest.param(["ref;audience;price;rank", "A;x;sur devis;1"], "DATA-CELL-03", 2, id="not-a-decimal"),
        pytest.param(["ref;audience;price;rank", "A;x;1;1.5"], "DATA-CELL-03", 2, id="not-an-integer"),
        pytest.param(["ref;audience;price", "A;x;1"], "DATA-COLUMN-02", 1, id="missing-column"),
        pytest.param(["ref;audience;price;rank", "A;x;1"], "DATA-FILE-01", 1, id="too-few-cells"),
        pytest.param(["ref;audience;price;rank", "A;x;1;1", "A;y;2;1"], "DATA-KEY-05", 3, id="key-twice"),
        pytest.param(["ref;audience;price;rank", ";x;1;1"], "DATA-KEY-05", 2, id="key-empty"),
    ],
)
@pytest.mark.raises_code("DATA-COLUMN-02")
def test_a_dataset_that_is_not_what_was_declared_is_a_finding(
    lines: list[str], code: str, line: int, workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    here, block = catalogue(workspace(), lines)
    findings = rows_on(here, [block], [person(1)]).findings
    assert [(f.code, f.place.line) for f in findings] == [(code, line)]


@pytest.mark.parametrize(
    "path", ["../outside.csv", "/etc/hostname", "missing.csv", "link.csv", "latin.csv", "x.parquet"]
)
def test_a_dataset_is_read_from_the_workspace_alone(path: str, workspace: Build, person: Make, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("ref\nA\n", "utf-8")
    (tmp_path / "link.csv").symlink_to(outside)
    (tmp_path / "latin.csv").write_bytes("ref\né\n".encode("latin-1"))
    dataset = Dataset("d", path, (DatasetColumn("ref", FieldType.TEXT),), P)
    block = DataBlock("b", "d", Everyone(P), (), 1, 0, P)
    findings = rows_on(replace(workspace(), datasets=(dataset,)), [block], [person(1)]).findings
    assert [f.code for f in findings] == ["DATA-FILE-01"]


def test_jsonl_keeps_decimals_as_they_are_written(workspace: Build, person: Make, tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"price": 19.90}\n\n{"price": "5"}\n', "utf-8")
    dataset = Dataset("d", "d.jsonl", (DatasetColumn("price", FieldType.DECIMAL),), P)
    block = DataBlock("b", "d", Everyone(P), (("price", True),), 2, 0, P)
    rows = rows_on(replace(workspace(), datasets=(dataset,)), [block], [person(1)])
    assert [row["price"] for row in rows.table] == ["19.90", "5"]


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("01000", FieldType.TEXT, "01000"),
        ("1\u202f290,00", FieldType.DECIMAL, "1290.00"),
        ("-3.50", FieldType.DECIMAL, "-3.50"),
        ("02/03/2027", FieldType.DATE, "2027-03-02"),
        ("2027-03-02", FieldType.DATE, "2027-03-02"),
        ("Oui", FieldType.BOOLEAN, True),
        (False, FieldType.BOOLEAN, False),
        ("", FieldType.INTEGER, None),
    ],
)
def test_cells_are_read_as_their_declared_type(raw: object, kind: FieldType, value: object) -> None:
    assert typed(raw, kind) == value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("1e3", FieldType.DECIMAL),
        ("NaN", FieldType.DECIMAL),
        ("0.1234567890123", FieldType.DECIMAL),
        ("٣", FieldType.INTEGER),
        ("31/02/2027", FieldType.DATE),
        ("2", FieldType.BOOLEAN),
        (1.5, FieldType.DECIMAL),
    ],
)
def test_what_is_not_of_the_type_is_refused(raw: object, kind: FieldType) -> None:
    with pytest.raises(ValueError):
        typed(raw, kind)


def condition(workspace: Workspace, where: str, folder: Path) -> Clause:
    """A block's condition as its campaign would write it."""
    text = f"kind: campaign\nname: c\nwhere: |\n  {where}\n"
    (folder / "c.yaml").write_text(text, "utf-8")
    documents, _ = load_file("c.yaml", text.encode())
    notes = Notes()
    fields = {each.name: each for each in workspace.fields}
    datasets = {each.name: each for each in workspace.datasets}
    node = root(documents[0], notes)
    node = replace(node, value={**node.value, "dataset": "catalogue"})
    block = data_block("products", node, datasets, fields, Files(folder))
    assert not notes.findings, [one.message("en") for one in notes.findings]
    return block.match


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("audience = 'designer'", ["D1"]),
        ("audience = contact.job and price < 100", ["L2"]),
        ("audience = contact.job or audience = 'designer'", ["D1", "L3", "L1", "L2"]),
        ("not (audience = contact.job)", ["D1"]),
        ("contact.job = audience and ref in ('L1', 'L2')", ["L1", "L2"]),
        ("price between 80 and 120.50", ["L3", "L2"]),
        ("price <= contact.budget", ["D1", "L2"]),
        ("rank >= 2", ["L2"]),
        ("ref like 'D%'", ["D1"]),
        ("starts_with(ref, 'L') and rank is not null", ["L3", "L1", "L2"]),
        ("audience <> contact.job", ["D1"]),
        ("audience = contact.department", []),
        ("true", ["D1", "L3", "L1", "L2"]),
    ],
)
def test_a_condition_compares_columns_with_values_and_with_the_contact(
    where: str, expected: list[str], workspace: Build, person: Make, catalogue: Catalogue, tmp_path: Path
) -> None:
    here, block = catalogue(workspace(), LINES, limit=9)
    block = replace(block, match=condition(here, where, tmp_path))
    rows = rows_on(here, [block], [person(1, job="architecte", budget="100.00")])
    assert sorted(refs(rows, 1), key=str) == sorted(expected)


def test_a_fallback_completes_those_who_would_get_too_few(workspace: Build, person: Make, catalogue: Catalogue) -> None:
    everything = Fallback(Everyone(P), (("price", True),))
    here, block = catalogue(workspace(), LINES, limit=3, at_least=2, fallback=everything)
    people = [person(1, job="architecte"), person(2, job="designer"), person(3)]
    rows = rows_on(here, [block], people)
    assert refs(rows, 1) == ["L3", "L1", "L2"]  # enough of their own
    assert refs(rows, 2) == ["D1", "L1", "L3"]  # their own first, none twice, dearest next
    assert refs(rows, 3) == ["L1", "L3", "L2"]
    assert not rows.too_few


def test_who_has_too_few_even_with_the_fallback_is_left_out(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    cheap = Fallback(Comparison("price", Operator.LESS_THAN, "50", P), ())
    here, block = catalogue(workspace(), LINES, limit=3, at_least=2, fallback=cheap)
    rows = rows_on(here, [block], [person(1, job="architecte"), person(2, job="designer")])
    assert refs(rows, 1) == ["L3", "L1", "L2"]
    assert rows.too_few == (f"{2:032x}",)


def test_a_fallback_may_compare_the_contact_by_another_field(
    workspace: Build, person: Make, catalogue: Catalogue
) -> None:
    nearby = Fallback(Comparison("audience", Operator.IS, ContactField("department"), P), ())
    here, block = catalogue(workspace(), [*LINES, "R1;35;9;1", "R2;44;9;1"], limit=1, at_least=1, fallback=nearby)
    people = [person(1, job="designer", department="44"), person(2, department="35"), person(3, department="44")]
    rows = rows_on(here, [block], people)
    assert [refs(rows, n) for n in (1, 2, 3)] == [["D1"], ["R1"], ["R2"]]
