"""The tracker's commands: serve, sync, publish, report, history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.door.completing import campaign_names
from compiler.language.canonical import Json
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.session import Session
from tracker.events.sqlite import SqliteEventStore
from tracker.history import STORE, snapshot

if TYPE_CHECKING:
    from tracker.publish import PublishReport


@click.group()
def tracker() -> None:
    """Record what comes back: opens, clicks, unsubscribes."""


@tracker.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any free one."
)
@click.pass_obj
def serve(session: Session, host: str, port: int) -> None:
    """Answer recipients over HTTP, until stopped; follow the book's consents where it is at hand."""
    from compiler.archive import ASSETS
    from tracker.following import Follower
    from tracker.server import listen
    from tracker.server import serve as run
    from tracker.service import ServiceSettings, create_app

    tracking = session.settings.tracking
    if tracking is None or not tracking.keys:
        raise UsageProblem(Text("envoi.yaml ne déclare pas `tracking`", "envoi.yaml declares no `tracking`"))
    pictures = session.path(session.settings.plans) / ASSETS
    settings = ServiceSettings(session.settings.organisation, tracking.url, session.tracking_keys(), pictures)
    with _store(session) as store:
        try:
            bound = listen(host, port)
        except OSError as error:
            raise UsageProblem(
                Text(f"impossible d'écouter sur {host}:{port}", f"cannot listen on {host}:{port}")
            ) from error
        address, number = bound.getsockname()[:2]
        url = f"http://[{address}]:{number}" if ":" in address else f"http://{address}:{number}"

        def ready() -> None:
            say(session, {"url": url}, Text(f"le suivi répond sur {url}", f"the tracker answers on {url}"))

        with Follower(store, session.book, session.clock).following() if _has_book(session) else nullcontext():
            run(create_app(settings, store, session.clock), bound, ready=ready)


def _has_book(session: Session) -> bool:
    """A tracker on a host of its own may have no clone of the book; then `tracker sync` is run where there is one."""
    return session.path(session.settings.book.path).is_dir()


@tracker.command("sync")
@click.pass_obj
def sync_command(session: Session) -> None:
    """Bring the consents asked at each hit to the book's state."""
    from tracker.consents import sync

    with _store(session) as store:
        count = sync(store, session.book(), clock=session.clock)
    say(
        session,
        {"contacts": count},
        Text(f"{count} contacts connus du suivi", f"{count} contacts known to the tracker"),
    )


@click.command()
@click.pass_obj
def publish(session: Session) -> None:
    """Commit to the book what recipients and servers said; push it."""
    report = publish_now(session)
    document: dict[str, Json] = {
        "changes": report.changes,
        "suppressions": report.suppressions,
        "commit": report.commit,
    }
    told = Text(
        f"{report.changes} changements publiés, {report.suppressions} inscriptions à la liste d'opposition"
        f" ({report.commit[:12] or 'carnet vide'})",
        f"{report.changes} changes published, {report.suppressions} entries of the suppression list"
        f" ({report.commit[:12] or 'empty book'})",
    )
    say(session, document, told)


def publish_now(session: Session) -> PublishReport:
    """What `envoi publish` does: one commit in the book, and the consents asked at each hit brought to its state."""
    from tracker.consents import sync
    from tracker.publish import Keys
    from tracker.publish import publish as run

    book = session.book()
    keyring = session.keyring() if session.path(session.settings.keyring.path).is_file() else None
    keys = Keys(keyring, session.suppression_key()) if keyring else None
    with _store(session) as store:
        try:
            report = run(store, book, clock=session.clock, keys=keys)
        finally:
            if keyring is not None:
                keyring.close()
        sync(store, book, clock=session.clock)
    return report


@click.command()
@click.argument("name", metavar="PLAN|CAMPAIGN", shell_complete=campaign_names)
@click.option("--html", "folder", type=click.Path(file_okay=False), help="Write the page to DIR/index.html.")
@click.pass_obj
def report(session: Session, name: str, folder: str | None) -> None:
    """What became of a plan, and what people did."""
    from compiler.archive import open_plan
    from tracker.report import build, document, html, terminal
    from tracker.report.membership import memberships

    plan = open_plan(session.path(session.settings.plans), name)
    with _store(session) as store:
        segments = memberships(session, plan, snapshot(store))
        built = build(plan, store, clock=session.clock, segments=segments)
    language = session.language or session.settings.language
    if folder is not None:
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "index.html").write_text(html.render(built, language), encoding="utf-8", newline="\n")
    if session.json:
        click.echo(json.dumps(document.document(built), ensure_ascii=False))
        return
    click.echo(terminal.render(built, language))
    if folder is not None:
        page = Path(folder) / "index.html"
        click.echo("\n" + Text(f"la page : {page}", f"the page: {page}").say(language))


@click.group()
def history() -> None:
    """What contacts have had and done so far."""


@history.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.pass_obj
def export(session: Session, file: str | None) -> None:
    """Write the history as JSON lines, to FILE or to standard output: contact, campaign, edition, deed, day."""
    with _store(session) as store:
        taken = snapshot(store)
    if file is None:
        lines = taken.content()
        records = [json.loads(line) for line in lines.splitlines()]
        click.echo(json.dumps({"records": records, "digest": taken.digest}) if session.json else lines, nl=session.json)
        return
    path = Path(file)
    path.write_bytes(taken.content())
    count = len(taken.records)
    say(
        session,
        {"records": count, "digest": taken.digest},
        Text(f"{count} lignes, {taken.digest[:12]}", f"{count} lines, {taken.digest[:12]}"),
    )


def say(session: Session, document: Json, told: Text) -> None:
    """One JSON object, or one sentence, at once: whoever starts a service waits for it."""
    language = session.language or session.settings.language
    click.echo(json.dumps(document) if session.json else told.say(language))


@contextmanager
def _store(session: Session) -> Iterator[SqliteEventStore]:
    with SqliteEventStore(session.state(STORE)) as store:
        yield store
