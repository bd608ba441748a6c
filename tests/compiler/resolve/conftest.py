"""A small workspace, whole and correct, that each test bends at one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.language.campaign import Workspace
from compiler.language.finding import Finding
from compiler.load import load
from compiler.resolve import resolve
from compiler.schema import check

SETTINGS = """kind: workspace
organisation: {name: Atelier Lumen, address: "12 rue des Lices, 35000 Rennes"}
senders: {newsroom: {from: Atelier Lumen <nouvelles@mail.atelier.example>}}
deliveries: {relay: {via: smtp, host: smtp.example}}
"""
CAMPAIGN = """kind: campaign
name: spring-2027
segment: architects-west
template: product-news
subject: "{{ contact.first_name }}, trois lampes pour votre atelier"
start: 2027-03-02T09:00
"""
SEGMENT = """kind: segment
name: architects-west
match: {field: job, in: [architecte, designer]}
"""
TEMPLATE = "kind: template\nname: product-news\nsource: news.mjml\n"
DATASET = """kind: dataset
name: catalogue
path: catalogue.csv
key: id
columns: {id: text, audience: text, rank: integer, price: decimal}
"""

Resolved = Callable[..., tuple[Workspace | None, list[Finding]]]


@pytest.fixture
def resolved(tmp_path: Path) -> Resolved:
    """`resolved(campaign=…, segment=…, more=…)`: the small workspace with some documents replaced."""

    def build(**documents: str) -> tuple[Workspace | None, list[Finding]]:
        whole = {"segment": SEGMENT, "template": TEMPLATE, "dataset": DATASET, "campaign": CAMPAIGN, **documents}
        (tmp_path / "news.mjml").write_text("<mjml></mjml>")
        (tmp_path / "catalogue.csv").write_text("id,audience,rank,price\n")
        (tmp_path / "envoi.yaml").write_text(whole.pop("settings", SETTINGS))
        for name, text in whole.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        loaded = load(tmp_path)
        assert not loaded.findings
        for document in loaded.documents:
            assert not check(document), [one.message("en") for one in check(document)]
        return resolve(tmp_path, loaded.documents)

    return build
