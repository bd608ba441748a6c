"""What the documents say is true: commands, codes, links and layout."""

from __future__ import annotations

import re
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from compiler.language.catalogue import catalogue
from compiler.pipeline import check_workspace

ROOT = Path(__file__).parents[2]
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    table = readme[readme.index("## Commands") :]
    missing = [p.name for p in entry_points(group="envoi.commands") if f"`{p.name}" not in table]
    assert not missing


def test_every_registered_command_loads_and_has_a_help_sentence() -> None:
    for point in entry_points(group="envoi.commands"):
        command = point.load()
        assert command.help, point.name
        assert command.name == point.name
        # As much as `envoi --help` shows at 80 columns.
        assert not command.get_short_help_str(64).endswith("..."), point.name


def test_every_code_stands_in_the_error_page_in_both_languages() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    for code, entry in catalogue().items():
        assert code in page
        for text in (entry.message, entry.cause, entry.cure):
            assert text.fr, code
            assert text.en, code
        # Only the message is filled in: doubled braces would be shown as they are.
        assert "{{{{" not in entry.cure.fr + entry.cure.en, code


def test_the_error_page_is_the_generated_one() -> None:
    from compiler.review.errors_page import errors_page

    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == errors_page()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", prose)
    for target in (a or b for a, b in targets):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_uses_the_eight_words_before_any_other() -> None:
    text = (ROOT / "README.md").read_text()
    first = text[: text.index("## What it promises")].lower()
    for word in ("ledger", "permit", "keyring", "lane", "shard", "slot", "epoch", "lease", "suppression"):
        assert word not in re.sub(r"```.*?```", "", first, flags=re.DOTALL), word


@pytest.mark.parametrize("guide", ["first-steps.md", "premiers-pas.md"])
def test_the_smallest_workspace_of_the_guides_is_whole(guide: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guides" / guide).read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(kind: (?:campaign|segment)\n.*?)```", readme, re.DOTALL)
    # The README's campaign is the one that `envoi init` makes; here it is sent with the guide's words.
    campaign = "---\n".join(blocks).replace("segment: subscribers", "segment: architects-west")
    (tmp_path / "campaign.yaml").write_text(campaign.replace("template: news", "template: product-news"), "utf-8")
    for kind, name in (("yaml", "envoi.yaml"), ("xml", "product-news.mjml")):
        (text,) = re.findall(rf"```{kind}\n(?:#|<!--) {name}.*?\n(.*?)```", page, re.DOTALL)
        (tmp_path / name).write_text(text, "utf-8")
    workspace, findings = check_workspace(tmp_path, on=date(2027, 2, 20))
    assert workspace is not None
    assert [campaign.name for campaign in workspace.campaigns] == ["first-news"]
    # Nothing says what the message has to do with a professional's work, and it has no preview text: six lines are few.
    assert {found.code for found in findings} == {"LAW-PRO-04", "MSG-PREVIEW-25"}
