"""Who a campaign is for, and which rows of data each of them gets: the only door to DuckDB and sqlglot here."""

from compiler.selection.choose import Selection, select
from compiler.selection.rows import Rows, rows_for

__all__ = ["Rows", "Selection", "rows_for", "select"]
