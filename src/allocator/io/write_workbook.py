"""Write a district as a workbook that an office can read and go on with."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from allocator.domain.district import District
from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.errors import UsageError
from allocator.io.cellout import cell_value
from allocator.io.cells import is_code
from allocator.io.writing import beside, filled_tables
from allocator.text import Lang

MAX_ROWS = 2**20
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Text stays text, whatever it begins with."""

FONT = {"zh": "微软雅黑", "en": "Calibri"}
OPTIONAL_COLOUR, REQUIRED_COLOUR = "#DCE6F1", "#F8CBAD"
_HEADER = {
    "bold": True,
    "border": 1,
    "border_color": "#9DB2CF",
    "align": "center",
    "valign": "vcenter",
    "text_wrap": True,
}
_EXACT_INTEGER = 2**53


def write_workbook(district: District, path: Path, lang: Lang) -> None:
    """Write one sheet a table.

    Raises
    ------
    UsageError
        If a table has more rows than a sheet, or a text is longer than a cell.
    """
    with beside(path) as part, part.open("wb") as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, **OPTIONS})
        styles = Styles(book, lang)
        for record, rows in filled_tables(district):
            _write_sheet(book, styles, record, rows)
        book.close()


class Styles:
    """Cell formats of a workbook, made once."""

    def __init__(self, book: Any, lang: Lang) -> None:
        font = {"font_name": FONT[lang], "font_size": 10}
        self.lang = lang
        self.header = book.add_format({**font, **_HEADER, "bg_color": OPTIONAL_COLOUR})
        self.required = book.add_format({**font, **_HEADER, "bg_color": REQUIRED_COLOUR})
        self.number = book.add_format({**font, "valign": "vcenter"})
        self.text = book.add_format({**font, "valign": "vcenter", "align": "left", "indent": 1})
        self.code = book.add_format(
            {**font, "num_format": "@", "valign": "vcenter", "align": "left", "indent": 1}
        )

    def of(self, spec: ColumnSpec) -> Any:
        """Format of a column's cells: text for codes and months, so that Excel leaves them alone."""
        if spec.kind == "month" or is_code(spec):
            return self.code
        return self.number if spec.kind in ("integer", "number", "money") else self.text

    def of_header(self, spec: ColumnSpec) -> Any:
        """Format of a column's header: another colour where the column must be filled."""
        return self.required if spec.required else self.header


def column_width(spec: ColumnSpec, lang: Lang) -> float:
    """Width of a column in characters, Chinese ones counted twice: a long header is wrapped to two lines."""
    wide = sum(2 if ord(c) > 0x2E80 else 1 for c in spec.header(lang))
    header = wide if wide <= 8 or lang == "en" else wide / 2 + 1
    name = 20 if lang == "zh" else 28
    least = {"text": 12 if is_code(spec) else name, "list": 18, "choice": 11, "money": 12}.get(spec.kind, 9)
    return float(max(header + 2, least))


def write_header(sheet: Any, styles: Styles, record: type[Record]) -> None:
    """Set widths, write the header row and keep it in sight."""
    for place, spec in enumerate(columns(record)):
        sheet.set_column(place, place, column_width(spec, styles.lang), styles.of(spec))
    sheet.set_row(0, 36)
    for place, spec in enumerate(columns(record)):
        sheet.write_string(0, place, spec.header(styles.lang), styles.of_header(spec))
    sheet.freeze_panes(1, min(len(record.TABLE.key), 1))


def _write_sheet(book: Any, styles: Styles, record: type[Record], rows: Sequence[Record]) -> None:
    table = record.TABLE
    if len(rows) >= MAX_ROWS:
        raise UsageError("too_many_rows", table=table.name, rows=len(rows), limit=MAX_ROWS - 1)
    sheet = book.add_worksheet(table.zh if styles.lang == "zh" else table.name)
    write_header(sheet, styles, record)
    specs = columns(record)
    for number, row in enumerate(rows, 1):
        for place, spec in enumerate(specs):
            value = cell_value(getattr(row, spec.name), spec, styles.lang)
            if value is not None:
                write_cell(sheet, number, place, value, styles.of(spec))


def write_cell(sheet: Any, row: int, column: int, value: str | float | Decimal, style: Any) -> None:
    """Write a value exactly: a number that a workbook would round is written as text.

    Raises
    ------
    UsageError
        If a text is longer than a cell can hold.
    """
    if isinstance(value, str):
        if sheet.write_string(row, column, value, style) != 0:
            raise UsageError("text_too_long", value=value[:40], length=len(value))
    elif _exact(value):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, repr(value) if isinstance(value, float) else str(value), style)


def _exact(value: float | Decimal) -> bool:
    """Whether a workbook, which keeps 16 digits, gives the number back as it is."""
    if isinstance(value, int):
        return abs(value) < _EXACT_INTEGER
    kept = float(f"{value:.16G}")
    return Decimal(repr(kept)) == value if isinstance(value, Decimal) else kept == value
