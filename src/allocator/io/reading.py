"""Read a district: workbook, folder of CSV files or JSON document; every fault found in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.domain.district import District
from allocator.domain.fields import Record
from allocator.domain.records import DistrictInfo
from allocator.errors import Fault, InputError, UsageError
from allocator.io.checks import check_tables
from allocator.io.csvfolder import read_csv_folder
from allocator.io.faultlist import arrange
from allocator.io.jsondoc import read_json
from allocator.io.naming import ALL_TABLES, is_readme, match_table
from allocator.io.sheet import Sheet
from allocator.io.suggest import nearest
from allocator.io.tables import read_table
from allocator.io.view import TableView, table_params
from allocator.io.workbook import read_workbook

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Reading:
    """A district that was read, and what the user should know of the files it came from."""

    district: District
    warnings: tuple[Fault, ...] = ()


def read(path: str | Path) -> Reading:
    """Read and validate a district.

    Parameters
    ----------
    path
        A workbook (`.xlsx`), a folder of CSV files, or a JSON document (`.json`).

    Returns
    -------
    reading
        The district and the warnings.

    Raises
    ------
    InputError
        If the data have errors; it holds every error and warning, in the order of tables and rows.
    UsageError
        If there is no such file, it is of another kind, or it cannot be opened.
    """
    return interpret(*read_sheets(Path(path)))


def interpret(sheets: Sequence[Sheet], faults: list[Fault]) -> Reading:
    """Make a district of sheets; `faults` are those found so far.

    Raises
    ------
    InputError
        If the data have errors.
    """
    views = _read_tables(sheets, faults)
    faults += check_tables(views, faults)
    arranged = arrange(faults)
    if any(fault.severity == "error" for fault in arranged):
        raise InputError(arranged)
    return Reading(build(views), arranged)


def read_sheets(path: Path) -> tuple[list[Sheet], list[Fault]]:
    """Read the sheets of whatever the path is.

    Raises
    ------
    UsageError
        If there is no such file, it is of another kind, or it cannot be opened.
    """
    try:
        if not path.exists():
            raise UsageError("no_such_path", path=str(path))
        if path.is_dir():
            sheets, faults = read_csv_folder(path)
            if not sheets:
                raise UsageError("folder_without_csv", path=str(path))
            return sheets, faults
        if path.suffix.lower() in WORKBOOK_SUFFIXES:
            return read_workbook(path, match_table)
        if path.suffix.lower() == ".json":
            return read_json(path)
    except OSError as error:
        raise UsageError("unreadable", path=path.name) from error
    key = {".csv": "csv_not_folder", ".xls": "old_workbook", ".et": "old_workbook"}.get(path.suffix.lower())
    raise UsageError(key or "unknown_extension", path=path.name)


def _read_tables(sheets: Sequence[Sheet], faults: list[Fault]) -> dict[str, TableView]:
    """Read each sheet as the table it is named after; report unknown, hidden and repeated sheets."""
    views = {name: TableView(record, present=False) for name, record in ALL_TABLES.items()}
    for sheet in sheets:
        record = match_table(sheet.name)
        if record is None:
            if not is_readme(sheet.name):
                faults.append(_unknown_sheet(sheet))
            continue
        name = record.TABLE.name
        if sheet.hidden:
            faults.append(Fault("hidden_sheet", "warning", table=name, sheet=sheet.name, value=sheet.name))
        if views[name].present:
            params = {"first": views[name].sheet, **table_params(record)}
            fault = Fault("duplicate_sheet", table=name, sheet=sheet.name, value=sheet.name, params=params)
            faults.append(fault)
        elif sheet.unreadable:
            views[name] = TableView(record, sheet.name, keys=None)
        else:
            views[name], found = read_table(sheet, record)
            faults += found
    return views


def _unknown_sheet(sheet: Sheet) -> Fault:
    labels = [label for r in ALL_TABLES.values() for label in (r.TABLE.zh, r.TABLE.name)]
    inside = max((label for label in labels if label in sheet.name), key=len, default=None)
    close = inside or nearest(sheet.name, labels)
    params = {
        "hint_zh": f"是否应命名为“{close}”？" if close else "",
        "hint_en": f" Should it be named {close}?" if close else "",
    }
    return Fault("unknown_sheet", "warning", sheet=sheet.name, value=sheet.name, params=params)


def build(views: dict[str, TableView]) -> District:
    """Put the tables together."""
    tables: dict[str, tuple[Record, ...]] = {
        name: tuple(view.records) for name, view in views.items() if name != DistrictInfo.TABLE.name
    }
    infos = views[DistrictInfo.TABLE.name].records
    return District.model_validate({"info": infos[0] if infos else DistrictInfo(), **tables})
