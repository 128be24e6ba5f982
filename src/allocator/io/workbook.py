"""Read the sheets of a workbook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from allocator.errors import Fault, UsageError
from allocator.io.cells import Problem, Unreadable
from allocator.io.package import MAX_CELLS, SheetFacts, inspect_package
from allocator.io.sheet import Sheet

_NO_RESULT = Unreadable(Problem("formula_without_value"))


def read_workbook(
    path: Path, wanted: Callable[[str], object] = lambda _: True
) -> tuple[list[Sheet], list[Fault]]:
    """Read all worksheets.

    Parameters
    ----------
    path
        The workbook.
    wanted
        Whether a sheet of this name will be used; no fault is reported of one that will not.

    Returns
    -------
    sheets
        Sheets in their order; cells are text, float, bool, date or None.
    faults
        Sheets that cannot be read: a cell far away from all others, or too many cells.

    Raises
    ------
    UsageError
        If the file is encrypted, damaged or not a workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  importing allocator stays light

    facts = inspect_package(path)
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    try:
        book = CalamineWorkbook.from_path(path)
        for metadata in book.sheets_metadata:
            known = facts.get(metadata.name)
            if known is None:
                continue
            fault = _unreadable(metadata.name, known)
            if fault:
                # A stray cell in somebody's notes is no concern of ours.
                faults += [fault] if wanted(metadata.name) else []
                sheets.append(Sheet(metadata.name, (), unreadable=True))
                continue
            rows = book.get_sheet_by_name(metadata.name).to_python(skip_empty_area=False)
            _patch(rows, known)
            sheets.append(
                Sheet(
                    metadata.name,
                    rows,
                    merged=known.merged,
                    hidden=str(metadata.visible) != "SheetVisibleEnum.Visible",
                    hidden_rows=known.hidden_rows,
                    hidden_columns=known.hidden_columns,
                )
            )
    except (CalamineError, OSError, ValueError) as error:
        raise UsageError("workbook_broken", path=path.name) from error
    return sheets, faults


def _unreadable(name: str, facts: SheetFacts) -> Fault | None:
    if facts.far:
        row = int("".join(c for c in facts.far if c.isdigit()) or 0)
        return Fault("far_cell", sheet=name, row=row or None, cell=facts.far, value=facts.far)
    if facts.cells > MAX_CELLS:
        return Fault("sheet_too_large", sheet=name, value=str(facts.cells), params={"limit": MAX_CELLS})
    return None


def _patch(rows: list[list[Any]], facts: SheetFacts) -> None:
    """Put error values and formulas without a value where the cell reader sees blanks."""
    patches: dict[tuple[int, int], Any] = dict.fromkeys(facts.without_value, _NO_RESULT)
    patches.update(facts.errors)
    for (row, column), value in patches.items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = value
