"""`envoi agent`: the keyed host works by itself; people need nothing but git."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import click

from compiler.git import RemoteUnreachable
from compiler.language.errors import FindingsStop, UsageProblem
from compiler.language.finding import Text
from compiler.review.forge import Kind, connect
from compiler.review.formats import findings_text
from compiler.session import Session
from runner.agent.releasing import end_when_told
from runner.agent.rounds import Agent, Part, Release, Round
from runner.order import Voice
from runner.orders import parse_span
from runner.voice import JsonLines, Lines


@click.command()
@click.option("--once", is_flag=True, help="Do what can be done now, then end.")
@click.option("--until-sent", is_flag=True, help="Go on until nothing that main has locked is left to send.")
@click.option("--only", type=click.Choice([part.value for part in Part]), multiple=True, help="Nothing but this.")
@click.option("--branch", default="", metavar="NAME", help="Propose for this branch alone, even if it was tried.")
@click.option("--approvals", type=click.Choice([kind.value for kind in Kind]), help="Ask this forge before sending.")
@click.option("--locked-at", default="", metavar="COMMIT", help="Send only what this commit of main had locked.")
@click.option("--every", default="30s", show_default=True, metavar="SPAN", help="How long to rest between rounds.")
@click.pass_obj
def agent(
    session: Session,
    once: bool,
    until_sent: bool,
    only: tuple[str, ...],
    branch: str,
    approvals: str | None,
    locked_at: str,
    every: str,
) -> int:
    """Follow the remote: propose, send what main locked, publish.

    Plans are proposed for pushed branches, what main has locked is sent when due, what came back is published, and
    `notify.to` is written to.

    With --approvals no plan above `approve.four_eyes_above` leaves before the forge says that a second person approved
    its lock (`envoi review approvals --from`); with --locked-at a later merge waits for its own release.

    It needs a clone of its own, on the main branch, on the machine that has the keys.
    """
    if once and until_sent:
        raise UsageProblem(Text("--once ou --until-sent, pas les deux", "--once or --until-sent, not both"))
    rest = parse_span(every)
    parts = frozenset(Part(name) for name in only) or frozenset(Part)
    forge = connect(Kind(approvals), session.environment) if approvals else None
    working = Agent(session, parts=parts, branch=branch, voice=_voice, release=Release(forge, locked_at))
    end_when_told()
    while True:
        try:
            done = working.round()
        except RemoteUnreachable as problem:  # it comes back by itself
            if once:
                raise
            click.echo(f"envoi: {problem.text.say(session.language or 'en')}", err=True)
            _rest(session, rest)
            continue
        if once or not done.idle:
            _say(session, done)
        if done.interrupted:
            raise KeyboardInterrupt
        if done.more:
            continue
        if once or (until_sent and not done.unfinished):
            return max((error.exit_code for _, error in done.problems), default=0)
        _rest(session, rest)


def _voice(session: Session, recipients: int) -> Voice:
    """An agent has no terminal: lines for people, or for programs."""
    return JsonLines() if session.json else Lines(session, recipients)


def _rest(session: Session, span: timedelta) -> None:
    """Until the span is over on the session's clock, which may be moved meanwhile."""
    end = session.clock.now() + span
    while (left := end - session.clock.now()) > timedelta():
        time.sleep(session.clock.wall_seconds(left))


def _say(session: Session, done: Round) -> None:
    language = session.language or session.settings.language.value
    for about, error in done.problems:
        if isinstance(error, FindingsStop):
            click.echo(findings_text(error.findings, language), err=True)
        click.echo(f"envoi: {about}: {error.text.say(language)}", err=True)
    if session.json:
        click.echo(json.dumps(done.to_json(language), ensure_ascii=False))
        return
    for line in _lines(done):
        click.echo(line.say(language))
    for account in done.sent:
        click.echo("\n".join(account.lines(language)))


def _lines(done: Round) -> list[Text]:
    told = []
    for each in done.proposed:
        name, digest = f"{each.branch}: {each.campaign}", each.digest[:12]
        told.append(
            Text(f"{name}, plan {digest} proposé", f"{name}, plan {digest} proposed")
            if each.commit
            else Text(f"{name}, plan {digest} déjà verrouillé", f"{name}, plan {digest} locked already")
        )
    if done.changes:
        told.append(Text(f"{done.changes} changements publiés", f"{done.changes} changes published"))
    told += [Text(f"avis envoyé : {what}", f"notice sent: {what}") for what in done.told]
    return told
