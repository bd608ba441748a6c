"""`envoi init`, `envoi new campaign` and `envoi completion`."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from compiler.door.completing import campaign_names
from compiler.git import Repository
from compiler.init import answers as told
from compiler.init.answers import DEFAULT_ZONE, QUESTIONS, Answers, Question, terminal_language
from compiler.init.build import Made, build, refresh_schemas
from compiler.init.campaigns import Written, copied, written
from compiler.init.origin import Source, installed_from
from compiler.init.pipelines import forge_of, place_of, write_pipelines
from compiler.language.canonical import Json
from compiler.language.errors import EnvoiError, UsageProblem
from compiler.language.finding import Language, Text
from compiler.review.forge import Kind
from compiler.session import Session, require_workspace

SHELLS = ("bash", "zsh", "fish")
_READ: Mapping[str, Callable[[str], object]] = {
    "organisation": told.line,
    "from": told.sender,
    "address": told.line,
}


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--organisation", default="", help="The name of who writes.")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="The address to send from, of your own domain.")
@click.option("--address", default="", help="The postal address, on one line.")
@click.option("--timezone", default=DEFAULT_ZONE, show_default=True, help="The organisation's time zone.")
@click.option("--remote", default="", metavar="URL", help="The workspace's remote (a bare repository beside it).")
@click.option("--book-remote", default="", metavar="URL", help="The book's remote (none: this machine alone).")
@click.option(
    "--forge",
    type=click.Choice([*(kind.value for kind in Kind), "none"]),
    help="Whose pipelines to write (by the remote's host).",
)
@click.option("--source", default="", metavar="URL@COMMIT", help="The envoi that pipelines run (the installed one).")
@click.option("--no-input", is_flag=True, help="Ask nothing: what no flag says takes its default.")
@click.option("--schemas", is_flag=True, help="Only write the editor's schemas of a workspace again, after an upgrade.")
@click.option("--pipelines", is_flag=True, help="Only write a workspace's pipelines again, after an upgrade.")
@click.pass_obj
def init(
    session: Session,
    folder: Path,
    organisation: str,
    sender: str,
    address: str,
    timezone: str,
    remote: str,
    book_remote: str,
    forge: str | None,
    source: str,
    no_input: bool,
    schemas: bool,
    pipelines: bool,
) -> None:
    """Make a workspace in FOLDER that can send at once.

    With it come keys, a book, twenty fictional contacts and a campaign that goes into a folder.
    """
    pinned = Source.parse(source) if source else installed_from()
    if schemas or pipelines:
        _refresh(session, session.root / folder, schemas=schemas, pipelines=pipelines, forge=forge, source=pinned)
        return
    language = Language(session.language) if session.language else terminal_language(session.environment)
    target = (session.root / folder).resolve()
    given = {"organisation": organisation, "from": sender, "address": address}
    said = _answered(given, told.defaults(target.name, language), language, ask=not no_input)
    answers = Answers(
        language=language,
        name=told.line(said["organisation"]),
        sender=told.sender(said["from"]),
        address=told.line(said["address"]),
        timezone=told.timezone(timezone),
        remote=remote,
        book_remote=book_remote,
        forge=_forge(forge, remote),
        source=pinned,
    )
    made = build(session, target, answers, entropy=secrets.token_bytes)
    _say_made(session, made, answers)


@click.group()
def new() -> None:
    """Write a new declaration that compiles."""


@new.command("campaign")
@click.argument("name")
@click.option(
    "--from",
    "source",
    default="",
    metavar="NAME",
    help="Copy this campaign; it starts at the next window.",
    shell_complete=campaign_names,
)
@click.option("--segment", default="", help="Whom it is for (the only one declared).")
@click.option("--template", default="", help="What it says (the only one declared).")
@click.pass_obj
def campaign_command(session: Session, name: str, source: str, segment: str, template: str) -> None:
    """Write campaign NAME: six lines, or a copy of another, starting at its window's next opening."""
    if source and (segment or template):
        raise UsageProblem(
            Text("--from copie aussi le segment et le gabarit", "--from copies the segment and the template too")
        )
    made: Written = copied(session, name, source) if source else written(session, name, segment, template)
    if session.json:
        click.echo(json.dumps({"path": made.path, "start": made.start}))
    else:
        click.echo(made.path)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def completion(session: Session, shell: str) -> None:
    """Print SHELL's completion script.

    In its start-up file: `eval "$(envoi completion bash)"`.
    """
    from click.shell_completion import get_completion_class

    from compiler.cli import envoi

    found = get_completion_class(shell)
    assert found is not None
    source = found(envoi, {}, "envoi", "_ENVOI_COMPLETE").source()
    click.echo(json.dumps({"script": source}) if session.json else source)


def _answered(
    given: Mapping[str, str], otherwise: Mapping[str, str], language: Language, *, ask: bool
) -> dict[str, str]:
    """An answer to each question: by flag, by the person at the terminal, or the default."""
    missing = [question for question in QUESTIONS if not given[question.flag]]
    if ask and missing and not sys.stdin.isatty():
        flags = " ".join(f"--{question.flag}" for question in missing)
        raise UsageProblem(
            Text(f"personne à qui demander : {flags}, ou --no-input", f"nobody to ask: {flags}, or --no-input")
        )
    answers = dict(given)
    for question in missing:
        default = otherwise[question.flag]
        answers[question.flag] = _ask(question, default, language) if ask else default
    return answers


def _ask(question: Question, default: str, language: Language) -> str:
    def read(text: str) -> str:
        try:
            _READ[question.flag](text)
        except EnvoiError as error:
            raise click.BadParameter(error.text.say(language.value)) from None
        return text

    answer: str = click.prompt(question.text.say(language.value), default=default, value_proc=read, err=True)
    return answer


def _forge(said: str | None, remote: str) -> Kind | None:
    if said is None:
        return forge_of(remote)
    return None if said == "none" else Kind(said)


def _refresh(
    session: Session, root: Path, *, schemas: bool, pipelines: bool, forge: str | None, source: Source | None
) -> None:
    require_workspace(root)
    changed = refresh_schemas(root) if schemas else []
    if pipelines:
        changed += write_pipelines(root, _forge(forge, Repository(root).remote_url() or ""), source)
    lines = [json.dumps({"written": changed})] if session.json else changed
    for line in lines:
        click.echo(line)


def _say_made(session: Session, made: Made, answers: Answers) -> None:
    """Where things are, and the next three commands."""
    here = shlex.quote(os.path.relpath(made.workspace))
    first = "git push -u origin main" if answers.remote else "envoi check"
    commands = [f"cd {here}", first, "envoi check" if answers.remote else "envoi contacts import"]
    if session.json:
        record: dict[str, Json] = {
            "workspace": str(made.workspace),
            "safe_page": str(made.safe_page),
            "next": [*commands],
        }
        record["pipelines"] = place_of(answers.forge)
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    page = os.path.relpath(made.safe_page)
    head = [Text(f"À mettre au coffre : {page}", f"Put into the safe: {page}")]
    if place := place_of(answers.forge):
        head.append(Text(f"Chaînes de la forge : {place}", f"The forge's pipelines: {place}"))
    head.append(Text("Ensuite :", "Next:"))
    click.echo("\n".join([*(each.say(answers.language.value) for each in head), *(f"  {each}" for each in commands)]))
