"""Put faults in reading order and gather warnings that say the same of many rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from allocator.errors import Fault
from allocator.io.naming import ALL_TABLES

FEW = 3
"""So many alike warnings are listed one by one; more become one with a count and the first rows."""

_EXAMPLES = 5
_ORDER = {name: number for number, name in enumerate(ALL_TABLES)}


def arrange(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort by table and row, the whole district first; errors are never gathered."""
    listed = sorted(faults, key=lambda f: (_ORDER.get(f.table, -1), f.row or 0))
    groups: dict[tuple[str, str, str, str], list[Fault]] = {}
    for fault in listed:
        if fault.severity == "warning":
            groups.setdefault(_group(fault), []).append(fault)
    many = {group: found for group, found in groups.items() if len(found) > FEW}
    out: list[Fault] = []
    for fault in listed:
        group = _group(fault)
        if fault.severity == "error" or group not in many:
            out.append(fault)
        elif many[group][0] is fault:
            rows = tuple(f.row for f in many[group] if f.row is not None)
            out.append(replace(fault, count=len(many[group]), examples=rows[:_EXAMPLES]))
    return tuple(out)


def _group(fault: Fault) -> tuple[str, str, str, str]:
    return fault.key, fault.table, fault.sheet, fault.column
