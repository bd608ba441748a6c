"""A small fictional workspace and its people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from compiler.language.campaign import (
    Approval,
    Campaign,
    DataBlock,
    Dataset,
    DatasetColumn,
    FieldDef,
    FieldType,
    Workspace,
)
from compiler.language.consent import Tracking
from compiler.language.contact import Contact, Identity, Kind, Person, Status, Value
from compiler.language.finding import Language, Place
from compiler.language.segment import Clause, Comparison, ContactField, Operator, Segment
from compiler.language.settings import (
    BookSettings,
    Brakes,
    KeyringSettings,
    Limits,
    Organisation,
    SecretRef,
    Settings,
)

HERE = Place("segments.yaml", 1, 1)
FIELDS = (
    FieldDef("job", FieldType.TEXT, True, HERE),
    FieldDef("headcount", FieldType.INTEGER, True, HERE),
    FieldDef("budget", FieldType.DECIMAL, True, HERE),
    FieldDef("since", FieldType.DATE, True, HERE),
    FieldDef("vip", FieldType.BOOLEAN, False, HERE),
    FieldDef("department", FieldType.TEXT, False, HERE),
)


def _settings() -> Settings:
    key = SecretRef("env", "KEY")
    return Settings(
        language=Language.FR,
        organisation=Organisation("Atelier Lumen", "12 rue des Lices, 35000 Rennes", "Europe/Paris"),
        purposes=(),
        book=BookSettings("book", "", "main"),
        keyring=KeyringSettings("keyring.sqlite", key, key),
        plans="plans",
        state="state",
        senders=(),
        deliveries=(),
        limits=Limits(),
        lanes=(),
        windows=(),
        tracking=None,
        brakes=Brakes(),
        place=HERE,
    )


@pytest.fixture
def campaign() -> Campaign:
    return Campaign(
        name="spring-2027",
        path="spring-2027.yaml",
        segment="wanted",
        template="news",
        subject=(("", "Trois lampes"),),
        preview=(),
        start=datetime(2027, 3, 2, 8, tzinfo=UTC),
        finish_by=None,
        purpose="newsletter",
        sender="newsroom",
        window="office-hours",
        languages=("fr",),
        data=(),
        variants=(),
        approval=Approval(),
        utm=(),
        waivers=(),
        place=HERE,
        holdout=Fraction(0),
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Workspace]:
    """Builds a workspace whose segment `wanted` is the given clause."""

    def build(match: Clause | None = None, **others: Clause) -> Workspace:
        segments = {"wanted": match, **others}
        return Workspace(
            root=str(tmp_path),
            settings=_settings(),
            campaigns=(),
            segments=tuple(Segment(name, clause, HERE) for name, clause in segments.items() if clause is not None),
            templates=(),
            fields=FIELDS,
            datasets=(),
            sources=(),
            assets=(),
            forms=(),
            documents=(),
        )

    return build


@pytest.fixture
def person() -> Callable[..., Person]:
    """Builds a fictional person: `person(7, job="architecte", department="35")`."""

    def build(number: int, *, tracking: Tracking | None = None, **values: Value) -> Person:
        clear = {"vip", "department"}
        contact = Contact(
            id=f"{number:032x}",
            status=Status.ACTIVE,
            kind=Kind.PROFESSIONAL,
            country=str(values.pop("country", "FR")),
            locale="fr",
            zone="Europe/Paris",
            lane="other",
            tracking=tracking or Tracking(),
            fields=tuple(sorted((k, v) for k, v in values.items() if k in clear)),
        )
        sealed = tuple(sorted((k, v) for k, v in values.items() if k not in clear))
        return Person(contact, Identity(f"p{number}@clients.example", sealed))

    return build


@pytest.fixture
def catalogue() -> Callable[..., tuple[Workspace, DataBlock]]:
    """Writes a dataset `catalogue` with the given lines and a block `products` over it."""

    def build(workspace: Workspace, lines: list[str], **changes: object) -> tuple[Workspace, DataBlock]:
        (Path(workspace.root) / "catalogue.csv").write_text("\n".join(lines) + "\n", "utf-8")
        columns = (
            DatasetColumn("ref", FieldType.TEXT),
            DatasetColumn("audience", FieldType.TEXT),
            DatasetColumn("price", FieldType.DECIMAL),
            DatasetColumn("rank", FieldType.INTEGER),
        )
        dataset = Dataset("catalogue", "catalogue.csv", columns, HERE, "ref")
        match = Comparison("audience", Operator.IS, ContactField("job"), HERE)
        block = DataBlock("products", "catalogue", match, (("rank", False),), 2, 0, HERE)
        return replace(workspace, datasets=(dataset,)), replace(block, **changes)  # type: ignore[arg-type]

    return build
