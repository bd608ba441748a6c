"""Broken workspaces, one fault each: exactly the finding expected, at its line and column, in text and in JSON.

README.md beside this file says how a case is written.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from compiler.cli import envoi
from compiler.language.finding import Finding
from compiler.pipeline import check_workspace
from compiler.review.formats import findings_json, findings_text, french_spaces

HERE = Path(__file__).parent
BASE = HERE / "base"
ON = date(2027, 3, 1)
_SAID = "says:\n"


@dataclass(frozen=True)
class Case:
    """One broken workspace: what is changed in the base, and what is found then."""

    file: Path
    change: list[Mapping[str, Any]]
    finds: list[str]
    says: list[Mapping[str, str]]
    cure: list[Mapping[str, str]]

    @classmethod
    def read(cls, file: Path) -> Case:
        told = yaml.safe_load(file.read_text("utf-8"))
        found, says, cure = told["finds"], told.get("says", {}), told.get("cure", {})
        if isinstance(found, list):
            return cls(file, told["change"], found, says, cure)
        return cls(file, told["change"], [found], [says], [cure])

    def build(self, root: Path) -> Path:
        shutil.copytree(BASE, root)
        for step in self.change:
            _bend(root / step["in"], step)
        return root


FILES = sorted(HERE.glob("*/*.yaml"))
CASES = [Case.read(file) for file in FILES if file.parent != BASE]


def _bend(file: Path, step: Mapping[str, Any]) -> None:
    """One step of a fault. Each changes something, or the case is not what it says."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if "link" in step:
        file.symlink_to(step["link"])
        return
    if step.get("pipe"):
        os.mkfifo(file)
        return
    if step.get("delete"):
        file.unlink()
        return
    if "pad" in step:
        file.write_bytes(file.read_bytes().ljust(step["pad"], b"\0"))
        return
    encoding = step.get("encoding", "utf-8")
    if "write" in step:
        file.write_bytes(str(step["write"]).encode(encoding))
    if "append" in step:
        file.write_bytes(file.read_bytes() + (str(step["append"]) * step.get("times", 1)).encode(encoding))
    if "replace" in step:
        text = file.read_text("utf-8")
        assert text.count(step["replace"]) == 1, f"{step['replace']!r} stands {text.count(step['replace'])} times"
        file.write_bytes(text.replace(step["replace"], step["with"] * step.get("times", 1)).encode(encoding))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file.relative_to(HERE).with_suffix("").as_posix())
def test_a_broken_workspace_gives_exactly_its_finding(
    case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = case.build(tmp_path / "workspace")
    _, findings = check_workspace(root, on=ON)
    assert [f"{one.code} {one.place}" for one in findings] == case.finds
    if request.config.getoption("--update-golden"):
        _write_golden(case, findings)
        return
    assert findings_json(findings)["findings"] == [
        {
            "code": one.code,
            "severity": one.severity.value,
            "path": one.place.path,
            "line": one.place.line,
            "column": one.place.column,
            "message": says,
            "hint": cure,
            "link": one.entry.link or f"docs/errors.md#{one.code.lower()}",
            "waived": "",
        }
        for one, says, cure in zip(findings, case.says, case.cure, strict=True)
    ]
    for language in ("fr", "en"):
        text = findings_text(findings, language, root=root)
        for one, says, cure in zip(findings, case.says, case.cure, strict=True):
            assert f"[{one.code}]: {says[language]}\n" in text
            assert f"--> {one.place}\n" in text
            assert cure[language] in text


def test_the_command_says_it_to_people_and_to_programs(tmp_path: Path) -> None:
    """A case of each severity and of each phase, through the real command."""
    for name in (
        "load/key-twice",
        "schema/misspelt-key",
        "segments/unknown-field",
        "windows/at-night",
        "segments/unused",
    ):
        case = Case.read(HERE / f"{name}.yaml")
        root = case.build(tmp_path / name.replace("/", "-"))
        severity = "error" if name.split("/")[0] in ("load", "schema") or "unknown" in name else None
        for arguments in (["--language", "fr"], ["--language", "en"], ["--json"]):
            result = CliRunner().invoke(envoi, ["-C", str(root), *arguments, "check"], standalone_mode=False)
            place = case.finds[0].split(" ")[1]
            if arguments == ["--json"]:
                (record,) = json.loads(result.output)["findings"]
                assert f"{record['path']}:{record['line']}:{record['column']}" == place
                assert record["message"] == case.says[0]
            else:
                assert case.says[0][arguments[1]] in result.output
                assert f"--> {place}\n" in result.output
            assert result.return_value == (1 if severity else 0)


def _write_golden(case: Case, findings: list[Finding]) -> None:
    head = case.file.read_text("utf-8").split(_SAID)[0]
    says = [{"fr": french_spaces(one.message("fr")), "en": one.message("en")} for one in findings]
    cure = [{"fr": french_spaces(one.advice("fr")), "en": one.advice("en")} for one in findings]
    said = {"says": says, "cure": cure} if len(findings) > 1 else {"says": says[0], "cure": cure[0]}
    case.file.write_text(head + yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=1000), "utf-8")


def test_the_base_itself_is_whole(tmp_path: Path) -> None:
    workspace, findings = check_workspace(BASE, on=ON)
    assert workspace is not None
    assert findings == []


def test_there_are_two_hundred_of_them_and_no_two_alike() -> None:
    assert len(CASES) >= 200
    changes = [repr(case.change) for case in CASES]
    assert len(set(changes)) == len(changes)
