"""Check a district that was built in Python, by the same checks as files."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.domain.district import District
from allocator.domain.fields import Record
from allocator.domain.records import DistrictInfo
from allocator.errors import Fault
from allocator.io.checks import check_tables
from allocator.io.faultlist import arrange
from allocator.io.naming import ALL_TABLES
from allocator.io.view import TableView


def validate(district: District) -> tuple[Fault, ...]:
    """Find everything wrong or doubtful in a district.

    Parameters
    ----------
    district
        A district, however it was made.

    Returns
    -------
    faults
        Errors and warnings; each names the table, the column and the 1-based position of the record.
    """
    return arrange(every_fault(district))


def every_fault(district: District) -> list[Fault]:
    """Find the same, one by one: in no order, alike warnings not gathered."""
    views = {name: _view(record, rows_of(district, record)) for name, record in ALL_TABLES.items()}
    faults = check_tables(views, [])
    if not district.schools:
        faults.append(Fault("empty_table", table="schools", params={"table_zh": "学校", "table_en": "schools"}))
    return faults


def rows_of(district: District, record: type[Record]) -> Sequence[Record]:
    """Rows of a table of a district; the table `district` has one row, or none if it says nothing."""
    if record is DistrictInfo:
        return () if district.info == DistrictInfo() else (district.info,)
    rows: Sequence[Record] = getattr(district, record.TABLE.name)
    return rows


def _view(record: type[Record], records: Sequence[Record]) -> TableView:
    rows = range(1, len(records) + 1)
    names = record.TABLE.key
    keys = [(row, tuple(getattr(r, name) for name in names)) for row, r in zip(rows, records, strict=True)]
    present = bool(records) or record.TABLE.needed
    return TableView(record, records=records, rows=rows, keys=keys if names else [], present=present)
