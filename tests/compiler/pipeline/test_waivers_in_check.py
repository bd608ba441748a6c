"""What the whole workspace declares can be waived by a campaign, for itself alone."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from compiler.pipeline import check_workspace

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
ON = date(2027, 2, 20)
WAIVER = "waivers: [{rule: MSG-LINKDOM-12, reason: Traceur du groupe, until: 2027-04-01}]\n"


def found(root: Path) -> list[tuple[str, str]]:
    return [(one.code, one.waived) for one in check_workspace(root, on=ON)[1]]


def test_a_finding_about_the_workspace_is_waived_once_each_campaign_waives_it(tmp_path: Path) -> None:
    root = shutil.copytree(CAMPAIGNS, tmp_path / "campaigns")
    home = root / "envoi.yaml"
    home.write_text(home.read_text("utf-8").replace("t.atelier-lumen.example", "t.groupe.example"), "utf-8")
    assert found(root) == [("MSG-LINKDOM-12", "")]
    for left, name in ((1, "spring-2027"), (0, "showroom-2027")):
        with (root / "2027" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(WAIVER)
        expected = "" if left else "→ 2027-04-01 · Traceur du groupe"
        assert found(root) == [("MSG-LINKDOM-12", expected)]


def test_without_a_campaign_the_workspace_is_looked_at_all_the_same(tmp_path: Path) -> None:
    root = shutil.copytree(CAMPAIGNS, tmp_path / "campaigns")
    shutil.rmtree(root / "2027")
    home = root / "envoi.yaml"
    home.write_text(home.read_text("utf-8").replace("t.atelier-lumen.example", "t.groupe.example"), "utf-8")
    assert "MSG-LINKDOM-12" in {code for code, _ in found(root)}
