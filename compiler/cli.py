"""The console script: finds the sub-commands by entry point, imports only the one asked for, prints refusals."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import click

from compiler.clock import clock_from
from compiler.language.errors import EnvoiError, FindingsStop
from compiler.session import Session

GROUP = "envoi.commands"


class LazyGroup(click.Group):
    """A group whose commands are entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        point = _commands().get(cmd_name)
        if point is None:
            return None
        command = point.load()
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in _commands():
            near = difflib.get_close_matches(name, list(_commands()), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


def _commands() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("envoi"), prog_name="envoi")
@click.option(
    "-C", "--workspace", "root", default=".", type=click.Path(file_okay=False), help="The workspace's folder."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The language of messages (the workspace's own).")
@click.pass_context
def envoi(ctx: click.Context, root: str, as_json: bool, language: str | None) -> None:
    """Campaigns as YAML in git: checked, planned, approved, sent inside their windows, reported."""
    ctx.obj = Session(
        root=Path(root).resolve(),
        clock=clock_from(os.environ),
        environment=os.environ,
        json=as_json,
        language=language or "",
    )


def main() -> None:
    """Runs a command; a refusal is one sentence and its exit code, never a trace."""
    session_language = _asked_language()
    try:
        result = envoi.main(standalone_mode=False)
    except EnvoiError as error:
        _print_refusal(error, session_language)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(3)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrompu / interrupted", err=True)
        sys.exit(130)
    except Exception as error:  # the last door: a bug is exit code 70, and a trace may quote personal data
        _print_bug(error)
        sys.exit(70)
    sys.exit(result if isinstance(result, int) else 0)


def _print_bug(error: Exception) -> None:
    if os.environ.get("ENVOI_TRACE"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    click.echo(
        f"envoi: bug: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno} "
        "(ENVOI_TRACE=1 shows the whole trace, which may hold personal data)",
        err=True,
    )


def _asked_language() -> str:
    """Refusals may come before a workspace is read: the flag, else the terminal's language."""
    arguments = sys.argv[1:]
    if "--language" in arguments[:-1]:
        return arguments[arguments.index("--language") + 1]
    return "fr" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("fr") else "en"


def _asked_root() -> Path:
    """The workspace's folder, for excerpts of its files."""
    arguments = sys.argv[1:]
    for flag in ("-C", "--workspace"):
        if flag in arguments[:-1]:
            return Path(arguments[arguments.index(flag) + 1])
    return Path()


def _print_refusal(error: EnvoiError, language: str) -> None:
    if isinstance(error, FindingsStop):
        from compiler.review.formats import findings_text

        click.echo(findings_text(error.findings, language, root=_asked_root()), err=True)
    click.echo(f"envoi: {error.text.say(language)}", err=True)


if __name__ == "__main__":
    main()
