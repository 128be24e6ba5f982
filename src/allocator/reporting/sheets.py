"""Draws a grid as a worksheet: widths that fit, frozen header, filter, print setup."""

from __future__ import annotations

import math
from typing import Any

from allocator.reporting.grid import Column, Exact, Grid, Judged, Value, honest_digits, shown, width
from allocator.reporting.styles import HEADER_FILL, LINE, Styles
from allocator.reporting.wording import UNKNOWN
from allocator.text import Lang, say

NARROWEST, PADDING, EMPTY_WIDTH = 6, 3, 20
LONGEST_TEXT = 32_767  # what a cell of a workbook holds
HEADER_CHARACTERS = 110  # a header holds 255, doubled ampersands included
A4 = 9
HIGHEST = 409  # points, of a row


def draw_grid(sheet: Any, grid: Grid, styles: Styles, nothing: str) -> None:
    """Write a grid from the first cell on; the header stands below the preface.

    Parameters
    ----------
    sheet
        An empty `xlsxwriter` worksheet.
    grid
        The table with the columns that the workbook shows.
    styles
        Formats of the workbook.
    nothing
        What to say in place of rows where there are none.
    """
    top = len(grid.preface)
    widths = _widths(grid)
    for k, row in enumerate(grid.preface):
        draw_row(sheet, k, 0, row, grid.columns, styles, italic=True)
    for k, column in enumerate(grid.columns):
        sheet.write_string(top, k, column.header, styles.header(column))
        sheet.set_column(k, k, widths[k])
    sheet.set_row(top, 16 * max(_lines(c.header, w) for c, w in zip(grid.columns, widths, strict=True)) + 4)
    if not grid.rows:
        sheet.write_string(top + 1, 0, nothing, styles(italic=True))
    for k, values in enumerate(grid.rows, start=top + 1):
        draw_row(sheet, k, 0, values, grid.columns, styles)
        sheet.set_row(k, _height(values, grid.columns, widths))
    sheet.freeze_panes(top + 1, min(2, len(grid.columns) - 1))
    sheet.autofilter(top, 0, top + max(1, len(grid.rows)), len(grid.columns) - 1)
    sheet.repeat_rows(0, top)
    printed = sum(column.printed for column in grid.columns)
    sheet.print_area(0, 0, top + max(1, len(grid.rows)), printed - 1)


def draw_row(
    sheet: Any,
    row: int,
    left: int,
    values: tuple[Value, ...],
    columns: tuple[Column, ...],
    styles: Styles,
    *,
    italic: bool = False,
) -> None:
    """Write one row of values in the formats of their columns."""
    for k, (value, column) in enumerate(zip(values, columns, strict=True), start=left):
        if italic:
            style = styles(
                italic=True, bg_color=HEADER_FILL, border=1, border_color=LINE, num_format="#,##0.##"
            )
            _write(sheet, row, k, "" if value is None else value, column, style)
        else:
            draw_value(sheet, row, k, value, column, styles)


def draw_value(sheet: Any, row: int, k: int, value: Value, column: Column, styles: Styles) -> None:
    """Write one value: numbers stay numbers, a verdict adds sign and colour."""
    if isinstance(value, Exact):
        _write(sheet, row, k, value.value, column, styles.cell(column, value.digits))
    elif isinstance(value, Judged) and not isinstance(value.value, str):
        digits = None if value.value is None else honest_digits(value.value, value.limit, column.digits)
        _write(sheet, row, k, value.value, column, styles.judged(column, value.met, digits))
    elif isinstance(value, Judged):
        _write(sheet, row, k, shown(value, column), column, styles.judged(column, value.met))
    elif column.kind == "mark" and (value is None or isinstance(value, bool)):
        _write(sheet, row, k, shown(value, column), column, styles.judged(column, value))
    else:
        _write(sheet, row, k, value, column, styles.cell(column))


def _write(sheet: Any, row: int, k: int, value: Any, column: Column, style: Any) -> None:
    if isinstance(value, (int, float)) and math.isfinite(value):
        sheet.write_number(row, k, value, style)
    elif isinstance(value, str):
        sheet.write_string(row, k, value[:LONGEST_TEXT], style)
    elif column.numeric:
        sheet.write_string(row, k, UNKNOWN, style)
    else:
        sheet.write_blank(row, k, None, style)


def _widths(grid: Grid) -> list[float]:
    """Widths that fit the longest value, up to the column's widest."""
    widths: list[float] = []
    for k, column in enumerate(grid.columns):
        longest = max((width(shown(row[k], column)) for row in (*grid.rows, *grid.preface)), default=0)
        header = max((width(part) + 1 for part in column.header.split()), default=0)  # bold is wider
        if not grid.rows and not column.numeric:
            longest = EMPTY_WIDTH
        widths.append(min(max(longest, header, NARROWEST) + PADDING, column.widest + PADDING))
    return widths


def _height(values: tuple[Value, ...], columns: tuple[Column, ...], widths: list[float]) -> float:
    cells = zip(values, columns, widths, strict=True)
    return min(HIGHEST, 16.5 * max(_lines(shown(v, c), w) for v, c, w in cells if c.printed) + 2)


def _lines(text: str, room: float) -> int:
    return sum(max(1, math.ceil((width(line) + 1) / max(1, room - 2))) for line in text.split("\n"))


def set_up_print(sheet: Any, title: str, lang: Lang, *, landscape: bool, signed: bool = False) -> None:
    """A4, one page wide, title above, page number below; a line for signatures where it is wanted."""
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.8)
    sheet.hide_gridlines(2)
    page = say("report.print_page", lang)
    signature = say("report.print_signature", lang)
    plain = title[:HEADER_CHARACTERS].replace("&", "&&")
    sheet.set_header(f"&C&12 {plain}")  # the blank keeps a year from becoming part of the font size
    sheet.set_footer(f"&L{signature}&R{page}" if signed else f"&C{page}")
