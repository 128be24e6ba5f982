"""From a sheet to a table: find the header, convert column by column, build the records."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.errors import Fault
from allocator.io.cells import Problem, clean, converter, is_blank, is_dash, show
from allocator.io.headers import find_header, name_columns
from allocator.io.layout import COVERED, report_hidden, report_merged
from allocator.io.sheet import Sheet
from allocator.io.sheetreader import SheetReader
from allocator.io.view import TableView, spec_names, table_params

_FOOTER = re.compile(
    r"[合总小共]\s*计(\W|$)|total(\W|$)|(注|备注|说明|制表人?|填表人?|审核人?|负责人|填报单位)\s*[:：]", re.I
)


def read_table(sheet: Sheet, record: type[Record]) -> tuple[TableView, list[Fault]]:
    """Read a sheet as a table.

    Returns
    -------
    view
        The records that could be built, with their places.
    faults
        Everything wrong with the sheet and its cells, by itself.
    """
    reader = SheetReader(sheet, record, TableView(record, sheet.name))
    if not any(not is_blank(cell) for row in sheet.rows for cell in row):
        if record.TABLE.needed:
            key = "empty_sheet" if sheet.lettered else "empty_table"
            reader.faults.append(reader.view.fault(key, None, params=table_params(record)))
        return reader.view, reader.faults
    if find_header(reader):
        name_columns(reader)
        _read_rows(reader)
    else:
        reader.view.keys = None
    return reader.view, reader.faults


def _read_rows(reader: SheetReader) -> None:
    report_merged(reader)
    report_hidden(reader)
    rows, grid = _filled_rows(reader)
    if not rows and reader.record.TABLE.needed:
        reader.faults.append(reader.view.fault("empty_table", None, params=table_params(reader.record)))
    values: dict[str, list[Any]] = {}
    usable = [True] * len(rows)
    for position, (_, spec) in enumerate(reader.specs):
        values[spec.name] = _convert(reader, spec, [row[position] for row in grid], rows, usable)
    _collect_keys(reader, values, rows)
    missing = [spec for spec in columns(reader.record) if spec.required and spec.name not in values]
    for spec in missing:
        values[spec.name] = [None] * len(rows)
        reader.view.missing.add(spec.name)
    _build(reader, values, rows, [ok and not missing for ok in usable])


def _filled_rows(reader: SheetReader) -> tuple[list[int], list[list[Any]]]:
    """Row numbers and known cells of all rows that are not blank in every known column.

    A row of totals or a signature below the data is reported once, and is no data.
    """
    places = [place for place, _ in reader.specs]
    width = max(places, default=-1) + 1
    rows, grid = [], []
    start = reader.header_row + 1
    for index, row in enumerate(reader.sheet.rows[start:], start):
        full = row if len(row) >= width else [*row, *([None] * (width - len(row)))]
        cells = [full[place] for place in places]
        if all(is_blank(cell) or cell is COVERED for cell in cells):
            continue
        number = reader.sheet.row_number(index)
        if reader.sheet.lettered and _is_footer(cells[0]):
            name = reader.specs[0][1].name
            reader.faults.append(reader.view.fault("not_data", number, name, show(cells[0])))
            continue
        rows.append(number)
        grid.append(cells)
    return rows, grid


def _is_footer(cell: Any) -> bool:
    return isinstance(cell, str) and _FOOTER.match(clean(cell)) is not None


def _convert(
    reader: SheetReader, spec: ColumnSpec, raw: list[Any], rows: list[int], usable: list[bool]
) -> list[Any]:
    """Convert one column; each distinct raw value is converted once."""
    read = converter(spec)
    blank = Problem("blank", spec_names(spec)) if spec.required else spec.default
    known: dict[Any, Any] = {}
    out: list[Any] = []
    for index, cell in enumerate(raw):
        # True, 1 and 1.0 are one key of a dict but not one value.
        memo = cell if type(cell) is str else (type(cell), cell) if _hashable(cell) else None
        value = known.get(memo, known) if memo is not None else known
        if value is known:
            value = blank if is_blank(cell) or is_dash(cell, spec) else read(cell)
            if memo is not None:
                known[memo] = value
        if type(value) is Problem:
            value = _problem(reader, spec, rows[index], cell, value)
            usable[index] = usable[index] and not spec.required
        out.append(value)
    return out


def _hashable(cell: Any) -> bool:
    return not isinstance(cell, (list, dict))


def _problem(reader: SheetReader, spec: ColumnSpec, row: int, cell: Any, problem: Problem) -> Any:
    """Report a cell that cannot be read; the value to go on with is the default."""
    reader.view.bad.add((row, spec.name))
    if problem.key:
        reader.faults.append(reader.view.fault(problem.key, row, spec.name, show(cell), params=problem.params))
    return spec.default


def _collect_keys(reader: SheetReader, values: dict[str, list[Any]], rows: list[int]) -> None:
    names = reader.record.TABLE.key
    needed = {spec.name for spec in columns(reader.record) if spec.required and spec.name in names}
    if needed - set(values):
        reader.view.keys = None
        return
    parts = [values.get(name, [None] * len(rows)) for name in names]
    bad = reader.view.bad
    reader.view.keys = [
        (row, key)
        for row, key in zip(rows, zip(*parts, strict=True), strict=True)
        if not bad or not any((row, name) in bad for name in names)
    ] if names else []  # fmt: skip


def _build(reader: SheetReader, values: dict[str, list[Any]], rows: list[int], usable: list[bool]) -> None:
    """Build the records; a row without a needed value becomes a record with gaps, for the checks only."""
    names, record = tuple(values), reader.record
    dicts = [dict(zip(names, row, strict=True)) for row in zip(*values.values(), strict=True)]
    reader.view.rows = rows
    good = [fields for fields, ok in zip(dicts, usable, strict=True) if ok]
    try:
        built = iter(TypeAdapter(list[record]).validate_python(good))  # type: ignore[valid-type]  # chosen at run time
    except ValidationError as error:
        _refused(reader, error, [row for row, ok in zip(rows, usable, strict=True) if ok])
        built = iter([record.model_construct(**fields) for fields in good])
    reader.view.records = [
        next(built) if ok else record.model_construct(**fields)
        for fields, ok in zip(dicts, usable, strict=True)
    ]


def _refused(reader: SheetReader, error: ValidationError, rows: list[int]) -> None:
    """Report what the records refuse although the cells could be read, such as half a character."""
    for detail in error.errors():
        index, *where = detail["loc"]
        column = str(where[0]) if where else ""
        row = rows[int(index)]
        reader.view.bad.add((row, column))
        value = str(detail["input"]).encode("utf-8", "replace").decode()
        params = {"reason": detail["msg"]}
        reader.faults.append(reader.view.fault("refused", row, column, show(value), params=params))
