"""Where a message's pictures come from: the workspace, the organisation's site, or somebody who watches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.language.campaign import Campaign, Workspace
from compiler.language.finding import Place, Severity
from compiler.policy import Message, check_message

OURS = "https://t.atelier-lumen.example/a/" + "0" * 64 + ".png"
CODES = ("MSG-IMGHOST-19", "MSG-IMGOWN-20")


def hosts(workspace: Workspace, campaign: Campaign, html: str) -> set[tuple[str, str]]:
    message = Message("Lampes", f"<p>Lampes</p>{html}", "Lampes", "https://t.example/u/", Place("a.mjml"))
    found = [f for f in check_message(workspace, campaign, message) if f.code in CODES]
    return {(f.code, dict(f.arguments)["host"]) for f in found}


@pytest.mark.parametrize(
    "html",
    [
        '<img src="{}">',
        '<table background="{}"></table>',
        "<td style=\"background: #fff url('{}') no-repeat\"></td>",
        "<style>.hero {{ background-image: url({}) }}</style>",
        '<!--[if mso]><v:fill type="frame" src="{}" /><![endif]-->',
        '<img src="cid:x" srcset="{} 2x">',
    ],
    ids=["img", "background", "style", "sheet", "outlook", "srcset"],
)
def test_a_foreign_host_is_found_wherever_a_picture_can_stand(
    html: str, workspace: Workspace, campaign: Campaign
) -> None:
    assert hosts(workspace, campaign, html.format("https://pixel.watcher.example/a.png")) == {
        ("MSG-IMGHOST-19", "pixel.watcher.example")
    }
    assert hosts(workspace, campaign, html.format("//pixel.watcher.example/a.png"))
    assert not hosts(workspace, campaign, html.format(OURS))


def test_the_organisation_s_own_site_is_advice_and_only_with_a_tracker(
    workspace: Workspace, campaign: Campaign
) -> None:
    html = '<img src="https://www.atelier-lumen.example/lampe.png">'
    assert hosts(workspace, campaign, html) == {("MSG-IMGOWN-20", "www.atelier-lumen.example")}
    alone = replace(workspace, settings=replace(workspace.settings, tracking=None))
    assert not hosts(alone, campaign, html)
    from compiler.language.catalogue.picture import FOREIGN_HOST, OWN_HOST

    assert (OWN_HOST.severity, FOREIGN_HOST.severity) == (Severity.ADVICE, Severity.WARNING)


@pytest.mark.parametrize(
    "source", ["cid:logo", "data:image/gif;base64,R0lG", "http://127.0.0.1:8025/a/x.png", "http://["]
)
def test_what_asks_nobody_is_no_host(source: str, workspace: Workspace, campaign: Campaign) -> None:
    assert not hosts(workspace, campaign, f'<img src="{source}">')
