"""Needed tables, unique keys, and references that lead somewhere."""

from __future__ import annotations

import re

from allocator.domain.fields import Choice, ColumnSpec, columns
from allocator.domain.records import DistrictInfo, School
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
                shown = ", ".join(_label(view, part) for part in key if part is not None)
                specs = [spec for spec in columns(view.record) if spec.name in names]
                params = {
                    "first": first[key],
                    "key_zh": "、".join(spec.zh for spec in specs),
                    "key_en": ", ".join(names),
                }
                inspection.faults.append(view.fault("duplicate_key", row, names[0], shown, params=params))
                if len(names) == 1:
                    view.bad.add((row, names[0]))


def _label(view: TableView, part: object) -> str:
    return view.label(part) if isinstance(part, Choice) else str(part)


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
        named = _codes_by_name(inspection) if spec.refers == School.TABLE.name else {}
        for row, code in used:
            if code not in known:
                hints = _code_of_name(code, named) or suggest.hints(code)
                inspection.add(view.record, _unknown_key(spec), row, spec.name, code, params=hints)
    elif used and not target.record.TABLE.needed and spec.refers not in _OPTIONAL_TARGETS:
        params = {**table_params(target.record), **spec_names(spec)}
        key = "referenced_table_needed" if spec.required else "referenced_table_missing"
        inspection.faults.append(view.fault(key, used[0][0], spec.name, used[0][1], params=params))


def _codes(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _unknown_key(spec: ColumnSpec) -> str:
    # A partner need not be a teacher of the district.
    return "unknown_partner" if spec.name == "partner_id" else _UNKNOWN[spec.refers]


def _codes_by_name(inspection: Inspection) -> dict[str, str]:
    return {str(school.name): school.school_id for _, school in inspection.rows(School) if school.name}


def _code_of_name(written: str, named: dict[str, str]) -> dict[str, str]:
    """Sentences for a cell that holds a school's name where its code belongs; empty if it does not."""
    if written not in named:
        return {}
    code = named[written]
    return {"hint_zh": f"“{written}”的代码是“{code}”。", "hint_en": f" The code of {written} is {code}."}


def lists_separable(inspection: Inspection) -> None:
    """Report list entries that hold a separator, which no cell could give back."""
    for record in ALL_TABLES.values():
        names = [spec.name for spec in columns(record) if spec.kind == "list"]
        for name in names:
            for row, row_record in inspection.rows(record):
                for part in getattr(row_record, name):
                    if _SEPARATOR.search(part) or not part:
                        inspection.add(record, "list_separator", row, name, part)
