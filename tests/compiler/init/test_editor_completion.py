"""An editor's language server, driven over stdio: it checks and completes every kind with what `envoi init` wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.init.answers import Answers
from compiler.init.pages import SCHEMAS, workspace_files
from compiler.language.address import Address
from compiler.language.document import KINDS
from compiler.language.finding import Language
from compiler.schema import schema_for

INSTALLED = Path.home() / ".cache" / "envoi-yls" / "node_modules" / ".bin" / "yaml-language-server"
ANSWERS = Answers(Language.FR, "Atelier", Address.parse("nouvelles@mail.atelier.example"), "12 rue des Lices")
START = "2027-03-02T09:00"


class Editor:
    """As much of the Language Server Protocol as an editor needs to open a file and ask for words."""

    def __init__(self, program: str, root: Path) -> None:
        self.child = subprocess.Popen(
            [program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.number = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        said = json.loads((root / ".vscode" / "settings.json").read_text())
        self.settings: dict[str, Any] = {"validate": True, "completion": True, "schemas": said["yaml.schemas"]}
        self.settings["schemaStore"] = {"enable": said["yaml.schemaStore.enable"]}
        capabilities = {"workspace": {"configuration": True}, "textDocument": {"completion": {}}}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": root.as_uri(), "capabilities": capabilities})
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": {"yaml": self.settings}})

    def tell(self, method: str, params: Any) -> None:
        self._write({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self._write({"id": self.number, "method": method, "params": params})
        while True:
            answer = self._heard()
            if answer.get("id") == self.number and "method" not in answer:
                return answer.get("result")

    def problems(self, file: Path) -> list[str]:
        """What is underlined in a file."""
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": file.read_text("utf-8")}
        self.diagnostics.pop(uri, None)
        self.tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self.diagnostics:
            self._heard()
        return [str(each["message"]) for each in self.diagnostics[uri]]

    def words(self, file: Path, *, line: int) -> set[str]:
        """What is proposed at the beginning of a line of an open file."""
        asked = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": 0}}
        found = self.ask("textDocument/completion", asked)
        return {str(item["label"]) for item in (found["items"] if isinstance(found, dict) else found or [])}

    def close(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.child.communicate(timeout=20)

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.child.stdin
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.child.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        """The next message; requests of the server are answered at once."""
        assert self.child.stdout
        size = 0
        while header := self.child.stdout.readline().strip():
            if header.lower().startswith(b"content-length:"):
                size = int(header.partition(b":")[2])
        assert size, "the language server ended"
        message: dict[str, Any] = json.loads(self.child.stdout.read(size))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._write({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [self.settings if item.get("section") == "yaml" else None for item in message["params"]["items"]]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Editor, Path]]:
    """The language server in a workspace as `envoi init` writes it."""
    program = shutil.which("yaml-language-server") or (str(INSTALLED) if INSTALLED.exists() else None)
    if program is None:
        reason = "yaml-language-server is not installed: npm install --prefix ~/.cache/envoi-yls yaml-language-server@1"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("edited")
    for path, content in workspace_files(ANSWERS, start=START).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    opened = Editor(program, root)
    yield opened, root
    opened.close()


def test_nothing_is_underlined_in_a_new_workspace(editor: tuple[Editor, Path]) -> None:
    server, root = editor
    files = [root / path for path in sorted(workspace_files(ANSWERS, start=START)) if path.endswith(".yaml")]
    assert len(files) == 6
    assert {file.name: server.problems(file) for file in files} == {file.name: [] for file in files}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_checked_and_completed(editor: tuple[Editor, Path], kind: str) -> None:
    server, root = editor
    example = schema_for(kind)["examples"][0]
    body = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in example.items())
    modeline = f"# yaml-language-server: $schema={SCHEMAS}/{kind}.json\n"
    right, wrong = root / f"right-{kind}.yaml", root / f"wrong-{kind}.yaml"
    right.write_text(f"{modeline}{body}\n")
    assert server.problems(right) == []
    proposed = server.words(right, line=right.read_text().count("\n") - 1)
    assert proposed >= set(schema_for(kind)["properties"]) - set(example)
    wrong.write_text(f"{modeline}{body}nonsense: 1\n")
    assert any("nonsense" in problem for problem in server.problems(wrong))


def test_a_file_without_its_first_line_is_known_by_its_folder(editor: tuple[Editor, Path]) -> None:
    server, root = editor
    plain = root / "campaigns" / "plain.yaml"
    plain.write_text("kind: campaign\nname: plain\nnonsense: 1\n")
    found = server.problems(plain)
    assert any("nonsense" in problem for problem in found)
    assert any("segment" in problem for problem in found)
