"""A query of a PostgreSQL server: a read-only transaction, a cursor on the server's side, a bounded time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql

from compiler.book.sources.line import Line, Location, SourceUnreadable, typed_line
from compiler.language.campaign import Source

_BATCH = 2_000
_CONNECT_SECONDS = 15


def read_postgresql(source: Source, location: Location) -> Generator[Line, None, None]:
    try:
        with closing(_connected(location)) as server:
            yield from _rows(server, source, location)
    except psycopg.errors.QueryCanceled:
        seconds = f"{source.timeout.total_seconds():g} s"
        raise SourceUnreadable.of(
            source, f"la requête a pris plus de {seconds} (timeout)", f"the query took more than {seconds} (timeout)"
        ) from None
    except psycopg.OperationalError as error:
        raise _refused(source, "serveur injoignable ou connexion refusée", "server unreachable", error) from None
    except psycopg.Error as error:
        raise _refused(source, "requête refusée par PostgreSQL", "PostgreSQL refused the query", error) from None


def _connected(location: Location) -> psycopg.Connection[tuple[Any, ...]]:
    server = psycopg.connect(
        location.conninfo, connect_timeout=_CONNECT_SECONDS, application_name="envoi", client_encoding="utf-8"
    )
    server.read_only = True
    return server


def _rows(
    server: psycopg.Connection[tuple[Any, ...]], source: Source, location: Location
) -> Generator[Line, None, None]:
    limit = sql.Literal(int(source.timeout.total_seconds() * 1000))
    server.execute(sql.SQL("set local statement_timeout = {}").format(limit))
    with server.cursor(name="envoi") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(_question(source, location.since))
        yield Line(1, tuple(column.name for column in cursor.description or ()))
        for number, row in enumerate(cursor, 2):
            yield typed_line(number, row)


def _question(source: Source, since: str) -> bytes:
    """The declared query, which holds no semicolon; with a mark, only its rows at or after it."""
    newer = ""
    if since and source.watermark is not None:
        column, mark = sql.Identifier(source.watermark.column), sql.Literal(since)
        newer = sql.SQL(" where {} >= {}").format(column, mark).as_string()
    return f"select * from (\n{source.query}\n) as source{newer}".encode()  # noqa: S608


def _refused(source: Source, french: str, english: str, error: psycopg.Error) -> SourceUnreadable:
    """What the server says of names and syntax (SQLSTATE class 42); of anything else its text may quote values."""
    naming = (error.sqlstate or "").startswith("42")
    said = (error.diag.message_primary if naming else None) or type(error).__name__
    return SourceUnreadable.of(source, f"{french} ({said})", f"{english} ({said})")
