"""`envoi demo`: the rehearsal as a command."""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from contextlib import nullcontext, redirect_stdout
from pathlib import Path

import click

from compiler.clock import VARIABLE
from compiler.session import Session


@click.command()
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), help="Keep everything under DIR.")
@click.option("--setup-seconds", type=int, default=0, hidden=True)
@click.pass_obj
def demo(session: Session, folder: Path | None, setup_seconds: int) -> None:
    """Play the whole path on this machine, from import to report."""
    from runner.demo.stagehand import BrokenPromise
    from runner.demo.story import perform
    from runner.demo.voice import voice

    if setup_seconds and not session.json:
        click.echo(f"set-up took {setup_seconds} s")
    with tempfile.TemporaryDirectory(prefix="envoi-demo-") as temporary:
        place = (folder or Path(temporary)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        try:
            # For a program the story is told on standard error; standard output is for the one object.
            with redirect_stdout(sys.stderr) if session.json else nullcontext():
                summary, broken = perform(place, voice())
        except BrokenPromise as reason:
            raise click.ClickException(str(reason)) from None
        if session.json:
            click.echo(json.dumps({**summary, "broken": broken}, ensure_ascii=False))
        else:
            click.echo(json.dumps(summary, indent=2, ensure_ascii=False))
    if folder and not session.json:
        click.echo(f"comment: {place / 'comment.md'}")
        click.echo(f"preview: {place / 'preview' / 'index.html'}")
        click.echo(f"report: {place / 'report' / 'index.html'}")
        click.echo(f"to go on there, in its own time: export {VARIABLE}={shlex.quote(str(place / 'state' / 'clock'))}")
    for sentence in broken:
        click.echo(f"broken: {sentence}", err=True)
    if broken:
        raise SystemExit(1)
