"""Read a plan, ours or one made by hand: result folder, `moves.csv`, `result.json` or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from allocator.domain.district import District
from allocator.domain.moverow import MoveRow
from allocator.domain.plan import Move, Moves
from allocator.domain.records import Teacher
from allocator.errors import Fault, InputError, UsageError
from allocator.io.cells import is_blank
from allocator.io.csvfolder import read_csv
from allocator.io.faultlist import arrange
from allocator.io.jsondoc import load_json, table_sheet
from allocator.io.naming import sheet_keys, table_names
from allocator.io.planrow import PlanRow, names_agree
from allocator.io.reading import WORKBOOK_SUFFIXES
from allocator.io.sheet import Sheet
from allocator.io.suggest import Nearest
from allocator.io.tables import read_table
from allocator.io.view import TableView
from allocator.io.workbook import read_workbook

_IN_FOLDER = ("moves.csv", "result.json", "plan.xlsx")


def read_plan(path: str | Path, district: District) -> Moves:
    """Read the moves of a plan.

    Only the teacher and the new school must be given; stage, subject and present school are filled from the
    district where they are blank. A school's name beside its code must be that of the code: otherwise what is
    judged would not be what the office reads. Whether the plan obeys the rules is the checker's question:
    several moves of one teacher, moves to the present school and wrong distances are kept as they are.

    Parameters
    ----------
    path
        A result folder, a `moves.csv`, a `result.json`, or a workbook with a sheet `moves` or 交流名单.
    district
        The district the plan is for.

    Returns
    -------
    moves
        Ordered by teacher code.

    Raises
    ------
    InputError
        If rows cannot be read, name teachers or schools that the district does not have, or call a school by
        another's name.
    UsageError
        If there is no such file, or no list of moves in it.
    """
    view, faults = read_move_rows(path)
    faults = [*faults, *_unknown(view, district), *names_agree(view, district)]
    arranged = arrange(faults)
    if any(fault.severity == "error" for fault in arranged):
        raise InputError(arranged)
    moves = [move_of(row, district.teacher_by_id[row.teacher_id]) for row in view.records]
    return Moves(tuple(sorted(moves, key=lambda move: move.teacher_id)))


def read_move_rows(path: str | Path) -> tuple[TableView, list[Fault]]:
    """Read the rows of a plan as they stand, with the faults of single cells; codes are not looked up.

    Raises
    ------
    InputError
        If the sheet cannot be read.
    UsageError
        If there is no such file, or no list of moves in it.
    """
    try:
        sheet, faults = _moves_sheet(_moves_file(Path(path)))
    except OSError as error:
        raise UsageError("unreadable", path=str(path)) from error
    if sheet.unreadable:
        raise InputError(faults)
    if sheet.lettered and all(is_blank(cell) for row in sheet.rows for cell in row):
        raise UsageError("no_moves", path=str(path))
    view, found = read_table(sheet, PlanRow)
    return view, [*faults, *found]


def _moves_file(path: Path) -> Path:
    if not path.exists():
        raise UsageError("no_such_path", path=str(path))
    if not path.is_dir():
        return path
    found = next((path / name for name in _IN_FOLDER if (path / name).is_file()), None)
    if found is None:
        raise UsageError("no_moves", path=str(path))
    return found


def _moves_sheet(path: Path) -> tuple[Sheet, list[Fault]]:
    """Read the sheet that holds the moves; other sheets of the file are not looked at."""
    suffix = path.suffix.lower()
    faults: list[Fault] = []
    if suffix == ".csv":
        sheet = read_csv(path, MoveRow)
        return (Sheet(path.name, (), unreadable=True), [sheet]) if isinstance(sheet, Fault) else (sheet, [])
    if suffix == ".json":
        document: Any = load_json(path)
        rows = document.get("moves") if isinstance(document, dict) else None
        if rows is None:
            raise UsageError("no_moves", path=str(path))
        return table_sheet("moves", rows, faults), faults
    if suffix not in WORKBOOK_SUFFIXES:
        raise UsageError("unknown_extension", path=path.name)
    sheets, faults = read_workbook(path)
    for sheet in sheets:
        if set(sheet_keys(sheet.name)) & table_names(MoveRow):
            return sheet, [fault for fault in faults if fault.sheet == sheet.name]
    raise UsageError("no_moves", path=str(path))


def _unknown(view: TableView, district: District) -> list[Fault]:
    """Report teachers and schools that the district does not have."""
    teachers, schools = district.teacher_by_id.keys(), district.school_by_id.keys()
    known = {
        "teacher_id": ("unknown_teacher", teachers),
        "from_school_id": ("unknown_school", schools),
        "to_school_id": ("unknown_school", schools),
    }
    faults = []
    for name, (key, codes) in known.items():
        suggest = Nearest(codes)
        for row, move in zip(view.rows, view.records, strict=True):
            code = getattr(move, name)
            if code is not None and code not in codes:
                faults.append(view.fault(key, row, name, code, params=suggest.hints(code)))
    return faults


def move_of(row: PlanRow, teacher: Teacher) -> Move:
    """Make a move of a row; what is blank is taken from the teacher."""
    return Move(
        teacher_id=row.teacher_id,
        stage=row.stage or teacher.stage,
        subject=row.subject or teacher.subject,
        from_school_id=row.from_school_id or teacher.school_id,
        to_school_id=row.to_school_id,
        distance_km=row.distance_km,
        minutes=row.minutes,
        reason=row.reason,
        year=row.year,
    )
