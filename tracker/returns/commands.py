"""`envoi returns`: what a mail that came back says. Looks only; needs no workspace."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.session import Session
from tracker.returns.classify import classify
from tracker.returns.message import MAX_BYTES
from tracker.returns.values import Kind, Record, Return

_KINDS = {
    Kind.HARD: Text("définitif", "hard"),
    Kind.SOFT: Text("passager", "soft"),
    Kind.FEEDBACK: Text("plainte", "complaint"),
    Kind.VACATION: Text("réponse automatique", "automatic reply"),
    Kind.DELIVERED: Text("remis", "delivered"),
    Kind.NONE: Text("pas un retour", "no return"),
}


@click.group()
def returns() -> None:
    """Mail that came back: bounces, complaints, automatic replies."""


@returns.command("classify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.pass_obj
def classify_command(session: Session, files: tuple[str, ...]) -> None:
    """Say what each message is: hard, soft, feedback, vacation, delivered or none; a line each, --json too.

    FILE holds one message as it came; of a folder every file is read, - is standard input. Nothing is changed.
    """
    language = session.spoken()
    for name, raw in _messages(files):
        returned = classify(raw)
        click.echo(_json(name, returned) if session.json else f"{name}: {_sentence(returned, language)}")


def _messages(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Each message's name and its first bytes, those that are looked at."""
    for name in names:
        if name == "-":
            yield name, sys.stdin.buffer.read(MAX_BYTES)
            continue
        path = Path(name)
        if path.is_dir():
            paths = [each for each in sorted(path.iterdir()) if each.is_file() and not each.name.startswith(".")]
        else:
            paths = [path]
        for each in paths:
            yield str(each), _read(each)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except (FileNotFoundError, ValueError) as error:
        raise UsageProblem(
            Text(
                f"{path} n'existe pas : donner un fichier, un dossier ou - pour l'entrée standard",
                f"{path} does not exist: give a file, a folder, or - for standard input",
            )
        ) from error


def _json(name: str, returned: Return) -> str:
    records = [record.document() for record in returned.records]
    return json.dumps({"file": name, "class": str(returned.kind), "records": records}, ensure_ascii=False)


def _sentence(returned: Return, language: str) -> str:
    told = ", ".join(_told(record) for record in returned.records)
    return f"{_KINDS[returned.kind].say(language)}{' – ' if told else ''}{told}"


def _told(record: Record) -> str:
    return " ".join(filter(None, (record.recipient, record.reply, record.status, str(record.reason))))
