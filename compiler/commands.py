"""`envoi check`: everything that can be said of a workspace without a key, in a moment."""

from __future__ import annotations

import json
import sys

import click

from compiler.language.errors import UsageProblem
from compiler.language.finding import Text
from compiler.session import Session


@click.command()
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or for programs."
)
@click.option("--quiet", "-q", is_flag=True, help="Count advice instead of showing it.")
@click.pass_obj
def check(session: Session, form: str, quiet: bool) -> int:
    """Check every declaration of the workspace, without any key.

    Exit code 0: nothing stops a send; 1: something does; 3: there is no workspace here.
    """
    from compiler.pipeline import check_workspace
    from compiler.review.formats import findings_json, findings_text

    if not session.root.is_dir():
        raise UsageProblem(Text("ce dossier n'existe pas", "there is no such folder"))
    if not (session.root / "envoi.yaml").is_file():
        raise UsageProblem(
            Text(
                "pas d'espace de travail ici : envoi.yaml manque (choisir un dossier avec -C)",
                "no workspace here: envoi.yaml is missing (choose a folder with -C)",
            )
        )
    _, findings = check_workspace(session.root, on=session.clock.now().date())
    language = session.spoken()
    if session.json or form == "json":
        click.echo(json.dumps(findings_json(findings), ensure_ascii=False, indent=2))
    else:
        colour = sys.stdout.isatty() and not session.environment.get("NO_COLOR")
        click.echo(findings_text(findings, language, root=session.root, advice=not quiet, colour=colour))
    return 1 if any(one.stops for one in findings) else 0
