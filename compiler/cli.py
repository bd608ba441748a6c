"""The console script: finds the sub-commands by entry point, imports only the one asked for, prints refusals."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path

import click

from compiler.clock import clock_from
from compiler.language.errors import EnvoiError, FindingsStop, UsageProblem
from compiler.language.finding import Text
from compiler.session import Session, terminal_language

GROUP = "envoi.commands"
_VALUED = ("-C", "--workspace", "--language")


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


def options_first(args: list[str]) -> list[str]:
    """The arguments with envoi's own options before the command: `status spring --json` is `--json status spring`.

    What follows `--` stays where it is.
    """
    own: list[str] = []
    rest: list[str] = []
    remaining = iter(args)
    for arg in remaining:
        if arg == "--":
            rest += [arg, *remaining]
        elif arg in _VALUED:
            own += [arg, *(value for value in (next(remaining, None),) if value is not None)]
        elif arg == "--json" or arg.startswith(("--workspace=", "--language=")):
            own.append(arg)
        else:
            rest.append(arg)
    return [*own, *rest]


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
    invocation = Invocation()
    try:
        result = envoi.main(standalone_mode=False, obj=invocation)
    except EnvoiError as error:
        _print_refusal(error, invocation.session)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(3)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrompu / interrupted", err=True)
        sys.exit(130)
    except OSError as error:
        if error.filename is None:
            _print_bug(error)
            sys.exit(70)
        _print_refusal(_unusable(error), invocation.session)
        sys.exit(3)
    except Exception as error:  # the last door: a bug is exit code 70, and a trace may quote personal data
        _print_bug(error)
        sys.exit(70)
    sys.exit(result if isinstance(result, int) else 0)


def _unusable(error: OSError) -> UsageProblem:
    """A file or folder that is missing, full or closed to us is the operator's to put right, not a bug."""
    name, reason = os.fsdecode(error.filename), error.strerror
    return UsageProblem(
        Text(
            f"impossible de lire ou d'écrire {name} ({reason}) : vérifier le chemin, les droits et la place",
            f"cannot read or write {name} ({reason}): check the path, the rights and the space",
        )
    )


def _print_bug(error: Exception) -> None:
    if os.environ.get("ENVOI_TRACE"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    click.echo(
        f"envoi: bug: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno} "
        "(ENVOI_TRACE=1 shows the whole trace, which may hold personal data)",
        err=True,
    )


def _print_refusal(error: EnvoiError, session: Session | None) -> None:
    language = session.spoken() if session else terminal_language(os.environ)
    if isinstance(error, FindingsStop):
        from compiler.review.formats import findings_text

        root = session.root if session else None
        click.echo(findings_text(error.findings, language, root=root), err=True)
    click.echo(f"envoi: {error.text.say(language)}", err=True)


if __name__ == "__main__":
    main()
