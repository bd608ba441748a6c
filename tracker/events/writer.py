"""Group commit: one thread, one write connection; all that waits is made durable by one fsync."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from tracker.events import StoreUnavailable

T = TypeVar("T")
_BATCH = 1024
_CAPACITY = 50_000


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[sqlite3.Connection], T]
    future: Future[T] | asyncio.Future[T]
    loop: asyncio.AbstractEventLoop | None


class GroupCommit:
    """Runs jobs in transactions that several of them share. A job's answer comes after its commit.

    `forget` is called after a roll-back: whatever a job remembered of an uncommitted state is void.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, forget: Callable[[], None]) -> None:
        self._connect = connect
        self._forget = forget
        self._ready = threading.Condition()
        self._urgent: deque[_Job[object]] = deque()
        self._ordinary: deque[_Job[object]] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def capacity(self) -> int:
        """How many jobs may wait: past it, memory would pay for a disk that does not follow."""
        return _CAPACITY

    @property
    def closed(self) -> bool:
        return self._closing

    @property
    def waiting(self) -> int:
        return len(self._urgent) + len(self._ordinary)

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job and wait until it is durable. Raises StoreUnavailable."""
        future: Future[T] = Future()
        self._enqueue(_Job(work, future, None), urgent=True)
        return future.result()

    async def arun(self, work: Callable[[sqlite3.Connection], T], *, urgent: bool) -> T:
        """The same for a coroutine. Urgent jobs pass the others."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._enqueue(_Job(work, future, loop), urgent=urgent)
        return await future

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._ready:
            self._closing = True
            self._ready.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _enqueue(self, job: _Job[T], *, urgent: bool) -> None:
        with self._ready:
            if self._closing or self.waiting >= _CAPACITY:
                raise StoreUnavailable
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="envoi-events", daemon=True)
                self._thread.start()
            (self._urgent if urgent else self._ordinary).append(job)  # type: ignore[arg-type]
            self._ready.notify()

    def _serve(self) -> None:
        connection: sqlite3.Connection | None = None
        while jobs := self._take():
            try:
                connection = connection or self._connect()
                answers = _transact(connection, jobs)
            except sqlite3.Error:
                self._forget()
                _settle_failure(jobs, StoreUnavailable())
            except Exception as error:  # a job's own fault is its askers' to see: this thread must outlive it
                self._forget()
                _settle_failure(jobs, error)
            else:
                _settle(jobs, answers)
        if connection is not None:
            connection.close()

    def _take(self) -> list[_Job[object]]:
        with self._ready:
            while not (self.waiting or self._closing):
                self._ready.wait()
            jobs: list[_Job[object]] = []
            for queue in (self._urgent, self._ordinary):
                while queue and len(jobs) < _BATCH:
                    jobs.append(queue.popleft())
            return jobs


def _transact(connection: sqlite3.Connection, jobs: list[_Job[object]]) -> list[object]:
    connection.execute("begin immediate")
    try:
        answers = [job.work(connection) for job in jobs]
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return answers


def _settle(jobs: list[_Job[object]], answers: list[object]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[object], object]]] = {}
    for job, answer in zip(jobs, answers, strict=True):
        if isinstance(job.future, Future):
            job.future.set_result(answer)
        elif job.loop is not None:
            by_loop.setdefault(job.loop, []).append((job.future, answer))
    for loop, settled in by_loop.items():
        _wake(loop, partial(_set_results, settled))


def _settle_failure(jobs: list[_Job[object]], error: Exception) -> None:
    for job in jobs:
        if isinstance(job.future, Future):
            job.future.set_exception(error)
        elif job.loop is not None:
            _wake(job.loop, partial(_set_failure, job.future, error))


def _set_results(settled: list[tuple[asyncio.Future[object], object]]) -> None:
    for future, answer in settled:
        if not future.done():  # its asker may have been cancelled; what it asked for is durable all the same
            future.set_result(answer)


def _set_failure(future: asyncio.Future[object], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _wake(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    # The loop may close between any check and the call: its askers are gone, and nobody is left to tell.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call)
