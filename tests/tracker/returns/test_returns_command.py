"""`envoi returns classify`: one line a file, no workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BOUNCE = b"From: MAILER-DAEMON\nSubject: failure notice\n\n<lea@clients.example>:\nno such user (#5.1.1)\n"
KEYS = {"recipient", "status", "reply", "reason", "hard"}


def run(folder: Path, *args: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "compiler.cli", *args],
        cwd=folder,
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_each_file_has_a_line_of_json_without_any_workspace(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(BOUNCE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "two.eml").write_bytes(b"From: lea@clients.example\n\nBonjour\n")
    ran = run(tmp_path, "returns", "classify", "one.eml", "folder", "-", "--json", given=BOUNCE)
    assert (ran.returncode, ran.stderr) == (0, b"")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(line["file"], line["class"]) for line in lines] == [
        ("one.eml", "hard"),
        ("folder/two.eml", "none"),
        ("-", "hard"),
    ]
    assert set(lines[0]) == {"file", "class", "records"}
    assert [set(record) for record in lines[0]["records"]] == [KEYS]
    assert lines[0]["records"][0] | {"reply": ""} == {
        "recipient": "lea@clients.example",
        "status": "5.1.1",
        "reply": "",
        "reason": "userunknown",
        "hard": True,
    }


def test_without_json_a_line_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(BOUNCE)
    french = run(tmp_path, "--language", "fr", "returns", "classify", "one.eml").stdout.decode()
    assert french == "one.eml: définitif – lea@clients.example 5.1.1 userunknown\n"


def test_a_file_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    ran = run(tmp_path, "--language", "en", "returns", "classify", "gone.eml")
    assert ran.returncode == 3
    assert b"gone.eml does not exist" in ran.stderr
