"""Needed tables, unique keys, and references that lead somewhere."""

from __future__ import annotations

import re

from allocator.domain.fields import ColumnSpec, columns
from allocator.domain.records import DistrictInfo
from allocator.errors import Fault
from allocator.io.cells import LIST_SEPARATORS
from allocator.io.checks.inspection import Inspection
from allocator.io.naming import ALL_TABLES
from allocator.io.suggest import Nearest
from allocator.io.view import TableView, spec_names, table_params

_OPTIONAL_TARGETS = ("towns",)
"""Tables whose names may be used without the table."""

_UNKNOWN = {
    "schools": "unknown_school",
    "teachers": "unknown_teacher",
    "towns": "unknown_town",
    "grants": "unknown_grant",
    "projects": "unknown_project",
}
_SEPARATOR = re.compile(f"[{LIST_SEPARATORS}\n]")


def tables_present(inspection: Inspection) -> None:
    """Report needed tables that are missing, and a second row of the table `district`."""
    for view in inspection.views.values():
        if view.record.TABLE.needed and not view.present:
            fault = Fault("missing_table", table=view.record.TABLE.name, params=table_params(view.record))
            inspection.faults.append(fault)
    for row, info in list(inspection.rows(DistrictInfo))[1:]:
        inspection.add(DistrictInfo, "district_rows", row, "name", info.name)


def keys_unique(inspection: Inspection) -> None:
    """Report every row whose key stands in a row before."""
    for view in inspection.views.values():
        first: dict[object, int] = {}
        for row, key in view.keys or ():
            if first.setdefault(key, row) != row:
                names = view.record.TABLE.key
                shown = ", ".join(str(part) for part in key if part is not None)
                specs = [spec for spec in columns(view.record) if spec.name in names]
                params = {
                    "first": first[key],
                    "key_zh": "、".join(spec.zh for spec in specs),
                    "key_en": ", ".join(names),
                }
                inspection.faults.append(view.fault("duplicate_key", row, names[0], shown, params=params))


def references_known(inspection: Inspection) -> None:
    """Report codes that do not stand in the table they refer to, with the nearest that does."""
    for view in inspection.views.values():
        for spec in columns(view.record):
            if spec.refers and view.records:
                _column_known(inspection, view, spec)


def _column_known(inspection: Inspection, view: TableView, spec: ColumnSpec) -> None:
    target = inspection.views[spec.refers]
    if target.keys is None:
        return
    known = {key[0] for _, key in target.keys}
    used = [
        (row, code)
        for row, record in zip(view.rows, view.records, strict=True)
        for code in _codes(getattr(record, spec.name))
    ]
    if known:
        suggest = Nearest([str(code) for code in known])
        for row, code in used:
            if code not in known:
                _unknown(inspection, view, spec, (row, code), suggest)
    elif used and not target.record.TABLE.needed and spec.refers not in _OPTIONAL_TARGETS:
        params = {**table_params(target.record), **spec_names(spec)}
        inspection.faults.append(
            view.fault("referenced_table_missing", used[0][0], spec.name, used[0][1], params=params)
        )


def _codes(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _unknown(
    inspection: Inspection, view: TableView, spec: ColumnSpec, where: tuple[int, str], suggest: Nearest
) -> None:
    row, code = where
    inspection.add(view.record, _UNKNOWN[spec.refers], row, spec.name, code, params=suggest.hints(code))


def lists_separable(inspection: Inspection) -> None:
    """Report list entries that hold a separator, which no cell could give back."""
    for record in ALL_TABLES.values():
        names = [spec.name for spec in columns(record) if spec.kind == "list"]
        for name in names:
            for row, row_record in inspection.rows(record):
                for part in getattr(row_record, name):
                    if _SEPARATOR.search(part) or not part:
                        inspection.add(record, "list_separator", row, name, part)
