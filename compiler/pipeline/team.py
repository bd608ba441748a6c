"""Several processes that do one kind of work, or this one alone where there is little of it.

A worker is made in its process from what it is given, and keeps what it has read: work about a name goes back to the
worker that first had it. Answers come in the order of the questions, whoever gives them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import queue
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol, TypeAlias

from compiler.language.errors import EnvoiError
from compiler.language.finding import Text

#: A worker's name for what it has read, and the other arguments.
Job: TypeAlias = tuple[str, tuple[Any, ...]]
_WORTH = 20_000  # people
_MOST = 4  # processes
_AHEAD = 2  # answers that may wait for their turn, for each worker


class WorkerLost(EnvoiError):
    """A process that worked for this one is gone. Nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "un processus de compilation a disparu (mémoire ?) : recommencer, au besoin avec --threads 1",
                "a compiling process is gone (out of memory?): try again, with --threads 1 if need be",
            )
        )


def processes_for(people: int) -> int:
    """How many processes a book of that size is worth: starting one costs as much as reading ten thousand people."""
    return 1 if people < _WORTH else min(_MOST, len(os.sched_getaffinity(0)))


class Team(Protocol):
    """`method` names one of the worker's."""

    def spread(self, method: str, jobs: Sequence[Job]) -> Iterator[Any]:
        """One answer a job, in the order of the jobs."""
        ...

    def rounds(self, method: str, asked: Sequence[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """For each of the arguments asked the answers of every worker."""
        ...

    def close(self) -> None: ...


class Alone:
    """This process does the work."""

    def __init__(self, worker: object) -> None:
        self._worker = worker

    def spread(self, method: str, jobs: Sequence[Job]) -> Iterator[Any]:
        act = getattr(self._worker, method)
        return (act(name, *arguments) for name, arguments in jobs)

    def rounds(self, method: str, asked: Sequence[tuple[Any, ...]]) -> Iterator[list[Any]]:
        act = getattr(self._worker, method)
        return ([act(*arguments)] for arguments in asked)

    def close(self) -> None:
        with suppress(AttributeError):
            self._worker.close()  # type: ignore[attr-defined]


class Crew:
    """Processes started afresh: nothing of this one's threads, locks and connections is in them."""

    def __init__(self, make: Callable[[Any], object], errand: object, size: int) -> None:
        """`errand` travels to each process over a pipe and nowhere else. Raises WorkerLost."""
        context = multiprocessing.get_context("spawn")
        self._owner: dict[str, int] = {}
        self._links: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        # Born deaf to the terminal, which tells everybody: only who asks may decide.
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        for _ in range(size):
            ours, theirs = context.Pipe()
            # Nothing large among the arguments: a process that dies at birth would leave us writing for ever.
            process = context.Process(target=_serve, args=(theirs, make), daemon=True)
            process.start()
            theirs.close()
            self._links.append(ours)
            self._processes.append(process)
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        try:
            for link in self._links:
                link.send(errand)
        except OSError:
            self.close()
            raise WorkerLost from None

    def spread(self, method: str, jobs: Sequence[Job]) -> Iterator[Any]:
        rota = _Rota(jobs, self._owner, len(self._links))

        def work(worker: int, answer: _Answer) -> None:
            while (place := rota.next(worker)) is not None:
                name, arguments = jobs[place]
                if not answer(place, self._ask(worker, method, (name, *arguments))):
                    return

        for _, found in _in_order(work, workers=len(self._links), total=len(jobs), shares=1):
            yield found[0]

    def rounds(self, method: str, asked: Sequence[tuple[Any, ...]]) -> Iterator[list[Any]]:
        def work(worker: int, answer: _Answer) -> None:
            for place, arguments in enumerate(asked):
                if not answer(place, self._ask(worker, method, arguments)):
                    return

        for _, found in _in_order(work, workers=len(self._links), total=len(asked), shares=len(self._links)):
            yield found

    def _ask(self, worker: int, method: str, arguments: tuple[Any, ...]) -> Any:
        try:
            self._links[worker].send((method, arguments))
            failed, answer = self._links[worker].recv()
        except (EOFError, OSError):
            raise WorkerLost from None
        if failed:
            raise _revived(answer)
        return answer

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
        for link in self._links:
            link.close()


_Answer: TypeAlias = Callable[[int, Any], bool]


@dataclass(slots=True)
class _Rota:
    """Whose turn is which job: its owner's, else whoever is free first, who owns it from then on."""

    jobs: Sequence[Job]
    owner: dict[str, int]
    workers: int
    _own: list[deque[int]] = field(init=False)
    _free: deque[int] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._own = [deque() for _ in range(self.workers)]
        self._free = deque()
        for place, (name, _) in enumerate(self.jobs):
            owner = self.owner.get(name)
            (self._free if owner is None else self._own[owner]).append(place)

    def next(self, worker: int) -> int | None:
        with self._lock:
            if self._own[worker]:
                return self._own[worker].popleft()
            if not self._free:
                return None
            place = self._free.popleft()
            self.owner[self.jobs[place][0]] = worker
            return place


def _in_order(
    work: Callable[[int, _Answer], None], *, workers: int, total: int, shares: int
) -> Iterator[tuple[int, list[Any]]]:
    """Run `work` in a thread for each worker; yield each place once it has its shares of answers, in order."""
    answers: queue.SimpleQueue[tuple[int, Any, BaseException | None]] = queue.SimpleQueue()
    room = [threading.Semaphore(_AHEAD) for _ in range(workers)]
    stopped = threading.Event()

    def run(worker: int) -> None:
        def answer(place: int, found: Any) -> bool:
            answers.put((place, (worker, found), None))
            room[worker].acquire()
            return not stopped.is_set()

        try:
            work(worker, answer)
        except BaseException as problem:
            answers.put((-1, None, problem))

    threads = [threading.Thread(target=run, args=(worker,), daemon=True) for worker in range(workers)]
    for thread in threads:
        thread.start()
    waiting: dict[int, list[tuple[int, Any]]] = {}
    try:
        for place in range(total):
            while len(waiting.get(place, ())) < shares:
                found, answer, problem = answers.get()
                if problem is not None:
                    raise problem
                waiting.setdefault(found, []).append(answer)
            ready = sorted(waiting.pop(place), key=lambda pair: pair[0])
            yield place, [each for _, each in ready]
            for worker, _ in ready:
                room[worker].release()
    finally:
        stopped.set()
        for free in room:
            free.release(_AHEAD)


def _serve(link: Connection, make: Callable[[Any], object]) -> None:
    """A worker's life: one answer a question, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # identities are in this memory
    # People come and go by the thousand and none of them in circles: looking for circles took a fifth of the time.
    gc.set_threshold(200_000, 20, 100)
    errand: Any = link.recv()
    worker: object = None
    while True:
        try:
            method, arguments = link.recv()
        except (EOFError, OSError):
            return
        try:
            worker = make(errand) if worker is None else worker
            answer = (False, getattr(worker, method)(*arguments))
        except Exception as problem:
            answer = (True, (type(problem), problem.args, problem.__dict__))
        link.send(answer)


def _revived(told: tuple[type[Exception], tuple[object, ...], dict[str, object]]) -> Exception:
    """An exception as it was raised: most of ours take other arguments than they keep."""
    kind, arguments, state = told
    problem = kind.__new__(kind, *arguments)
    problem.__dict__.update(state)
    return problem
