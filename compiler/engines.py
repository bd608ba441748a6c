"""A DuckDB in memory that can reach nothing: no file, no network, no extension, no change of its settings.

Nothing is written to a disk, since sealed fields pass through it in clear: `temp_directory` is empty, so a query that
outgrows the memory fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


@contextmanager
def locked_engine(*, threads: int, memory: str = "512MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own, gone at the end."""
    connection = duckdb.connect(":memory:", config={**_LOCKED, "threads": str(threads), "memory_limit": memory})
    try:
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


@contextmanager
def reading_engine(path: Path, *, memory: str = "512MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """As `locked_engine`, but for one file, whose path is ours, that may be read."""
    free = {key: value for key, value in _LOCKED.items() if key != "enable_external_access"}
    connection = duckdb.connect(":memory:", config={**free, "threads": "1", "memory_limit": memory})
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"SET allowed_paths = ['{quoted}']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()
