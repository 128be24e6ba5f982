"""Tables whose cells are formulas: columns know each other by name, texts are never formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from allocator.reporting.grid import Column, width
from allocator.reporting.styles import Styles

LONGEST = 32_767
Cell = str | int | float | None


@dataclass(frozen=True)
class LiveColumn:
    """One column of a live table.

    Attributes
    ----------
    name
        How formulas of other columns call it.
    column
        Header and number format.
    values
        What stands in the cells, or what the formulas come to.
    formula
        Formula with `[name]` for the cell of a column in the same row, `[name:]` for the whole column and
        `[name^]` for the column down to this row; None for given values.
    """

    name: str
    column: Column
    values: Sequence[Cell]
    formula: str | Callable[[int], str] | None = None


class LiveTable:
    """A table on a worksheet.

    Parameters
    ----------
    sheet
        An `xlsxwriter` worksheet.
    styles
        Formats of its workbook.
    top
        Row of the header, from 0.
    columns
        From left to right.
    """

    def __init__(self, sheet: Any, styles: Styles, top: int, columns: Sequence[LiveColumn]) -> None:
        self._sheet, self._styles, self._top, self._columns = sheet, styles, top, columns
        self._letter = {c.name: xl_col_to_name(k) for k, c in enumerate(columns)}
        self._rows = len(columns[0].values)

    def cell(self, name: str, row: int) -> str:
        """Address of a cell; rows are counted from 0."""
        return f"{self._letter[name]}{self._top + 2 + row}"

    def all(self, name: str) -> str:
        """Address of a whole column, which stays as it is when a formula is copied."""
        letter = self._letter[name]
        return f"${letter}${self._top + 2}:${letter}${self._top + 1 + self._rows}"

    def both(self, first: str, last: str) -> str:
        """Address of neighbouring columns."""
        start, end = self._letter[first], self._letter[last]
        return f"${start}${self._top + 2}:${end}${self._top + 1 + self._rows}"

    def formula(self, text: str, row: int = 0) -> str:
        """Fill addresses into a formula."""

        def address(found: re.Match[str]) -> str:
            name, kind = found[1], found[2]
            if kind == ":":
                return self.all(name)
            if kind == "^":
                letter = self._letter[name]
                return f"{letter}${self._top + 2}:{self.cell(name, row)}"
            return f"${self.cell(name, row)}"

        return "=" + re.sub(r"\[(\w+)([:^]?)\]", address, text)

    def draw(self) -> None:
        """Write header and cells."""
        for k, column in enumerate(self._columns):
            header = column.column.header
            self._sheet.write_string(self._top, k, header, self._styles.header(column.column))
            longest = max((width(_shown(value, column.column)) for value in column.values), default=0)
            parts = max(width(part) for part in header.split())
            self._sheet.set_column(k, k, min(max(longest, parts, min(width(header), 12)) + 3, 34))
            for row, value in enumerate(column.values):
                self._write(row, k, column, value)
        self._sheet.set_row(self._top, 50)
        self._sheet.freeze_panes(0 if self._top else 1, min(2, len(self._columns) - 1))

    def _write(self, row: int, k: int, column: LiveColumn, value: Cell) -> None:
        place = (self._top + 1 + row, k)
        if column.formula is not None:
            text = column.formula if isinstance(column.formula, str) else column.formula(row)
            style = self._styles.cell(column.column)
            shown = "" if value is None else value
            self._sheet.write_formula(*place, self.formula(text, row), style, shown)
        else:
            write_given(self._sheet, *place, value, column.column, self._styles)


def write_given(sheet: Any, row: int, k: int, value: Cell, column: Column, styles: Styles) -> None:
    """Write a given value: numbers that may be changed in their own colour, text as text."""
    if isinstance(value, str):
        sheet.write_string(row, k, value[:LONGEST], styles.cell(column))
        return
    style = styles.given(column)
    if value is None:
        sheet.write_blank(row, k, None, style)
    else:
        sheet.write_number(row, k, value, style)


def _shown(value: Cell, column: Column) -> str:
    if isinstance(value, float):
        return f"{value:,.{column.digits}f}"
    return f"{value:,}" if isinstance(value, int) else value or ""
