"""`envoi check`: everything that can be said of a workspace without a key, in a moment."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from compiler.language.finding import Finding
from compiler.session import Session, require_workspace


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "gitlab", "sarif", "junit"]),
    default="text",
    help="For people, for programs, or as a forge's own reports.",
)
@click.option("--quiet", "-q", is_flag=True, help="Count advice instead of showing it.")
@click.option(
    "--spam",
    type=click.FloatRange(0, 100),
    is_flag=False,
    flag_value=5.0,
    metavar="POINTS",
    help="Ask SpamAssassin as well: a warning above so many points (5 where none are given).",
)
@click.pass_obj
def check(session: Session, form: str, quiet: bool, spam: float | None) -> int:
    """Check every declaration of the workspace, without any key.

    Exit code 0: nothing stops a send; 1: something does; 3: there is no workspace here. As `github` it also adds
    all findings to the step's summary, where GITHUB_STEP_SUMMARY names its file.
    """
    require_workspace(session.root)
    with _uncollected():
        from compiler.git import Repository
        from compiler.language.finding import in_reading_order
        from compiler.pipeline import bases_of, check_pipelines, check_workspace
        from compiler.review.formats import findings_text

        workspace, findings = check_workspace(session.root, on=session.clock.now().date(), spam=spam)
    bases = bases_of(workspace.settings if workspace else None, session.environment)
    findings = in_reading_order([*findings, *check_pipelines(Repository(session.root), bases)])
    language = session.spoken()
    if session.json or form != "text":
        click.echo(_report(session, "json" if session.json else form, findings, language))
    else:
        colour = sys.stdout.isatty() and not session.environment.get("NO_COLOR")
        click.echo(findings_text(findings, language, root=session.root, advice=not quiet, colour=colour))
    return 1 if any(one.stops for one in findings) else 0


@contextmanager
def _uncollected() -> Iterator[None]:
    """Cycles may wait: a check makes many values, few of them garbage, and ends before that matters."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _report(session: Session, form: str, findings: list[Finding], language: str) -> str:
    """Findings for a program. Paths are relative to the repository's top, as forges want them, but in JSON."""
    from compiler.git import Repository
    from compiler.lock import inside
    from compiler.review.annotations import github_annotations
    from compiler.review.formats import findings_json
    from compiler.review.gitlab import gitlab_code_quality
    from compiler.review.junit import junit
    from compiler.review.sarif import sarif
    from compiler.review.summary import step_summary

    if form == "json":
        return json.dumps(findings_json(findings), ensure_ascii=False, indent=2)
    if form == "github" and (summary := session.environment.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(step_summary(findings, language))
    reports = {"github": github_annotations, "gitlab": gitlab_code_quality, "sarif": sarif, "junit": junit}
    return reports[form](findings, language, lead=inside(Repository(session.root)))
