"""The guides to segments: every condition is shown in both forms, and both mean the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from compiler.language.campaign import Workspace
from compiler.language.segment import Clause, Deed, Operator
from compiler.load import load
from compiler.resolve import resolve
from compiler.schema import check, schema_for

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
PAGES = {name: (GUIDES / name).read_text("utf-8") for name in ("segments.md", "les-segments.md")}
PAIRS = re.findall(r"```yaml\n(.*?)```\n```sql\n(.*?)```", PAGES["segments.md"], re.DOTALL)
FIELDS = """kind: fields
fields:
  company.headcount: {type: integer}
  budget: {type: decimal}
  last_order_on: {type: date}
  lease_ends_on: {type: date}
  siret: {type: text}
  showroom: {type: boolean}
---
kind: segment
name: west
match: {field: department, in: ["35"]}
---
kind: segment
name: customers-2026
match: {field: department, in: ["35"]}
"""
SETTINGS = """kind: workspace
organisation: {name: Lumen, address: 12 rue des Lices}
senders: {news: {from: news@mail.lumen.example}}
deliveries: {out: {via: maildir, path: ../out}}
"""


def resolved(folder: Path, *documents: str) -> Workspace:
    settings = (
        "organisation: {name: Lumen, address: 12 rue des Lices}\nsenders: {news: {from: news@mail.lumen.example}}\n"
    )
    (folder / "envoi.yaml").write_text(
        f"kind: workspace\n{settings}deliveries: {{out: {{via: maildir, path: ../out}}}}\n"
    )
    (folder / "more.yaml").write_text("---\n".join([FIELDS, *documents]), "utf-8")
    loaded = load(folder)
    assert not [*loaded.findings, *(one for each in loaded.documents for one in check(each))]
    workspace, findings = resolve(folder, loaded.documents)
    # Past campaigns may have left the workspace.
    assert {one.code for one in findings} <= {"RESOLVE-HISTORY-20"}, [one.message("en") for one in findings]
    assert workspace is not None
    return workspace


def bare(tree: object) -> object:
    """A tree without its places, which differ."""
    if isinstance(tree, tuple):
        return tuple(map(bare, tree))
    if not hasattr(tree, "__dataclass_fields__"):
        return tree
    names = [name for name in tree.__dataclass_fields__ if name != "place"]
    return (type(tree), [bare(getattr(tree, name)) for name in names])


def tree(workspace: Workspace) -> Clause:
    segment = workspace.segment("shown")
    assert segment is not None
    return segment.match


@pytest.mark.parametrize(("yaml", "sql"), PAIRS, ids=[sql.strip() for _, sql in PAIRS])
def test_both_forms_of_a_condition_are_one_tree(yaml: str, sql: str, tmp_path: Path) -> None:
    head = "kind: segment\nname: shown\n"
    indented = "".join(f"  {line}\n" for line in yaml.strip().split("\n"))
    written = bare(tree(resolved(tmp_path, f"{head}match:\n{indented}")))
    assert written == bare(tree(resolved(tmp_path, f"{head}where: {json.dumps(sql.strip())}\n")))


def test_every_word_of_a_condition_is_shown() -> None:
    words = {*Operator, *Deed, *schema_for("segment")["definitions"]["clause"]["properties"]}
    shown = " ".join(yaml for yaml, _ in PAIRS)
    assert not {word for word in words if not re.search(rf"\b{word}:", shown)}


def test_both_languages_show_the_same() -> None:
    english, french = (re.findall(r"```(?:yaml|sql)\n(.*?)```", page, re.DOTALL) for page in PAGES.values())
    assert english == french


@pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
def test_the_larger_examples_are_whole(page: str, tmp_path: Path) -> None:
    (segment,) = re.findall(r"```\n(kind: segment.*?)```", page, re.DOTALL)
    data, dataset = re.findall(r"```yaml\n((?:data:|kind: dataset).*?)```", page, re.DOTALL)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalogue.csv").write_text("id;audience;price;rank;new\n")
    (tmp_path / "news.mjml").write_text("<mjml></mjml>")
    template = "kind: template\nname: news\nsource: news.mjml\n"
    campaign = (
        "kind: campaign\nname: spring\nsegment: studios-west\ntemplate: news\nsubject: Lampes\n"
        f"start: 2027-03-02T09:00\n{data}"
    )
    (kept,) = resolved(tmp_path, segment, dataset, template, campaign).campaigns
    assert kept.data[0].fallback is not None
