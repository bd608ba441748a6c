"""What the agent did and told already: a small file of the keyed host, replaced whole."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from compiler.language.canonical import canonical_line, instant_text, parse_instant

FILE = "agent.json"


@dataclass
class Memory:
    """`tried`: branch → the commit that was last looked at. `told`: plan → what was said of it, and when."""

    path: Path
    tried: dict[str, str] = field(default_factory=dict)
    told: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Memory:
        """The memory in a file; an empty one where there is none. Raises ValueError for what is no memory."""
        if not path.is_file():
            return cls(path)
        document = json.loads(path.read_bytes())
        return cls(path, dict(document["tried"]), {plan: dict(said) for plan, said in document["told"].items()})

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".new")
        with aside.open("wb") as file:
            file.write(canonical_line({"tried": dict(self.tried), "told": {p: dict(s) for p, s in self.told.items()}}))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)

    def told_at(self, plan: str, what: str) -> datetime | None:
        said = self.told.get(plan, {}).get(what)
        return parse_instant(said) if said else None

    def note_told(self, plan: str, what: str, at: datetime) -> None:
        self.told.setdefault(plan, {})[what] = instant_text(at)
        self.save()


@contextmanager
def alone(path: Path) -> Iterator[Memory]:
    """The memory in a file, while no other agent of this host follows, proposes or tells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Memory.open(path)
