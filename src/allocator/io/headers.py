"""Find a sheet's header row and give each column its meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.domain.fields import ColumnSpec, columns
from allocator.errors import Fault, Severity
from allocator.io.cells import clean, is_blank, show, word_key
from allocator.io.naming import match_headers, nearest_header
from allocator.io.sheet import letters
from allocator.io.sheetreader import SheetReader
from allocator.io.suggest import nearest
from allocator.io.view import spec_names

HEADER_SEARCH_ROWS = 20


def find_header(reader: SheetReader) -> bool:
    """Take the row with most known headers among the first 20; title rows above it are skipped."""
    sheet, record = reader.sheet, reader.record
    if sheet.header_row is not None:
        reader.header_row = sheet.header_row
        return True
    first = [match_headers(row, record) for row in sheet.rows[:HEADER_SEARCH_ROWS]]
    counts = [len({spec.name for spec in row if spec}) for row in first]
    if not max(counts, default=0):
        needed = [spec for spec in columns(record) if spec.required] or list(columns(record))
        params = {
            "rows": HEADER_SEARCH_ROWS,
            "headers_zh": "、".join(spec.zh for spec in needed),
            "headers_en": ", ".join(spec.name for spec in needed),
        }
        reader.faults.append(reader.view.fault("header_not_found", 1, params=params))
        return False
    reader.header_row = counts.index(max(counts))
    return True


def name_columns(reader: SheetReader) -> None:
    """Give each column its meaning; report unknown, duplicate and missing ones."""
    cells = list(reader.sheet.rows[reader.header_row])
    matched = match_headers(cells, reader.record)
    first: dict[str, int] = {}
    absent = {word_key(s.zh): s for s in columns(reader.record) if s not in matched and not s.required}
    for place, (cell, spec) in enumerate(zip(cells, matched, strict=True)):
        if spec is None:
            _unknown_column(reader, place, cell, absent)
        elif spec.name in first:
            before = reader.sheet.address(reader.header_row, first[spec.name]) or spec.name
            _report(reader, "duplicate_column", place, params={"first": before, **spec_names(spec)})
        else:
            first[spec.name] = place
            reader.specs.append((place, spec))
    reader.view.headers = {spec.name: clean(str(cells[place])) for place, spec in reader.specs}
    if reader.sheet.lettered:
        reader.view.places = {spec.name: place for place, spec in reader.specs}
    _required_present(reader, cells, matched)


def _report(
    reader: SheetReader,
    key: str,
    place: int,
    severity: Severity = "error",
    params: Mapping[str, object] | None = None,
) -> None:
    """Report a fault of a header cell."""
    header = show(reader.sheet.rows[reader.header_row][place])
    fault = Fault(
        key,
        severity,
        table=reader.record.TABLE.name,
        sheet=reader.sheet.name,
        row=reader.sheet.row_number(reader.header_row) or None,
        column=header,
        cell=reader.sheet.address(reader.header_row, place),
        value=header,
        params=params or {},
    )
    reader.faults.append(fault)


def _unknown_column(reader: SheetReader, place: int, cell: Any, absent: Mapping[str, ColumnSpec]) -> None:
    """Warn of a column that is left out, with the absent column that may have been meant."""
    below = reader.sheet.rows[reader.header_row + 1 :]
    if not is_blank(cell):
        close = nearest(word_key(str(cell)), absent)
        spec = None if close is None else absent[close]
        params = {
            "hint_zh": f"是否应为“{spec.zh}”？" if spec else "",
            "hint_en": f" Is it {spec.name} ({spec.zh})?" if spec else "",
        }
        _report(reader, "unknown_column", place, "warning", params)
    elif any(place < len(row) and not is_blank(row[place]) for row in below):
        _report(reader, "nameless_column", place, "warning", {"letter": letters(place)})


def _required_present(reader: SheetReader, cells: Sequence[Any], matched: Sequence[ColumnSpec | None]) -> None:
    """Report required columns that are missing."""
    found = {spec.name for _, spec in reader.specs}
    unknown = {
        word_key(str(cell)): str(cell)
        for cell, spec in zip(cells, matched, strict=True)
        if spec is None and not is_blank(cell)
    }
    for spec in columns(reader.record):
        if spec.required and spec.name not in found:
            meant = nearest_header(spec, unknown)
            params = {
                **spec_names(spec),
                "hint_zh": f"是否即“{meant}”列？" if meant else "",
                "hint_en": f" Is it the column {meant}?" if meant else "",
            }
            row = reader.sheet.row_number(reader.header_row) or None
            label = spec.name if _in_english(reader) else spec.zh
            reader.faults.append(reader.view.fault("missing_column", row, label, params=params))


def _in_english(reader: SheetReader) -> bool:
    return any(name == header for name, header in reader.view.headers.items())
