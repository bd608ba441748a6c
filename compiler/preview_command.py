"""`envoi preview`: a campaign as any contact would see it, in a folder of static pages or live while it is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from compiler.door.completing import campaign_names
from compiler.language.campaign import Campaign, Workspace
from compiler.language.contact import Person
from compiler.language.errors import EnvoiError, FindingsStop, UsageProblem
from compiler.language.finding import Finding, Text, did_you_mean
from compiler.session import Session


@click.command()
@click.argument("campaign", required=False, default="", shell_complete=campaign_names)
@click.option("--as", "who", default="", metavar="WHO", help="A real contact: id, address, code or phone. Needs keys.")
@click.option("--out", "out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write to.")
@click.option("--live", is_flag=True, help="Serve it on this machine, and show changes as files are saved.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Of the live preview (a free one).")
@click.pass_obj
def preview(session: Session, campaign: str, who: str, out: Path | None, live: bool, port: int) -> int:
    """Show CAMPAIGN as contacts would see it, in static pages.

    Every variant and language is there, and nothing is asked of the network.

    Contacts are fictional and chosen for what can go wrong. With --as the pages show a real person: keep them.
    Exit code 0: nothing stops a send; 1: something does.
    """
    if live and out is not None:
        raise UsageProblem(
            Text("--live n'écrit aucun fichier : l'un ou l'autre", "--live writes no file: either one or the other")
        )
    if port and not live:
        raise UsageProblem(Text("--port ne sert qu'avec --live", "--port is of use with --live only"))
    found = _campaign(session.workspace(), campaign)
    real = _contact(session, who) if who else None
    if live:
        return _live(session, found.name, real, port=port)
    return _written(session, found, real, out)


def _written(session: Session, campaign: Campaign, real: Person | None, out: Path | None) -> int:
    from compiler.pipeline.previewing import preview_campaign
    from compiler.review.formats import counted, findings_json
    from compiler.review.preview.site import INDEX, pages_of, refuse_other_folder, write_site

    language = session.language or session.settings.language.value
    name = f"{campaign.name}-personal" if real else campaign.name
    folder = (out or session.root / ".envoi" / "preview" / name).resolve()
    refuse_other_folder(folder)
    shown = preview_campaign(session.workspace(), campaign, on=session.clock.now().date(), real=real)
    pages = pages_of(shown, session.root, language)
    write_site(pages, folder, private=real is not None, ignored=out is None or real is not None)
    if session.json:
        click.echo(
            json.dumps(
                {
                    "index": str(folder / INDEX),
                    "pages": sorted(pages),
                    "personal": shown.personal,
                    **findings_json(shown.findings),
                },
                ensure_ascii=False,
            )
        )
    else:
        click.echo(counted(shown.findings, language))
        click.echo(str(folder / INDEX))
    return _code(list(shown.findings))


def _live(session: Session, name: str, real: Person | None, *, port: int) -> int:
    from compiler.review.preview.live import LivePreview, Pages

    def build(version: str) -> Pages:
        return live_pages(session, name, real, version)

    running = LivePreview(build, session.root, port)
    click.echo(json.dumps({"url": running.url}) if session.json else running.url)
    if not session.json:
        click.echo(
            Text("Ctrl-C pour finir.", "Ctrl-C to end.").say(session.language or session.settings.language.value),
            err=True,
        )
    try:
        running.run()
    finally:
        running.close()
    return 0


def live_pages(session: Session, name: str, real: Person | None, version: str) -> dict[str, bytes]:
    """The pages as the files stand now; where nothing can be compiled from them, a page that says why."""
    from compiler.pipeline.previewing import preview_campaign
    from compiler.review.preview import Preview
    from compiler.review.preview.site import pages_of

    fresh = replace(session)
    language = session.language or session.settings.language.value
    try:
        workspace = fresh.workspace()
        shown = preview_campaign(workspace, _campaign(workspace, name), on=session.clock.now().date(), real=real)
    except FindingsStop as stop:
        shown = Preview(name, "", "", "", (), tuple(stop.findings))
    except EnvoiError as refused:  # such as a campaign that has just been renamed
        shown = Preview(name, "", "", "", (), (), problem=refused.text)
    return pages_of(shown, session.root, language, version=version)


def _code(findings: list[Finding]) -> int:
    return 1 if any(one.stops for one in findings) else 0


def _campaign(workspace: Workspace, name: str) -> Campaign:
    """The campaign of that name; without one, the only one."""
    if not name and len(workspace.campaigns) == 1:
        return workspace.campaigns[0]
    found = workspace.campaign(name)
    if found is None:
        known = [campaign.name for campaign in workspace.campaigns]
        hint = did_you_mean(name, known) or Text(f"déclarées : {', '.join(known)}", f"declared: {', '.join(known)}")
        none = Text(f"aucune campagne « {name} »", f"no campaign {name!r}")
        raise UsageProblem(Text(f"{none.fr} ({hint.fr})", f"{none.en} ({hint.en})"))
    return found


def _contact(session: Session, who: str) -> Person:
    """Raises UsageProblem where nobody, or more than one person, is meant."""
    from compiler.book.find import find
    from compiler.book.problems import NobodyFound

    keyring = session.keyring()
    try:
        found = find(who, session.book().view(), keyring)
    finally:
        keyring.close()
    if not found:
        raise NobodyFound
    if len(found) > 1:
        raise UsageProblem(
            Text(
                f"{len(found)} contacts répondent à cela : donner l'identifiant",
                f"{len(found)} contacts answer to that: give the id",
            )
        )
    return found[0]
