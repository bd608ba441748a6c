"""What a run says while it works: a bar on a terminal, plain lines elsewhere, JSON lines for programs.

Everything goes to standard error; standard output is for the outcome.
"""

from __future__ import annotations

import json
import sys
import time

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from compiler.language.canonical import instant_text
from compiler.language.finding import Text
from compiler.session import Session
from runner import order
from runner.orders import opens_at

_EVERY = 10.0  # seconds between two plain lines


class Lines(order.Voice):
    """A line now and then."""

    def __init__(self, session: Session, recipients: int) -> None:
        self._session = session
        self._language = session.language or session.settings.language.value
        self._recipients = recipients
        self._last = 0.0
        self._waits = ""

    def progress(self, progress: order.Progress) -> None:
        if progress.until is not None and not progress.sending:
            opening = opens_at(progress.until, self._session)
            if opening != self._waits:
                self._waits = opening
                self._say(Text(f"attend jusqu'au {opening}", f"waiting until {opening}").say(self._language))
        elif time.monotonic() - self._last >= _EVERY:
            self._last, self._waits = time.monotonic(), ""
            self._say(_counts(progress.counts, self._recipients).say(self._language))

    def notice(self, text: Text) -> None:
        self._say(text.say(self._language))

    def _say(self, line: str) -> None:
        click.echo(line, err=True)


class JsonLines(order.Voice):
    """One object a line: `progress`, `waiting` (with `until`) and `notice`."""

    def __init__(self) -> None:
        self._last = 0.0
        self._until = ""

    def progress(self, progress: order.Progress) -> None:
        until = instant_text(progress.until) if progress.until is not None and not progress.sending else ""
        if until and until != self._until:
            self._say({"event": "waiting", "until": until})
        elif not until and time.monotonic() - self._last >= 1.0:
            self._last = time.monotonic()
            self._say({"event": "progress", **progress.counts})
        self._until = until

    def notice(self, text: Text) -> None:
        self._say({"event": "notice", "fr": text.fr, "en": text.en})

    def _say(self, record: dict[str, str | int]) -> None:
        click.echo(json.dumps(record, ensure_ascii=False), err=True)


class Bar(Lines):
    """A bar that fills."""

    def __init__(self, session: Session, recipients: int) -> None:
        super().__init__(session, recipients)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=False)
        self._task: TaskID | None = None

    def progress(self, progress: order.Progress) -> None:
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("", total=self._recipients)
        done = self._recipients - progress.counts["pending"]
        waits = progress.until is not None and not progress.sending
        word = Text("attend", "waiting") if waits else Text("envoie", "sending")
        opening = f" {opens_at(progress.until, self._session)}" if waits else ""
        self._bar.update(self._task, completed=done, description=word.say(self._language) + opening)

    def close(self) -> None:
        if self._task is not None:
            self._bar.stop()

    def _say(self, line: str) -> None:
        self._bar.console.print(line, highlight=False)


def voice_for(session: Session, recipients: int) -> order.Voice:
    """The voice for whoever listens."""
    if session.json:
        return JsonLines()
    return Bar(session, recipients) if sys.stderr.isatty() else Lines(session, recipients)


def _counts(counts: dict[str, int], recipients: int) -> Text:
    done = recipients - counts["pending"]
    return Text(
        f"{done}/{recipients} : remis {counts['sent']}, refusés {counts['refused']}, écartés {counts['skipped']}",
        f"{done}/{recipients}: handed over {counts['sent']}, refused {counts['refused']}, skipped {counts['skipped']}",
    )
