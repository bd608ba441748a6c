"""A query of an SQLite file that nobody writes: opened read-only and immutable, allowed to select and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from urllib.parse import quote

from compiler.book.sources.csv_file import absent
from compiler.book.sources.line import Line, Location, SourceUnreadable, typed_line
from compiler.language.campaign import Source

_BATCH = 2_000
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}


def read_sqlite(source: Source, location: Location) -> Generator[Line, None, None]:
    if not location.path.is_file():
        raise absent(source)
    _check_at_rest(source, location)
    uri = f"file:{quote(str(location.path.resolve()))}?mode=ro&immutable=1"
    database = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        database.set_authorizer(_authorise)
        result = database.execute(source.query)
        yield Line(1, tuple(column[0] for column in result.description or ()))
        number = 1
        while batch := result.fetchmany(_BATCH):
            for row in batch:
                number += 1
                yield typed_line(number, row)
    except sqlite3.DatabaseError as error:
        raise _refused(source, error) from None
    finally:
        database.close()


def _check_at_rest(source: Source, location: Location) -> None:
    """An immutable reading does not see what a writer's log still holds."""
    log = location.path.with_name(location.path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise SourceUnreadable.of(
            source,
            "un programme écrit dans cette base : la copier (sqlite3 … .backup) et lire la copie",
            "a program is writing to this database: copy it (sqlite3 … .backup) and read the copy",
        )


def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").casefold() == "load_extension" else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _refused(source: Source, error: sqlite3.DatabaseError) -> SourceUnreadable:
    if isinstance(error, sqlite3.OperationalError) or "prohibited" in str(error) or "not authorized" in str(error):
        return SourceUnreadable.of(
            source, f"requête refusée par SQLite ({error})", f"SQLite refused the query ({error})"
        )
    return SourceUnreadable.of(source, "ce n'est pas une base SQLite entière", "this is no whole SQLite database")
