"""A workbook's sheet, streamed by openpyxl. What a formula shows is not in the file for sure, so it is no value."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from compiler.book.sources.csv_file import absent
from compiler.book.sources.line import Line, Location, SourceUnreadable, typed_line
from compiler.language.campaign import Source

_UNPACKED = 2 * 1024**3
_TEXTS = 256 * 1024**2  # the shared texts are held in memory
_RATIO = 200  # a sheet of one repeated word packs 60 to 1; a bomb 1000 to 1
_SMALL = 16 * 1024**2
_COLUMNS = 501
_ZEROS = re.compile("0+")
_BROKEN = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, EOFError, OSError)


def read_xlsx(source: Source, location: Location) -> Generator[Line, None, None]:
    if not location.path.is_file():
        raise absent(source)
    try:
        _check_size(source, location)
        book = load_workbook(location.path, read_only=True, data_only=False, keep_links=False)
    except _BROKEN:
        raise _unreadable(source) from None
    try:
        yield from _rows(_sheet(book, source), source)
    finally:
        book.close()


def _check_size(source: Source, location: Location) -> None:
    with zipfile.ZipFile(location.path) as packed:
        for member in packed.infolist():
            most = _TEXTS if member.filename.endswith("sharedStrings.xml") else _UNPACKED
            swollen = member.file_size > _SMALL and member.file_size > _RATIO * member.compress_size
            if member.file_size > most or swollen:
                raise SourceUnreadable.of(source, "classeur démesuré une fois décompressé", "oversized workbook")


def _sheet(book: Any, source: Source) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    wanted = [sheet for sheet in book.worksheets if sheet.title == source.sheet] if source.sheet else book.worksheets
    if len(wanted) != 1:
        told = ", ".join(names) or "-"
        raise SourceUnreadable.of(source, f"quelle feuille (sheet) ? {told}", f"which sheet? {told}")
    return wanted[0]


def _rows(sheet: Any, source: Source) -> Generator[Line, None, None]:
    sheet.reset_dimensions()  # what the file says of its own size is often wrong
    rows = sheet.iter_rows(max_col=_COLUMNS)
    width = 0
    number = 0
    while True:
        number += 1
        try:
            cells = list(next(rows))
        except StopIteration:
            return
        except _BROKEN:
            raise _unreadable(source) from None
        while cells and cells[-1].value is None:
            cells.pop()
        width = width or len(cells)
        values = tuple(_value(cell) for cell in cells)
        yield typed_line(number, values + (None,) * (width - len(values)))


def _value(cell: Any) -> object:
    """A number shown with leading zeros (format 00000) has them; a formula stays one, and is refused further on."""
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format or ""):
        return str(value).zfill(len(cell.number_format))
    if cell.data_type == "f":
        return value if isinstance(value, str) else "="
    return "" if cell.data_type == "e" else value


def _unreadable(source: Source) -> SourceUnreadable:
    return SourceUnreadable.of(source, "ce n'est pas un classeur XLSX entier", "this is no whole XLSX workbook")
