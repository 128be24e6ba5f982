"""A sheet as it was read, before its cells are understood: the common form of workbook, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, all counted from 0 and inclusive."""


@dataclass
class Sheet:
    """One sheet, CSV file or JSON table.

    Attributes
    ----------
    name
        Name the user knows it by.
    rows
        Raw cells; `rows[0]` is row 1. Rows may be shorter than others.
    lettered
        Whether cells have addresses such as C7 (not so in JSON, where rows are counted without the header).
    header_row
        Index of the header row if it is certain (JSON); None if it must be found.
    merged
        Merged ranges.
    hidden, hidden_rows, hidden_columns
        What the workbook hides; rows and columns counted from 0.
    unreadable
        Whether the cells could not be read at all; the reason is reported already.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    lettered: bool = True
    header_row: int | None = None
    merged: list[Range] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    unreadable: bool = False

    def row_number(self, index: int) -> int:
        """1-based number of a row as the user sees it."""
        return index + 1 if self.lettered else index

    def address(self, row: int, column: int) -> str:
        """Address of a cell such as C7; empty where cells have none."""
        return f"{letters(column)}{row + 1}" if self.lettered else ""


def letters(column: int) -> str:
    """Column letters of a 0-based column: 0 -> A, 26 -> AA."""
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def column_number(text: str) -> int:
    """0-based column of its letters: A -> 0, AA -> 26."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def range_address(area: Range) -> str:
    """Address of a range such as C7:C9."""
    top, left, bottom, right = area
    return f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
