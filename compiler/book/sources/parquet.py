"""Parquet, read by a DuckDB of its own that can reach this one file and nothing else."""

from __future__ import annotations

from collections.abc import Generator

import duckdb

from compiler.book.sources.csv_file import absent
from compiler.book.sources.line import Line, Location, SourceUnreadable, typed_line
from compiler.engines import reading_engine
from compiler.language.campaign import Source

_BATCH = 2_000
_MEMORY = "256MB"


def read_parquet(source: Source, location: Location) -> Generator[Line, None, None]:
    if not location.path.is_file():
        raise absent(source)
    path = location.path.resolve()
    try:
        with reading_engine(path, memory=_MEMORY) as engine:
            result = engine.execute("select * from read_parquet($1, hive_partitioning = false)", [str(path)])
            yield Line(1, tuple(str(column[0]) for column in result.description or ()))
            number = 1
            while batch := result.fetchmany(_BATCH):
                for row in batch:
                    number += 1
                    yield typed_line(number, row)
    except duckdb.Error:  # its text may quote values
        raise SourceUnreadable.of(
            source, "ce n'est pas un fichier Parquet entier", "this is no whole Parquet file"
        ) from None
