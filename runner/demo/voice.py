"""How the rehearsal speaks: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Voice(Protocol):
    """Says what was done, and follows a count."""

    def act(self, title: str) -> None: ...

    def done(self, sentence: str) -> None: ...

    def broken(self, sentence: str) -> None: ...

    def follow(self, title: str, count: Callable[[], int], total: int) -> None:
        """Shows a count; called again and again while it moves."""
        ...

    def close(self) -> None: ...


class PlainVoice:
    """Lines without colour: for logs and CI."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = -1

    def act(self, title: str) -> None:
        print(f"[{time.monotonic() - self._began:5.1f} s] {title}", flush=True)  # noqa: T201
        self._shown = -1

    def done(self, sentence: str) -> None:
        print(f"          {sentence}", flush=True)  # noqa: T201

    def broken(self, sentence: str) -> None:
        print(f"  BROKEN: {sentence}", file=sys.stderr, flush=True)  # noqa: T201

    def follow(self, title: str, count: Callable[[], int], total: int) -> None:
        quarter = 4 * count() // max(1, total)
        if quarter > self._shown:
            self._shown = quarter
            self.done(f"{title}: {count()}/{total}")

    def close(self) -> None:
        pass


class TerminalVoice:
    """A tick a line, and a bar while messages leave."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._bar: Progress | None = None
        self._title = ""

    def act(self, title: str) -> None:
        self.close()
        self._console.print(f"[bold cyan]▸[/] [bold]{title}[/]")

    def done(self, sentence: str) -> None:
        self.close()
        self._console.print(f"  [green]✓[/] {sentence}")

    def broken(self, sentence: str) -> None:
        self.close()
        self._console.print(f"  [bold red]✗ {sentence}[/]")

    def follow(self, title: str, count: Callable[[], int], total: int) -> None:
        if self._bar is None or title != self._title:
            self.close()
            columns = (
                SpinnerColumn(),
                TextColumn(f"  {title}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._title = title
            self._bar.add_task(title, total=total)
        self._bar.update(self._bar.task_ids[0], completed=count(), total=total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def voice() -> Voice:
    """The voice that fits standard output."""
    return TerminalVoice() if sys.stdout.isatty() else PlainVoice()
