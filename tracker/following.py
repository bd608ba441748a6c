"""Keeps the consents asked at each hit close behind the book while the tracker serves.

A person erased, or a consent withdrawn by an import, is known here within half a minute, without a publish.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from compiler.book.store import Book
from compiler.language.clock import Clock
from compiler.language.errors import EnvoiError
from tracker.consents import sync
from tracker.events.sqlite import SqliteEventStore

EVERY = 30.0  # seconds of the wall


class Follower:
    """Looks at a book again and again; `trouble` is the last refusal, empty once the book answers again."""

    def __init__(self, store: SqliteEventStore, open_book: Callable[[], Book], clock: Clock) -> None:
        self._store = store
        self._open_book = open_book
        self._clock = clock
        self._tree = ""
        self.trouble: EnvoiError | None = None

    def look(self) -> bool:
        """Synchronise if the book has moved since the last look; whether it had. A silent remote is trouble, no end."""
        try:
            book = self._open_book()
            book.refresh()
            tree = book.tree_id()
            moved = tree != self._tree
            if moved:
                sync(self._store, book, clock=self._clock)
        except EnvoiError as trouble:
            self.trouble = trouble
            return False
        self._tree, self.trouble = tree, None
        return moved

    @contextmanager
    def following(self, every: float = EVERY) -> Iterator[None]:
        """Look now, and every so many seconds until the block ends."""
        ended = threading.Event()

        def follow() -> None:
            self.look()
            while not ended.wait(every):
                self.look()

        thread = threading.Thread(target=follow, name="envoi-follow-book")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
