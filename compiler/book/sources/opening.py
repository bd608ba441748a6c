"""Which reader a declared format has, imported when it is needed: a company that exports CSV waits for no other."""

from __future__ import annotations

from collections.abc import Generator
from typing import assert_never

from compiler.book.sources.line import Line, Location, Reader
from compiler.language.campaign import Format, Source


def lines(source: Source, location: Location) -> Generator[Line, None, None]:
    """The source's header and rows, streamed. Raises SourceUnreadable, also later."""
    return _reader(source.format)(source, location)


def _reader(form: Format) -> Reader:
    match form:
        case Format.CSV:
            from compiler.book.sources.csv_file import read_csv

            return read_csv
        case Format.JSONL:
            from compiler.book.sources.jsonl import read_jsonl

            return read_jsonl
        case Format.XLSX:
            from compiler.book.sources.xlsx import read_xlsx

            return read_xlsx
        case Format.PARQUET:
            from compiler.book.sources.parquet import read_parquet

            return read_parquet
        case Format.SQLITE:
            from compiler.book.sources.sqlite import read_sqlite

            return read_sqlite
        case Format.POSTGRESQL:
            from compiler.book.sources.postgresql import read_postgresql

            return read_postgresql
    assert_never(form)
