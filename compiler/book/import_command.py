"""`envoi contacts import`: one source, or those that are due. It runs on the keyed host."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from compiler.book.import_words import told
from compiler.book.importer import How, ImportReport, import_source
from compiler.book.intake.gather import Told
from compiler.book.keyring import Keyring
from compiler.book.problems import KeyringMissing
from compiler.book.rows import SourceRows
from compiler.book.sources.due import is_due
from compiler.book.sources.memory import SourceMemory
from compiler.language.campaign import Source
from compiler.language.canonical import Json
from compiler.language.errors import EnvoiError, UsageProblem
from compiler.language.finding import Text
from compiler.session import Session


@click.command("import")
@click.argument("source", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Show what would change; leave book and keys as they are.")
@click.option("--due", is_flag=True, help="Import each source whose schedule has come round since its last import.")
@click.option("--whole", is_flag=True, help="Read all of a source that has a watermark, and see who has left it.")
@click.option("--despite-guards", is_flag=True, help="Import although a guard of the source stops it.")
@click.pass_obj
def import_command(session: Session, source: str, dry_run: bool, due: bool, whole: bool, despite_guards: bool) -> None:
    """Bring a SOURCE (the only one declared, else its name) into the sealed book."""
    how = How(despite_guards=despite_guards, dry_run=dry_run, whole=whole, language=_language(session))
    if due:
        _import_due(session, source, how)
        return
    report = _import(session, _source(session, source), how)
    click.echo(_spelled(report.to_json()) if session.json else told(report, _language(session)))


def _import_due(session: Session, name: str, how: How) -> None:
    """One source that fails does not keep the others waiting; the exit code is that of the first that did."""
    declared = session.workspace().sources if not name else [_source(session, name)]
    sources = [each for each in declared if _is_due(session, each)]
    documents: list[Json] = []
    code = 0
    for source in sources:
        try:
            report = _import(session, source, how)
        except EnvoiError as problem:
            code = code or problem.exit_code
            said = problem.text.say(_language(session))
            documents.append({"source": source.name, "error": said})
            click.echo(said, err=True)
            continue
        documents.append(report.to_json())
        if not session.json:
            click.echo(f"{source.name}: {told(report, _language(session))}")
    if session.json:
        click.echo(_spelled({"imports": documents}))
    elif not sources:
        click.echo(Text("rien à importer maintenant", "nothing is due").say(_language(session)))
    if code:
        click.get_current_context().exit(code)


def _is_due(session: Session, source: Source) -> bool:
    if source.schedule is None:
        return False
    if not session.path(session.settings.keyring.path).exists():
        return True
    keyring = session.keyring()
    try:
        fields = {f.name: f for f in session.workspace().fields}
        imported_at = SourceMemory(keyring, source, fields).imported_at()
    finally:
        keyring.close()
    zone = ZoneInfo(session.settings.organisation.timezone)
    return is_due(source.schedule, imported_at, session.clock.now(), zone)


def _import(session: Session, source: Source, how: How) -> ImportReport:
    conninfo = session.secret(source.connection).decode() if source.connection else ""
    with _keyring(session, dry_run=how.dry_run) as keyring, _bar(session, source, keyring) as bar:
        return import_source(
            source,
            replace(session.workspace(), root=str(session.root)),
            session.book(),
            keyring,
            suppression_key=session.suppression_key(),
            entropy=secrets.token_bytes,
            clock=session.clock,
            how=replace(how, conninfo=conninfo, told=bar),
        )


@contextmanager
def _keyring(session: Session, *, dry_run: bool) -> Iterator[Keyring]:
    """The keyring, made at the first import; beside a book that holds people a missing one is never replaced."""
    settings = session.settings.keyring
    path = session.path(settings.path)
    if path.exists():
        keyring = session.keyring()
    else:
        book = session.book()
        book.refresh()
        if not book.view().empty:
            raise KeyringMissing
        if dry_run:
            with tempfile.TemporaryDirectory() as aside:
                keyring = Keyring.create(Path(aside) / "keyring.sqlite", session.key(settings.master_key))
                yield keyring
                keyring.close()
            return
        keyring = Keyring.create(path, session.key(settings.master_key))
    try:
        yield keyring
    finally:
        keyring.close()


@contextmanager
def _bar(session: Session, source: Source, keyring: Keyring) -> Iterator[Told]:
    """A bar on a terminal, on the error output; as long as the last import was. Nothing elsewhere."""
    if session.json or not sys.stderr.isatty():
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    expected = SourceRows(keyring, source.name).last_count() or None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(source.name, total=expected)
        yield lambda rows: progress.update(task, completed=rows)


def _source(session: Session, name: str) -> Source:
    declared = session.workspace().sources
    found = [source for source in declared if name in ("", source.name)]
    if len(found) != 1:
        names = ", ".join(sorted(source.name for source in declared)) or "-"
        raise UsageProblem(Text(f"quelle source ? Déclarées : {names}", f"which source? Declared: {names}"))
    return found[0]


def _language(session: Session) -> str:
    return session.language or session.settings.language.value


def _spelled(document: dict[str, Json]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
