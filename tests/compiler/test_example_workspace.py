"""The example workspace is documentation, demonstration and fixture in one: it must be whole and lawful."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from compiler.language.campaign import Workspace
from compiler.language.segment import Engagement
from compiler.load import load
from compiler.pipeline import check_workspace
from compiler.resolve import resolve
from compiler.resolve.segments import references

ROOT = Path(__file__).parents[2]
CAMPAIGNS = ROOT / "campaigns"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    found, findings = resolve(CAMPAIGNS, load(CAMPAIGNS).documents)
    assert not findings
    assert found is not None
    return found


def test_nothing_is_wrong_with_it() -> None:
    _, findings = check_workspace(CAMPAIGNS, on=date(2027, 2, 20))
    assert not [(one.code, str(one.place)) for one in findings]


def test_it_has_what_the_demonstration_needs(workspace: Workspace) -> None:
    assert [campaign.name for campaign in workspace.campaigns] == ["showroom-2027", "spring-2027"]
    spring, showroom = workspace.campaign("spring-2027"), workspace.campaign("showroom-2027")
    assert spring is not None
    assert showroom is not None
    assert spring.start == datetime(2027, 3, 2, 8, tzinfo=UTC)
    assert showroom.start == datetime(2027, 3, 9, 8, tzinfo=UTC)
    assert spring.languages == showroom.languages == ("fr", "en")
    assert len(workspace.segments) == 4
    assert len(workspace.templates) == 2
    assert {field.name for field in workspace.fields if not field.sealed} >= {"department", "sector", "customer_tier"}


def test_all_four_segments_serve_a_campaign(workspace: Workspace) -> None:
    used = {campaign.segment for campaign in workspace.campaigns}
    for segment in workspace.segments:
        used |= {reference.name for reference in references(segment.match)}
    assert used == {segment.name for segment in workspace.segments}
    assert "Engagement" in repr([s.match for s in workspace.segments])
    assert Engagement.__name__ == "Engagement"


def test_the_catalogue_has_200_rows_and_ties_in_each_ranking() -> None:
    with (CAMPAIGNS / "data" / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    assert len({row["id"] for row in rows}) == 200
    for audience in ("architecte", "architecte d'intérieur", "designer", "éclairagiste"):
        best = sorted(int(row["rank"]) for row in rows if row["audience"] == audience)[:4]
        assert len(best) == 4
        assert len(set(best)) < 4
    for row in rows:
        assert Decimal(row["price"]) > 0
        assert row["url"].startswith("https://www.atelier-lumen.example/")
        assert row["image"].startswith("https://www.atelier-lumen.example/")


def test_every_document_tells_editors_its_schema() -> None:
    for path in CAMPAIGNS.rglob("*.yaml"):
        first = path.read_text("utf-8").splitlines()[0]
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert found is not None, path
        schema = (path.parent / found[1]).resolve()
        assert schema.is_file()
        assert f"kind: {schema.stem}\n" in path.read_text("utf-8")


def test_nothing_in_it_is_real() -> None:
    for path in sorted(CAMPAIGNS.rglob("*")):
        if path.suffix in (".yaml", ".mjml", ".csv"):
            text = path.read_text("utf-8")
            for host in re.findall(r"https?://([^/\s\"'{}:]+)|@([\w.-]+\.\w+)", text):
                name = host[0] or host[1]
                assert name.endswith(".example"), (path, name)


def test_french_texts_have_their_no_break_spaces() -> None:
    for path in sorted(CAMPAIGNS.rglob("*.fr.mjml")):
        text = re.sub(r"\{[{%].*?[%}]\}|\[[\[%].*?[\]%]\]|style=\"[^\"]*\"", "", path.read_text("utf-8"))
        assert not re.findall(r"\w [:;!?»](?=[\s<\"])|« ", text), path
        assert "\u00a0" in text
    spring = (CAMPAIGNS / "templates" / "product-news.fr.mjml").read_text("utf-8")
    for attribute in ("alt", "title"):
        assert any("\u00a0" in value for value in re.findall(rf'{attribute}="([^"]*)"', spring))


def test_messages_ask_for_nothing_but_the_workspace_s_own_pictures() -> None:
    for path in sorted((CAMPAIGNS / "templates").rglob("*.mjml")):
        for source in re.findall(r'src="([^"]+)"', path.read_text("utf-8")):
            found = re.fullmatch(r"\{\{ asset\('([^']+)'\) \}\}", source)
            assert found is not None, source
            assert (CAMPAIGNS / "assets" / found[1]).is_file()
