"""One sheet being read as one table."""

from __future__ import annotations

from dataclasses import dataclass, field

from allocator.domain.fields import ColumnSpec, Record
from allocator.errors import Fault
from allocator.io.sheet import Sheet
from allocator.io.view import TableView


@dataclass
class SheetReader:
    """What is known so far: the header row (from 0), each column's place and meaning, and the faults."""

    sheet: Sheet
    record: type[Record]
    view: TableView
    faults: list[Fault] = field(default_factory=list)
    header_row: int = 0
    specs: list[tuple[int, ColumnSpec]] = field(default_factory=list)
