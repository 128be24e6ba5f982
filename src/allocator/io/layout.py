"""Merged cells and hidden parts of a sheet."""

from __future__ import annotations

from typing import Any

from allocator.domain.fields import ColumnSpec
from allocator.errors import Fault
from allocator.io.cells import Problem, Unreadable, is_blank, show
from allocator.io.sheet import Range, Sheet, range_address
from allocator.io.sheetreader import SheetReader

COVERED = Unreadable(Problem(""))
"""Stands in every cell that a merged range covers: the range is reported, its cells are not."""


def report_merged(reader: SheetReader) -> None:
    """Report merged cells in known columns, header included, and take what they cover as already reported."""
    known = dict(reader.specs)
    rows = [list(row) for row in reader.sheet.rows] if reader.sheet.merged else []
    for area in reader.sheet.merged:
        top, left, bottom, right = area
        touched = [known[place] for place in range(left, right + 1) if place in known]
        if bottom >= reader.header_row and touched:
            _report_merge(reader, area, touched[0])
            _cover(rows, area, max(top, reader.header_row + 1))
    if rows:
        reader.sheet.rows = rows


def _report_merge(reader: SheetReader, area: Range, spec: ColumnSpec) -> None:
    top, left, *_ = area
    row = reader.sheet.rows[top] if top < len(reader.sheet.rows) else ()
    value = show(row[left]) if left < len(row) else ""
    fault = Fault(
        "merged_cells",
        table=reader.record.TABLE.name,
        sheet=reader.sheet.name,
        row=top + 1,
        column=reader.view.headers[spec.name],
        cell=range_address(area),
        value=value,
        params={"area": range_address(area)},
    )
    reader.faults.append(fault)


def _cover(rows: list[list[Any]], area: Range, start: int) -> None:
    top, left, bottom, right = area
    for index in range(start, min(bottom, len(rows) - 1) + 1):
        row = rows[index]
        row.extend([None] * (right + 1 - len(row)))
        for place in range(left, right + 1):
            if (index, place) != (top, left):
                row[place] = COVERED


def report_hidden(reader: SheetReader) -> None:
    """Warn of hidden rows and columns that hold data: they are read all the same."""
    sheet, view = reader.sheet, reader.view
    rows = [i + 1 for i in sheet.hidden_rows if i > reader.header_row and _has_data(sheet, i)]
    if rows:
        listed = "、".join(map(str, rows[:5])) + ("…" if len(rows) > 5 else "")
        params = {"number": len(rows), "listed_zh": listed, "listed_en": listed.replace("、", ", ")}
        reader.faults.append(view.fault("hidden_rows", rows[0], severity="warning", params=params))
    for place, spec in reader.specs:
        if place in sheet.hidden_columns:
            row = sheet.row_number(reader.header_row)
            reader.faults.append(view.fault("hidden_column", row, spec.name, severity="warning"))


def _has_data(sheet: Sheet, index: int) -> bool:
    return index < len(sheet.rows) and any(not is_blank(cell) for cell in sheet.rows[index])
