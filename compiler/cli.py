"""The console script: finds the sub-commands by entry point, imports only the one asked for, prints refusals."""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from gettext import gettext
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import click

from compiler.clock import clock_from
from compiler.door.arguments import asked, first_language, options_first
from compiler.door.refusals import BUG, INTERRUPTED, USAGE, print_refusal, refusal_of
from compiler.door.wording import SUMMARIES, speak, translated
from compiler.session import Session

GROUP = "envoi.commands"


@dataclass
class Invocation:
    """What the last door knows of a command: its session, once the options are read."""

    session: Session | None = None


class LazyGroup(click.Group):
    """A group whose commands are entry points, and whose options are taken after a command as well as before."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, options_first(args))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        point = _commands().get(cmd_name)
        if point is None:
            return None
        command = point.load()
        assert isinstance(command, click.Command)
        return translated(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _commands():
            raise click.NoSuchCommand(args[0], possibilities=_commands(), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its sentence; one that another package adds is imported for it."""
        rows = []
        for name in self.list_commands(ctx):
            summary = SUMMARIES.get(name, "")
            command = None if summary else self.get_command(ctx, name)
            rows.append((name, command.get_short_help_str(64) if command else gettext(summary)))
        with formatter.section(gettext("Commands")):
            formatter.write_dl(rows)


@cache
def _commands() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("envoi"), prog_name="envoi")
@click.option("-C", "--workspace", "root", default=".", metavar="DIR", help="The workspace's folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, of errors too.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The language of messages (the workspace's own).")
@click.pass_context
def envoi(ctx: click.Context, root: str, as_json: bool, language: str | None) -> None:
    """Campaigns as YAML in git: checked, planned, approved, sent inside their windows, reported."""
    session = Session(
        root=Path(root).resolve(),
        clock=clock_from(os.environ),
        environment=os.environ,
        json=as_json,
        language=language or "",
    )
    if isinstance(ctx.obj, Invocation):
        ctx.obj.session = session
    ctx.obj = session


def main() -> None:
    """Runs a command; a refusal is one sentence and its exit code, never a trace."""
    wanted = asked(sys.argv[1:])
    language = first_language(wanted, os.environ)
    speak(language)
    invocation = Invocation()
    try:
        done = translated(envoi).main(prog_name="envoi", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except click.ClickException as error:
        _print_usage(error, as_json=wanted.json)
        code = USAGE
    except BrokenPipeError:  # whoever read us has seen enough
        _forget_output()
        code = 1
    except (Exception, KeyboardInterrupt) as error:  # the last door: a bug is exit code 70
        refusal = refusal_of(error)
        if refusal.code == BUG and os.environ.get("ENVOI_TRACE"):
            traceback.print_exception(error)
        session = invocation.session
        spoken = session.spoken() if session and refusal.code not in (BUG, INTERRUPTED) else language
        try:
            print_refusal(refusal, spoken, as_json=wanted.json, root=session.root if session else None)
        except OSError:  # standard output itself is full or gone
            print_refusal(refusal, spoken, as_json=False, root=None)
        _forget_output()
        code = refusal.code
    else:
        code = done if isinstance(done, int) else 0
    sys.exit(code)


def _forget_output() -> None:
    """What standard output cannot take must not be tried again, with a trace, when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_usage(error: click.ClickException, *, as_json: bool) -> None:
    """click's own words. Where no command is named it shows the help, which is no sentence for a program."""
    if isinstance(error, click.NoSuchOption) and not error.possibilities:  # envoi's own options are taken anywhere
        own = [name for param in envoi.params for name in param.opts]
        error = click.NoSuchOption(error.option_name, possibilities=own, ctx=error.ctx)
    if not as_json:
        error.show()
        return
    from compiler.review.formats import findings_json

    missing = isinstance(error, click.exceptions.NoArgsIsHelpError)
    sentence = gettext("Missing command.") if missing else error.format_message()
    click.echo(json.dumps({"error": sentence, "code": USAGE, **findings_json([])}, ensure_ascii=False))


if __name__ == "__main__":
    main()
