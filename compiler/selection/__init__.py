"""Who a campaign is for, and which rows of data each of them gets: the only door to DuckDB and sqlglot here."""

from compiler.engines import locked_engine
from compiler.selection.choose import Chooser, Question, Selection, masked, select
from compiler.selection.engine import Engine
from compiler.selection.rows import Combination, KeyReader, Matching, Rows, rows_for

__all__ = [
    "Chooser",
    "Combination",
    "Engine",
    "KeyReader",
    "Matching",
    "Question",
    "Rows",
    "Selection",
    "locked_engine",
    "masked",
    "rows_for",
    "select",
]
