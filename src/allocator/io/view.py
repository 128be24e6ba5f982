"""A table as the checks see it: records, and where each of their cells stands in the user's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allocator.domain.fields import Choice, ColumnSpec, Record
from allocator.errors import Fault, Severity
from allocator.io.sheet import letters

Key = tuple[Any, ...]

_LATIN = "\u2e80"
"""Characters from here on are Chinese."""


@dataclass
class TableView:
    """One table of the district.

    Attributes
    ----------
    records, rows
        Records, and the 1-based row of each. A record whose required cell is wrong or missing has None there.
    keys
        (row, key) of every row whose key could be read, those of faulty rows included; None if the key
        columns are missing, so that nothing can be said of references to this table.
    headers, places
        Column name -> header as the user wrote it; column name -> 0-based column, where cells have addresses.
    bad
        (row, column name) of cells already reported as wrong.
    missing
        Required columns that are missing altogether.
    present
        Whether the user supplied the table at all.
    """

    record: type[Record]
    sheet: str = ""
    records: Sequence[Any] = ()
    rows: Sequence[int] = ()
    keys: list[tuple[int, Key]] | None = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    bad: set[tuple[int, str]] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    present: bool = True

    def reported(self, row: int | None, names: Iterable[str]) -> bool:
        """Whether one of these cells is already reported, so that what follows from it need not be."""
        return any(name in self.missing or (row, name) in self.bad for name in names)

    def label(self, choice: Choice) -> str:
        """Text of a choice in the language of the user's headers."""
        chinese = any(c > _LATIN for header in self.headers.values() for c in header)
        return choice.label("zh" if chinese else "en")

    def fault(
        self,
        key: str,
        row: int | None,
        column: str = "",
        value: str = "",
        severity: Severity = "error",
        params: Mapping[str, object] | None = None,
    ) -> Fault:
        """Make a fault of this table with its place filled in."""
        place = self.places.get(column)
        return Fault(
            key=key,
            severity=severity,
            table=self.record.TABLE.name,
            sheet=self.sheet,
            row=row,
            column=self.headers.get(column, column),
            cell="" if place is None or row is None else f"{letters(place)}{row}",
            value=value,
            params=params or {},
        )


def spec_names(spec: ColumnSpec) -> dict[str, str]:
    """Name of a column in both languages, as parameters of a sentence."""
    return {"name_zh": spec.zh, "name_en": spec.name}


def table_params(record: type[Record]) -> dict[str, str]:
    """Name of a table in both languages, as parameters of a sentence."""
    return {"table_zh": record.TABLE.zh, "table_en": record.TABLE.name}
