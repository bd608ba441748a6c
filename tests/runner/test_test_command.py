"""`envoi test`: the example workspace's messages to its seeds, over real SMTP."""

from __future__ import annotations

import asyncio
import email
import email.policy
import shutil
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from compiler.language.clock import FixedClock
from compiler.language.errors import PartlySent, UsageProblem
from compiler.session import Session
from runner.test_command import MOST
from runner.test_command import test as command
from runner.transport.fakes import ScriptedServer

EXAMPLE = Path(__file__).parents[2] / "campaigns"
AT = datetime(2027, 3, 2, 3, 0, tzinfo=UTC)  # in the night: a test is no sending


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, workspace)
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    key = rsa.generate_private_key(65537, 1024)
    (keys / "dkim.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return workspace


def invoke(root: Path, *arguments: str, answers: dict[str, Any] | None = None) -> tuple[Result, ScriptedServer]:
    """Runs the command beside a scripted server, whose port goes into envoi.yaml."""

    async def beside() -> tuple[Result, ScriptedServer]:
        async with ScriptedServer(answers or {}) as server:
            settings = root / "envoi.yaml"
            text = settings.read_text(encoding="utf-8").replace("port: 2525", f"port: {server.port}")
            text = text.replace('{policy: required, ca: "file:../state/keys/relay-ca.pem"}', "{policy: none}")
            lines = [line for line in text.splitlines() if "relay-user" not in line and "relay-password" not in line]
            settings.write_text("\n".join(lines), encoding="utf-8")
            session = Session(root=root, clock=FixedClock(AT), environment={})
            result = await asyncio.to_thread(CliRunner().invoke, command, list(arguments), obj=session)
            return result, server

    return asyncio.run(beside())


def parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_each_seed_gets_each_message_marked_as_a_test(root: Path) -> None:
    result, server = invoke(root, "spring-2027", "--to", "seeds")
    assert result.exit_code == 0, result.exception
    messages = [parsed(data) for data in server.accepted]
    assert {message["To"] for message in messages} == {
        "essai.fr@atelier-lumen.example",
        "essai.en@atelier-lumen.example",
    }
    assert all(message["Subject"].startswith("[TEST] ") for message in messages)
    assert len({message["Message-ID"] for message in messages}) == len(messages) <= MOST
    assert all(message["DKIM-Signature"] for message in messages)


def test_a_test_measures_nobody_and_leaves_nothing_behind(root: Path) -> None:
    _, server = invoke(root, "spring-2027", "--to", "seeds")
    assert server.accepted
    for data in server.accepted:
        html = parsed(data).get_body(("html",))
        assert html is not None
        assert "/o/" not in html.get_content()
        assert "/c/" not in html.get_content()
    assert sorted(path.name for path in (root.parent / "state").iterdir()) == ["keys"]


def test_a_refused_seed_is_told(root: Path) -> None:
    result, _ = invoke(root, "spring-2027", "--to", "seeds", answers={"RCPT": [b"550 5.1.1 no such user\r\n"]})
    assert isinstance(result.exception, PartlySent)
    assert "550 no such user" in result.output
    assert "essai" not in result.output


def test_a_relay_that_does_not_answer_is_named_as_the_cause(root: Path) -> None:
    invoke(root, "spring-2026")  # writes the port of a server that is then gone
    session = Session(root=root, clock=FixedClock(AT), environment={})
    result = CliRunner().invoke(command, ["spring-2027"], obj=session)
    assert isinstance(result.exception, PartlySent)
    assert "the relay does not answer" in result.exception.text.en


def test_nobody_but_the_seeds_can_be_written_to(root: Path) -> None:
    result, server = invoke(root, "spring-2027", "--to", "someone@clients.example")
    assert result.exit_code == 2
    assert server.connections == 0


def test_a_workspace_without_seeds_has_none_to_write_to(root: Path) -> None:
    settings = root / "envoi.yaml"
    lines = settings.read_text(encoding="utf-8").splitlines()
    settings.write_text("\n".join(line for line in lines if not line.startswith("seeds:")), encoding="utf-8")
    result, server = invoke(root, "spring-2027", "--to", "seeds")
    assert isinstance(result.exception, UsageProblem)
    assert server.connections == 0


def test_without_seeds_a_test_goes_to_the_sender_itself(root: Path) -> None:
    settings = root / "envoi.yaml"
    lines = settings.read_text(encoding="utf-8").splitlines()
    settings.write_text("\n".join(line for line in lines if not line.startswith("seeds:")), encoding="utf-8")
    result, server = invoke(root, "spring-2027")
    assert result.exit_code == 0, result.exception
    assert {parsed(data)["To"] for data in server.accepted} == {"nouvelles@mail.atelier-lumen.example"}


def test_a_misspelt_campaign_is_recognised(root: Path) -> None:
    result, _ = invoke(root, "spring-2026", "--to", "seeds")
    assert isinstance(result.exception, UsageProblem)
    assert "spring-2027" in result.exception.text.en
